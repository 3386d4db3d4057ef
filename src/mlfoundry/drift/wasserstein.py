"""Wasserstein distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class Wasserstein(OrderedStatistic):
    """The area between two distribution functions: how far the numbers would have to be moved, on average.

    0 for equal windows, in the column's own unit. The sizes that matter are so many standard deviations of the
    reference.

    Examples
    --------
    >>> Wasserstein().exact(np.array([1.0, 2.0]), np.array([4.0, 5.0]))
    3.0
    """

    name: ClassVar[str] = "wasserstein"
    title: ClassVar[str] = "Wasserstein distance"
    description: ClassVar[str] = "How far the numbers would have to be moved on average, in the column's unit."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.32, 0.51)

    def values(self, line: Line) -> Floats:
        return transport(line)

    def expected(self, line: Line) -> Floats:
        return transport_without_drift(line)

    def error_bound(self, line: Line) -> Floats:
        return transport_bound(line)

    def unit(self, line: Line) -> Floats:
        return line.deviation


def transport(line: Line) -> Floats:
    """The area between both distribution functions, rows evenly spread in each bucket."""
    width, gap = line.widths
    return (np.abs(line.difference) * gap).sum(axis=-1) + (_mean_difference(line) * width).sum(axis=-1)


def transport_without_drift(line: Line) -> Floats:
    """The area to expect of independent rows: at each number the difference is normal."""
    width, gap = line.widths
    below = np.minimum(np.cumsum(line.shares, axis=-1), 1.0)
    deviation = np.sqrt(below * (1.0 - below) / np.maximum(line.rows, 1.0)[:, None])
    return math.sqrt(2.0 / math.pi) * (deviation * (width + gap)).sum(axis=-1)


def transport_bound(line: Line) -> Floats:
    """How much the area can differ for rows that lie elsewhere in their buckets."""
    width, _ = line.widths
    lowest, highest = (np.sqrt(square) for square in line.square_limits)
    mean = _mean_difference(line)
    return (np.maximum(highest - mean, mean - lowest) * width).sum(axis=-1)


def _mean_difference(line: Line) -> Floats:
    """The mean absolute difference inside each bucket, from one end to the other in a straight line."""
    a, b = np.abs(line.difference_before), np.abs(line.difference)
    both = a + b
    crossing = line.difference_before * line.difference < 0
    return np.where(crossing, (a * a + b * b) / np.where(both > 0, 2.0 * both, 1.0), both / 2.0)
