"""Whether actuals that come for some predictions rather than for others are noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mlfoundry.performance.selection import selection
from mlfoundry.summaries import CategorySummary, Confusion, Grid, NumericSummary, Residuals, ScoreTable, Summaries

Array = np.ndarray[Any, Any]


def one(kind: Any, *arguments: Any) -> Any:
    """The summary of one group; its groups come before the number of them."""
    [found] = kind.grouped(*arguments)
    return found


def scored(score: Array, known: Array, actual: Array) -> Summaries:
    groups = np.zeros(len(score), np.int64)
    rows = int(known.sum())
    return Summaries(
        n=len(score),
        n_with_actual=rows,
        columns={"score.yes": one(NumericSummary, score, groups, 1, Grid.lay(score))},
        scores={"yes": one(ScoreTable, score[known], actual[known], groups[:rows], 1)},
    )


def predicted(classes: Array, known: Array) -> Summaries:
    groups = np.zeros(len(classes), np.int64)
    labels = ["a", "b", "c"]
    actual = classes[known]
    return Summaries(
        n=len(classes),
        n_with_actual=int(known.sum()),
        columns={"prediction": one(CategorySummary, classes, labels, groups, 1)},
        confusion=one(Confusion, actual, actual, labels, groups[: len(actual)], 1),
    )


def regressed(prediction: Array, known: Array) -> Summaries:
    groups = np.zeros(len(prediction), np.int64)
    actual = prediction[known] + np.random.default_rng(1).normal(size=int(known.sum()))
    return Summaries(
        n=len(prediction),
        n_with_actual=int(known.sum()),
        columns={"prediction": one(NumericSummary, prediction, groups, 1, Grid.lay(prediction))},
        residuals=one(Residuals, prediction[known], actual, groups[: len(actual)], 1, Grid.lay(actual)),
    )


Draw = Callable[[np.random.Generator, int], Array]
SCORES: dict[str, Draw] = {
    "spread": lambda rng, n: rng.beta(2, 5, n),
    "extreme": lambda rng, n: 1 / (1 + np.exp(-rng.normal(-6, 4, n))),
    "few values": lambda rng, n: rng.choice([0.1, 0.3, 0.31, 0.7], n),
    "zeros and ones": lambda rng, n: rng.choice([0.0, 0.5, 1.0], n, p=[0.5, 0.2, 0.3]),
}


@pytest.mark.parametrize("shape", SCORES)
def test_scores_of_which_fewer_have_actuals_are_found(shape: str) -> None:
    rng = np.random.default_rng(3)
    score = SCORES[shape](rng, 20_000)
    high = score >= np.quantile(score, 0.79)
    known = rng.random(20_000) < np.where(high, 0.6, 0.9)
    found = selection(scored(score, known, rng.random(20_000) < score), positive_class="yes")
    assert found is not None
    assert found.is_selective
    assert found.least == pytest.approx(0.6, abs=0.06)
    assert found.most == pytest.approx(0.9, abs=0.06)
    assert "90 % of scores" in found.words or "91 % of scores" in found.words


@pytest.mark.parametrize("shape", SCORES)
@pytest.mark.parametrize("rows", [50, 500, 20_000])
def test_even_coverage_is_not_called_selective(shape: str, rows: int) -> None:
    called = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        score = SCORES[shape](rng, rows)
        known = rng.random(rows) < 0.7
        found = selection(scored(score, known, rng.random(rows) < score), positive_class="yes")
        called += found is not None and found.is_selective
    assert called <= 1


def test_coverage_that_differs_by_less_than_ten_points_is_no_matter() -> None:
    rng = np.random.default_rng(3)
    score = rng.random(100_000)
    known = rng.random(100_000) < np.where(score > 0.5, 0.86, 0.8)
    found = selection(scored(score, known, score > 0.5), positive_class="yes")
    assert found is not None
    assert not found.is_selective


def test_classes_predicted_are_bands_where_there_are_no_scores() -> None:
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 3, 5_000)
    found = selection(predicted(classes, rng.random(5_000) < np.where(classes == 2, 0.5, 0.8)))
    assert found is not None
    assert found.is_selective
    assert "of predictions of 'c'" in found.words
    even = selection(predicted(classes, rng.random(5_000) < 0.7))
    assert even is not None
    assert not even.is_selective


@pytest.mark.parametrize("draw", ["normal", "lognormal", "uniform"])
def test_halves_of_numbers_are_bands_of_a_regressor(draw: str) -> None:
    rng = np.random.default_rng(3)
    prediction = getattr(rng, draw)(size=20_000)
    high = prediction > np.median(prediction)
    found = selection(regressed(prediction, rng.random(20_000) < np.where(high, 0.6, 0.9)))
    assert found is not None
    assert found.is_selective
    assert 0.58 <= found.least <= 0.72  # of a step, an even change says too little
    assert "of small predictions have an actual" in found.words
    for seed in range(30):
        known = np.random.default_rng(100 + seed).random(20_000) < 0.5
        even = selection(regressed(prediction, known))
        assert even is not None
        assert not even.is_selective


def test_there_is_nothing_to_compare_where_all_or_none_have_actuals() -> None:
    classes = np.zeros(10, np.int64)
    assert selection(predicted(classes, np.ones(10, np.bool_))) is None
    assert selection(predicted(classes, np.zeros(10, np.bool_))) is None
    assert selection(Summaries.empty()) is None
