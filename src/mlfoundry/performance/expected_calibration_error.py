"""Expected calibration error: how far scores are from the shares that turned out."""

from __future__ import annotations

import math

import numpy as np

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.curves import BINS, Calibration, calibration_curve


class ExpectedCalibrationError(Metric):
    """The mean distance between score and share of positives, over ten bins of equally many rows.

    Chance alone keeps it above 0. Beside it stands ``expected``: what scores that are right would show with so many
    rows. It has no interval, for chance moves it in one direction only.

    Parameters
    ----------
    bins
        How many bins, if not ten.
    """

    name = "expected_calibration_error"
    title = "Expected calibration error"
    applies_to = ("binary",)
    takes = "probabilities"
    better = "lower"

    def __init__(self, bins: int = BINS) -> None:
        self.bins = bins

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The mean of |share - score|, weighted by rows."""
        table = outcomes.positive_scores
        if table is None or not table.n:
            return NO_SCORES
        curve = calibration_curve(table, bins=self.bins)
        value = float(curve.n @ np.abs(curve.observed - curve.score)) / table.n
        return Estimate(
            value,
            None,
            n=table.n,
            rarer=min(table.n_positive, table.n_negative),
            bound=curve.bound,
            expected=expected_by_chance(curve),
        )


def expected_by_chance(curve: Calibration) -> float:
    """The calibration error to be expected of scores that are right.

    In a bin of n rows and the score p the positives are binomial, and the mean distance of their share from p is
    2 C(n, k) p^k (1 - p)^(n - k + 1) k / n with k = floor(np) + 1 (De Moivre 1730).
    """
    bins = zip(curve.n.tolist(), curve.score.tolist(), strict=True)
    return math.fsum(n * _mean_deviation(n, p) for n, p in bins) / int(curve.n.sum())


def _mean_deviation(n: int, p: float) -> float:
    k = math.floor(n * p) + 1
    if p <= 0.0 or k > n:
        return 0.0
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return 2 * k / n * math.exp(ways + k * math.log(p) + (n - k + 1) * math.log1p(-p))
