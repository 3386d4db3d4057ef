"""Mean squared error, and its root."""

from __future__ import annotations

import math

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, normal


class MeanSquaredError(Metric):
    """The mean squared distance of the prediction from the actual, in squared units of the actual."""

    name = "mse"
    title = "Mean squared error"
    applies_to = ("regression",)
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean squared residual; its spread comes of the sum of 4th powers."""
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean_square is None or residuals.mean_fourth is None:
            return NO_NUMBERS
        value = residuals.mean_square
        variance = residuals.mean_fourth - value * value
        return Estimate(value, normal(value, variance / residuals.n, lower=0.0))


class RootMeanSquaredError(Metric):
    """The root of the mean squared distance of the prediction from the actual; large errors weigh more."""

    name = "rmse"
    title = "Root mean squared error"
    applies_to = ("regression",)
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Root of the mean squared residual; the interval is the mean square's, rooted."""
        square = MeanSquaredError().estimate(outcomes)
        if isinstance(square, Absent) or square.interval is None:
            return square
        inner = square.interval
        return Estimate(math.sqrt(square.value), Interval(math.sqrt(inner.lower), math.sqrt(inner.upper), inner.method))
