"""Mean absolute error."""

from __future__ import annotations

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean


class MeanAbsoluteError(Metric):
    """The mean distance of the prediction from the actual, in the units of the actual."""

    name = "mae"
    title = "Mean absolute error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean |prediction - actual|."""
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean_absolute is None or residuals.mean_square is None:
            return NO_NUMBERS
        value = residuals.mean_absolute
        variance = residuals.mean_square - value * value
        return Estimate(value, of_mean(value, variance, residuals.n, lower=0.0))
