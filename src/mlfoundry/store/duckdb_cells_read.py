"""Questions answered from cells as far as they can, the rest from events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from mlfoundry.store.base import OutcomePart, SummaryRequest
from mlfoundry.store.cells import DELAYS, RESIDUALS, ROWS, Series, read_cells
from mlfoundry.store.duckdb_series import is_held, series_of
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_summaries import Reader
from mlfoundry.store.extract import normal_key
from mlfoundry.store.packed_cells import unpack
from mlfoundry.store.rules import HOUR_MICROS, windows_of
from mlfoundry.summaries import Summaries
from mlfoundry.times import to_micros
from mlfoundry.windows import HOUR, Window

_DAY_HOURS = 24


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
        held = set(state.references[state.need_reference(request.segment)].columns)
        outcomes = [series for series in outcomes if series == DELAYS or is_held(series, held)]
    if {"prediction", "actual"} <= held and kinds["prediction"] == "numeric" and RESIDUALS not in outcomes:
        outcomes.append(RESIDUALS)
    return wanted + [series for series in outcomes if series.what in request.outcomes]


def _read(
    session: Session, state: VersionState, request: SummaryRequest, wanted: Sequence[Series]
) -> tuple[Summaries, ...]:
    if isinstance(request.segment, str):
        windows: tuple[Window | None, ...] = (None,)
        owner = f"r{state.need_reference(request.segment)}"
        table = session.table("read_all_cells", owner=owner, series=_numbers(state, wanted))
    else:
        steps = windows_of(request)
        windows = steps
        table = _read_window(session, state, steps, _numbers(state, wanted))
    groups = table.column("step").to_numpy().astype(np.int64)
    found = unpack(table, groups, (state.series[series].no for series in wanted))
    cells = {series: found[state.series[series].no] for series in wanted}
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
