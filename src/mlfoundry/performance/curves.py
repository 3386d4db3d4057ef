"""Curves of a table of scores, as arrays to draw: one point a bin of scores, at most.

Each is a pure function of a :class:`~mlfoundry.summaries.ScoreTable`, and empty where the table lacks the rows for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.proportions import over, wilson_bounds
from mlfoundry.summaries import ScoreTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BINS = 10
"""Into how many bins of equally many rows calibration is read."""


@dataclass(frozen=True, slots=True)
class ThresholdSweep:
    """What would be predicted at each threshold, the highest first: positive where the score is not below it.

    Parameters
    ----------
    threshold
        The lower ends of the bins that hold rows; the counts there are exact. The first, above all scores, predicts
        nothing.
    true_positive, false_positive, false_negative, true_negative
        Rows.
    """

    threshold: Floats
    true_positive: Ints
    false_positive: Ints
    false_negative: Ints
    true_negative: Ints

    @property
    def precision(self) -> Floats:
        """By threshold; 1 where nothing is predicted, so that the curve begins at recall 0."""
        predicted = self.true_positive + self.false_positive
        return np.where(predicted > 0, _share(self.true_positive, predicted), 1.0)

    @property
    def recall(self) -> Floats:
        """By threshold, also called the true positive rate; 0 without positive rows."""
        return _share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def false_positive_rate(self) -> Floats:
        """By threshold; 0 without negative rows."""
        return _share(self.false_positive, self.false_positive + self.true_negative)

    @property
    def specificity(self) -> Floats:
        """By threshold."""
        return 1.0 - self.false_positive_rate

    @property
    def f1(self) -> Floats:
        """By threshold."""
        return _share(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)

    @property
    def accuracy(self) -> Floats:
        """By threshold."""
        right = self.true_positive + self.true_negative
        return _share(right, right + self.false_positive + self.false_negative)

    @property
    def positive_rate(self) -> Floats:
        """The share of rows predicted positive, by threshold."""
        predicted = self.true_positive + self.false_positive
        return _share(predicted, predicted + self.false_negative + self.true_negative)


def threshold_sweep(table: ScoreTable) -> ThresholdSweep:
    """The confusion at every threshold between bins.

    Examples
    --------
    >>> scores, late = np.array([0.9, 0.2, 0.6]), np.array([True, False, False])
    >>> [table] = ScoreTable.grouped(scores, late, np.zeros(3, np.int64), 1)
    >>> sweep = threshold_sweep(table)
    >>> sweep.true_positive.tolist(), sweep.false_positive.tolist()
    ([0, 1, 1, 1], [0, 0, 1, 2])
    """
    none = np.zeros(1, np.int64)
    hits = np.concatenate([none, np.cumsum(table.positive[::-1])])
    alarms = np.concatenate([none, np.cumsum(table.negative[::-1])])
    threshold = np.concatenate([[np.inf], table.bounds()[0][::-1]])
    return ThresholdSweep(threshold, hits, alarms, table.n_positive - hits, table.n_negative - alarms)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve and the threshold of each, the highest first."""

    x: Floats
    y: Floats
    threshold: Floats


def roc_curve(table: ScoreTable) -> Curve:
    """Recall over the false positive rate, from (0, 0) to (1, 1); no points unless both classes turned out."""
    if not table.n_positive or not table.n_negative:
        return _NO_CURVE
    sweep = threshold_sweep(table)
    return Curve(sweep.false_positive_rate, sweep.recall, sweep.threshold)


def precision_recall_curve(table: ScoreTable) -> Curve:
    """Precision over recall, from recall 0 on; no points without positive rows."""
    if not table.n_positive:
        return _NO_CURVE
    sweep = threshold_sweep(table)
    return Curve(sweep.recall, sweep.precision, sweep.threshold)


def gain_curve(table: ScoreTable) -> Curve:
    """The share of all positive rows over the share of all rows, those with the highest scores first.

    Over it, ``y / x`` is the lift. No points without positive rows.
    """
    if not table.n_positive:
        return _NO_CURVE
    sweep = threshold_sweep(table)
    return Curve(sweep.positive_rate, sweep.recall, sweep.threshold)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of scores, ascending: what they promise and what turned out.

    Parameters
    ----------
    n, positive
        Rows, and those that turned out to be of the class.
    score
        The mean score, to within ``bound``: bins of scores are taken at their middle.
    observed, lower, upper
        The share that turned out to be of the class, and Wilson's 95 % interval for it.
    """

    n: Ints
    positive: Ints
    score: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    bound: float


def calibration_curve(table: ScoreTable, *, bins: int = BINS) -> Calibration:
    """What turned out in bins of about equally many rows; fewer bins where many rows have one score."""
    rows = table.positive + table.negative
    middle = np.cumsum(rows) - rows / 2
    place = np.minimum(middle * bins / max(table.n, 1), bins - 1).astype(np.int64)
    n = np.bincount(place, rows, bins)
    kept = n > 0
    n = n[kept]
    positive = np.bincount(place, table.positive, bins)[kept]
    low, high = table.bounds()
    score = np.bincount(place, rows * (low / 2 + high / 2), bins)[kept] / n
    observed = positive / n
    lower, upper = wilson_bounds(positive, n)
    return Calibration(
        n.astype(np.int64),
        positive.astype(np.int64),
        score,
        observed,
        lower,
        upper,
        float(rows @ (high - low)) / (2 * table.n) if table.n else 0.0,
    )


def _share(part: Ints, whole: Ints) -> Floats:
    return over(part.astype(np.float64), whole.astype(np.float64))


_NO_CURVE = Curve(np.zeros(0), np.zeros(0), np.zeros(0))
