"""Which step a window is cut into, and what is taken from answers that are there already."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from mlfoundry.server.cache import Cache
from mlfoundry.server.views.question import read_step
from mlfoundry.times import as_utc
from mlfoundry.windows import Window, parse_duration

END = as_utc("2026-03-01")


@pytest.mark.parametrize(
    ("days", "rows_per_day", "step"),
    [
        (1, math.inf, "1h"),
        (1, 333_000, "1h"),
        (1, 40_000, "30m"),
        (3, math.inf, "1h"),
        (7, math.inf, "2h"),
        (14, math.inf, "6h"),
        (30, math.inf, "1d"),
        (30, 100, "1d"),
        (365, math.inf, "1w"),
        (57 * 365, math.inf, "34w"),  # since 1970, as of one row whose time was 0
    ],
)
def test_the_step_suits_the_window_and_its_rows(days: int, rows_per_day: float, step: str) -> None:
    window = Window(END - timedelta(days=days), END)

    assert read_step(None, window, rows_per_day=rows_per_day) == parse_duration(step)


def test_minutes_of_a_short_window_are_counted_however_many_rows_a_day_holds() -> None:
    window = Window(END - timedelta(hours=3), END)

    assert read_step(None, window, rows_per_day=333_000) == timedelta(minutes=15)


def test_a_step_that_was_asked_for_is_taken() -> None:
    assert read_step("15m", Window(END - timedelta(days=1), END)) == timedelta(minutes=15)


def test_a_cache_holds_what_was_made_until_it_forgets() -> None:
    cache = Cache(2)
    cache.get("a", lambda: 1)
    held = cache.get("a", lambda: 2), cache.get("b", lambda: 3)
    cache.forget()

    assert (*held, cache.get("a", lambda: 4)) == (1, 3, 4)
