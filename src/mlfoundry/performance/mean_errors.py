"""Mean and root mean squared error of a regressor."""

from __future__ import annotations

import math

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, normal

_NO_NUMBERS = Absent("no rows with a number as prediction and actual")


class MeanAbsoluteError(Metric):
    """The mean distance of the prediction from the actual, in the units of the actual."""

    name = "mae"
    title = "Mean absolute error"
    applies_to = ("regression",)
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean |prediction - actual|."""
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean_absolute is None or residuals.mean_square is None:
            return _NO_NUMBERS
        value = residuals.mean_absolute
        variance = residuals.mean_square - value**2
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
        residuals = outcomes.summaries.residuals
        if residuals is None or residuals.mean_square is None or residuals.mean_fourth is None:
            return _NO_NUMBERS
        square = residuals.mean_square
        of_square = normal(square, (residuals.mean_fourth - square**2) / residuals.n, lower=0.0)
        interval = Interval(math.sqrt(of_square.lower), math.sqrt(of_square.upper), of_square.method)
        return Estimate(math.sqrt(square), interval)
