"""Prediction less actual, for regressors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.arrays import Floats, Ints
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, join_cells, sum_cells
from mlfoundry.summaries.exact import ratio
from mlfoundry.summaries.grid import Grid
from mlfoundry.summaries.moments import Frame, Moments
from mlfoundry.summaries.numeric import NumericSummary

_FOURTH_BITS = 140
# The fields of the cells behind those of the histogram.
_MOMENTS, _ABSOLUTE, _FOURTH, _ACTUAL = 8, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Residuals:
    """Residuals (prediction less actual) of the rows that have an actual.

    Parameters
    ----------
    histogram
        The residuals in the buckets of their grid; its ``missing`` are rows without a number on either side.
    moments
        Sums of the residual and its square, counted from 0.
    absolute
        The exact sum of absolute residuals, in units of ``2**moments.frame.exponent``.
    fourth
        The exact sum of 4th powers, in units of ``2**(4 * exponent + 140)``.
    actual
        Moments of the actuals of the same rows.

    Examples
    --------
    >>> predicted, actual = np.array([3.0, 5.0]), np.array([1.0, 6.0])
    >>> grid = Grid.lay(predicted - actual)
    >>> [residuals] = Residuals.grouped(predicted, actual, np.zeros(2, np.int64), 1, grid)
    >>> residuals.n, residuals.mean, residuals.mean_absolute, residuals.mean_square
    (2, 0.5, 1.5, 2.5)
    """

    histogram: NumericSummary
    moments: Moments
    absolute: int
    fourth: int
    actual: Moments

    @classmethod
    def empty(cls, grid: Grid) -> Residuals:
        """No rows."""
        moments = Moments.empty(_frame(grid))
        return cls(NumericSummary.empty(grid), moments, 0, 0, moments)

    @classmethod
    def grouped(cls, predicted: Floats, actual: Floats, groups: Ints, n_groups: int, grid: Grid) -> list[Residuals]:
        """Residuals by group, on the grid of the residuals; rows without a number on either side count as missing."""
        cells = add_cells(cls.cells(predicted, actual, groups, n_groups, grid))
        rows = np.bincount(groups, minlength=n_groups).tolist()
        return [cls.of(group, n, grid) for group, n in zip(by_group(cells, n_groups), rows, strict=True)]

    @staticmethod
    def cells(predicted: Floats, actual: Floats, groups: Ints, n_groups: int, grid: Grid) -> Cells:
        """The same as cells."""
        with np.errstate(over="ignore", invalid="ignore"):
            residuals = predicted - actual
        frame = _frame(grid)
        present = np.isfinite(residuals)
        residuals, actual, groups = residuals[present], actual[present], groups[present]
        inside = frame.contains(residuals)
        units, of_units = frame.units(residuals[inside]), groups[inside]
        return join_cells(
            (
                NumericSummary.cells(residuals, groups, n_groups, grid),
                Moments.cells(residuals, groups, n_groups, frame, field=_MOMENTS),
                sum_cells(_ABSOLUTE, np.abs(units), of_units, n_groups),
                sum_cells(_FOURTH, np.ldexp(np.square(units * units), -_FOURTH_BITS), of_units, n_groups),
                Moments.cells(actual, groups, n_groups, frame, field=_ACTUAL),
            )
        )

    @classmethod
    def of(cls, group: GroupCells, rows: int, grid: Grid) -> Residuals:
        """The residuals of one group of cells, which stands for so many rows."""
        frame = _frame(grid)
        return cls(
            NumericSummary.of(group, rows, grid),
            Moments.of(group, frame, field=_MOMENTS),
            group.sum(_ABSOLUTE),
            group.sum(_FOURTH),
            Moments.of(group, frame, field=_ACTUAL),
        )

    def __add__(self, other: Residuals) -> Residuals:
        if self.histogram.grid != other.histogram.grid:
            raise InvalidInput("residuals on different grids do not add; summarise both on one grid")
        return Residuals(
            self.histogram + other.histogram,
            self.moments + other.moments,
            self.absolute + other.absolute,
            self.fourth + other.fourth,
            self.actual + other.actual,
        )

    @property
    def n(self) -> int:
        """Rows in the sums: those with a residual in range."""
        return self.moments.n

    @property
    def mean(self) -> float | None:
        """The mean residual (bias); None without rows."""
        return self.moments.mean

    @property
    def mean_absolute(self) -> float | None:
        """The mean absolute residual; None without rows."""
        return ratio(self.absolute, self.n, self.moments.frame.exponent) if self.n else None

    @property
    def mean_square(self) -> float | None:
        """The mean squared residual; None without rows."""
        return self.moments.mean_square

    @property
    def mean_fourth(self) -> float | None:
        """The mean 4th power; None without rows."""
        return ratio(self.fourth, self.n, 4 * self.moments.frame.exponent + _FOURTH_BITS) if self.n else None

    def quantile(self, q: float) -> float | None:
        """A quantile of the residual, to within its bucket; None without rows."""
        return self.histogram.quantile(q)


def _frame(grid: Grid) -> Frame:
    # Errors are judged by their distance from 0, wherever their grid has its middle.
    return Frame(0.0, grid.frame.exponent)
