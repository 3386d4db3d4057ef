"""Wasserstein distance in standard deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.drift.wasserstein import transport, transport_bound, transport_without_drift
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class NormalizedWasserstein(OrderedStatistic):
    """The Wasserstein distance over the reference's standard deviation (over that of both where it is constant).

    0 for equal windows, without upper bound, and without unit.

    Examples
    --------
    >>> round(NormalizedWasserstein().exact(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])), 12)
    1.0
    """

    name: ClassVar[str] = "normalized_wasserstein"
    title: ClassVar[str] = "Normalised Wasserstein distance"
    description: ClassVar[str] = "How far the numbers would have to be moved, in standard deviations of the reference."
    symmetric: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.32, 0.51)

    def values(self, line: Line) -> Floats:
        return in_deviations(transport(line), line)

    def expected(self, line: Line) -> Floats:
        return in_deviations(transport_without_drift(line), line)

    def error_bound(self, line: Line) -> Floats:
        return in_deviations(transport_bound(line), line)


def in_deviations(distance: Floats, line: Line) -> Floats:
    """A distance over the reference's standard deviation; 0 where all numbers are the same."""
    deviation = line.deviation
    return np.where(deviation > 0, distance / np.where(deviation > 0, deviation, 1.0), 0.0)
