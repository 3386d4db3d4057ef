"""Errors without a unit: relative, symmetric, logarithmic. Rows where they are undefined are left out and counted."""

from __future__ import annotations

import math

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean
from mlfoundry.performance.rooted import rooted
from mlfoundry.summaries.residuals import ErrorSums


class MeanAbsolutePercentageError(Metric):
    """The mean of |prediction - actual| over |actual|, as a share: 0.1 is 10 %. Rows whose actual is 0 are left out."""

    name = "mape"
    title = "Mean absolute percentage error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = None
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean relative error."""
        residuals = outcomes.summaries.residuals
        return _mean(residuals.relative, outcomes, "their actual is 0 or next to it") if residuals else NO_NUMBERS


class SymmetricMape(Metric):
    """The mean of |prediction - actual| over the mean of |prediction| and |actual|, from 0 to 2.

    Rows where both are 0 are left out.
    """

    name = "smape"
    title = "Symmetric percentage error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = 2.0
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean symmetric error."""
        residuals = outcomes.summaries.residuals
        return _mean(residuals.symmetric, outcomes, "prediction and actual are 0", 2.0) if residuals else NO_NUMBERS


class RootMeanSquaredLogError(Metric):
    """The root of the mean squared difference of ln(1 + value): an error of ratios, for counts and amounts.

    Rows whose prediction or actual is -1 or less are left out.
    """

    name = "rmsle"
    title = "Root mean squared log error"
    applies_to = ("regression",)
    takes = "errors"
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Root of the mean; the interval is the mean's, rooted."""
        residuals = outcomes.summaries.residuals
        if residuals is None:
            return NO_NUMBERS
        square = _mean(residuals.logarithmic, outcomes, "their prediction or actual is -1 or less")
        return square if isinstance(square, Absent) else rooted(square)


def _mean(sums: ErrorSums, outcomes: Outcomes, why: str, highest: float = math.inf) -> Estimate | Absent:
    left_out = outcomes.n - sums.n
    if sums.mean is None or sums.mean_square is None:
        return Absent(f"all rows are left out: {why}") if left_out else NO_NUMBERS
    interval = of_mean(sums.mean, sums.mean_square - sums.mean**2, sums.n, lower=0.0, upper=highest)
    note = f"{left_out:,} rows are left out: {why}" if left_out else None
    return Estimate(sums.mean, interval, n=sums.n, rarer=sums.n, note=note)
