"""Kolmogorov-Smirnov distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.laws import Evidence, kolmogorov
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats

_KOLMOGOROV_MEAN = math.sqrt(math.pi / 2.0) * math.log(2.0)


@dataclass(frozen=True, slots=True)
class KolmogorovSmirnov(OrderedStatistic):
    """The largest difference of two distribution functions (Kolmogorov 1933, Smirnov 1939).

    0 for equal windows, 1 where all of one lies before all of the other. The scale of the numbers does not matter.

    Examples
    --------
    >>> KolmogorovSmirnov().exact(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    0.5
    """

    name: ClassVar[str] = "kolmogorov_smirnov"
    title: ClassVar[str] = "Kolmogorov-Smirnov distance"
    description: ClassVar[str] = "The largest difference between the shares of rows up to some number."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.128, 0.20)

    def values(self, line: Line) -> Floats:
        return np.abs(line.difference).max(axis=-1, initial=0.0)

    def expected(self, line: Line) -> Floats:
        """The mean of Kolmogorov's law; ties make it less."""
        return _KOLMOGOROV_MEAN / np.sqrt(np.maximum(line.rows, 1.0))

    def error_bound(self, line: Line) -> Floats:
        """How much larger the difference may be inside some bucket than at its ends."""
        return np.maximum(np.sqrt(line.square_limits[1].max(axis=-1, initial=0.0)) - self.values(line), 0.0)

    def evidence(self, line: Line) -> Evidence:
        return kolmogorov(self.values(line), line.rows)
