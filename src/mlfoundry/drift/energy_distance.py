"""Energy distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, root_of_difference
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class EnergyDistance(OrderedStatistic):
    """The root of twice the integral of the squared difference of two distribution functions (Székely 2002).

    0 for equal windows, in roots of the column's unit. The sizes that matter go with the root of the reference's
    standard deviation.

    Examples
    --------
    >>> round(EnergyDistance().exact(np.array([0.0]), np.array([2.0])), 12)
    2.0
    """

    name: ClassVar[str] = "energy_distance"
    title: ClassVar[str] = "Energy distance"
    description: ClassVar[str] = "How far the rows of both windows lie from each other, beyond what lies within each."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.24, 0.381)

    def values(self, line: Line) -> Floats:
        return np.sqrt(2.0 * _integral(line, _within(line)))

    def expected(self, line: Line) -> Floats:
        """The root of the squared distance to expect of independent rows."""
        width, gap = line.widths
        below = np.minimum(np.cumsum(line.shares, axis=-1), 1.0)
        return np.sqrt(2.0 * (below * (1.0 - below) * (width + gap)).sum(axis=-1) / np.maximum(line.rows, 1.0))

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """Squares add, distances do not: the root of value² - expected²."""
        return root_of_difference(value, expected)

    def error_bound(self, line: Line) -> Floats:
        lowest, highest = (np.sqrt(2.0 * _integral(line, limit)) for limit in line.square_limits)
        value = self.values(line)
        return np.maximum(highest - value, value - lowest)

    def unit(self, line: Line) -> Floats:
        return np.sqrt(line.deviation)


def _within(line: Line) -> Floats:
    """The mean squared difference over the width of each bucket."""
    a, b = line.difference_before, line.difference
    return (a * a + a * b + b * b) / 3.0


def _integral(line: Line, within: Floats) -> Floats:
    width, gap = line.widths
    return np.maximum((np.square(line.difference) * gap + within * width).sum(axis=-1), 0.0)
