"""SHAP values of one feature over one window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mlfoundry.summaries.arrays import Floats, Ints
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

_UNIT_EXPONENT = -60
_RANGE_EXPONENT = 40


@dataclass(frozen=True, slots=True)
class Attribution:
    """Count and exact sums of SHAP values, in units of 2^-60, and of their squares, in units of 2^-120.

    ``beyond`` counts values of 2^40 (1e12) and more; they are in no sum.

    Examples
    --------
    >>> [attribution] = Attribution.grouped(np.array([0.5, -0.25, np.nan]), np.zeros(3, np.int64), 1)
    >>> attribution.n, attribution.mean, attribution.mean_absolute
    (2, 0.125, 0.375)
    """

    cells_version: ClassVar[int] = 2
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    n: int = 0
    total: int = 0
    absolute: int = 0
    beyond: int = 0
    squares: int = 0

    @classmethod
    def empty(cls) -> Attribution:
        """No rows."""
        return cls()

    @classmethod
    def grouped(cls, values: Floats | NDArray[np.float32], groups: Ints, n_groups: int) -> list[Attribution]:
        """Attributions by group; NaN where a row has none."""
        return [cls.of(group) for group in by_group(add_cells(cls.cells(values, groups, n_groups)), n_groups)]

    @staticmethod
    def cells(values: Floats | NDArray[np.float32], groups: Ints, n_groups: int) -> Cells:
        """The same as cells."""
        inside = np.abs(values) < 2.0**_RANGE_EXPONENT  # which NaN is not
        beyond = groups[~inside & np.isfinite(values)]
        if not inside.all():
            values, groups = values[inside], groups[inside]
        units = scaled(values.astype(np.float64, copy=False), -_UNIT_EXPONENT)
        return join_cells(
            (
                tally_cells(0, group_sizes(groups, n_groups)),
                sum_cells(1, units, groups, n_groups),
                sum_cells(2, np.abs(units), groups, n_groups),
                tally_cells(3, group_sizes(beyond, n_groups)),
                sum_cells(4, units * units, groups, n_groups),
            )
        )

    @classmethod
    def of(cls, group: GroupCells) -> Attribution:
        """The attribution of one group of cells."""
        return cls(*(group.sum(field) for field in range(5)))

    def __add__(self, other: Attribution) -> Attribution:
        return Attribution(
            self.n + other.n,
            self.total + other.total,
            self.absolute + other.absolute,
            self.beyond + other.beyond,
            self.squares + other.squares,
        )

    @property
    def mean(self) -> float | None:
        """The mean SHAP value; None without rows."""
        return ratio(self.total, self.n, _UNIT_EXPONENT) if self.n else None

    @property
    def mean_absolute(self) -> float | None:
        """The mean absolute SHAP value; None without rows."""
        return ratio(self.absolute, self.n, _UNIT_EXPONENT) if self.n else None

    @property
    def std(self) -> float | None:
        """The standard deviation of the SHAP values with n - 1; None below two rows."""
        return self._std(self.total)

    @property
    def std_absolute(self) -> float | None:
        """The standard deviation of their absolute values with n - 1; None below two rows."""
        return self._std(self.absolute)

    def _std(self, total: int) -> float | None:
        if self.n < 2:
            return None
        # Rounding of the squares can leave a constant a little below 0.
        scaled = max(self.n * self.squares - total**2, 0)
        return math.sqrt(ratio(scaled, self.n * (self.n - 1), 2 * _UNIT_EXPONENT))
