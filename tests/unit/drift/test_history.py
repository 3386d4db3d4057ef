"""The reference's own windows, and what they make of a verdict."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.drift import History, Reference
from mlfoundry.drift.history import Columns, total
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hours(count: int, begin: datetime = START) -> History:
    """An hour is worth one row of a category that names it."""
    return History(
        [begin + place * HOUR for place in range(count)],
        [{"c": CategorySummary({f"{place}": 1})} for place in range(count)],
    )


def rows_of(window: Columns) -> int:
    return window["c"].rows


def labels(window: Columns) -> set[str]:
    column = window["c"]
    assert isinstance(column, CategorySummary)
    return set(column.counts)


def test_a_long_reference_is_cut_into_windows_of_the_length_asked_for() -> None:
    found = hours(30 * 24).cut(DAY)
    assert found is not None
    assert (len(found.windows), found.length_ratio) == (30, 1.0)
    assert {rows_of(window) for window in found.windows} == {24}
    assert labels(found.windows[1]) == {f"{place}" for place in range(24, 48)}


def test_windows_are_whole_days_and_partly_covered_ones_are_left_out() -> None:
    found = hours(30 * 24, START + 5 * HOUR).cut(DAY)
    assert found is not None
    assert len(found.windows) == 29
    assert labels(found.windows[0]) == {f"{place}" for place in range(19, 43)}


@pytest.mark.parametrize(
    ("days", "length", "windows", "ratio"),
    [(30, 7 * DAY, 30, 7.0), (60, 7 * DAY, 20, 7 / 3), (10, DAY, 20, 2.0), (1, DAY, 24, 24.0), (30, HOUR / 4, 720, 1)],
)
def test_a_short_reference_is_cut_into_the_longest_windows_of_which_it_has_20(
    days: int, length: timedelta, windows: int, ratio: float
) -> None:
    found = hours(days * 24).cut(length)
    assert found is not None
    assert len(found.windows) == windows
    assert found.length_ratio == pytest.approx(ratio)


def test_too_little_history_tells_nothing() -> None:
    assert hours(19).cut(HOUR) is None
    assert hours(0).cut(DAY) is None


def test_like_hours_are_those_of_the_window_on_every_day() -> None:
    found = hours(30 * 24).at_hours(START + 100 * DAY + 22 * HOUR, 4 * HOUR)
    assert {start.hour for start in found.starts} == {22, 23, 0, 1}
    cut = found.cut(4 * HOUR)
    assert cut is not None
    assert len(cut.windows) == 29
    assert labels(cut.windows[0]) == {"22", "23", "24", "25"}


def pieces(values: Floats, grid: Grid, count: int) -> list[Columns]:
    groups = np.arange(len(values)) * count // len(values)
    return [{"x": one} for one in NumericSummary.grouped(values, groups, count, grid)]


def days_that_differ(rng: np.random.Generator, days: int, deviation: float) -> Floats:
    return rng.normal(size=(days, 1_000)).ravel() + np.repeat(rng.normal(0, deviation, days), 1_000)


@pytest.fixture(scope="module")
def known() -> tuple[Reference, Reference, Grid]:
    """Sixty days that differ by 0.3 sd, with their history and without."""
    rng = np.random.default_rng(8)
    values = days_that_differ(rng, 60, 0.3)
    grid = Grid.lay(values)
    parts = pieces(values, grid, 60 * 24)
    history = History([START + place * HOUR for place in range(len(parts))], parts)
    columns = total(parts)
    return Reference(columns, name="training", history=history), Reference(columns), grid


@pytest.mark.parametrize("statistic", ["psi", "kolmogorov_smirnov", "anderson_darling", "mean_shift", "wasserstein"])
def test_days_that_always_differ_are_no_drift(known: tuple[Reference, Reference, Grid], statistic: str) -> None:
    ready, alone, grid = known
    windows = pieces(days_that_differ(np.random.default_rng(9), 80, 0.3), grid, 80)
    alarms = [
        sum(status != "ok" for status in drift.series(one, windows, statistic=statistic, window_length=DAY)["x"].status)
        for one in (ready, alone)
    ]
    # One false alarm a month is asked for.
    assert alarms[0] <= 7
    assert alarms[1] > alarms[0]


def test_a_verdict_says_what_it_rests_on(known: tuple[Reference, Reference, Grid]) -> None:
    ready, alone, grid = known
    [window] = pieces(days_that_differ(np.random.default_rng(10), 1, 0.0) + 0.3, grid, 1)
    [verdict] = drift.report(ready, window, window_length=DAY)
    [independent] = drift.report(alone, window, window_length=DAY)
    assert (verdict.null, verdict.chunks, verdict.reference) == ("windows of the reference", 60, "training")
    assert (independent.null, independent.chunks, independent.dispersion) == ("independent rows", None, None)
    assert verdict.value == independent.value
    assert verdict.dispersion is not None
    assert verdict.dispersion > 5
    assert verdict.effective_n == pytest.approx(1_000 / verdict.dispersion)
    assert verdict.p_value is not None
    assert independent.p_value is not None
    assert verdict.p_value > 0.01 > independent.p_value
    assert verdict.expected is not None
    assert independent.expected is not None
    assert verdict.expected > independent.expected


def test_a_shift_larger_than_days_differ_is_drift_all_the_same(known: tuple[Reference, Reference, Grid]) -> None:
    ready, _, grid = known
    [window] = pieces(days_that_differ(np.random.default_rng(10), 1, 0.0) + 2.0, grid, 1)
    [verdict] = drift.report(ready, window, window_length=DAY)
    assert verdict.status == "drifted"


def test_independent_rows_are_judged_as_such_in_spite_of_their_history() -> None:
    rng = np.random.default_rng(12)
    values = rng.normal(size=60_000)
    grid = Grid.lay(values)
    parts = pieces(values, grid, 60 * 24)
    ready = Reference(total(parts), history=History([START + place * HOUR for place in range(len(parts))], parts))
    [window] = pieces(rng.normal(0.5, 1, 1_000), grid, 1)
    [verdict] = drift.report(ready, window, window_length=DAY)
    assert verdict.dispersion is not None
    assert verdict.dispersion < 1.2
    assert verdict.status == "watch"


def test_like_hours_find_what_the_time_of_day_hides() -> None:
    rng = np.random.default_rng(13)
    phase = np.repeat(np.arange(60 * 24) % 24, 100)
    values = 2 * np.sin(2 * np.pi * phase / 24) + rng.normal(size=len(phase))
    grid = Grid.lay(values)
    parts = pieces(values, grid, 60 * 24)
    ready = Reference(total(parts), history=History([START + place * HOUR for place in range(len(parts))], parts))
    begin = START + 70 * DAY + 6 * HOUR
    # At six in the morning the mean is 2; a window around 0.5 is nothing special among all hours.
    [window] = pieces(rng.normal(0.5, 1, 100), grid, 1)
    [among_all] = drift.report(ready, window, window_length=HOUR)
    [among_like] = drift.report(ready.at_hours(begin, HOUR), window, window_length=HOUR)
    assert (among_all.status, among_like.status) == ("ok", "drifted")
    assert among_like.chunks == 60
    assert among_like.n_reference == 6_000


def test_a_column_without_history_is_taken_as_independent() -> None:
    ready = Reference({"c": CategorySummary({"a": 500, "b": 500})}, history=hours(48))
    [verdict] = drift.report(ready, {"c": CategorySummary({"a": 90, "b": 110})}, window_length=HOUR)
    assert verdict.null == "independent rows"
