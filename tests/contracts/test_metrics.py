"""What holds for every metric that the scan finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry.performance.base import Metric
from mlfoundry.performance.report import metrics, report
from mlfoundry.summaries import Confusion, Grid, Ranks, Residuals, ScoreTable, Summaries

METRICS = list(metrics().values())


def named(metric: Metric) -> str:
    return metric.name


classified = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)
measured = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=60)


def classes(rows: list[tuple[bool, bool, float]]) -> Summaries:
    actual, predicted, scores = (np.array(side) for side in zip(*rows, strict=True))
    groups = np.zeros(len(rows), np.int64)
    [confusion] = Confusion.grouped(predicted.astype(int), actual.astype(int), ("no", "yes"), groups, 1)
    [yes] = ScoreTable.grouped(scores, actual, groups, 1)
    [no] = ScoreTable.grouped(1 - scores, ~actual, groups, 1)
    [ranks] = Ranks.grouped([1 - scores, scores], actual.astype(int), groups, 1)
    return Summaries(
        n=len(rows), n_with_actual=len(rows), confusion=confusion, scores={"no": no, "yes": yes}, ranks=ranks
    )


def numbers(rows: list[tuple[float, float]]) -> Summaries:
    predicted, actual = (np.array(side) for side in zip(*rows, strict=True))
    [residuals] = Residuals.grouped(predicted, actual, np.zeros(len(rows), np.int64), 1, Grid.lay(predicted - actual))
    return Summaries(n=len(rows), n_with_actual=len(rows), residuals=residuals)


@pytest.mark.parametrize("metric", METRICS, ids=named)
class TestEveryMetric:
    @settings(max_examples=100, deadline=None)
    @given(classified=classified, measured=measured)
    def test_lies_in_its_range_and_its_interval(
        self,
        metric: Metric,
        classified: list[tuple[bool, bool, float]],
        measured: list[tuple[float, float]],
    ) -> None:
        for task in metric.applies_to:
            summaries = numbers(measured) if task == "regression" else classes(classified)
            [value] = report(summaries, task=task, positive_class="yes", metrics=[metric.name])
            if value.value is None:
                assert value.reason
                assert value.lower is value.upper is None
                continue
            low = -np.inf if metric.lower_bound is None else metric.lower_bound
            high = np.inf if metric.upper_bound is None else metric.upper_bound
            slack = 1e-9 * max(1.0, abs(value.value))
            assert low - 1e-12 <= value.value <= high + 1e-12
            assert value.bound is not None
            assert value.bound >= 0
            if value.method == "none":
                assert value.lower is value.upper is None
                continue
            assert value.lower is not None
            assert value.upper is not None
            assert low - 1e-12 <= value.lower <= value.value + slack
            assert value.value - slack <= value.upper <= high + 1e-12

    def test_is_absent_and_never_0_without_actuals(self, metric: Metric) -> None:
        for task in metric.applies_to:
            [value] = report(Summaries(n=50), task=task, positive_class="yes", metrics=[metric.name])
            assert (value.value, value.status) == (None, "no_actuals")
