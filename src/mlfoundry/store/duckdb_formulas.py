"""Formulas of custom metrics in DuckDB: computed by the engine, beside the columns that a question reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyarrow as pa

from mlfoundry.expression import Value
from mlfoundry.store.catalog import Catalog
from mlfoundry.store.cells import Series
from mlfoundry.store.duckdb_where import Compiler
from mlfoundry.store.extract import Extract
from mlfoundry.store.formulas import Formula, formulas_of


def formula_columns(compiler: Compiler, formulas: Iterable[Formula]) -> str:
    """SQL that follows a list of columns; the compiler's parameters belong to it."""
    return "".join(f", CAST({compiler.sql(formula.bound)} AS DOUBLE) AS {formula.ident}" for formula in formulas)


def read_formulas(table: pa.Table, formulas: Iterable[Formula], extract: Extract) -> None:
    """Put the values of formulas into the arrays; of those that the table has."""
    for formula in formulas:
        if formula.ident in table.column_names:
            values = table.column(formula.ident).cast(pa.float64()).to_numpy()
            (extract.projections if formula.is_projection else extract.custom)[formula.series.name] = values


class FormulaColumns:
    """The formulas of some series: what a query says for them, and how its table is read.

    Parameters
    ----------
    catalog
        The version's columns and custom metrics.
    wanted
        The series wanted; those of other things are passed over.
    """

    def __init__(self, catalog: Catalog, wanted: Collection[Series]) -> None:
        compiler = Compiler(catalog)
        self.formulas: Sequence[Formula] = [one for one in formulas_of(catalog) if one.series in wanted]
        self.sql = formula_columns(compiler, self.formulas)
        self.parameters: dict[str, Value] = compiler.parameters
