from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlfoundry.performance.custom import custom_value
from mlfoundry.schema import CustomMetric
from mlfoundry.summaries import CustomSums, Summaries

stats: Any = importlib.import_module("scipy.stats")
COST = CustomMetric("cost", expression="abs(prediction - actual)")
TOTAL = CustomMetric("cost", expression="abs(prediction - actual)", aggregate="sum")
LARGE = CustomMetric("cost", expression="prediction > 10", type="projection")


def window(values: list[float], *, n: int, with_actual: int) -> Summaries:
    [sums] = CustomSums.grouped(np.array(values), np.zeros(len(values), np.int64), 1)
    return Summaries(n=n, n_with_actual=with_actual, custom={"cost": sums})


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 200)
    value = custom_value(COST, window(values.tolist(), n=400, with_actual=200))
    low, high = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    assert (value.value, value.lower, value.upper) == (
        pytest.approx(values.mean()),
        pytest.approx(low, rel=1e-6),
        pytest.approx(high, rel=1e-6),
    )
    assert (value.n, value.coverage, value.status, value.method) == (200, 0.5, "ok", "Student's t of the mean")
    total = custom_value(TOTAL, window(values.tolist(), n=400, with_actual=200))
    assert (total.value, total.lower) == (pytest.approx(values.sum()), pytest.approx(200 * low, rel=1e-6))
    assert total.method == "Student's t of the mean, times n"


def test_rows_left_out_are_counted() -> None:
    value = custom_value(COST, window([1.0] * 20 + [np.nan] * 3 + [1e30], n=40, with_actual=30))
    assert (value.value, value.n) == (1.0, 20)
    assert value.reason == (
        "left out: 3 without a value, 1 with a value of 1e18 or more, 6 expired before it was registered"
    )


def test_a_projection_needs_no_actual() -> None:
    value = custom_value(LARGE, window([1.0, 0.0] * 20, n=40, with_actual=0))
    assert (value.value, value.n, value.coverage, value.status) == (0.5, 40, 1.0, "ok")


def test_the_share_of_rows_of_which_a_condition_holds_has_an_interval_inside_its_range() -> None:
    value = custom_value(LARGE, window([0.0] * 40, n=40, with_actual=0))
    assert (value.value, value.lower, value.upper, value.method) == (
        0.0,
        0.0,
        pytest.approx(0.0876, abs=1e-4),
        "Wilson",
    )


def test_what_is_not_known_is_absent_never_zero() -> None:
    for metric, summaries, status, says in [
        (COST, window([], n=40, with_actual=0), "no_actuals", "no actuals yet"),
        (COST, Summaries(), "no_actuals", "no predictions"),
        (COST, Summaries(n=5, n_with_actual=5), "insufficient_data", "a column that it needs is not there"),
        (COST, window([np.nan] * 5, n=5, with_actual=5), "insufficient_data", "no row has a value; left out: 5"),
    ]:
        value = custom_value(metric, summaries)
        assert (value.value, value.lower, value.status) == (None, None, status)
        assert says in (value.reason or "")
    few = custom_value(COST, window([1.0, 2.0], n=2, with_actual=2))
    assert (few.value, few.status) == (1.5, "insufficient_data")
    assert "fewer than 10 rows" in (few.reason or "")
