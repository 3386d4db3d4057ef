"""Intervals of windows whose days differ, on simulated days."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

from mlfoundry.performance.dependence import with_dependence
from mlfoundry.performance.intervals import wilson
from mlfoundry.performance.report import report
from mlfoundry.performance.result import MetricValue
from mlfoundry.summaries import Confusion, Summaries
from mlfoundry.times import as_utc

START = as_utc("2026-01-01")


def accuracy(hits: int, n: int) -> MetricValue:
    table = Confusion(("a", "b"), np.array([[hits, n - hits], [0, 0]]))
    summaries = Summaries(n=n, n_with_actual=n, confusion=table)
    [value] = report(summaries, task="multiclass", metrics=["accuracy"])
    return value


def judged(hits: list[int], n: int, *, step: timedelta = timedelta(days=1)) -> MetricValue:
    starts = [START + i * step for i in range(len(hits))]
    steps = [[accuracy(one, n)] for one in hits]
    [value] = with_dependence([accuracy(sum(hits), n * len(hits))], steps, starts)
    return value


def covered(days: int, *, day_effect: float, like_yesterday: float, runs: int = 300) -> float:
    """How many of the intervals hold the long-run accuracy, where the logit of each day's has that spread."""
    rng = np.random.default_rng(2)
    center = math.log(0.8 / 0.2)
    truth = float((1 / (1 + np.exp(-center - day_effect * rng.normal(size=200_000)))).mean())
    held = 0
    for _ in range(runs):
        effect = np.zeros(days)
        last = rng.normal()
        for day in range(days):
            last = like_yesterday * last + math.sqrt(1 - like_yesterday**2) * rng.normal()
            effect[day] = day_effect * last
        hits = rng.binomial(400, 1 / (1 + np.exp(-center - effect))).tolist()
        value = judged(hits, 400)
        assert value.lower is not None
        assert value.upper is not None
        held += value.lower <= truth <= value.upper
    return held / runs


def test_days_that_do_not_differ_leave_the_interval_nearly_as_it_is() -> None:
    assert 0.93 <= covered(30, day_effect=0.0, like_yesterday=0.0) <= 0.995


def test_intervals_hold_where_days_differ() -> None:
    assert covered(30, day_effect=0.3, like_yesterday=0.0) >= 0.91
    assert covered(30, day_effect=0.3, like_yesterday=0.5) >= 0.85
    assert covered(7, day_effect=0.3, like_yesterday=0.0) >= 0.90


def test_rows_alike_are_worth_as_many_rows_as_there_are() -> None:
    value = judged([80] * 14, 100)
    plain = wilson(80 * 14, 1_400)
    assert (value.lower, value.upper, value.method) == (plain.lower, plain.upper, "Wilson")
    assert value.effective_n == 1_400


def test_days_that_differ_make_a_week_worth_fewer_rows() -> None:
    value = judged([95, 60, 92, 55, 90, 65, 93], 100)
    plain = wilson(sum([95, 60, 92, 55, 90, 65, 93]), 700)
    assert value.effective_n is not None
    assert value.effective_n < 70
    assert value.method == "Wilson, effective n"
    assert value.lower is not None
    assert value.upper is not None
    assert 0 < value.lower < plain.lower < plain.upper < value.upper < 1


def test_steps_of_a_day_count_together() -> None:
    by_hour = judged([4, 10] * 12 * 10, 10, step=timedelta(hours=1))
    assert by_hour.effective_n == 10 * 240  # hours differ, days do not


@pytest.mark.parametrize("days", [0, 1, 6])
def test_of_fewer_days_nothing_is_known(days: int) -> None:
    value = judged([90, 50, 90, 50, 90, 50][:days], 100) if days else with_dependence([accuracy(9, 10)], [], [])[0]
    assert value.effective_n is None
    assert value.method == "Wilson"


def test_days_without_rows_are_left_out() -> None:
    starts = [START + timedelta(days=i) for i in range(10)]
    steps = [
        [accuracy(80, 100)] if i % 4 else report(Summaries.empty(), task="multiclass", metrics=["accuracy"])
        for i in range(10)
    ]
    [value] = with_dependence([accuracy(560, 700)], steps, starts)
    assert value.effective_n == 700
