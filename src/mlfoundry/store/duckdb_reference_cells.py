"""The cells of an uploaded reference by steps of time."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.extract import Ints
from mlfoundry.store.packed_cells import PackedRows
from mlfoundry.store.reference_steps import cut_hours, hour_of_time
from mlfoundry.windows import DAY, Window

_DAY_HOURS = 24
_FIRST, _END = -(2**31), 2**31 - 1


def read_reference_steps(
    session: Session, owner: str, series: str, step: timedelta, since: datetime | None
) -> tuple[tuple[Window, ...], PackedRows, Ints]:
    """The steps of a reference that have rows, its cells, and the step of each: whole days from the tier of days."""
    begin = None if since is None else hour_of_time(since)
    by_day = step % DAY == timedelta(0) and (begin or 0) % _DAY_HOURS == 0
    hours = _DAY_HOURS if by_day else 1
    asked = {"first": _FIRST if begin is None else begin // hours, "end": _END}
    rows = PackedRows.of(
        session.table("read_cells", asked, tier="day" if by_day else "hour", owner=owner, series=series)
    )
    kept, steps, windows = cut_hours(rows.periods * hours, step, since)
    return windows, rows.by_key(kept.astype(np.int64), [1])[1], steps
