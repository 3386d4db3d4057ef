"""Figures of the size of errors that come of the buckets of the residuals: median and maximum, each with its bound."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.base import NO_NUMBERS, Absent, ErrorMetric, Estimate, Outcomes
from mlfoundry.performance.intervals import Interval, Z
from mlfoundry.summaries import NumericSummary

Floats = NDArray[np.float64]
_POINTS = 33


class MedianAbsoluteError(ErrorMetric):
    """The distance of the prediction from the actual that half of the rows exceed; no outlier moves it.

    It is read off buckets, each taken as evenly filled, to within the bound.
    """

    name = "median_absolute_error"
    title = "Median absolute error"
    applies_to = ("regression",)
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The middle |residual|; the interval lies between ranks of the rows."""
        sizes = outcomes.once(_sizes)
        if sizes is None:
            return NO_NUMBERS
        value, lowest, highest = sizes.median()
        n = sizes.n
        half = Z * math.sqrt(n) / 2
        lower, upper = sizes.ranked(n / 2 - half)[0], sizes.ranked(n / 2 + half + 1)[1]
        interval = Interval(min(lower, value), max(upper, value), "order statistics of the buckets")
        return Estimate(value, interval, n=n, rarer=n, bound=max(value - lowest, highest - value))

    def exact(self, sizes: Floats) -> float:
        return float(np.median(sizes))


class MaxError(ErrorMetric):
    """The largest distance of the prediction from the actual.

    It is the middle of the outermost bucket, to within the bound. A largest value has no interval.
    """

    name = "max_error"
    title = "Maximum error"
    applies_to = ("regression",)
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Max |residual|, of all rows."""
        sizes = outcomes.once(_sizes)
        if sizes is None:
            return NO_NUMBERS
        lowest, highest = float(sizes.least.max()), float(sizes.most.max())
        value = lowest / 2 + highest / 2
        bound = max(value - lowest, highest - value)
        return Estimate(value, None, n=sizes.n, rarer=sizes.n, bound=bound)

    def exact(self, sizes: Floats) -> float:
        return float(sizes.max())


class _Sizes:
    """How large errors are: by bucket, the least and the most that one in it can be."""

    def __init__(self, histogram: NumericSummary) -> None:
        grid, ids = histogram.grid, histogram.ids
        lower, upper = grid.lower(ids), grid.upper(ids)
        upper = np.where(grid.single_value(ids), lower, upper)
        ends = np.abs(lower), np.abs(upper)
        self.least: Floats = np.where((lower < 0) & (upper > 0), 0.0, np.minimum(*ends))
        self.most: Floats = np.maximum(*ends)
        self.n = histogram.n
        self._counts = histogram.counts
        orders = [(ends, np.argsort(ends, kind="stable")) for ends in (self.least, self.most)]
        self._ranked = [(ends[order], np.cumsum(histogram.counts[order])) for ends, order in orders]

    def ranked(self, rank: float) -> tuple[float, float]:
        """Between what the error of that rank lies, counted from 1 on, the smallest first."""
        low, high = (float(ends[min(int(np.searchsorted(below, rank)), len(ends) - 1)]) for ends, below in self._ranked)
        return low, high

    def median(self) -> tuple[float, float, float]:
        """The median with buckets taken as evenly filled, and between what it lies in truth."""
        half = self.n / 2
        lowest, highest = self.ranked(half)[0], self.ranked(half + 1)[1]
        points = np.linspace(0.0, 1.0, _POINTS)
        at = lowest * (1 - points) + highest * points
        # A bucket of one value has no width; it is full from there on.
        width = np.where(self.most > self.least, self.most - self.least, 1.0)
        within = np.minimum(np.maximum((at[:, None] - self.least) / width, 0.0), 1.0)
        within = np.where(self.most > self.least, within, at[:, None] >= self.least)
        reached = within @ self._counts
        return float(np.interp(half, reached, at)), lowest, highest


def _sizes(outcomes: Outcomes) -> _Sizes | None:
    residuals = outcomes.summaries.residuals
    return _Sizes(residuals.histogram) if residuals is not None and residuals.histogram.n else None
