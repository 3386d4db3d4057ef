"""Cells in DuckDB: appended by every merge, added up by every question, made anew from events when they must be.

A version has two tables of them, by hour and by day since 1970, and so has each of its references. They hold nothing
that events do not say: :meth:`CellWriter.rebuild` makes the same cells again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from mlfoundry.columns import column_key
from mlfoundry.errors import NotFound
from mlfoundry.store.base import ColumnInfo, SummaryRequest
from mlfoundry.store.catalog import Column
from mlfoundry.store.cells import (
    ACTUAL,
    CONFUSION,
    DELAYS,
    RESIDUALS,
    ROWS,
    Series,
    event_cells,
    learned,
    outcome_cells,
    read_cells,
)
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import CellCounts, KeptSeries, VersionState, save_state
from mlfoundry.store.duckdb_summaries import Reader, read_arrays, stored_idents
from mlfoundry.store.duckdb_values import MICROS, encode_values
from mlfoundry.store.extract import RESIDUAL, Extract, Ints, normal_key
from mlfoundry.store.rules import HOUR_MICROS, KnownActual, windows_of
from mlfoundry.summaries import Summaries
from mlfoundry.summaries.cells import Cells, join_cells
from mlfoundry.times import to_micros
from mlfoundry.windows import HOUR, Window

_DAY_HOURS = 24
_CHUNK_ROWS = 100_000
_LOOSE_CELLS = 100_000
"""As many cells that could be added up make it worth while."""
_FEW_CELLS = 1_000
_TIERS = ("hour", "day")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An actual that has come to stand for an event, and the one that stood before it."""

    seq: int
    event_at: int
    actual: KnownActual
    stood: KnownActual | None


def series_of(state: VersionState) -> dict[Series, str]:
    """The series that a version keeps cells of, with their variant: the id of the grid, or what else they are laid by.

    A numeric column without a grid has none yet.
    """
    found = {ROWS: "", DELAYS: ""}
    numeric: set[str] = set()
    for info in state.catalog.infos():
        series = Series("column", info.key)
        if info.kind == "categorical":
            found[series] = "categories"
            if info.role == "actual":
                found[CONFUSION] = ""
        else:
            numeric.add(info.key)
            if info.key in state.grids:
                found[series] = state.grids[info.key].id
    if CONFUSION in found:
        found |= {Series("scores", column.name): "" for column in state.catalog.of("score")}
    if {"prediction", "actual"} <= numeric and RESIDUAL in state.grids:
        found[RESIDUALS] = state.grids[RESIDUAL].id
    return found | {Series("attribution", column.name): "" for column in state.catalog.of("shap")}


class CellWriter:
    """Keeps the cells of one version up to date, within a transaction.

    Parameters
    ----------
    session
        The transaction.
    state
        A copy of the version's state, which is brought up to date; its grids are laid.
    before
        The state that the transaction found.
    """

    def __init__(self, session: Session, state: VersionState, *, before: VersionState) -> None:
        self._session = session
        self._state = state
        self._before = before

    def take_merge(self, events: pa.Table | None, outcomes: Sequence[Outcome]) -> None:
        """Book the events that a merge stored, as they were inserted, and the outcomes that it settled."""
        made = self._make_new_series()
        wanted = self._state.series.keys() - made
        if events is not None:
            extract, hours = self._arrays(events, _event_columns(wanted), wanted)
            self._learn(extract)
            self._append(
                self._owner(), event_cells(extract, wanted, self._state.grids, self._state.dictionaries), hours
            )
        if outcomes:
            self._book_outcomes([(one.seq, one.actual) for one in outcomes], wanted, sign=1)
            stood = [(one.seq, one.stood) for one in outcomes if one.stood is not None]
            if stood:
                self._book_outcomes(stood, wanted, sign=-1)
        self._compact(self._owner())

    def take_reference(self, reference: int) -> None:
        """Make the cells of a reference that was just stored."""
        owner = f"r{reference}"
        self._session.run("create_cells", owner=owner)
        made = self._make_new_series()
        self._backfill(owner, self._state.series.keys() - made)

    def take_declaration(self) -> None:
        """Make the cells that a schema changed."""
        self._make_new_series()

    def take_away(self, seqs: Sequence[int]) -> None:
        """Take events that are about to be deleted out of the cells, with their outcomes."""
        if not seqs:
            return
        given = pa.table({"seq": pa.array(seqs, pa.int64())})
        table = self._session.table(
            "cells_of_seqs",
            {"first": min(seqs), "last": max(seqs)},
            incoming=given,
            no=self._state.no,
            columns=self._names(self._state.series),
        )
        self._append_all(self._owner(), table, self._state.series.keys(), sign=-1)

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Throw the cells away and make them from events and references; ``progress`` is told rows done and in all."""
        state = self._state
        total = state.next_seq
        self._make_new_series()
        for owner in self._owners():
            for tier in _TIERS:
                self._session.run("clear_cells", tier=tier, owner=owner)
            state.cell_counts.pop(owner, None)
            self._backfill(owner, state.series.keys(), lambda done: progress(done, total))

    def _owner(self) -> str:
        return str(self._state.no)

    def _owners(self) -> list[str]:
        return [self._owner(), *(f"r{no}" for no in self._state.references)]

    # Series

    def _make_new_series(self) -> set[Series]:
        """Number the series that are new or laid anew, and make those whose cells events from before have."""
        state = self._state
        wanted = series_of(state)
        for series in state.series.keys() - wanted.keys():
            self._drop(series)
        to_fill: set[Series] = set()
        for series, variant in wanted.items():
            known = state.series.get(series)
            if known is not None and known.variant == variant:
                continue
            if known is not None:
                self._drop(series)
            no = max((kept.no for kept in state.series.values()), default=0) + 1
            state.series[series] = KeptSeries(no, variant)
            self._session.run("insert_series", (state.no, no, *series, variant))
            if known is not None or self._had(series):
                to_fill.add(series)
        if to_fill:
            for owner in self._owners():
                self._backfill(owner, to_fill)
        return to_fill

    def _drop(self, series: Series) -> None:
        no = self._state.series.pop(series).no
        self._session.run("delete_series", (self._state.no, no))
        for owner in self._owners():
            for tier in _TIERS:
                self._session.run("delete_series_cells", (no,), tier=tier, owner=owner)
            self._state.cell_counts.pop(owner, None)

    def _had(self, series: Series) -> bool:
        """Whether events or references from before may have cells of a series that is new."""
        before = self._before.catalog
        if self._before.next_seq == 0 and not self._before.references:
            return False
        if series.what == "column":
            return any(info.key == series.name for info in before.infos())
        if series.what in ("scores", "attribution"):
            role = "score" if series.what == "scores" else "shap"
            return any(column.name == series.name for column in before.of(role))
        return True

    # Rows

    def _names(self, wanted: Iterable[Series]) -> str:
        infos, shap = self._columns(_event_columns(wanted) | _outcome_columns(wanted), wanted)
        always = ["e.exceptions", "epoch_us(e.occurred_at) AS occurred_at", "epoch_us(known_at) AS known_at", "a_type"]
        names = stored_idents(self._state.catalog, infos, shap)
        return ", ".join(dict.fromkeys((*always, *(name for name in names if name != "a_type"))))

    def _columns(self, keys: Collection[str], wanted: Iterable[Series]) -> tuple[list[ColumnInfo], list[Column]]:
        features = {series.name for series in wanted if series.what == "attribution"}
        shap = [column for column in self._state.catalog.of("shap") if column.name in features]
        infos = [info for info in self._state.catalog.infos() if info.key in keys]
        if any(column.group for column in shap) and "prediction" not in keys:
            infos += [info for info in self._state.catalog.infos() if info.key == "prediction"]
        return infos, shap

    def _arrays(self, table: pa.Table, keys: Collection[str], wanted: Iterable[Series]) -> tuple[Extract, Ints]:
        """Rows as arrays in groups of an hour, and those hours: columns by key, and the attributions wanted."""
        infos, columns = self._columns(keys, wanted)
        times = table.column("occurred_at").cast(pa.int64()).fill_null(0).to_numpy()  # references may have none
        hours, groups = np.unique(times // HOUR_MICROS, return_inverse=True)
        windows = (None,) * len(hours)
        groups = groups.astype(np.int64)
        extract = read_arrays(table, self._state.catalog, infos, columns, groups=groups, windows=windows)
        return extract, hours

    def _learn(self, extract: Extract) -> None:
        self._state.dictionaries = learned(self._state.dictionaries, extract)

    def _book_outcomes(
        self, actuals: Sequence[tuple[int, KnownActual]], wanted: Collection[Series], *, sign: int
    ) -> None:
        seqs = [seq for seq, _ in actuals]
        given = pa.table(
            {
                "seq": pa.array(seqs, pa.int64()),
                **encode_values("a", [actual.value for _, actual in actuals]),
                "known_at": pa.array([actual.occurred_at for _, actual in actuals], MICROS),
            }
        )
        keys = _outcome_columns(wanted)
        infos, _ = self._columns(keys, ())
        idents = [ident for ident in stored_idents(self._state.catalog, infos, ()) if not ident.startswith("a_")]
        table = self._session.table(
            "cells_of_outcomes",
            {"first": min(seqs), "last": max(seqs)},
            incoming=given,
            no=self._state.no,
            columns="".join(f", {ident}" for ident in idents),
        )
        extract, hours = self._arrays(table, keys, ())
        self._learn(extract)
        made = outcome_cells(extract, wanted, self._state.grids, self._state.dictionaries)
        self._append(self._owner(), made if sign > 0 else ((s, cells.negative()) for s, cells in made), hours)

    def _backfill(
        self, owner: str, wanted: Collection[Series], progress: Callable[[int], None] = lambda done: None
    ) -> None:
        """Make the cells of some series from all the rows of events or of a reference."""
        if owner.startswith("r"):
            held = set(self._state.references[int(owner[1:])].columns)
            wanted = {series for series in wanted if _is_held(series, held)}
        block = "cells_of_reference" if owner.startswith("r") else "cells_of_events"
        total = self._state.references[int(owner[1:])].n if owner.startswith("r") else self._state.next_seq
        names = self._names(wanted)
        for first in range(0, total, _CHUNK_ROWS):
            parameters = {"first": first, "end": min(first + _CHUNK_ROWS, total)}
            table = self._session.table(block, parameters, no=owner.removeprefix("r"), columns=names)
            self._append_all(owner, table, wanted, sign=1)
            progress(min(first + _CHUNK_ROWS, total))

    def _append_all(self, owner: str, table: pa.Table, wanted: Collection[Series], *, sign: int) -> None:
        """Book rows as predictions and as outcomes."""
        if not table.num_rows:
            return
        extract, hours = self._arrays(table, _event_columns(wanted) | _outcome_columns(wanted), wanted)
        self._learn(extract)
        grids, dictionaries = self._state.grids, self._state.dictionaries
        made = [
            *event_cells(extract, wanted, grids, dictionaries),
            *outcome_cells(extract, wanted, grids, dictionaries),
        ]
        self._append(owner, made if sign > 0 else [(s, cells.negative()) for s, cells in made], hours)
        self._compact(owner)

    # Cells

    def _append(self, owner: str, made: Iterable[tuple[Series, Cells]], hours: Ints) -> None:
        """Insert cells whose groups are places in ``hours``."""
        parts = [(self._state.series[series].no, cells) for series, cells in made if len(cells.groups)]
        if not parts:
            return
        lengths = np.array([len(cells.groups) for _, cells in parts])
        numbers: Ints = np.repeat(np.array([no for no, _ in parts], np.int64), lengths)
        joined = join_cells(cells for _, cells in parts)
        periods: Ints = np.take(hours, joined.groups)
        table = pa.table(
            {
                "hour": pa.array(periods.astype(np.int32)),
                "day": pa.array((periods // _DAY_HOURS).astype(np.int32)),
                "series": pa.array(numbers.astype(np.int32)),
                "bucket": pa.array(joined.buckets.astype(np.int32)),
                "n": pa.array(joined.counts),
            }
        )
        self._session.run("insert_hour_cells", incoming=table, owner=owner)
        self._session.run("insert_day_cells", incoming=table, owner=owner)
        counts = self._counts(owner)
        appended = np.bincount(joined.groups, minlength=len(hours))
        for hour, n in zip(map(int, hours), map(int, appended), strict=True):
            counts.loose["hour", hour] += n
            counts.loose["day", hour // _DAY_HOURS] += n

    def _counts(self, owner: str) -> CellCounts:
        counts = self._state.cell_counts.get(owner)
        if counts is None:
            counts = CellCounts()
            for tier in _TIERS:
                for period, n in self._session.rows("count_cells", tier=tier, owner=owner):
                    counts.kept[tier, period] = n
            self._state.cell_counts[owner] = counts
        return counts

    def _compact(self, owner: str) -> None:
        """Add up the cells of hours and days that have come to hold twice of what they need.

        So each cell is written anew about once, however the rows come, and a question reads about twice too many.
        """
        counts = self._counts(owner)
        ripe = [key for key, n in counts.loose.items() if n > max(counts.kept[key], _FEW_CELLS)]
        if sum(counts.loose[key] for key in ripe) < _LOOSE_CELLS:
            return
        for tier in _TIERS:
            periods = [period for of_tier, period in ripe if of_tier == tier]
            if periods:
                self._session.run("stage_cells", (periods,), tier=tier, owner=owner)
                self._session.run("delete_cells", (periods,), tier=tier, owner=owner)
                self._session.run("insert_staged_cells", tier=tier, owner=owner)
                for period, n in self._session.rows("count_staged_cells"):
                    counts.kept[tier, period] = n
        for key in ripe:
            del counts.loose[key]


def make_absent_cells(session: Session, states: Iterable[VersionState]) -> None:
    """Make the cells of versions that an older mlfoundry wrote."""
    for state in states:
        if not state.series and (state.next_seq or state.references):
            before = state.copy()
            CellWriter(session, state, before=before).take_declaration()
            save_state(session, state, before=before)


def forget_cells(session: Session, state: VersionState, before: int) -> None:
    """Let go of the cells of hours and days that end before a time, in microseconds."""
    hour = before // HOUR_MICROS
    for tier, period in (("hour", hour), ("day", hour // _DAY_HOURS)):
        session.run("delete_old_cells", (period,), tier=tier, owner=state.no)
    state.cell_counts.pop(str(state.no), None)


def drop_cells(session: Session, state: VersionState) -> None:
    """Drop the cells of a version and of its references, with what says how they are to be read."""
    for owner in (str(state.no), *(f"r{no}" for no in state.references)):
        session.run("drop_cells", owner=owner)
    session.run("delete_all_series", no=state.no)


def _event_columns(wanted: Iterable[Series]) -> set[str]:
    return {series.name for series in wanted if series.what == "column" and series != ACTUAL}


def _outcome_columns(wanted: Iterable[Series]) -> set[str]:
    """What outcomes are made of: the actual, and the prediction and the scores that it is compared with."""
    keys: set[str] = set()
    for series in wanted:
        if series == ACTUAL:
            keys.add("actual")
        elif series in (CONFUSION, RESIDUALS):
            keys |= {"prediction", "actual"}
        elif series.what == "scores":
            keys |= {column_key("score", series.name), "actual"}
    return keys


def _is_held(series: Series, columns: Collection[str]) -> bool:
    """Whether a reference with these columns has cells of a series."""
    what, name = series
    if what == "column":
        return name in columns
    if what == "scores":
        return {column_key("score", name), "actual"} <= set(columns)
    if what in ("confusion", "residuals"):
        return {"prediction", "actual"} <= set(columns)
    return what == "rows"


def summarize(session: Session, state: VersionState, request: SummaryRequest, reader: Reader) -> tuple[Summaries, ...]:
    """Answer from cells what they can answer, the rest from events."""
    of_all_rows = request.where is None and request.as_of is None and not request.exact
    if not of_all_rows or ROWS not in state.series or (request.step is not None and request.step % HOUR):
        return reader.summarize(request)
    wanted = _wanted(state, request)
    own = _read(session, state, request, [series for series in wanted if series in state.series])
    rest = tuple(series.name for series in wanted if series.what == "column" and series not in state.series)
    needs_residuals = RESIDUALS in wanted and RESIDUALS not in state.series
    if not rest and not needs_residuals:
        return own
    others = reader.summarize(replace(request, columns=rest, outcomes=needs_residuals))
    order = _keys(state, request)
    return tuple(
        replace(
            mine,
            columns={key: part for key in order if (part := mine.columns.get(key) or theirs.columns.get(key))},
            residuals=theirs.residuals if needs_residuals else mine.residuals,
        )
        for mine, theirs in zip(own, others, strict=True)
    )


def _keys(state: VersionState, request: SummaryRequest) -> list[str]:
    known = [info.key for info in state.catalog.infos()]
    if isinstance(request.segment, str):
        held = set(state.references[_reference_of(state, request.segment)].columns)
        known = [key for key in known if key in held]
    if request.columns is None:
        return known
    asked = set(map(normal_key, request.columns))
    return [key for key in known if key in asked]


def _reference_of(state: VersionState, name: str) -> int:
    no = state.reference(name)
    if no is None:
        raise NotFound("reference", name, known=[info.name for info in state.references.values()])
    return no


def _wanted(state: VersionState, request: SummaryRequest) -> list[Series]:
    """The series that the answer consists of, also those that have no cells yet because they have no grid."""
    wanted = [ROWS, *(Series("column", key) for key in _keys(state, request))]
    if not request.outcomes:
        return wanted
    kinds = {info.key: info.kind for info in state.catalog.infos()}
    outcomes = [series for series in series_of(state) if series != ROWS and series.what != "column"]
    held = set(kinds)
    if isinstance(request.segment, str):
        held = set(state.references[_reference_of(state, request.segment)].columns)
        outcomes = [series for series in outcomes if series == DELAYS or _is_held(series, held)]
    if {"prediction", "actual"} <= held and kinds["prediction"] == "numeric" and RESIDUALS not in outcomes:
        outcomes.append(RESIDUALS)
    return wanted + outcomes


def _read(
    session: Session, state: VersionState, request: SummaryRequest, wanted: Sequence[Series]
) -> tuple[Summaries, ...]:
    if isinstance(request.segment, str):
        windows: tuple[Window | None, ...] = (None,)
        owner = f"r{_reference_of(state, request.segment)}"
        table = session.table("read_all_cells", owner=owner, series=_numbers(state, wanted))
    else:
        steps = windows_of(request)
        windows = steps
        table = _read_window(session, state, steps, _numbers(state, wanted))
    cells = dict(_by_series(table, state, wanted))
    categorical = {info.key for info in state.catalog.infos() if info.kind == "categorical"}
    return read_cells(cells, windows, state.grids, state.dictionaries, categorical=categorical)


def _numbers(state: VersionState, wanted: Sequence[Series]) -> str:
    return ", ".join(str(state.series[series].no) for series in wanted)


def _read_window(session: Session, state: VersionState, steps: Sequence[Window], series: str) -> pa.Table:
    """The cells of each step: whole days from the tier of days where no step is shorter, the rest from hours."""
    start, step, end = _hour(steps[0].start), steps[0].length // HOUR, _hour(steps[-1].end)
    first_day, last_day = -(-start // _DAY_HOURS), end // _DAY_HOURS
    if (len(steps) > 1 and (step % _DAY_HOURS or start % _DAY_HOURS)) or first_day >= last_day:
        first_day = last_day = start // _DAY_HOURS + 1
        first_hour = last_hour = end
    else:
        first_hour, last_hour = first_day * _DAY_HOURS, last_day * _DAY_HOURS
    parameters = {
        "start": start,
        "step": step,
        "end": end,
        "first_day": first_day,
        "last_day": last_day,
        "first_hour": first_hour,
        "last_hour": last_hour,
    }
    return session.table("read_cells", parameters, owner=state.no, series=series)


def _hour(time: datetime) -> int:
    return to_micros(time) // HOUR_MICROS


def _by_series(table: pa.Table, state: VersionState, wanted: Sequence[Series]) -> Iterator[tuple[Series, Cells]]:
    """The cells of each series; the table is in their order, then in that of steps and buckets."""
    numbers = table.column("series").to_numpy()
    groups, buckets = (table.column(name).to_numpy().astype(np.int64) for name in ("step", "bucket"))
    counts = table.column("n").to_numpy()
    asked = np.array([state.series[series].no for series in wanted])
    firsts, ends = np.searchsorted(numbers, asked), np.searchsorted(numbers, asked, side="right")
    for series, first, end in zip(wanted, firsts.tolist(), ends.tolist(), strict=True):
        yield series, Cells(groups[first:end], buckets[first:end], counts[first:end])
