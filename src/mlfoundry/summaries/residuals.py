"""Prediction less actual, for regressors."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from mlfoundry.errors import InvalidInput
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
from mlfoundry.summaries.exact import ratio, scaled, square_rest
from mlfoundry.summaries.grid import Grid
from mlfoundry.summaries.moments import Frame, Moments
from mlfoundry.summaries.numeric import NumericSummary

FOURTH_BITS = 140
THIRD_BITS = 90
SQUARE_BITS = 40
"""Powers of n are summed in units of 2^(n * exponent) times so many bits."""
# The fields of the cells behind those of the histogram.
_MOMENTS, _ABSOLUTE, _FOURTH, _ACTUAL, _CROSS, _RELATIVE, _SYMMETRIC, _LOGARITHMIC = 8, 12, 13, 14, 18, 22, 25, 28
ERROR_EXPONENT = -80
"""Errors without a unit are summed in units of 2^-80."""
_LARGEST_ERROR = 2.0**32


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Exact sums of an error that is a ratio or a logarithm, over the rows where it is defined.

    Parameters
    ----------
    n
        Those rows; where it is undefined or beyond 2^32 a row is in nothing here.
    total, squares
        Sums of the error and of its square, in units of 2^-80.
    """

    n: int = 0
    total: int = 0
    squares: int = 0

    @staticmethod
    def cells(errors: Floats, groups: Ints, n_groups: int, *, field: int) -> Cells:
        """Errors as cells in three fields from ``field`` on; NaN and infinite ones are undefined."""
        defined = np.abs(errors) < _LARGEST_ERROR
        errors, groups = errors[defined], groups[defined]
        return join_cells(
            (
                tally_cells(field, group_sizes(groups, n_groups)),
                sum_cells(field + 1, scaled(errors, -ERROR_EXPONENT), groups, n_groups),
                sum_cells(field + 2, scaled(errors * errors, -ERROR_EXPONENT), groups, n_groups),
            )
        )

    @classmethod
    def of(cls, group: GroupCells, *, field: int) -> ErrorSums:
        """The sums of one group of cells."""
        return cls(*(group.sum(field + place) for place in range(3)))

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float | None:
        """The mean error; None without rows."""
        return ratio(self.total, self.n, ERROR_EXPONENT) if self.n else None

    @property
    def mean_square(self) -> float | None:
        """The mean squared error; None without rows."""
        return ratio(self.squares, self.n, ERROR_EXPONENT) if self.n else None


@dataclass(frozen=True, slots=True)
class CrossSums:
    """Exact sums of powers of actual ``a`` and residual ``r``, which say how sure R² is.

    In units of the residuals' frame, ``third`` and ``square_by_actual`` times 2^90, the others times 2^140.
    """

    third: int = 0
    """a³"""
    fourth: int = 0
    """a⁴"""
    square_by_actual: int = 0
    """r²·a"""
    square_by_square: int = 0
    """r²·a²"""

    @staticmethod
    def cells(residual_units: Floats, actual_units: Floats, groups: Ints, n_groups: int) -> Cells:
        """Powers of what is given in units of the frame, and in its range, as cells."""
        squares = actual_units * actual_units
        of_residual = residual_units * residual_units
        powers = (
            (squares * actual_units, THIRD_BITS),
            (squares * squares, FOURTH_BITS),
            (of_residual * actual_units, THIRD_BITS),
            (of_residual * squares, FOURTH_BITS),
        )
        return join_cells(
            sum_cells(_CROSS + place, scaled(power, -bits), groups, n_groups)
            for place, (power, bits) in enumerate(powers)
        )

    def __add__(self, other: CrossSums) -> CrossSums:
        return CrossSums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


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
        Moments of the actuals of the rows whose residual is in range.
    cross
        Sums of powers of actual and residual.
    relative
        |residual| over |actual|; undefined where the actual is 0.
    symmetric
        |residual| over the mean of |prediction| and |actual|; undefined where both are 0.
    logarithmic
        The squared difference of ln(1 + value); undefined where either value is -1 or less.

    Examples
    --------
    >>> predicted, actual = np.array([3.0, 5.0]), np.array([1.0, 6.0])
    >>> grid = Grid.lay(predicted - actual)
    >>> [residuals] = Residuals.grouped(predicted, actual, np.zeros(2, np.int64), 1, grid)
    >>> residuals.n, residuals.mean, residuals.mean_absolute, residuals.mean_square
    (2, 0.5, 1.5, 2.5)
    """

    cells_version: ClassVar[int] = 2
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    histogram: NumericSummary
    moments: Moments
    absolute: int
    fourth: int
    actual: Moments
    cross: CrossSums = CrossSums()
    relative: ErrorSums = ErrorSums()
    symmetric: ErrorSums = ErrorSums()
    logarithmic: ErrorSums = ErrorSums()

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
        residuals, predicted, actual = residuals[present], predicted[present], actual[present]
        groups = groups[present]
        inside = frame.contains(residuals)
        units, of_units = frame.units(residuals[inside]), groups[inside]
        both = inside & frame.contains(actual)
        actual_units, of_both = np.rint(frame.units(actual[both])), groups[both]
        # Whole units, so that sum and squares are of the very same numbers, whose variance may be small beside them.
        whole = scaled(np.rint(frame.units(actual[inside])), frame.exponent)
        return join_cells(
            (
                NumericSummary.cells(residuals, groups, n_groups, grid),
                Moments.cells(residuals, groups, n_groups, frame, field=_MOMENTS),
                sum_cells(_ABSOLUTE, np.abs(units), of_units, n_groups),
                sum_cells(_FOURTH, scaled(np.square(units * units), -FOURTH_BITS), of_units, n_groups),
                Moments.cells(whole, of_units, n_groups, frame, field=_ACTUAL),
                sum_cells(_ACTUAL + 3, scaled(square_rest(actual_units), -SQUARE_BITS), of_both, n_groups),
                CrossSums.cells(frame.units(residuals[both]), actual_units, of_both, n_groups),
                *_ratio_cells(residuals[inside], predicted[inside], actual[inside], of_units, n_groups),
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
            CrossSums(*(group.sum(_CROSS + place) for place in range(4))),
            *(ErrorSums.of(group, field=field) for field in (_RELATIVE, _SYMMETRIC, _LOGARITHMIC)),
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
            self.cross + other.cross,
            self.relative + other.relative,
            self.symmetric + other.symmetric,
            self.logarithmic + other.logarithmic,
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
        return ratio(self.fourth, self.n, 4 * self.moments.frame.exponent + FOURTH_BITS) if self.n else None

    def quantile(self, q: float) -> float | None:
        """A quantile of the residual, to within its bucket; None without rows."""
        return self.histogram.quantile(q)


def _frame(grid: Grid) -> Frame:
    # Errors are judged by their distance from 0, wherever their grid has its middle.
    return Frame(0.0, grid.frame.exponent)


def _ratio_cells(residuals: Floats, predicted: Floats, actual: Floats, groups: Ints, n_groups: int) -> list[Cells]:
    distance = np.abs(residuals)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = distance / np.abs(actual)
        # Halved first: the sum of the two may overflow.
        symmetric = distance / (np.abs(actual) / 2 + np.abs(predicted) / 2)
        logarithmic = np.square(np.log1p(predicted) - np.log1p(actual))
    errors = ((_RELATIVE, relative), (_SYMMETRIC, symmetric), (_LOGARITHMIC, logarithmic))
    return [ErrorSums.cells(values, groups, n_groups, field=field) for field, values in errors]
