"""Shift of the quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.largest import mean_of_largest
from mlfoundry.drift.line import Line, quantile_places
from mlfoundry.drift.normalized_wasserstein import in_deviations
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats

_LEVELS = np.arange(1, 10) / 10.0
_AROUND = 0.05


@dataclass(frozen=True, slots=True)
class QuantileShift(OrderedStatistic):
    """The most that one of the nine deciles has moved, over the reference's standard deviation.

    0 for equal windows, without upper bound, and without unit. Where many rows share few values a decile jumps from
    one to the next.

    Examples
    --------
    >>> numbers = np.arange(11.0)
    >>> round(QuantileShift().exact(numbers, numbers + 5), 3)
    1.508
    """

    name: ClassVar[str] = "quantile_shift"
    title: ClassVar[str] = "Shift of the deciles"
    description: ClassVar[str] = (
        "How far the decile that moved most has moved, in standard deviations of the reference."
    )
    symmetric: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.32, 0.51)

    def values(self, line: Line) -> Floats:
        reference, current = line.quantiles(_LEVELS)
        return in_deviations(np.abs(reference - current).max(axis=-1), line)

    def expected(self, line: Line) -> Floats:
        """The mean of the largest shift of independent rows, by the slope of the reference's quantiles."""
        slope = (line.quantiles(_LEVELS + _AROUND)[0] - line.quantiles(_LEVELS - _AROUND)[0]) / (2.0 * _AROUND)
        deviation = slope * np.sqrt(_LEVELS * (1.0 - _LEVELS) / np.maximum(line.rows, 1.0)[:, None])
        # Neighbouring deciles move together, so that there are about half as many that move by themselves.
        return in_deviations(mean_of_largest(deviation[..., ::2]), line)

    def error_bound(self, line: Line) -> Floats:
        """Each quantile lies in its bucket."""
        return in_deviations(_widths(line).max(axis=-1), line)


def _widths(line: Line) -> Floats:
    """How wide the buckets are that hold the deciles of both sides, added up."""
    width = line.upper - line.lower
    first, second = (
        np.array([width[quantile_places(row, _LEVELS)] for row in side]) for side in (line.reference, line.current)
    )
    return first + second
