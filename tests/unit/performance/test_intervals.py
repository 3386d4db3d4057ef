"""Intervals at their ends, and figures of single classes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.performance.base import Estimate, Outcomes
from mlfoundry.performance.fbeta import FBeta
from mlfoundry.performance.intervals import logit_interval, of_mean, student
from mlfoundry.performance.per_class import per_class
from mlfoundry.performance.report import report
from mlfoundry.performance.top_k_accuracy import TopKAccuracy
from mlfoundry.summaries import Confusion, Ranks, Summaries

# Without types of their own.
sk: Any = importlib.import_module("sklearn.metrics")
stats: Any = importlib.import_module("scipy.stats")


def outcomes(counts: list[list[int]], task: Any = "binary") -> Outcomes:
    table = Confusion(("a", "b", "c")[: len(counts)], np.array(counts))
    return Outcomes(Summaries(n=table.n, n_with_actual=table.n, confusion=table), task, "b")


@pytest.mark.parametrize("degrees", [9, 30, 1_000, 10**9])
def test_students_quantile_beside_scipy(degrees: int) -> None:
    assert student(degrees) == pytest.approx(float(stats.t.ppf(0.975, degrees)), rel=1e-3)


def test_a_single_row_has_no_interval_of_its_mean() -> None:
    assert of_mean(3.0, 0.0, 1) is None
    two = of_mean(3.0, 1.0, 100)
    assert two is not None
    assert two.upper - 3.0 == pytest.approx(stats.t.ppf(0.975, 99) / np.sqrt(99), rel=1e-4)


@pytest.mark.parametrize("value", [1e-300, 0.5, 1 - 1e-16])
def test_an_interval_on_the_logit_stays_within_0_and_1(value: float) -> None:
    interval = logit_interval(value, 1e6, "wide")
    assert 0 <= interval.lower <= value <= interval.upper <= 1


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("counts", [[[50, 10], [5, 35]], [[60, 0], [0, 40]], [[50, 10], [40, 0]], [[60, 0], [5, 35]]])
def test_f_beta_beside_scikit_learn_with_an_interval_around_it(beta: float, counts: list[list[int]]) -> None:
    found = FBeta(beta).estimate(outcomes(counts))
    assert isinstance(found, Estimate)
    assert found.interval is not None
    truth = np.repeat([0, 0, 1, 1], np.ravel(counts))
    predicted = np.repeat([0, 1, 0, 1], np.ravel(counts))
    assert found.value == pytest.approx(float(sk.fbeta_score(truth, predicted, beta=beta, zero_division=0)))
    assert 0 <= found.interval.lower <= found.value <= found.interval.upper <= 1
    assert found.interval.upper > found.interval.lower


def test_each_class_of_many_has_its_figures() -> None:
    a, b, c = per_class(outcomes([[8, 2, 0], [1, 9, 0], [5, 5, 0]], "multiclass").summaries)
    assert (a.label, a.actual, a.predicted, a.precision, a.recall) == ("a", 10, 14, 8 / 14, 0.8)
    assert b.recall_interval is not None
    assert b.recall_interval.lower < 0.9 < b.recall_interval.upper
    assert (c.precision, c.precision_interval, c.recall, c.f1) == (None, None, 0.0, 0.0)


def test_a_model_of_one_class_has_no_correlation_and_says_why() -> None:
    for counts, why in (([[40, 0], [40, 0]], "predicted"), ([[40, 40], [0, 0]], "turned out")):
        [mcc] = report(outcomes(counts).summaries, task="binary", positive_class="b", metrics=["mcc"])
        assert mcc.value is None
        assert why in (mcc.reason or "")


def test_scores_of_fewer_rows_than_have_a_class_say_of_how_many() -> None:
    summaries = outcomes([[40, 10, 0], [5, 45, 0], [0, 0, 20]], "multiclass").summaries
    ranks = Ranks(np.array([1, 2, 3]), np.array([50, 30, 20]))
    with_ranks = Summaries(n=120, n_with_actual=120, confusion=summaries.confusion, ranks=ranks)
    [value] = report(with_ranks, task="multiclass", metrics=["top_k_accuracy"])
    assert (value.value, value.n, value.method) == (0.8, 100, "Wilson")
    with pytest.raises(InvalidInput, match="between 1 and 127"):
        TopKAccuracy(0)


def test_metrics_of_a_window_share_their_work() -> None:
    window = outcomes([[40, 10], [5, 45]])
    asked: list[Outcomes] = []

    def work(given: Outcomes) -> int:
        asked.append(given)
        return given.n

    assert window.once(work) == window.once(work) == 100
    assert asked == [window]
