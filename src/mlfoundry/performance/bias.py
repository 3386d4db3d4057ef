"""Bias: the mean error with its sign."""

from __future__ import annotations

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean


class Bias(Metric):
    """The mean of prediction less actual; above 0 the model predicts too much."""

    name = "bias"
    title = "Bias"
    applies_to = ("regression",)
    takes = "errors"
    better = "none"
    lower_bound = None
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean residual."""
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean is None or residuals.mean_square is None:
            return NO_NUMBERS
        value = residuals.mean
        return Estimate(value, of_mean(value, residuals.mean_square - value * value, residuals.n))
