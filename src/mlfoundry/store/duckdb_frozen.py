"""The cells of hours whose events have begun to expire. Nothing can make them anew, so they are carried along."""

from __future__ import annotations

import numpy as np

from mlfoundry.store.cells import ACTUAL, RESIDUALS, ROWS, Series
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import KeptSeries, VersionState
from mlfoundry.store.extract import Ints
from mlfoundry.store.packed_cells import PackedRows
from mlfoundry.summaries import CategorySummary, NumericSummary
from mlfoundry.summaries.cells import Cells, no_cells
from mlfoundry.summaries.moving import move_cells

_WITH_ACTUAL = 1


def carried_cells(
    session: Session, state: VersionState, before: VersionState, series: Series, kept: KeptSeries | None
) -> tuple[Cells, Ints]:
    """What the frozen hours hold of a series that is laid anew, and those hours, of which the cells' groups are places.

    A numeric column moves from its old grid to its new one. Of a column that was numeric and is categorical now, or the
    other way round, or that had no cells while the events were there, rows are left whose value nobody knows.

    Parameters
    ----------
    session, state
        The transaction, and the version as it becomes in it.
    before
        The version as it was.
    series
        What is laid anew.
    kept
        Its cells until now, which are still there.
    """
    # Nobody knows what another expression would have been for rows that are gone.
    if state.horizon is None or series.what in ("custom", "projection"):
        return no_cells(), np.zeros(0, np.int64)
    kind = _kind(state, series)
    if kept is None or kind != _kind(before, series):
        return _unknown(session, state, series, kind)
    cells, hours = _frozen(session, state, kept)
    if kind == "numeric" and series != RESIDUALS:
        return move_cells(cells, len(hours), before.grids[series.name], state.grids[series.name]), hours
    return cells, hours


def _kind(state: VersionState, series: Series) -> str | None:
    if series == RESIDUALS:
        return "numeric"
    kinds = {info.key: info.kind for info in state.catalog.infos()}
    return kinds.get(series.name) if series.what == "column" else None


def _frozen(session: Session, state: VersionState, kept: KeptSeries) -> tuple[Cells, Ints]:
    table = session.table("frozen_cells", {"series": kept.no, "horizon": state.horizon}, owner=state.no)
    rows = PackedRows.of(table)
    hours, groups = np.unique(rows.periods, return_inverse=True)
    return rows.added_up(groups.astype(np.int64), [kept.no])[kept.no], hours


def _unknown(session: Session, state: VersionState, series: Series, kind: str | None) -> tuple[Cells, Ints]:
    """Only columns and residuals tell what is missing from the number of rows; of the rest nothing is said."""
    if kind is None or ROWS not in state.series:
        return no_cells(), np.zeros(0, np.int64)
    cells, hours = _frozen(session, state, state.series[ROWS])
    wanted = cells.buckets == (_WITH_ACTUAL if series == ACTUAL else 0)
    rows = np.zeros(len(hours), np.int64)
    rows[cells.groups[wanted]] = cells.counts[wanted]
    return (NumericSummary if kind == "numeric" else CategorySummary).unknown(rows), hours
