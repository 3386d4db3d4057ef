"""Windows beside the rows of a reference that happened in the same hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from mlfoundry.drift.answers import DriftSeries
from mlfoundry.drift.history import Columns
from mlfoundry.drift.reference import Reference
from mlfoundry.drift.report import series
from mlfoundry.windows import DAY

Match = Literal["hour_of_day"]
"""What windows and the rows of the reference that they are compared with have in common."""


def matched_series(
    reference: Reference,
    starts: Sequence[datetime],
    windows: Sequence[Columns],
    *,
    statistic: str,
    window_length: timedelta,
    false_alarms_per_month: float = 1.0,
) -> dict[str, DriftSeries]:
    """:func:`~mlfoundry.drift.series`, each window compared with the same hours of the reference's days.

    Parameters
    ----------
    starts
        When each window begins.

    Windows of a day and more, and all where it is not known when the reference's rows happened, are compared with the
    whole of it.
    """
    by_hour: dict[timedelta, list[int]] = {}
    for place, start in enumerate(starts):
        by_hour.setdefault(start - start.replace(hour=0, minute=0, second=0, microsecond=0), []).append(place)
    if window_length >= DAY:
        by_hour = {timedelta(0): list(range(len(windows)))}
    found: dict[str, DriftSeries] = {}
    for places in by_hour.values():
        part = series(
            reference.at_hours(starts[places[0]], window_length),
            [windows[place] for place in places],
            statistic=statistic,
            window_length=window_length,
            false_alarms_per_month=false_alarms_per_month,
        )
        for key, one in part.items():
            _put(found.setdefault(key, _nothing(len(windows))), places, one)
    return found


def _nothing(length: int) -> DriftSeries:
    return DriftSeries(
        value=[None] * length, expected=[None] * length, status=["insufficient_data"] * length, n=[0] * length
    )


def _put(into: DriftSeries, places: Sequence[int], part: DriftSeries) -> None:
    for at, place in enumerate(places):
        into.value[place], into.expected[place] = part.value[at], part.expected[at]
        into.status[place], into.n[place] = part.status[at], part.n[at]
