"""Questions answered from cells as far as they can, the rest from events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from mlfoundry.store.base import OutcomePart, SummaryRequest
from mlfoundry.store.cell_blocks import CellBlocks
from mlfoundry.store.cells import DELAYS, RESIDUALS, ROWS, Series, read_cells
from mlfoundry.store.duckdb_reference_cells import read_reference_steps
from mlfoundry.store.duckdb_series import is_held, series_of
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_summaries import Reader
from mlfoundry.store.extract import Ints, normal_key
from mlfoundry.store.packed_cells import PackedRows
from mlfoundry.store.rules import HOUR_MICROS, apart, windows_of
from mlfoundry.summaries import Summaries
from mlfoundry.times import to_micros
from mlfoundry.windows import HOUR, Window

_DAY_HOURS = 24


def summarize(
    session: Session, state: VersionState, request: SummaryRequest, reader: Reader, blocks: CellBlocks
) -> tuple[Summaries, ...]:
    """Answer from cells what they can answer, the rest from events."""
    of_all_rows = request.where is None and request.as_of is None and not request.exact
    if not of_all_rows or ROWS not in state.series or (request.step is not None and request.step % HOUR):
        return reader.summarize(request)
    if request.total is not None:
        return tuple(part for one in apart(request) for part in summarize(session, state, one, reader, blocks))
    wanted = _wanted(state, request)
    kept = [series for series in wanted if series in state.series]
    own = _CellReader(session, state, blocks).read(request, kept)
    rest = tuple(series.name for series in wanted if series.what == "column" and series not in state.series)
    needs_residuals = RESIDUALS in wanted and RESIDUALS not in state.series
    if not rest and not needs_residuals:
        return own
    residuals: frozenset[OutcomePart] = frozenset({"residuals"} if needs_residuals else ())
    others = reader.summarize(replace(request, columns=rest, outcomes=residuals))
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
        held = set(state.references[state.need_reference(request.segment)].columns)
        known = [key for key in known if key in held]
    if request.columns is None:
        return known
    asked = set(map(normal_key, request.columns))
    return [key for key in known if key in asked]


def _wanted(state: VersionState, request: SummaryRequest) -> list[Series]:
    """The series that the answer consists of, also those that have no cells yet because they have no grid."""
    wanted = [ROWS, *(Series("column", key) for key in _keys(state, request))]
    kinds = {info.key: info.kind for info in state.catalog.infos()}
    outcomes = [series for series in series_of(state) if series != ROWS and series.what != "column"]
    held = set(kinds)
    if isinstance(request.segment, str):
        reference = state.references[state.need_reference(request.segment)]
        held = set(reference.columns)
        outcomes = [series for series in outcomes if series == DELAYS or is_held(series, reference, state.catalog)]
    if {"prediction", "actual"} <= held and kinds["prediction"] == "numeric" and RESIDUALS not in outcomes:
        outcomes.append(RESIDUALS)
    return wanted + [series for series in outcomes if series.what in request.outcomes]


class _CellReader:
    """Reads the cells of a version within one session."""

    def __init__(self, session: Session, state: VersionState, blocks: CellBlocks) -> None:
        self._session = session
        self._state = state
        self._blocks = blocks

    def read(self, request: SummaryRequest, wanted: Sequence[Series]) -> tuple[Summaries, ...]:
        """The summaries of a request as far as these series tell."""
        state, numbers = self._state, [self._state.series[series].no for series in wanted]
        if isinstance(request.segment, str):
            windows: tuple[Window | None, ...] = (None,)
            owner, series = f"r{state.need_reference(request.segment)}", _listed(numbers)
            if request.step is None:
                rows = PackedRows.of(self._session.table("read_all_cells", owner=owner, series=series))
                groups = np.zeros_like(rows.periods)
            else:
                windows, rows, groups = read_reference_steps(self._session, owner, series, request.step, request.since)
        else:
            steps = windows_of(request)
            windows = steps
            rows, groups = self._window(steps, numbers)
        found = rows.added_up(groups, numbers)
        cells = {series: found[state.series[series].no] for series in wanted}
        categorical = {info.key for info in state.catalog.infos() if info.kind == "categorical"}
        return read_cells(cells, windows, state.grids, state.dictionaries, categorical=categorical)

    def _window(self, steps: Sequence[Window], numbers: Sequence[int]) -> tuple[PackedRows, Ints]:
        """The cells of steps and the step of each row: whole days from the tier of days where no step is shorter."""
        start, step, end = _hour(steps[0].start), steps[0].length // HOUR, _hour(steps[-1].end)
        first_day, last_day = -(-start // _DAY_HOURS), end // _DAY_HOURS
        if (len(steps) > 1 and (step % _DAY_HOURS or start % _DAY_HOURS)) or first_day >= last_day:
            rows = self._hours(start, end, numbers)
            return rows, (rows.periods - start) // step
        days = PackedRows.of(self._table("day", first_day, last_day, numbers))
        before = self._hours(start, first_day * _DAY_HOURS, numbers)
        after = self._hours(last_day * _DAY_HOURS, end, numbers)
        hours = np.concatenate([days.periods * _DAY_HOURS, before.periods, after.periods])
        return PackedRows.joined([days, before, after]), (hours - start) // step

    def _hours(self, start: int, end: int, numbers: Sequence[int]) -> PackedRows:
        """The cells of some hours."""
        if start >= end:
            return PackedRows.of_nothing()
        days = range(start // _DAY_HOURS, -(-end // _DAY_HOURS))
        attributions = {kept.no for series, kept in self._state.series.items() if series.what == "attribution"}
        # Apart, so that a question about drift over time finds what one about the whole window read.
        parts = [[no for no in numbers if (no in attributions) is apart] for apart in (False, True)]
        blocks = [block.within(start, end) for part in parts if part for block in self._days(days, part)]
        return PackedRows.joined(blocks)

    def _days(self, days: Sequence[int], numbers: Sequence[int]) -> list[PackedRows]:
        """The cells of some days by hour, kept as blocks until a merge touches them."""
        about = tuple(numbers)
        keys = {day: (self._state.stamps.of(day), day, about) for day in days}
        held = self._blocks.get(keys.values())
        missing = [day for day in days if keys[day] not in held]
        if missing:
            first, last = missing[0] * _DAY_HOURS, (missing[-1] + 1) * _DAY_HOURS
            rows = PackedRows.of(self._table("hour", first, last, numbers))
            for day, block in rows.by_key(rows.periods // _DAY_HOURS, missing).items():
                held[keys[day]] = block
                self._blocks.put(keys[day], block)
        return [held[key] for key in keys.values()]

    def _table(self, tier: str, first: int, end: int, numbers: Sequence[int]) -> pa.Table:
        asked = {"first": first, "end": end}
        return self._session.table("read_cells", asked, tier=tier, owner=self._state.no, series=_listed(numbers))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _hour(time: datetime) -> int:
    return to_micros(time) // HOUR_MICROS
