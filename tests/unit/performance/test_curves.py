"""Curves of score tables beside scikit-learn's, and what calibration shows by chance."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlfoundry.performance import curves
from mlfoundry.performance.base import Outcomes
from mlfoundry.performance.expected_calibration_error import ExpectedCalibrationError, expected_by_chance
from mlfoundry.performance.lift import Lift
from mlfoundry.summaries import ScoreTable, Summaries

# Without types of its own.
sk: Any = importlib.import_module("sklearn.metrics")


def table_of(score: Any, truth: Any) -> ScoreTable:
    return ScoreTable.grouped(score, truth, np.zeros(len(score), np.int64), 1)[0]


@pytest.fixture(name="rows")
def some_rows() -> tuple[Any, Any]:
    """Rows whose scores are far enough apart that each distinct one has a bin of its own."""
    rng = np.random.default_rng(1)
    score = np.round(rng.random(2_000), 2)
    return score, rng.random(2_000) < score


def test_roc_and_precision_recall_beside_scikit_learn(rows: tuple[Any, Any]) -> None:
    score, truth = rows
    table = table_of(score, truth)
    false_rate, true_rate, thresholds = sk.roc_curve(truth, score, drop_intermediate=False)
    curve = curves.roc_curve(table)
    assert curve.x == pytest.approx(false_rate)
    assert curve.y == pytest.approx(true_rate)
    assert ((curve.threshold[1:] <= thresholds[1:]) & (thresholds[1:] < curve.threshold[1:] + 0.002)).all()
    precision, recall, _ = sk.precision_recall_curve(truth, score)
    curve = curves.precision_recall_curve(table)
    assert curve.x == pytest.approx(recall[::-1])
    assert curve.y == pytest.approx(precision[::-1])


def test_a_sweep_says_what_a_threshold_would_predict(rows: tuple[Any, Any]) -> None:
    score, truth = rows
    sweep = curves.threshold_sweep(table_of(score, truth))
    for place in (0, 10, 50, len(sweep.threshold) - 1):
        predicted = score >= sweep.threshold[place]
        assert sweep.accuracy[place] == pytest.approx(sk.accuracy_score(truth, predicted))
        assert sweep.f1[place] == pytest.approx(sk.f1_score(truth, predicted))
        assert sweep.specificity[place] == pytest.approx(sk.recall_score(truth, predicted, pos_label=False))
        assert sweep.positive_rate[place] == pytest.approx(predicted.mean())


def test_gain_ends_at_all_rows_and_gives_the_lift(rows: tuple[Any, Any]) -> None:
    score, truth = rows
    table = table_of(score, truth)
    gain = curves.gain_curve(table)
    assert (gain.x[0], gain.y[0], gain.x[-1], gain.y[-1]) == (0.0, 0.0, 1.0, 1.0)
    outcomes = Outcomes(Summaries(scores={"yes": table}), "binary", "yes")
    for share in (0.1, 0.35, 1.0):
        estimate = Lift(share).estimate(outcomes)
        assert getattr(estimate, "value", None) == pytest.approx(np.interp(share, gain.x, gain.y) / share)


def test_calibration_bins_hold_all_rows_and_what_turned_out(rows: tuple[Any, Any]) -> None:
    score, truth = rows
    found = curves.calibration_curve(table_of(score, truth))
    assert found.n.sum() == 2_000
    assert found.positive.sum() == truth.sum()
    assert (np.abs(found.n - 200) < 40).all()
    assert (np.diff(found.score) > 0).all()
    assert ((found.lower <= found.observed) & (found.observed <= found.upper)).all()
    assert found.n @ found.score / 2_000 == pytest.approx(score.mean(), abs=found.bound)


@pytest.mark.parametrize("n", [50, 1_000, 20_000])
def test_scores_that_are_right_show_the_expected_calibration_error(n: int) -> None:
    rng = np.random.default_rng(2)
    runs = 200
    score = rng.beta(1, 4, n * runs)
    tables = ScoreTable.grouped(score, rng.random(n * runs) < score, np.repeat(np.arange(runs), n), runs)
    found = [_error(ExpectedCalibrationError(), table) for table in tables]
    expected = [expected_by_chance(curves.calibration_curve(table)) for table in tables]
    assert np.mean(found) == pytest.approx(np.mean(expected), rel=0.05)


def _error(metric: ExpectedCalibrationError, table: ScoreTable) -> float:
    estimate = metric.estimate(Outcomes(Summaries(scores={"yes": table}), "binary", "yes"))
    return float(getattr(estimate, "value", np.nan))


def test_without_rows_curves_are_empty() -> None:
    empty = ScoreTable.empty()
    for curve in (curves.roc_curve(empty), curves.precision_recall_curve(empty), curves.gain_curve(empty)):
        assert len(curve.x) == len(curve.y) == len(curve.threshold) == 0
    assert len(curves.calibration_curve(empty).n) == 0
    assert len(curves.threshold_sweep(empty).threshold) == 1
