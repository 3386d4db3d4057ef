"""Mean squared error, and its root."""

from __future__ import annotations

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean
from mlfoundry.performance.rooted import rooted


class MeanSquaredError(Metric):
    """The mean squared distance of the prediction from the actual, in squared units of the actual."""

    name = "mse"
    title = "Mean squared error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean squared residual; its spread comes of the sum of 4th powers."""
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean_square is None or residuals.mean_fourth is None:
            return NO_NUMBERS
        value = residuals.mean_square
        variance = residuals.mean_fourth - value * value
        return Estimate(value, of_mean(value, variance, residuals.n, lower=0.0))


class RootMeanSquaredError(Metric):
    """The root of the mean squared distance of the prediction from the actual; large errors weigh more."""

    name = "rmse"
    title = "Root mean squared error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Root of the mean squared residual; the interval is the mean square's, rooted."""
        square = MeanSquaredError().estimate(outcomes)
        return square if isinstance(square, Absent) else rooted(square)
