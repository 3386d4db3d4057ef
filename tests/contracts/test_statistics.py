"""What holds for every drift statistic and every metric that the scan finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry import drift
from mlfoundry.drift import DriftStatistic, Histogram
from mlfoundry.performance.base import Metric
from mlfoundry.performance.report import metrics, report
from mlfoundry.summaries import Confusion, Grid, Residuals, ScoreTable, Summaries

STATISTICS = list(drift.statistics().values())
METRICS = list(metrics().values())

pairs = st.integers(1, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.integers(0, 10**6), min_size=k, max_size=k),
        st.lists(st.integers(0, 10**6), min_size=k, max_size=k),
    ).filter(lambda pair: all(map(sum, pair)))
)


def histogram(counts: list[int]) -> Histogram:
    return Histogram(tuple(str(place) for place in range(len(counts))), counts)


def named(definition: DriftStatistic | Metric) -> str:
    return definition.name


@pytest.mark.parametrize("statistic", STATISTICS, ids=named)
class TestEveryDriftStatistic:
    def test_says_what_it_is(self, statistic: DriftStatistic) -> None:
        assert statistic.title
        assert statistic.description.endswith(".")
        assert 0 < statistic.sizes.watch < statistic.sizes.drifted
        assert drift.statistic(statistic.name) is statistic

    @settings(max_examples=100, deadline=None)
    @given(pair=pairs)
    def test_is_finite_and_never_negative(self, statistic: DriftStatistic, pair: tuple[list[int], list[int]]) -> None:
        value = statistic.compute(histogram(pair[0]), histogram(pair[1]))
        assert np.isfinite(value)
        assert 0 <= value <= (statistic.upper_bound or np.inf)

    @settings(max_examples=100, deadline=None)
    @given(pair=pairs, times=st.integers(1, 10**4))
    def test_is_0_for_equal_shares_at_any_n(
        self, statistic: DriftStatistic, pair: tuple[list[int], list[int]], times: int
    ) -> None:
        counts = pair[0]
        assert statistic.compute(histogram(counts), histogram([times * n for n in counts])) <= 1e-12

    @settings(max_examples=100, deadline=None)
    @given(pair=pairs)
    def test_is_symmetric_where_it_says_so(self, statistic: DriftStatistic, pair: tuple[list[int], list[int]]) -> None:
        there = statistic.compute(histogram(pair[0]), histogram(pair[1]))
        back = statistic.compute(histogram(pair[1]), histogram(pair[0]))
        assert there == pytest.approx(back, rel=1e-9, abs=1e-12) or not statistic.symmetric

    @settings(max_examples=100, deadline=None)
    @given(pair=pairs, seed=st.integers(0, 1000))
    def test_does_not_depend_on_the_order_of_bins(
        self, statistic: DriftStatistic, pair: tuple[list[int], list[int]], seed: int
    ) -> None:
        order: list[int] = np.random.default_rng(seed).permutation(len(pair[0])).tolist()
        a, b = (histogram([counts[place] for place in order]) for counts in pair)
        value = statistic.compute(histogram(pair[0]), histogram(pair[1]))
        assert value == pytest.approx(statistic.compute(a, b), rel=1e-9, abs=1e-12)

    @settings(max_examples=50, deadline=None)
    @given(pair=pairs)
    def test_many_windows_at_once_are_the_same_as_one_by_one(
        self, statistic: DriftStatistic, pair: tuple[list[int], list[int]]
    ) -> None:
        reference, windows = np.array(pair[0], float), np.array([pair[1], pair[0], [1] * len(pair[0])], float)
        together = statistic.values(reference, windows)
        alone = [statistic.compute(histogram(pair[0]), histogram(list(map(int, window)))) for window in windows]
        assert together.tolist() == pytest.approx(alone, rel=1e-12, abs=1e-15)

    def test_has_no_value_without_rows(self, statistic: DriftStatistic) -> None:
        assert np.isnan(statistic.compute(histogram([1, 2]), histogram([0, 0])))
        assert np.isnan(statistic.compute(histogram([0, 0]), histogram([1, 2])))

    @pytest.mark.parametrize(("n", "m"), [(1_000, 100), (1_000, 1_000), (10_000, 200)])
    def test_its_expectation_without_drift_is_right(self, statistic: DriftStatistic, n: int, m: int) -> None:
        rng = np.random.default_rng(5)
        shares = np.array([0.3, 0.2, 0.2, 0.15, 0.1, 0.04, 0.01])
        reference, windows = rng.multinomial(n, shares, 2_000).astype(float), rng.multinomial(m, shares, 2_000)
        mean = float(statistic.values(reference, windows.astype(float)).mean())
        expected = float(statistic.expected(reference, windows.astype(float)).mean())
        # Roots of a mean lie a little above the mean of roots.
        assert expected == pytest.approx(mean, rel=0.2)


classified = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)
measured = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=60)


def classes(rows: list[tuple[bool, bool, float]]) -> Summaries:
    actual, predicted, scores = (np.array(side) for side in zip(*rows, strict=True))
    groups = np.zeros(len(rows), np.int64)
    [confusion] = Confusion.grouped(predicted.astype(int), actual.astype(int), ("no", "yes"), groups, 1)
    [yes] = ScoreTable.grouped(scores, actual, groups, 1)
    [no] = ScoreTable.grouped(1 - scores, ~actual, groups, 1)
    return Summaries(n=len(rows), n_with_actual=len(rows), confusion=confusion, scores={"no": no, "yes": yes})


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
            assert value.lower is not None
            assert value.upper is not None
            assert value.method
            slack = 1e-9 * max(1.0, abs(value.value))
            assert low - 1e-12 <= value.lower <= value.value + slack
            assert value.value - slack <= value.upper <= high + 1e-12

    def test_is_absent_and_never_0_without_actuals(self, metric: Metric) -> None:
        for task in metric.applies_to:
            [value] = report(Summaries(n=50), task=task, positive_class="yes", metrics=[metric.name])
            assert (value.value, value.status) == (None, "no_actuals")
