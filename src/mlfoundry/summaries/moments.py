"""Count, mean and standard deviation from exact sums."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.summaries.cells import (
    Cells,
    GroupCells,
    add_cells,
    by_group,
    group_sizes,
    join_cells,
    sum_cells,
    tally_cells,
)
from mlfoundry.summaries.exact import ratio, scaled

_FRACTION_BITS = 40
_RANGE_BITS = 32
_RANGE = 2.0 ** (_FRACTION_BITS + _RANGE_BITS)


@dataclass(frozen=True, slots=True)
class Frame:
    """The fixed point in which a column is summed: values are counted from ``center`` in units of ``2**exponent``.

    Squares are counted in units of ``2**(2 * exponent + 40)``. Made for a spread of ``2**(exponent + 40)``: a value is
    kept to 1e-12 of that, and one farther than 2^32 spreads from the center is beyond range. Sums of 8 million values
    at the end of the range fit into 128 bits.
    """

    center: float
    exponent: int

    @classmethod
    def around(cls, center: float, spread: float) -> Frame:
        """The frame of a column whose values lie about ``spread`` from ``center``."""
        return cls(center, math.frexp(spread)[1] - _FRACTION_BITS)

    def units(self, values: Floats) -> Floats:
        """Distances from the center in units, not yet rounded; infinite where they overflow."""
        with np.errstate(over="ignore"):
            return scaled(values - self.center, -self.exponent)

    def contains(self, values: Floats) -> Bools:
        """Which values lie in range."""
        return np.abs(self.units(values)) < _RANGE


@dataclass(frozen=True, slots=True)
class Moments:
    """Count and exact sums of one column.

    Parameters
    ----------
    frame
        The fixed point of the sums. Only moments of one frame add up.
    n
        Values in the sums.
    beyond
        Values outside the frame's range; they are in no sum.
    total, squares
        Sums of (x - center) and of (x - center)², in the frame's units.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 6.0])
    >>> [moments] = Moments.grouped(values, np.zeros(3, np.int64), 1, Frame.around(2.0, 1.0))
    >>> moments.n, moments.mean
    (3, 3.0)
    """

    frame: Frame
    n: int = 0
    beyond: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def empty(cls, frame: Frame) -> Moments:
        """Moments of nothing."""
        return cls(frame)

    @classmethod
    def grouped(cls, values: Floats, groups: Ints, n_groups: int, frame: Frame) -> list[Moments]:
        """Moments by group; ``values`` holds no NaN."""
        cells = add_cells(cls.cells(values, groups, n_groups, frame))
        return [cls.of(group, frame) for group in by_group(cells, n_groups)]

    @staticmethod
    def cells(values: Floats, groups: Ints, n_groups: int, frame: Frame, *, field: int = 0) -> Cells:
        """The same as cells, in four fields from ``field`` on."""
        units = frame.units(values)
        parts: list[Cells] = []
        if len(units) and max(float(units.max()), -float(units.min())) >= _RANGE:
            inside = np.abs(units) < _RANGE
            parts.append(tally_cells(field + 1, group_sizes(groups[~inside], n_groups)))
            units, groups = units[inside], groups[inside]
        squares = units * units
        squares *= 2.0**-_FRACTION_BITS
        parts += [
            tally_cells(field, group_sizes(groups, n_groups)),
            sum_cells(field + 2, units, groups, n_groups),
            sum_cells(field + 3, squares, groups, n_groups),
        ]
        return join_cells(parts)

    @classmethod
    def of(cls, group: GroupCells, frame: Frame, *, field: int = 0) -> Moments:
        """The moments of one group of cells."""
        return cls(frame, *(group.sum(field + place) for place in range(4)))

    def __add__(self, other: Moments) -> Moments:
        if self.frame != other.frame:
            raise InvalidInput(f"moments in different fixed points do not add: {self.frame} and {other.frame}")
        return Moments(
            self.frame,
            self.n + other.n,
            self.beyond + other.beyond,
            self.total + other.total,
            self.squares + other.squares,
        )

    @property
    def mean(self) -> float | None:
        """The mean of the values in range; None without any."""
        return self.frame.center + ratio(self.total, self.n, self.frame.exponent) if self.n else None

    @property
    def mean_square(self) -> float | None:
        """The mean squared distance from the frame's center; None without values."""
        return ratio(self.squares, self.n, 2 * self.frame.exponent + _FRACTION_BITS) if self.n else None

    @property
    def std(self) -> float | None:
        """The standard deviation with n - 1; None below two values."""
        if self.n < 2:
            return None
        spread = self.n * (self.squares << _FRACTION_BITS) - self.total**2
        # Rounding of the squares can leave a constant column a little below 0.
        return math.ldexp(math.sqrt(max(spread, 0) / (self.n * (self.n - 1))), self.frame.exponent)
