"""Windows beside the same hours of the reference's days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.drift import History, Reference, matched_series
from mlfoundry.drift.history import Columns, total
from mlfoundry.summaries import Grid, NumericSummary

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def pieces() -> list[Columns]:
    """Forty days by the hour, whose hours differ; at night the last ten have moved by two standard deviations."""
    rng = np.random.default_rng(5)
    hours = np.repeat(np.arange(40 * 24), 100)
    moved = (hours >= 30 * 24) & (hours % 24 < 6)
    values = rng.normal(size=len(hours)) + 10.0 * np.sin(2 * np.pi * (hours % 24) / 24) + np.where(moved, 2.0, 0.0)
    found = NumericSummary.grouped(values, hours, 40 * 24, Grid.lay(values))
    return [{"x": one} for one in found]


def reference(pieces: list[Columns]) -> Reference:
    known = pieces[: 30 * 24]
    return Reference(total(known), name="april", history=History([START + n * HOUR for n in range(30 * 24)], known))


@pytest.mark.parametrize("step", [HOUR, 3 * HOUR, 6 * HOUR])
def test_only_hours_that_moved_are_told_apart(pieces: list[Columns], step: timedelta) -> None:
    steps = step // HOUR
    places = range(30 * 24, 40 * 24, steps)
    starts = [START + place * HOUR for place in places]
    windows = [total(pieces[place : place + steps]) for place in places]
    plain = drift.series(reference(pieces), windows, window_length=step)["x"]
    matched = matched_series(reference(pieces), starts, windows, statistic="psi", window_length=step)["x"]
    assert matched.n == plain.n == [100 * steps] * len(windows)
    night = [start.hour < 6 for start in starts]
    by_night = {status for status, is_night in zip(matched.status, night, strict=True) if is_night}
    by_day = [status for status, is_night in zip(matched.status, night, strict=True) if not is_night]
    assert by_night == {"drifted"}
    assert sum(status != "ok" for status in by_day) <= 1
    # Beside whole days every hour looks unlike the others, and a night that moved hardly more so.
    assert plain.status.count("drifted") < sum(night)


def test_windows_of_a_day_are_those_of_the_whole_reference(pieces: list[Columns]) -> None:
    days = [total(pieces[place : place + 24]) for place in range(30 * 24, 40 * 24, 24)]
    starts = [START + (30 + day) * DAY for day in range(10)]
    matched = matched_series(reference(pieces), starts, days, statistic="psi", window_length=DAY)
    assert matched == drift.series(reference(pieces), days, window_length=DAY)


def test_a_reference_without_times_is_taken_whole(pieces: list[Columns]) -> None:
    untimed = Reference(total(pieces[: 30 * 24]))
    windows = [pieces[30 * 24]]
    matched = matched_series(untimed, [START], windows, statistic="psi", window_length=HOUR)
    assert matched == drift.series(untimed, windows, window_length=HOUR)
