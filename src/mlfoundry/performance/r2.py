"""R²: how much of the spread of the actuals a regressor explains."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from mlfoundry.performance.base import NO_NUMBERS, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean
from mlfoundry.summaries import Residuals
from mlfoundry.summaries.residuals import FOURTH_BITS, SQUARE_BITS, THIRD_BITS

_DELTA = "delta method"
_ROUNDING = Fraction(1, 2**45)
"""4th powers of actuals are rounded to this of themselves."""


class R2(Metric):
    """The share of the actuals' variance that the prediction explains: 1 all, 0 no more than their mean does."""

    name = "r2"
    title = "R²"
    applies_to = ("regression",)
    takes = "errors"
    lower_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """1 - sum of squared residuals / sum of squared distances of the actuals from their mean."""
        residuals = outcomes.summaries.residuals
        if residuals is None or not residuals.n:
            return NO_NUMBERS
        if residuals.actual.beyond:
            return Absent("some actuals are billions of times the usual error, too much for one sum")
        actual = residuals.actual
        mean, n = Fraction(actual.total, actual.n), residuals.n
        # All in units of the frame, exact but for the rounding of squares, wherever the actuals lie.
        variance = Fraction(actual.squares << SQUARE_BITS, n) - mean**2
        if variance <= 2 << SQUARE_BITS:
            return Absent("all actuals are the same; there is no variance to explain")
        unexplained = Fraction(residuals.moments.squares << SQUARE_BITS, n) / variance
        spread = _spread(residuals, mean, unexplained)
        value = 1.0 - float(unexplained)
        if spread is None:
            return Estimate(value, None)
        interval = of_mean(value, spread / float(variance) ** 2, n, upper=1.0)
        return Estimate(value, replace(interval, method=_DELTA) if interval else None)


def _spread(residuals: Residuals, mean: Fraction, unexplained: Fraction) -> float | None:
    """The mean of (r² - unexplained · (a - mean)²)²; None where the actuals lie too far from 0 to tell."""
    n, cross = residuals.n, residuals.cross
    cube, by_actual = (Fraction(total << THIRD_BITS, n) for total in (cross.third, cross.square_by_actual))
    fourth, by_square, own = (
        Fraction(total << FOURTH_BITS, n) for total in (cross.fourth, cross.square_by_square, residuals.fourth)
    )
    square = Fraction(residuals.actual.squares << SQUARE_BITS, n)
    around = fourth - 4 * mean * cube + 6 * mean**2 * square - 3 * mean**4
    if around <= fourth * _ROUNDING:
        return None
    shared = by_square - 2 * mean * by_actual + mean**2 * Fraction(residuals.moments.squares << SQUARE_BITS, n)
    return max(0.0, float(own - 2 * unexplained * shared + unexplained**2 * around))
