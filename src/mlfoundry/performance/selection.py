"""Whether actuals come for some predictions rather than for others, told from their scores.

Where the predictions of one score get their actuals and those of another do not, or only later, every metric is one of
the former, however many there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mlfoundry.columns import column_key
from mlfoundry.summaries import CategorySummary, NumericSummary, Residuals, ScoreTable, Summaries
from mlfoundry.summaries.scores import score_bounds

Floats = NDArray[np.float64]
MOST_APART = 0.10
"""Coverage may differ by so much between bands."""
_BANDS = 5
_SURE = 4.0
"""By so many standard errors coverage must differ, so that of ninety small steps none does by chance."""
_FEWEST_PENDING, _LEAST_PENDING = 8, 0.02
"""Fewer without an actual, or a smaller share, can put no fifth of the predictions 10 points below the others."""
_HALF_NORMAL = 0.8
"""How far the mean of half a normal distribution lies from the middle, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The bands of predictions with the least and the most coverage.

    Parameters
    ----------
    least, most
        The share of predictions with an actual in each; where buckets leave it open, as close together as can be.
    is_selective
        Whether they differ by more than 10 points, and by more than chance makes of it.
    words
        The two in words.
    """

    least: float
    most: float
    is_selective: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Band:
    """Predictions of a band and how many of them have an actual, at least and at most."""

    name: str
    n: int
    fewest: int
    most: int


def selection(summaries: Summaries, *, positive_class: str | None = None) -> Selection | None:
    """Compare coverage between bands of predictions; None where there is nothing to compare.

    Bands are fifths of the positive class's score; without scores, or of more than two classes, the classes predicted;
    of numbers, the lower and the upper half of the predictions.

    Parameters
    ----------
    summaries
        The window's, with the columns ``prediction`` and ``score.<positive class>`` and with outcomes.
    positive_class
        Of a binary model.
    """
    pending = summaries.n - summaries.n_with_actual
    if not summaries.n_with_actual or pending < max(_FEWEST_PENDING, _LEAST_PENDING * summaries.n):
        return None
    predicted = summaries.columns.get("prediction")
    if positive_class is not None:
        scores = summaries.columns.get(column_key("score", positive_class))
        table = summaries.scores.get(positive_class)
        if isinstance(scores, NumericSummary) and table is not None and scores.n and table.n:
            return _widest(_score_bands(scores, table))
    if isinstance(predicted, CategorySummary):
        return _widest(_class_bands(predicted, summaries))
    if predicted is not None and summaries.residuals is not None:
        return _between_halves(predicted, summaries.residuals)
    return None


def _widest(bands: list[_Band]) -> Selection | None:
    """The pair of bands whose coverage differs most."""
    filled = [band for band in bands if band.n >= 1]
    if len(filled) < 2:
        return None
    low = min(filled, key=lambda band: band.most / band.n)
    high = max(filled, key=lambda band: band.fewest / band.n)
    least, most = min(low.most / low.n, 1.0), min(high.fewest / high.n, 1.0)
    pooled = (low.most + high.fewest) / (low.n + high.n)
    error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / low.n + 1 / high.n))
    selective = most - least > max(MOST_APART, _SURE * error)
    words = f"{_percent(most)} of {high.name} have an actual, {_percent(least)} of {low.name}"
    return Selection(least, most, selective, words)


def _class_bands(predicted: CategorySummary, summaries: Summaries) -> list[_Band]:
    confusion = summaries.confusion
    if confusion is None:
        return []
    by_class = confusion.counts.sum(axis=0)
    known = dict(zip(confusion.labels, by_class.tolist(), strict=True))
    return [
        _Band(f"predictions of {label!r}", n, known.get(label, 0), known.get(label, 0))
        for label, n in predicted.counts.items()
    ]


def _score_bands(scores: NumericSummary, table: ScoreTable) -> list[_Band]:
    """Fifths of the scores. Edges lie on borders of the column's buckets, few scores of actuals across them."""
    edges, below = scores.grid.upper(scores.ids), np.cumsum(scores.counts)
    following = np.append(scores.grid.lower(scores.ids[1:]), np.inf)  # no score lies between an edge and this
    low, high = score_bounds(table.ids)
    rows = np.concatenate([[0], np.cumsum(table.positive + table.negative)])
    fewest = rows[np.searchsorted(high, following)]  # in bins that end before the scores above the edge
    most = rows[np.searchsorted(low, edges)]
    cost = (most - fewest) / table.n
    wanted = [int(np.argmin(np.abs(below / scores.n - cut / _BANDS) + cost)) for cut in range(1, _BANDS)]
    last = len(edges) - 1
    cuts = sorted({place for place in wanted if place < last})
    bounds = [(None, 0, 0, 0), *((float(edges[c]), int(below[c]), int(fewest[c]), int(most[c])) for c in cuts)]
    bounds.append((None, scores.n, table.n, table.n))
    return [
        _Band(
            f"scores {_range(start[0], end[0])}",
            end[1] - start[1],
            max(end[2] - start[3], 0),
            min(end[3] - start[2], end[1] - start[1]),
        )
        for start, end in pairwise(bounds)
    ]


def _range(start: float | None, end: float | None) -> str:
    if start is None:
        return "of any size" if end is None else f"below {end:.3g}"
    return f"from {start:.3g} on" if end is None else f"from {start:.3g} to {end:.3g}"


def _between_halves(predicted: NumericSummary, residuals: Residuals) -> Selection | None:
    """The lower and the upper half of numbers, told from how far the mean of those with an actual has moved.

    Nobody counts predictions with an actual by their size, but their mean is that of residuals plus that of actuals.
    Coverage is taken to change evenly with the prediction, which says rather too little than too much.
    """
    mean, std, residual, actual = predicted.mean, predicted.std, residuals.mean, residuals.actual.mean
    if mean is None or residual is None or actual is None or not std:
        return None
    coverage = residuals.n / predicted.n
    moved = (residual + actual - mean) / std
    apart = 2 * _HALF_NORMAL * moved * coverage
    error = 2 * _HALF_NORMAL * coverage * math.sqrt(max(1 - coverage, 0.0) / residuals.n)
    ends = coverage - abs(apart) / 2, coverage + abs(apart) / 2
    least, most = max(ends[0], 0.0), min(ends[1], 1.0)
    names = ("large", "small") if moved > 0 else ("small", "large")
    words = f"about {_percent(most)} of {names[0]} predictions have an actual, {_percent(least)} of {names[1]} ones"
    return Selection(least, most, abs(apart) > max(MOST_APART, _SURE * error), words)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
