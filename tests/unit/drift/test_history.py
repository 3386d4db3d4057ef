"""The reference's own windows, and what they make of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.drift import History, ReadHistory, Reference
from mlfoundry.drift.history import Columns, total
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats
from mlfoundry.times import EPOCH

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


def read_by(history: History, asked: list[timedelta]) -> ReadHistory:
    """The same rows, read in pieces of any length as a store gives them: those at the edges covered in part."""

    def read(step: timedelta, keys: Sequence[str] | None, since: datetime) -> list[tuple[datetime, Columns]]:
        asked.append(step)
        pieces: dict[datetime, list[Columns]] = {}
        for start, columns in zip(history.starts, history.pieces, strict=True):
            pieces.setdefault(start - (start - EPOCH) % step, []).append(columns)
        return [(start, total(columns, keys)) for start, columns in pieces.items() if start + step > since]

    return ReadHistory(history.starts, read)


@pytest.mark.parametrize("begin", [START, START + 5 * HOUR])
@pytest.mark.parametrize("days", [1, 5, 30, 75])
@pytest.mark.parametrize("length", [HOUR / 4, HOUR, 3 * HOUR, 5 * HOUR, DAY, 2 * DAY, 3 * DAY])
def test_pieces_that_are_read_make_the_windows_of_hours(begin: datetime, days: int, length: timedelta) -> None:
    kept = hours(days * 24, begin)
    asked: list[timedelta] = []
    found, wanted = read_by(kept, asked).cut(length), kept.cut(length)
    assert found is not None
    assert wanted is not None
    assert found.windows == wanted.windows[-400:]
    assert found.length_ratio == wanted.length_ratio
    assert len(asked) == 1
    assert HOUR <= asked[0] <= DAY


def test_pieces_of_a_day_and_more_are_read_by_the_day() -> None:
    asked: list[timedelta] = []
    found = read_by(hours(75 * 24), asked).cut(7 * DAY + HOUR, ["c"])
    assert found is not None
    assert (asked, len(found.windows)) == ([DAY], 25)
    assert found.length_ratio == pytest.approx(169 / 72)
    assert {rows_of(window) for window in found.windows} == {72}


def test_too_little_to_be_read_is_no_history() -> None:
    asked: list[timedelta] = []
    assert read_by(hours(19), asked).cut(DAY) is None
    assert asked == []


def test_the_hours_of_a_window_are_read_as_its_own_pieces() -> None:
    asked: list[timedelta] = []
    matched = read_by(hours(30 * 24), asked).at_hours(START + 6 * HOUR, 3 * HOUR)
    assert {int(label) % 24 for label in labels(matched.total())} == {6, 7, 8}
    found = matched.cut(3 * HOUR)
    assert found is not None
    assert (len(found.windows), asked) == (30, [3 * HOUR])


def test_hours_that_no_whole_window_begins_with_are_read_by_the_hour() -> None:
    asked: list[timedelta] = []
    kept = read_by(hours(30 * 24), asked)
    for first in (7, 23):
        matched = kept.at_hours(START + first * HOUR, 3 * HOUR)
        assert {int(label) % 24 for label in labels(matched.total())} == {(first + n) % 24 for n in range(3)}
    assert asked == [HOUR]
