"""Events and references read column by column, on one grid a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from mlfoundry.events import Value
from mlfoundry.expression import Expression
from mlfoundry.labels import class_label
from mlfoundry.store.base import ColumnInfo, SummaryRequest
from mlfoundry.store.catalog import Catalog, Column, stored_column
from mlfoundry.store.duckdb_events import columns_sql, event_tables
from mlfoundry.store.duckdb_formulas import formula_columns, read_formulas
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_values import TYPE_BOOL, TYPE_STR
from mlfoundry.store.duckdb_where import Compiler
from mlfoundry.store.extract import (
    RESIDUAL,
    Bools,
    Extract,
    Floats,
    Ints,
    Labels,
    labels_from,
    needed_columns,
    normal_key,
    time_numbers,
)
from mlfoundry.store.formulas import Formula, formulas_of
from mlfoundry.store.parts import Pieces, summarise_parts
from mlfoundry.store.reference_steps import cut_table
from mlfoundry.store.rules import HOUR_MICROS, bound_condition, grid_is_due, windows_of
from mlfoundry.summaries import Grid, Summaries
from mlfoundry.windows import Window

_MICROSECONDS = 1_000_000
DAY_MICROS = 24 * HOUR_MICROS
_SAMPLED_TOGETHER = 100


class Reader:
    """Answers one question about one version.

    Parameters
    ----------
    session
        The session to read in.
    state
        The version's state.
    grid_rows
        How many rows a grid is laid over when there is no reference.
    """

    def __init__(self, session: Session, state: VersionState, *, grid_rows: int) -> None:
        self._session = session
        self._state = state
        self._grid_rows = grid_rows
        self._infos = {info.key: info for info in state.catalog.infos()}

    def summarize(self, request: SummaryRequest) -> tuple[Summaries, ...]:
        """One summary a step."""
        wanted = tuple(self._infos) if request.columns is None else tuple(map(normal_key, request.columns))
        needed = needed_columns(wanted, tuple(self._infos), request.outcomes)
        infos = [self._infos[key] for key in needed]
        if isinstance(request.segment, str):
            held = self._state.references[self._state.need_reference(request.segment)].columns
            infos = [info for info in infos if info.key in held]
        keys = [info.key for info in infos if info.kind == "numeric"]
        if {"prediction", "actual"} <= set(keys):
            keys.append(RESIDUAL)
        laid = self._lay([key for key in keys if key not in self._state.grids])
        grids = {key: self._state.grids.get(key) or laid[key] for key in keys}
        columns = [info.key for info in infos if info.key in wanted]
        pieces, parts = self._parts(request, infos)
        return summarise_parts(parts, columns, pieces, grids, self._state.dictionaries, outcomes=request.outcomes)

    # Rows as arrays

    def _parts(
        self, request: SummaryRequest, infos: Sequence[ColumnInfo]
    ) -> tuple[Pieces, Iterator[Callable[[], Extract]]]:
        """What rows are grouped by, and the rows in parts, each yet to be read as arrays."""
        catalog = self._state.catalog
        shap = catalog.of("shap") if "attribution" in request.outcomes else []
        if isinstance(request.segment, str):
            held = self._state.references[self._state.need_reference(request.segment)].attributions
            shap = [column for column in shap if (column.name, column.group) in held]
        idents = ["exceptions", "a_type", *stored_idents(catalog, infos, shap)]
        if "delays" in request.outcomes:
            idents += ["known_at", "occurred_at"]
        if isinstance(request.segment, str) and request.step is not None:
            idents.append("occurred_at")
        idents, formulas = list(dict.fromkeys(idents)), self._formulas(request)
        pieces: Pieces
        if isinstance(request.segment, str):
            tables, pieces = self._reference_tables(request.segment, request.where, idents, formulas), Pieces((None,))
            if request.step is not None:
                table, steps, windows = cut_table(pa.concat_tables(list(tables)), request.step, request.since)
                tables, pieces = iter((_with_steps(table, steps),)), Pieces(windows)
        else:
            pieces = Pieces(windows_of(request), request.total)
            tables = event_tables(self._session, self._state, request, idents, formulas=formulas, cuts=pieces.cuts)

        def read(table: pa.Table) -> Extract:
            groups = _ints(table, "step")
            extract = read_arrays(table, catalog, infos, shap, groups=groups, windows=(None,) * pieces.n)
            read_formulas(table, formulas, extract)
            return extract

        return pieces, (partial(read, table) for table in tables)

    def _formulas(self, request: SummaryRequest) -> tuple[Formula, ...]:
        held = None
        if isinstance(request.segment, str):
            held = self._state.references[self._state.need_reference(request.segment)].columns
        return formulas_of(self._state.catalog, held, wanted=request.outcomes)

    def _reference_tables(
        self, name: str, where: Expression | None, idents: Sequence[str], formulas: Sequence[Formula]
    ) -> Iterator[pa.Table]:
        reference = self._state.need_reference(name)
        compiler, condition = Compiler(self._state.catalog), "TRUE"
        if where is not None:
            held = self._state.references[reference]
            condition = compiler.sql(bound_condition(where, self._infos.values(), held))
        columns = columns_sql(idents) + formula_columns(compiler, formulas)
        return self._session.tables(
            "scan_reference",
            compiler.parameters,
            reference=reference,
            columns=columns,
            condition=condition,
        )

    # Grids

    def lay_missing(self, keys: Iterable[str], *, least: int | None = None, most: int | None = None) -> list[str]:
        """Lay the grids that do not exist yet and are due, or of columns with ``least`` values; their keys.

        With ``most`` no more than that, so that a merge of a version with many columns does not take long.
        """
        laid: list[str] = []
        for key, sample in self._samples([key for key in keys if key not in self._state.grids]):
            due = grid_is_due(len(sample), self._state.n_predictions, self._grid_rows)
            if due or (least is not None and len(sample) >= least):
                self._state.grids[key] = Grid.lay(sample)
                laid.append(key)
            if len(laid) == most:
                break
        return laid

    def lay_from_reference(self, reference: int) -> list[str]:
        """Lay the grids of every column that a reference holds; their keys."""
        laid: list[str] = []
        for key in self.numeric_keys():
            sample = self.sample_reference(key, reference)
            # The sums of residuals cannot be carried to another grid, and those of frozen hours cannot be made anew.
            kept = key == RESIDUAL and key in self._state.grids and self._state.horizon is not None
            if len(sample) and not kept:
                self._state.grids[key] = Grid.lay(sample)
                laid.append(key)
        return laid

    def numeric_keys(self) -> list[str]:
        """The keys of everything that has a grid."""
        keys = [key for key, info in self._infos.items() if info.kind == "numeric"]
        return [*keys, RESIDUAL] if {"prediction", "actual"} <= set(keys) else keys

    def _lay(self, keys: Sequence[str]) -> dict[str, Grid]:
        """Grids while none are kept: from the events, else from a reference that has the column."""
        grids: dict[str, Grid] = {}
        for key, sample in self._samples(keys):
            found = sample
            for reference in self._state.references:
                if len(found):
                    break
                found = self.sample_reference(key, reference)
            grids[key] = Grid.lay(found)
        return grids

    def _samples(self, keys: Sequence[str]) -> Iterator[tuple[str, Floats]]:
        """The first numbers of each column, many columns a query: a query each would cost more than the numbers."""
        alone = {key for key in keys if key in (RESIDUAL, "actual") or self._infos[key].type == "timestamp"}
        together = [key for key in keys if key not in alone]
        for first in range(0, len(together), _SAMPLED_TOGETHER):
            yield from self._sample_together(together[first : first + _SAMPLED_TOGETHER])
        for key in alone:
            yield key, self._sample_events(key)

    def _sample_together(self, keys: Sequence[str]) -> Iterator[tuple[str, Floats]]:
        limit = 2 * self._grid_rows
        values = ", ".join(f"{self._expression(key)} AS sampled_{i}" for i, key in enumerate(keys))
        table = self._session.table("sample_columns", {"limit": limit}, no=self._state.no, values=values)
        for i, key in enumerate(keys):
            numbers = _floats(table, f"sampled_{i}")
            numbers = numbers[~np.isnan(numbers)][: self._grid_rows]
            # A column with many gaps has its first numbers farther on.
            complete = len(numbers) == self._grid_rows or table.num_rows < limit
            yield key, numbers if complete else self._sample_events(key)

    def _sample_events(self, key: str) -> Floats:
        block = "sample_outcomes" if key in (RESIDUAL, "actual") else "sample_events"
        parameters = {"limit": self._grid_rows}
        return self._numbers(
            key, self._session.table(block, parameters, no=self._state.no, value=self._expression(key))
        )

    def sample_day(self, key: str, day: int, *, limit: int) -> Floats:
        """Numbers of a column on a day since 1970, drawn by chance, but the same ones each time."""
        join = f" JOIN outcomes_{self._state.no} o ON o.seq = e.seq" if key in (RESIDUAL, "actual") else ""
        parameters = {"start": day * DAY_MICROS, "end": (day + 1) * DAY_MICROS, "limit": limit}
        value = self._expression(key)
        values = self._numbers(
            key, self._session.table("sample_day", parameters, no=self._state.no, value=value, join=join)
        )
        return values[np.isfinite(values)]

    def sample_reference(self, key: str, reference: int) -> Floats:
        """A column's numbers in a reference; none where it lacks the column."""
        held = set(self._state.references[reference].columns)
        if not ({"prediction", "actual"} if key == RESIDUAL else {key}) <= held:
            return np.zeros(0)
        table = self._session.table("sample_reference", reference=reference, value=self._expression(key))
        return self._numbers(key, table)

    def _expression(self, key: str) -> str:
        if key == RESIDUAL:
            return "(v_number - a_number)"
        info = self._infos[key]
        if info.role in ("prediction", "actual"):
            return "v_number" if info.role == "prediction" else "a_number"
        return stored_column(self._state.catalog, info).ident

    def _numbers(self, key: str, table: pa.Table) -> Floats:
        if key != RESIDUAL and self._infos[key].type == "timestamp":
            return time_numbers(table.column("value").combine_chunks())[0]
        return _floats(table, "value")


def stored_idents(catalog: Catalog, infos: Sequence[ColumnInfo], shap: Sequence[Column]) -> list[str]:
    """The names in the engine of what :func:`read_arrays` reads for these columns."""
    idents: list[str] = []
    for info in infos:
        if info.role in ("prediction", "actual"):
            prefix = "v" if info.role == "prediction" else "a"
            idents += [f"{prefix}_type", f"{prefix}_number", f"{prefix}_text"]
        else:
            idents.append(stored_column(catalog, info).ident)
    return idents + [column.ident for column in shap]


def _with_steps(table: pa.Table, steps: Ints) -> pa.Table:
    return table.set_column(table.column_names.index("step"), "step", pa.array(steps))


def read_arrays(
    table: pa.Table,
    catalog: Catalog,
    infos: Sequence[ColumnInfo],
    shap: Sequence[Column],
    *,
    groups: Ints,
    windows: tuple[Window | None, ...],
) -> Extract:
    """The rows of a table of events as arrays.

    Whether a row has an actual is read where the table has the type of one, and since when, where it says when it was
    ``known_at``.
    """
    extract = Extract(groups=groups, windows=windows)
    if "a_type" in table.column_names:
        extract.has_actual = ~np.isnan(_floats(table, "a_type"))
    if "known_at" in table.column_names:
        extract.delay_s = (_floats(table, "known_at") - _floats(table, "occurred_at")) / _MICROSECONDS
    misfits = _Misfits(table)
    for info in infos:
        if info.role in ("prediction", "actual"):
            _read_answer(table, info, extract)
        else:
            _read_column(table, info, stored_column(catalog, info), misfits, extract)
    if shap:
        extract.attributions = _attributions(table, shap)
    return extract


def _floats(table: pa.Table, name: str) -> Floats:
    """A column as floats, null as NaN."""
    return table.column(name).cast(pa.float64(), safe=False).to_numpy()


def _ints(table: pa.Table, name: str) -> Ints:
    return table.column(name).to_numpy()


class _Misfits:
    """Which values of a table did not fit their columns."""

    def __init__(self, table: pa.Table) -> None:
        self._n = table.num_rows
        self._rows: dict[str, list[int]] = {}
        column = table.column("exceptions")
        if column.null_count < self._n:
            for row, text in enumerate(column.to_pylist()):
                if text is not None:
                    exceptions: dict[str, Any] = msgspec.json.decode(text)
                    for ident in exceptions.get("columns", ()):
                        self._rows.setdefault(ident, []).append(row)

    def of(self, ident: str, present: Bools) -> Bools | None:
        """The rows of a column that hold nothing because their value did not fit; None where all do."""
        if ident not in self._rows:
            return None
        misfits = np.zeros(self._n, np.bool_)
        misfits[self._rows[ident]] = True
        return misfits & ~present  # an int too large for a float column is kept beside its nearest float


def _read_column(table: pa.Table, info: ColumnInfo, column: Column, misfits: _Misfits, extract: Extract) -> None:
    if info.kind == "numeric" and info.type == "timestamp":
        values, no_times = time_numbers(table.column(column.ident).combine_chunks())
        misfit = misfits.of(column.ident, ~np.isnan(values))
        extract.numbers[info.key] = values
        extract.misfits[info.key] = no_times if misfit is None else no_times | misfit
        return
    if info.kind == "numeric":
        values = _floats(table, column.ident)
        extract.numbers[info.key] = values
        misfit = misfits.of(column.ident, ~np.isnan(values))
    else:
        labels = extract.labels[info.key] = _labels(table.column(column.ident))
        misfit = misfits.of(column.ident, labels.codes >= 0)
    if misfit is not None:
        extract.misfits[info.key] = misfit


def _read_answer(table: pa.Table, info: ColumnInfo, extract: Extract) -> None:
    """The prediction or the actual, of its three columns."""
    prefix = "v" if info.role == "prediction" else "a"
    if info.kind == "categorical":
        extract.labels[info.key] = answer_labels(table, prefix)
        return
    types = _floats(table, f"{prefix}_type")
    extract.numbers[info.key] = _floats(table, f"{prefix}_number")
    misfit = (types == TYPE_STR) | (types == TYPE_BOOL)
    if misfit.any():
        extract.misfits[info.key] = misfit


def _labels(column: pa.ChunkedArray) -> Labels:
    encoded = column.combine_chunks() if pa.types.is_dictionary(column.type) else _encoded(column)
    codes: Ints = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    values: list[Value] = encoded.dictionary.to_pylist()
    if pa.types.is_string(encoded.dictionary.type):
        return Labels(codes, tuple(map(str, values)))  # texts are their own labels
    return labels_from(codes, values)


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.combine_chunks().dictionary_encode()


def answer_labels(table: pa.Table, prefix: str) -> Labels:
    """Class labels of the three columns of a value: its text, else its number's label."""
    texts = _labels(table.column(f"{prefix}_text"))
    numbers = _floats(table, f"{prefix}_number")
    from_number = (texts.codes < 0) & ~np.isnan(numbers)
    if not from_number.any():
        return texts
    distinct, inverse = np.unique(numbers[from_number], return_inverse=True)
    labels = list(texts.labels)
    places = {label: place for place, label in enumerate(labels)}
    table_of: list[int] = []
    for number in distinct.tolist():
        label = class_label(float(number))
        if label not in places:
            places[label] = len(labels)
            labels.append(label)
        table_of.append(places[label])
    codes: Ints = np.array(texts.codes)
    codes[from_number] = np.array(table_of, np.int64)[inverse]
    return Labels(codes, tuple(labels))


def _attributions(table: pa.Table, shap: Sequence[Column]) -> dict[str, Floats]:
    """SHAP values by feature; where they are given per class, those of the predicted class."""
    attributions: dict[str, Floats] = {}
    by_class = [column for column in shap if column.group]
    predicted = answer_labels(table, "v") if by_class else None
    for column in shap:
        values = _floats(table, column.ident)
        if column.group and predicted is not None:
            code = predicted.labels.index(column.group) if column.group in predicted.labels else -2
            values = np.where(predicted.codes == code, values, np.nan)
        known = attributions.get(column.name)
        attributions[column.name] = values if known is None else np.where(np.isnan(known), values, known)
    return attributions
