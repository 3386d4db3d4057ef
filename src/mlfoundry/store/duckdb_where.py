"""Conditions and formulas as SQL: values are bound as parameters, columns go by their generated names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlfoundry.expression import Expression, Value
from mlfoundry.expression.times import CLOCK, DATE, ZONE
from mlfoundry.expression.tree import And, AsFloat, Call, Column, Compare, Constant, In, IsNull, Not, Or
from mlfoundry.store.catalog import Catalog, stored_column

_COMPARISONS: Final = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
# A list of one value, so that what may be long is written, and computed, once.
_FINITE: Final = "list_transform([{}], lambda v: CASE WHEN isfinite(v) THEN v END)[1]"
_SMALLEST: Final = "list_reduce([{}], lambda a, b: CASE WHEN a <= b THEN a WHEN a > b THEN b END)"
_LARGEST: Final = "list_reduce([{}], lambda a, b: CASE WHEN a >= b THEN a WHEN a < b THEN b END)"
_CALLS: Final[Mapping[str, str]] = {
    "+": "({} + {})",
    "-": "({} - {})",
    "*": "({} * {})",
    "/": "({} / {})",
    "negate": "(-{})",
    "abs": "abs({})",
    "exp": "exp({})",
    "log": "TRY(ln({}))",
    "sqrt": "TRY(sqrt({}))",
}


class Compiler:
    """Makes SQL of bound expressions over one version's columns.

    ``parameters`` fill up with the values of all that was compiled; their names begin with ``w_``.

    Parameters
    ----------
    catalog
        The version's columns.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._infos = {info.key: info for info in catalog.infos()}
        self.parameters: dict[str, Value] = {}

    def sql(self, bound: Expression) -> str:  # noqa: PLR0911 - one a kind of node
        """The SQL of what :func:`~mlfoundry.expression.bind` made: NULL where it is unknown."""
        match bound:
            case Constant():
                return self._bind(bound)
            case Column():
                return self._column(bound)
            case AsFloat():
                return f"CAST({self.sql(bound.operand)} AS DOUBLE)"
            case Call():
                return self._call(bound)
            case Compare():
                return f"({self.sql(bound.left)} {_COMPARISONS[bound.operator]} {self.sql(bound.right)})"
            case In():
                return f"({self.sql(bound.operand)} IN ({', '.join(map(self._bind, bound.options))}))"
            case IsNull():
                return f"({self.sql(bound.operand)} IS NULL)"
            case Not():
                return f"(NOT {self.sql(bound.operand)})"
            case And() | Or():
                word = " AND " if isinstance(bound, And) else " OR "
                return f"({word.join(map(self.sql, bound.operands))})"
            case _:
                raise TypeError(f"a {type(bound).__name__} has to be bound first")

    def _bind(self, constant: Constant) -> str:
        name = f"w_{len(self.parameters)}"
        self.parameters[name] = constant.value
        return f"${name}"

    def _column(self, column: Column) -> str:
        info = self._infos[column.key]
        if info.role in ("prediction", "actual"):
            prefix = "v" if info.role == "prediction" else "a"
            return label_sql(prefix) if column.type == "label" else f"{prefix}_number"
        ident = stored_column(self._catalog, info).ident
        return _time_sql(ident) if column.type == "time" else ident

    def _call(self, call: Call) -> str:
        arguments = list(map(self.sql, call.arguments))
        if call.function in ("min", "max"):
            return (_SMALLEST if call.function == "min" else _LARGEST).format(", ".join(arguments))
        return _FINITE.format(_CALLS[call.function].format(*arguments))


def label_sql(prefix: str) -> str:
    """The class label of the three columns of a value, as :func:`~mlfoundry.labels.class_label` makes it."""
    number = f"{prefix}_number"
    return (
        f"coalesce({prefix}_text, CASE WHEN {number} = trunc({number}) "
        f"THEN CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END)"
    )


def _time_sql(ident: str) -> str:
    """Microseconds since 1970 of a column of texts, read as by :func:`~mlfoundry.expression.times.micros_of_text`."""
    forms = ((f"{DATE}{CLOCK}{ZONE}", ident), (f"{DATE}{CLOCK}", f"{ident} || 'Z'"), (DATE, f"{ident} || 'T00:00Z'"))
    cases = " ".join(f"WHEN regexp_full_match({ident}, '{form}') THEN {text}" for form, text in forms)
    return f"epoch_us(TRY_CAST(CASE {cases} END AS TIMESTAMPTZ))"
