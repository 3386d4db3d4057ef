"""Summaries beside numpy and scikit-learn: sums, quantiles, scores near 0 and 1, values at the ends of what is."""

from __future__ import annotations

import importlib
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from mlfoundry.performance.roc_auc import auc_of
from mlfoundry.summaries import Attribution, Delays, Grid, NumericSummary, Residuals, ScoreTable
from mlfoundry.summaries.arrays import Floats

# Without types of its own.
sk: Any = importlib.import_module("sklearn.metrics")


def summary(values: Floats) -> NumericSummary:
    return NumericSummary.grouped(values, np.zeros(len(values), np.int64), 1, Grid.lay(values))[0]


@pytest.mark.parametrize(
    ("center", "spread"), [(0.0, 1.0), (1.7e9, 1e5), (1e-9, 1e-12), (-1e12, 1.0), (0.0, 1e300), (5.0, 0.0)]
)
def test_mean_and_deviation_beside_exact_fractions(center: float, spread: float) -> None:
    values = center + spread * np.random.default_rng(1).normal(size=2_000)
    exact = [Fraction(value) for value in values.tolist()]
    mean = sum(exact) / len(exact)
    found = summary(values)
    assert found.mean == pytest.approx(float(mean), rel=1e-12, abs=1e-11 * spread)
    if spread < 1e150:
        variance = float(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1))
        assert found.std == pytest.approx(math.sqrt(variance), rel=1e-9, abs=1e-11 * abs(center))


def test_a_huge_value_leaves_the_sums_of_the_others_alone_and_no_mean_of_all() -> None:
    values = np.append(np.random.default_rng(2).normal(size=1_000), 1e18)
    found = summary(values)
    assert found.moments.beyond == 1
    assert found.moments.mean == pytest.approx(values[:-1].mean(), abs=1e-12)
    assert (found.mean, found.std, found.n) == (None, None, 1_001)


@pytest.mark.parametrize("q", [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0])
@pytest.mark.parametrize("kind", ["normal", "pareto", "zero-inflated", "constant", "years"])
def test_quantiles_beside_numpy(kind: str, q: float) -> None:
    rng = np.random.default_rng(3)
    values = {
        "normal": rng.normal(size=20_000),
        "pareto": rng.pareto(1.5, 20_000) + 1,
        "zero-inflated": np.where(rng.random(20_000) < 0.6, 0.0, rng.lognormal(size=20_000)),
        "constant": np.full(20_000, 7.5),
        "years": rng.integers(1990, 2026, 20_000).astype(float),
    }[kind]
    found = summary(values).quantile(q)
    # Within a bucket: 1/256 of the rows or a few percent of the distance from the middle.
    near = np.quantile(values, [max(q - 1 / 128, 0), min(q + 1 / 128, 1)])
    slack = 0.04 * (1 + abs(float(np.quantile(values, q))))
    assert found is not None
    assert near[0] - slack <= found <= near[1] + slack


def test_nothing_and_one_row() -> None:
    nothing, one = summary(np.zeros(0)), summary(np.array([3.5]))
    assert (nothing.n, nothing.mean, nothing.std, nothing.quantile(0.5), nothing.missing_share) == (0, *[None] * 4)
    assert (one.n, one.mean, one.std, one.quantile(0.5), one.missing_share) == (1, 3.5, None, 3.5, 0.0)


def test_infinite_and_missing_values_count_as_missing() -> None:
    found = summary(np.array([1.0, np.inf, -np.inf, np.nan]))
    assert (found.n, found.missing, found.missing_share) == (1, 3, 0.75)


@pytest.mark.parametrize("base_rate", [0.5, 0.05, 0.005, 0.0005])
def test_scores_beside_scikit_learn(base_rate: float) -> None:
    rng = np.random.default_rng(4)
    truth = rng.random(200_000) < base_rate
    score = 1 / (1 + np.exp(-(1.5 * rng.normal(size=200_000) + 2 * truth + math.log(base_rate / (1 - base_rate)))))
    [table] = ScoreTable.grouped(score, truth, np.zeros(200_000, np.int64), 1)
    auc = auc_of(table)
    assert auc is not None
    exact = float(sk.roc_auc_score(truth, score))
    assert abs(auc.value - exact) <= min(0.0005, auc.bound + 1e-12)
    losses = table.of_positive + table.of_negative
    assert math.ldexp(losses.log_loss / table.n, -80) == pytest.approx(float(sk.log_loss(truth, score)), rel=1e-12)
    assert table.brier == pytest.approx(float(sk.brier_score_loss(truth, score)), rel=1e-12)
    assert table.mean_score == pytest.approx(score.mean(), rel=1e-12)


def test_scores_of_exactly_0_and_1_and_ties() -> None:
    score, truth = np.array([0.0, 0.0, 1.0, 1.0, 0.5, 0.5]), np.array([0, 1, 1, 0, 1, 0], np.bool_)
    [table] = ScoreTable.grouped(score, truth, np.zeros(6, np.int64), 1)
    auc = auc_of(table)
    assert auc is not None
    assert auc.value == pytest.approx(float(sk.roc_auc_score(truth, score)))
    losses = table.of_positive + table.of_negative
    assert math.ldexp(losses.log_loss / 6, -80) == pytest.approx(float(sk.log_loss(truth, score)), rel=1e-12)


def test_what_is_no_probability_is_counted_apart() -> None:
    [table] = ScoreTable.grouped(np.array([-0.1, 1.5, np.nan, 0.3]), np.array([True] * 4), np.zeros(4, np.int64), 1)
    assert (table.n, table.invalid) == (1, 2)


def test_residuals_beside_numpy() -> None:
    rng = np.random.default_rng(5)
    actual = rng.lognormal(size=10_000)
    predicted = actual + rng.normal(size=10_000)
    errors = predicted - actual
    [found] = Residuals.grouped(predicted, actual, np.zeros(10_000, np.int64), 1, Grid.lay(errors))
    assert found.mean == pytest.approx(errors.mean(), abs=1e-12)
    assert found.mean_absolute == pytest.approx(np.abs(errors).mean(), rel=1e-11)
    assert found.mean_square == pytest.approx((errors**2).mean(), rel=1e-11)
    assert found.mean_fourth == pytest.approx((errors**4).mean(), rel=1e-6)
    assert found.actual.mean == pytest.approx(actual.mean(), rel=1e-11)


def test_delays_beside_numpy() -> None:
    delays = np.random.default_rng(6).lognormal(9, 1, 5_000)
    [found] = Delays.grouped(delays, np.zeros(5_000, np.int64), 1)
    assert found.median == pytest.approx(np.median(delays), rel=0.04)


def test_attributions_beside_numpy() -> None:
    shap = np.random.default_rng(7).normal(size=5_000).astype(np.float32)
    [found] = Attribution.grouped(shap, np.zeros(5_000, np.int64), 1)
    assert found.mean == pytest.approx(shap.astype(float).mean(), rel=1e-12)
    assert found.mean_absolute == pytest.approx(np.abs(shap.astype(float)).mean(), rel=1e-12)
