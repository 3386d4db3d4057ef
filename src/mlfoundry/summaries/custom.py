"""Values of a custom metric over one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.summaries.arrays import Floats, Ints
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, join_cells, sum_cells, tally_cells
from mlfoundry.summaries.exact import ratio, square_rest

_UNIT_EXPONENT = -80
_SQUARE_EXPONENT = -96
_RANGE_EXPONENT = 60


@dataclass(frozen=True, slots=True)
class CustomSums:
    """Count and exact sums of what an expression is for each row, which may be of any size.

    Parameters
    ----------
    n
        Rows in the sums.
    missing
        Rows where the expression has no value.
    beyond
        Rows whose value is 2^60 (1e18) or more; they are in no sum.
    total
        The sum, in units of 2^-80.
    squares
        The sum of squares, in units of 2^-96.

    Examples
    --------
    >>> [cost] = CustomSums.grouped(np.array([1.0, 4.0, np.nan]), np.zeros(3, np.int64), 1)
    >>> cost.n, cost.missing, cost.sum, cost.mean, cost.variance
    (2, 1, 5.0, 2.5, 2.25)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    n: int = 0
    missing: int = 0
    beyond: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def empty(cls) -> CustomSums:
        """No rows."""
        return cls()

    @classmethod
    def grouped(cls, values: Floats, groups: Ints, n_groups: int) -> list[CustomSums]:
        """Sums by group; NaN where a row has no value."""
        return [cls.of(group) for group in by_group(add_cells(cls.cells(values, groups, n_groups)), n_groups)]

    @staticmethod
    def cells(values: Floats, groups: Ints, n_groups: int) -> Cells:
        """The same as cells. What is infinite has no value."""
        present = np.isfinite(values)
        inside = present & (np.abs(values) < 2.0**_RANGE_EXPONENT)
        missing, beyond, groups = groups[~present], groups[present & ~inside], groups[inside]
        units = np.rint(np.ldexp(values[inside], -_UNIT_EXPONENT))
        # Whole units, so that sum and squares are of the very same numbers.
        whole = np.ldexp(units, _UNIT_EXPONENT)
        return join_cells(
            (
                tally_cells(0, np.bincount(groups, minlength=n_groups)),
                tally_cells(1, np.bincount(missing, minlength=n_groups)),
                tally_cells(2, np.bincount(beyond, minlength=n_groups)),
                sum_cells(3, units, groups, n_groups),
                sum_cells(4, np.ldexp(whole * whole, -_SQUARE_EXPONENT), groups, n_groups),
                sum_cells(4, np.ldexp(square_rest(whole), -_SQUARE_EXPONENT), groups, n_groups),
            )
        )

    @classmethod
    def of(cls, group: GroupCells) -> CustomSums:
        """The sums of one group of cells."""
        return cls(*(group.sum(field) for field in range(5)))

    def __add__(self, other: CustomSums) -> CustomSums:
        return CustomSums(
            self.n + other.n,
            self.missing + other.missing,
            self.beyond + other.beyond,
            self.total + other.total,
            self.squares + other.squares,
        )

    @property
    def rows(self) -> int:
        """Rows that were looked at, with a value or without."""
        return self.n + self.missing + self.beyond

    @property
    def sum(self) -> float | None:
        """The sum; None without rows."""
        return ratio(self.total, 1, _UNIT_EXPONENT) if self.n else None

    @property
    def mean(self) -> float | None:
        """The mean; None without rows."""
        return ratio(self.total, self.n, _UNIT_EXPONENT) if self.n else None

    @property
    def variance(self) -> float | None:
        """The mean squared distance from the mean; None without rows."""
        if not self.n:
            return None
        scaled = self.n * (self.squares << (_SQUARE_EXPONENT - 2 * _UNIT_EXPONENT)) - self.total**2
        # Rounding of the squares can leave a constant a little below 0.
        return ratio(max(scaled, 0), self.n**2, 2 * _UNIT_EXPONENT)
