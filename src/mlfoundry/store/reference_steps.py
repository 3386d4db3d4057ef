"""The steps that an uploaded reference is cut into, by the times of its rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from mlfoundry.errors import InvalidInput
from mlfoundry.store.extract import Bools, Ints
from mlfoundry.store.rules import HOUR_MICROS
from mlfoundry.times import EPOCH, to_micros
from mlfoundry.windows import HOUR, Window

_DAY_HOURS = 24


def cut_hours(hours: Ints, step: timedelta, since: datetime | None = None) -> tuple[Bools, Ints, tuple[Window, ...]]:
    """Which rows are in a step, the number of theirs, and the steps that have any.

    Parameters
    ----------
    hours
        The hour since 1970 of each row. The first day of 1970 is that of rows without a time, which are in no step.
    step
        Whole hours. Steps of up to a day lie where whole ones since 1970 lie, longer ones begin with the first day.
    since
        Rows of earlier hours are in no step.

    Examples
    --------
    >>> kept, steps, windows = cut_hours(np.array([0, 30, 31, 50]), timedelta(hours=2))
    >>> kept.tolist(), steps.tolist(), [str(window.start) for window in windows]
    ([False, True, True, True], [0, 0, 1], ['1970-01-02 06:00:00+00:00', '1970-01-03 02:00:00+00:00'])
    """
    if step % HOUR or step < HOUR:
        raise InvalidInput(f"a reference is cut into whole hours, not into steps of {step}")
    length = step // HOUR
    kept = (hours < 0) | (hours >= _DAY_HOURS)
    if since is not None:
        kept &= hours >= hour_of_time(since)
    timed = hours[kept]
    if not len(timed):
        return kept, timed, ()
    grain = min(length, _DAY_HOURS)
    first = int(timed.min()) // grain * grain
    found, steps = np.unique((timed - first) // length, return_inverse=True)
    starts = [EPOCH + (first + number * length) * HOUR for number in found.tolist()]
    return kept, steps.astype(np.int64), tuple(Window(start, start + step) for start in starts)


def hour_of_time(time: datetime) -> int:
    """The hour since 1970 that a time lies in."""
    return to_micros(time) // HOUR_MICROS


def cut_table(table: pa.Table, step: timedelta, since: datetime | None) -> tuple[pa.Table, Ints, tuple[Window, ...]]:
    """The rows of a table that are in a step, the number of theirs, and the steps; ``occurred_at`` in microseconds."""
    times = table.column("occurred_at").cast(pa.int64()).fill_null(0).to_numpy()
    kept, steps, windows = cut_hours(times // HOUR_MICROS, step, since)
    return table.filter(pa.array(kept)), steps, windows
