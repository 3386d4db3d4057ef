"""Grids laid again: the values of a column that moves on would come to fall into few buckets, where nothing is seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from mlfoundry.store.cells import ACTUAL, RESIDUALS, ROWS, Series
from mlfoundry.store.duckdb_cells import CellWriter, Prepared
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState, save_grids
from mlfoundry.store.duckdb_summaries import Reader
from mlfoundry.store.extract import RESIDUAL, Floats, Ints
from mlfoundry.store.packed_cells import PackedRows
from mlfoundry.summaries import Grid
from mlfoundry.summaries.cells import by_group

OUTGROWN_SHARE = 0.02
"""The most of a day that a bucket with more than one value may hold."""
_PART = 16_384


@dataclass(frozen=True, slots=True)
class Renewal:
    """A grid that is to take the place of an old one, and its cells as far as they could be made before."""

    key: str
    old: Grid
    grid: Grid
    prepared: Prepared | None


def last_day(session: Session, state: VersionState, *, before: int) -> tuple[int, int] | None:
    """The last day (since 1970) before one that has events, and how many; None where there is none."""
    rows = state.series.get(ROWS)
    if rows is None:
        return None
    found = session.rows("last_day_of_cells", {"series": rows.no, "before": before}, owner=state.no)
    return (int(found[0][0]), int(found[0][1])) if found else None


def outgrown(session: Session, state: VersionState, day: int, *, least: int) -> list[str]:
    """The keys of the columns that have at least so many numbers on a day, and too many of them in one bucket."""
    keys = {state.series[series].no: key for key in state.grids if (series := _series_of(key)) in state.series}
    if state.horizon is not None:  # what frozen hours hold of residuals cannot be carried to another grid
        keys = {no: key for no, key in keys.items() if key != RESIDUAL}
    found: list[str] = []
    for no, (ids, counts) in _buckets(session, state, keys, first=day, end=day + 1).items():
        crowded = counts > OUTGROWN_SHARE * counts.sum()
        grid = state.grids[keys[no]]
        if counts.sum() >= least and not grid.single_value(ids[crowded]).all():
            found.append(keys[no])
    return found


def renewed(session: Session, state: VersionState, key: str, day: int, *, grid_rows: int) -> Renewal | None:
    """A grid for a column over what it was and what it was on that day, with its cells; only reads.

    None where the events of the day are gone. The day has half of the sample; the reference, where it has the column,
    and what cells tell of other days share the rest, so that a bucket of the old grid is put together with three others
    at most.
    """
    reader = Reader(session, state, grid_rows=grid_rows)
    now = reader.sample_day(key, day, limit=2 * _PART)
    if not len(now):
        return None
    default = state.default_reference()
    reference = np.zeros(0) if default is None else reader.sample_reference(key, default)
    old, no = state.grids[key], state.series[_series_of(key)].no
    earlier = _buckets(session, state, [no], first=None, end=day).get(no)
    parts = [_evenly(np.sort(now), 2 * _PART)]
    if len(reference):
        parts.append(_evenly(np.sort(reference[np.isfinite(reference)]), _PART))
    if earlier is not None:
        parts.append(_values_in(old, *earlier, 2 * _PART if len(parts) == 1 else _PART))
    grid = Grid.lay(np.concatenate(parts))
    # Corrected actuals would move such cells meanwhile; they are made when nothing is merged.
    if key in (ACTUAL.name, RESIDUAL):
        return Renewal(key, old, grid, None)
    ahead = state.copy()
    ahead.grids[key] = grid
    return Renewal(key, old, grid, CellWriter(session, ahead, before=state).prepare(_series_of(key)))


def lay_again(session: Session, state: VersionState, renewal: Renewal) -> bool:
    """Put a grid in the place of the one that it was made for, with its cells; False where that is gone."""
    key, before = renewal.key, state.copy()
    if state.grids.get(key) != renewal.old:
        return False
    state.grids[key] = renewal.grid
    session.run("delete_grid", (state.no, key))
    save_grids(session, state, [key])
    CellWriter(session, state, before=before).take_declaration(renewal.prepared)
    return True


def _series_of(key: str) -> Series:
    return RESIDUALS if key == RESIDUAL else Series("column", key)


def _buckets(
    session: Session, state: VersionState, numbers: Collection[int], *, first: int | None, end: int
) -> dict[int, tuple[Ints, Ints]]:
    """Buckets, ascending, and their counts over some days, by the number of the series."""
    wanted = ", ".join(map(str, numbers))
    if not wanted:
        return {}
    parameters = {"first": -(2**31) if first is None else first, "end": end}
    table = session.table("buckets_of_days", parameters, owner=state.no, series=wanted)
    rows = PackedRows.of(table)
    added = rows.added_up(np.zeros_like(rows.periods), numbers)
    found = {no: by_group(cells, 1)[0] for no, cells in added.items()}
    return {no: (group.ids, group.counts) for no, group in found.items() if len(group.ids)}


def _evenly(ordered: Floats, n: int) -> Floats:
    """So many of some ordered values, each as often as it stands there."""
    return ordered[(np.arange(n) * len(ordered) + len(ordered) // 2) // n] if len(ordered) else ordered


def _values_in(grid: Grid, ids: Ints, counts: Ints, n: int) -> Floats:
    """So many values that stand for counts by bucket, evenly spread within each."""
    ends = np.cumsum(counts)
    ranks = (np.arange(n) + 0.5) / n * float(ends[-1])
    places = np.minimum(np.searchsorted(ends, ranks), len(ids) - 1)
    within = (ranks - (ends - counts)[places]) / counts[places]
    lower = grid.lower(ids)[places]
    last = np.nextafter(grid.upper(ids), -np.inf)[places]
    return np.minimum(np.maximum(lower * (1 - within) + last * within, lower), last)
