"""The place of the actual class among the scores, and which scores a bin holds."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from mlfoundry.summaries import Ranks
from mlfoundry.summaries.ranks import MAX_RANK
from mlfoundry.summaries.scores import score_bins, score_bounds

# Without types of its own.
sk: Any = importlib.import_module("sklearn.metrics")


@pytest.mark.parametrize("classes", [3, 10, 200])
def test_ranks_beside_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    scores, actual = rng.random((1_000, classes)), rng.integers(classes, size=1_000)
    [ranks] = Ranks.grouped([scores[:, place] for place in range(classes)], actual, np.zeros(1_000, np.int64), 1)
    assert ranks.n == 1_000
    for k in (1, 2, min(classes, MAX_RANK) - 1):
        expected = float(sk.top_k_accuracy_score(actual, scores, k=k, labels=np.arange(classes)))
        assert ranks.within(k) / 1_000 == pytest.approx(expected)


def test_rows_without_scores_or_actual_are_left_out_and_an_unscored_class_comes_last() -> None:
    none = np.nan
    scores = [np.array([0.9, none, 0.9, 0.9]), np.array([0.1, none, 0.1, none])]
    [ranks] = Ranks.grouped(scores, np.array([-1, 0, 2, 1]), np.zeros(4, np.int64), 1)
    assert (ranks.ids.tolist(), ranks.counts.tolist()) == ([2, 3], [1, 1])


def test_a_model_that_does_not_choose_earns_nothing() -> None:
    [ranks] = Ranks.grouped([np.full(9, 1 / 3)] * 3, np.arange(9) % 3, np.zeros(9, np.int64), 1)
    assert [ranks.within(k) for k in (1, 2, 3)] == [0, 0, 9]


def test_every_score_lies_between_the_ends_of_its_bin_and_its_neighbours_do_not() -> None:
    rng = np.random.default_rng(6)
    ends = [0.0, 1.0, 0.5, 0.25, 0.75, 5e-324, 1 - 2**-53, np.nextafter(0.5, 0), np.nextafter(0.5, 1)]
    scores = np.concatenate([rng.random(5_000), rng.random(2_000) ** 30, 1 - rng.random(2_000) ** 30, ends])
    ids = score_bins(scores)
    lower, upper = score_bounds(ids)
    assert ((lower <= scores) & (scores <= upper)).all()
    assert (score_bins(lower) == ids).all()
    assert (score_bins(upper) == ids).all()
    assert ((score_bins(np.nextafter(lower, -1)) < ids) | (lower == 0)).all()
    assert ((score_bins(np.nextafter(upper, 2)) > ids) | (upper == 1)).all()
    assert (upper - lower).max() < 0.002
