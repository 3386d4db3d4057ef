"""Real and large, within the budget."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from mlfoundry.chance import benjamini_hochberg, false_alarm_rate
from mlfoundry.drift import Binning, Sizes
from mlfoundry.drift.bins import CategoryBins, NumericBins
from mlfoundry.drift.decision import STATUSES, status_codes
from mlfoundry.drift.laws import two_sample_chi_square
from mlfoundry.drift.tally import count
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary


def test_small_cells_are_pooled() -> None:
    many = two_sample_chi_square(np.array([500.0, 480.0, 8.0, 7.0, 6.0]), np.array([[250.0, 240.0, 0.0, 1.0, 9.0]]))
    few = two_sample_chi_square(np.array([500.0, 480.0, 21.0]), np.array([[250.0, 240.0, 10.0]]))
    assert many.p_value[0] == pytest.approx(few.p_value[0])


def test_a_rest_too_small_to_stand_alone_joins_the_smallest_cell() -> None:
    alone = two_sample_chi_square(np.array([500.0, 480.0, 2.0]), np.array([[250.0, 240.0, 1.0]]))
    joined = two_sample_chi_square(np.array([500.0, 482.0]), np.array([[250.0, 241.0]]))
    assert alone.p_value[0] == pytest.approx(joined.p_value[0])


@pytest.mark.parametrize("counts", [[[100.0, 0.0]], [[0.0, 0.0]], [[3.0, 2.0]]])
def test_nothing_to_compare_is_no_evidence(counts: list[list[float]]) -> None:
    assert two_sample_chi_square(np.array([100.0, 0.0]), np.array(counts)).p_value.tolist() == [1.0]


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        ([1e6, 0.0], [500.0, 500.0]),  # values that are missing in a short window alone
        ([1e6, 0.0], [0.0, 40.0]),  # a category that took the place of the only one there was
        ([250.0, 250.0, 0.0], [0.0, 0.0, 50_000.0]),  # nothing left of what a short reference has
    ],
)
def test_what_never_comes_by_chance_is_found_however_unlike_in_length_the_sides_are(
    reference: list[float], current: list[float]
) -> None:
    assert two_sample_chi_square(np.array(reference), np.array([current])).p_value[0] < 1e-6


@pytest.mark.parametrize(("n", "m"), [(1_000, 100), (1_000, 1_000), (500, 5_000)])
@pytest.mark.parametrize("kind", ["normal", "zero-inflated", "counts"])
def test_independent_rows_alarm_as_often_as_asked(kind: str, n: int, m: int) -> None:
    rng = np.random.default_rng(n + m)
    p_values: list[float] = []
    for _ in range(250):
        values = rng.normal(size=n + m)
        if kind == "zero-inflated":
            values = np.where(rng.random(n + m) < 0.7, 0.0, np.exp(values))
        elif kind == "counts":
            values = rng.poisson(3.0, n + m).astype(float)
        grid = Grid.lay(values[:n])
        reference, current = NumericSummary.grouped(values, (np.arange(n + m) >= n).astype(np.int64), 2, grid)
        bins = NumericBins.cut(reference, Binning())
        p_values.append(float(two_sample_chi_square(count(bins, [reference])[0], count(bins, [current])).p_value[0]))
    # 250 draws at 5 %: 12.5 with a deviation of 3.4.
    assert 3 <= (np.array(p_values) < 0.05).sum() <= 25


@pytest.mark.parametrize("kind", ["identifiers", "a long tail", "few"])
def test_rare_categories_alarm_no_more_often_than_asked(kind: str) -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        codes = {
            "identifiers": rng.integers(0, 1 << 60, 4_000),
            "a long tail": rng.zipf(1.5, 4_000),
            "few": rng.integers(0, 8, 4_000),
        }[kind]
        first, second = (CategorySummary(dict(Counter(map(str, half.tolist())))) for half in np.split(codes, 2))
        bins = CategoryBins.cut(first, Binning())
        alarms += (
            float(two_sample_chi_square(count(bins, [first])[0], count(bins, [second]), bins.pooled).p_value[0]) < 0.05
        )
    assert alarms <= 24


def test_a_new_category_is_real() -> None:
    first, second = CategorySummary({"a": 500, "b": 500}), CategorySummary({"a": 450, "b": 450, "new": 100})
    bins = CategoryBins.cut(first, Binning())
    assert two_sample_chi_square(count(bins, [first])[0], count(bins, [second]), bins.pooled).p_value[0] < 1e-6


def test_the_budget_is_spread_over_the_windows_of_a_month() -> None:
    assert false_alarm_rate(timedelta(days=1), per_month=1.0) == pytest.approx(1 / 30)
    assert false_alarm_rate(timedelta(hours=1), per_month=2.0) == pytest.approx(2 / 720)
    assert false_alarm_rate(timedelta(days=90), per_month=1.0) == false_alarm_rate(None, per_month=1.0) == 0.05


def test_benjamini_hochberg_steps_up_and_passes_over_what_was_not_tested() -> None:
    p_values = np.array([0.03, 0.04, np.nan, 0.045, 0.9])
    assert benjamini_hochberg(p_values, 0.06).tolist() == [True, True, False, True, False]
    assert benjamini_hochberg(p_values, 0.01).tolist() == [False] * 5
    assert benjamini_hochberg(np.array([[0.001, 0.9], [0.9, 0.9]]), 0.05).tolist() == [[True, False], [False, False]]


def test_only_what_is_real_and_large_is_drift() -> None:
    sizes = Sizes(0.1, 0.25)
    effect, real = np.array([0.05, 0.1, 0.3] * 2), np.array([True] * 3 + [False] * 3)
    found = [STATUSES[code] for code in map(int, status_codes(effect, np.ones(6), real, sizes))]
    assert found == ["ok", "watch", "drifted", "ok", "ok", "ok"]
