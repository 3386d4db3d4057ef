"""What holds for every drift statistic that the scan finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlfoundry import drift
from mlfoundry.drift import BinStatistic, DriftStatistic, Histogram, OrderedStatistic
from mlfoundry.drift.base import Figures
from mlfoundry.drift.line import Line
from mlfoundry.drift.table import Table
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

STATISTICS = list(drift.statistics().values())
KEYS = [
    "anderson_darling",
    "chi_square",
    "cramer_von_mises",
    "cramers_v",
    "energy_distance",
    "hellinger",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "l_infinity",
    "mean_shift",
    "missing_share_shift",
    "normalized_wasserstein",
    "psi",
    "quantile_shift",
    "total_variation",
    "unseen_share",
    "wasserstein",
]

pairs = st.integers(1, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.integers(0, 10**6), min_size=k, max_size=k),
        st.lists(st.integers(0, 10**6), min_size=k, max_size=k),
    ).filter(lambda pair: all(map(sum, pair)))
)
numbers = st.one_of(st.floats(-1e9, 1e9), st.integers(-3, 3).map(float), st.sampled_from([-1e300, 1e-300, 1e300]))
samples = st.tuples(st.lists(numbers, min_size=1, max_size=60), st.lists(numbers, min_size=1, max_size=60))


def histogram(counts: list[int]) -> Histogram:
    return Histogram(tuple(str(place) for place in range(len(counts))), counts)


def of_counts(statistic: DriftStatistic, reference: Floats, current: Floats) -> Figures:
    """One column whose bins are the numbers 0, 1, 2 ..."""
    points = np.arange(len(reference), dtype=np.float64)
    line = Line(points, points, reference[None], current[None])
    return statistic.figures(Table.of_counts(reference, current), [line])


def named(definition: DriftStatistic) -> str:
    return definition.name


def test_the_keys_are_those_that_never_change() -> None:
    assert list(drift.statistics()) == KEYS


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

    def test_has_no_value_without_rows(self, statistic: DriftStatistic) -> None:
        assert np.isnan(statistic.compute(histogram([1, 2]), histogram([0, 0])))
        assert np.isnan(statistic.compute(histogram([0, 0]), histogram([1, 2])))

    @settings(max_examples=40, deadline=None)
    @given(samples=samples, seed=st.integers(0, 1000))
    def test_a_report_is_the_exact_figure_to_within_its_bound(
        self, statistic: DriftStatistic, samples: tuple[list[float], list[float]], seed: int
    ) -> None:
        before, after = (np.array(side) for side in samples)
        grid = Grid.lay(before[: len(before) // 2 + 1])
        zeros = np.zeros(60, np.int64)
        x, y = (NumericSummary.grouped(side, zeros[: len(side)], 1, grid)[0] for side in (before, after))
        [verdict] = drift.report({"x": x}, {"x": y}, statistic=statistic.name)
        if "numeric" not in statistic.applies_to:
            assert (verdict.status, verdict.value) == ("insufficient_data", None)
            return
        assert verdict.value is not None
        assert 0 <= verdict.value <= (statistic.upper_bound or np.inf)
        if isinstance(statistic, OrderedStatistic) and np.abs([*before, *after]).max() < 1e12:
            exact = statistic.exact(before, after)
            shuffled = statistic.exact(before, np.random.default_rng(seed).permutation(after))
            assert shuffled == exact
            # Sums keep 1e-12 of the spread that a grid was laid for, so none of a spread a thousand times smaller.
            deviation = np.std(before) or np.std([*before, *after])  # as a constant reference is measured
            assume(not 0 < deviation < 2.0 ** (x.moments.frame.exponent + 30))
            if verdict.error_bound is None:
                assert x.moments.beyond or y.moments.beyond, "only sums that lack a value have no bound"
                return
            assert abs(verdict.value - exact) <= verdict.error_bound * (1 + 1e-6) + 1e-6 * (1 + abs(exact))

    @settings(max_examples=40, deadline=None)
    @given(
        windows=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(0, 5)), min_size=1, max_size=4)
    )
    def test_many_columns_and_windows_at_once_are_the_same_as_one_by_one(
        self, statistic: DriftStatistic, windows: list[tuple[int, int, int]]
    ) -> None:
        values = np.arange(200.0)
        grid = Grid.lay(values)

        def columns(low: int, high: int, missing: int) -> dict[str, ColumnSummary]:
            rows = np.concatenate([values[:low], values[100 : 100 + high], np.full(missing, np.nan)])
            [x] = NumericSummary.grouped(rows, np.zeros(len(rows), np.int64), 1, grid)
            return {"x": x, "c": CategorySummary({"a": low, "new": high}, missing=missing)}

        reference = columns(80, 100, 3)
        many = [columns(*window) for window in windows]
        together = drift.series(reference, many, statistic=statistic.name)
        for place, window in enumerate(many):
            for key in window:
                [alone] = drift.report({key: reference[key]}, {key: window[key]}, statistic=statistic.name)
                value = together[key].value[place]
                assert value == (alone.value if value is None else pytest.approx(alone.value, rel=1e-12, abs=1e-15))

    @pytest.mark.parametrize(("n", "m"), [(1_000, 100), (1_000, 1_000), (10_000, 200)])
    def test_its_expectation_without_drift_is_right(self, statistic: DriftStatistic, n: int, m: int) -> None:
        rng = np.random.default_rng(5)
        # Numbers in fine steps for statistics of order, bins of very different shares for the others.
        fine = np.exp(-(np.linspace(-3, 3, 120) ** 2) / 2)
        shares = fine if statistic.ordered else np.array([0.3, 0.2, 0.2, 0.15, 0.1, 0.04, 0.01])
        reference = rng.multinomial(n, shares / shares.sum(), 1_000).astype(float)
        windows = rng.multinomial(m, shares / shares.sum(), 1_000).astype(float)
        figures = [of_counts(statistic, a, b) for a, b in zip(reference, windows, strict=True)]
        mean = float(np.mean([one.value for one in figures]))
        expected = float(np.mean([one.expected for one in figures]))
        # Roots of a mean lie a little above the mean of roots.
        assert expected == pytest.approx(mean, rel=0.2, abs=1e-12)


@pytest.mark.parametrize("statistic", [one for one in STATISTICS if isinstance(one, BinStatistic)], ids=named)
@settings(max_examples=100, deadline=None)
@given(pair=pairs, seed=st.integers(0, 1000))
def test_shares_do_not_depend_on_the_order_of_bins(
    statistic: BinStatistic, pair: tuple[list[int], list[int]], seed: int
) -> None:
    order: list[int] = np.random.default_rng(seed).permutation(len(pair[0])).tolist()
    a, b = (histogram([counts[place] for place in order]) for counts in pair)
    value = statistic.compute(histogram(pair[0]), histogram(pair[1]))
    assert value == pytest.approx(statistic.compute(a, b), rel=1e-9, abs=1e-12)
