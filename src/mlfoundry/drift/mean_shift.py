"""Shift of the mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.laws import Evidence, welch
from mlfoundry.drift.line import Line
from mlfoundry.drift.normalized_wasserstein import in_deviations
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class MeanShift(OrderedStatistic):
    """The absolute difference of the means over the reference's standard deviation, from exact sums.

    0 for equal means, without upper bound, and without unit.

    Examples
    --------
    >>> MeanShift().exact(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]))
    1.0
    """

    name: ClassVar[str] = "mean_shift"
    title: ClassVar[str] = "Shift of the mean"
    description: ClassVar[str] = "How far the mean has moved, in standard deviations of the reference."
    symmetric: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.32, 0.51)

    def values(self, line: Line) -> Floats:
        return in_deviations(np.abs(line.current_spread.mean - line.reference_spread.mean), line)

    def expected(self, line: Line) -> Floats:
        deviation = np.sqrt(sum(_variances_of_means(line)))
        return math.sqrt(2.0 / math.pi) * in_deviations(deviation, line)

    def evidence(self, line: Line) -> Evidence:
        before, now = line.reference_spread, line.current_spread
        variances = np.nan_to_num(before.variance), np.nan_to_num(now.variance)
        return welch(np.nan_to_num(now.mean - before.mean), variances, (line.n, line.m))


def _variances_of_means(line: Line) -> tuple[Floats, Floats]:
    return (
        np.nan_to_num(line.reference_spread.variance) / np.maximum(line.n, 1.0),
        np.nan_to_num(line.current_spread.variance) / np.maximum(line.m, 1.0),
    )
