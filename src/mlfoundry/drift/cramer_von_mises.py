"""Cramér-von Mises statistic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.laws import Evidence, weighted_bridge
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class CramerVonMises(OrderedStatistic):
    """nm / (n + m) times the mean squared difference of two distribution functions, over all rows (Anderson 1962).

    0 for equal windows; without drift 1/6 for numbers without ties. It grows with nm / (n + m), and so do the sizes
    that matter.

    Examples
    --------
    >>> CramerVonMises().exact(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    0.375
    """

    name: ClassVar[str] = "cramer_von_mises"
    title: ClassVar[str] = "Cramér-von Mises statistic"
    description: ClassVar[str] = "The mean squared difference of two distribution functions; grows with the rows."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.0093, 0.0231)

    def values(self, line: Line) -> Floats:
        return line.rows * (line.shares * line.mean_square).sum(axis=-1)

    def expected(self, line: Line) -> Floats:
        below = np.cumsum(line.shares, axis=-1)
        return np.maximum((line.shares * below * (1.0 - below)).sum(axis=-1), 0.0)

    def error_bound(self, line: Line) -> Floats:
        lowest, highest = line.square_limits
        off = np.maximum(highest - line.mean_square, line.mean_square - lowest)
        return line.rows * (line.shares * off).sum(axis=-1)

    def unit(self, line: Line) -> Floats:
        return line.rows

    def evidence(self, line: Line) -> Evidence:
        return weighted_bridge(self.values(line), line.shares, line.shares)
