"""Brier score: how far the probabilities were from what turned out."""

from __future__ import annotations

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean
from mlfoundry.summaries.exact import ratio
from mlfoundry.summaries.scores import UNIT_EXPONENT


class Brier(Metric):
    """The mean squared distance of the positive class's score from what turned out, 1 or 0 (Brier 1950)."""

    name = "brier"
    title = "Brier score"
    applies_to = ("binary",)
    takes = "probabilities"
    better = "lower"

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The mean, from exact sums."""
        table = outcomes.positive_scores
        if table is None or table.brier is None:
            return NO_SCORES
        sums, value = table.of_positive + table.of_negative, table.brier
        variance = ratio(sums.brier_squares, table.n, UNIT_EXPONENT) - value**2
        interval = of_mean(value, variance, table.n, lower=0.0, upper=1.0)
        return Estimate(value, interval, n=table.n, rarer=min(table.n_positive, table.n_negative))
