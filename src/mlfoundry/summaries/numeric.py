"""A numeric column over one window: counts by bucket, exact moments, what was missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import ClassVar

import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.arrays import ArrayEquality, Floats, Ints, add_counts, no_ints
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, count_cells, join_cells, tally_cells
from mlfoundry.summaries.grid import Grid, bucket_quantile
from mlfoundry.summaries.moments import Moments

_TYPE_ERRORS, _UNKNOWN = 4, 5
"""The fields behind those of the moments."""


@dataclass(frozen=True, slots=True, eq=False)
class NumericSummary(ArrayEquality):
    """Counts of a numeric column in the buckets of its grid.

    Parameters
    ----------
    grid
        Which bucket is which. Only summaries on one grid add up.
    ids, counts
        The buckets that hold anything, ascending, and how many values each holds.
    moments
        Exact count and sums, in the grid's fixed point.
    missing
        Rows without a value; NaN and infinite count as such.
    type_errors
        Rows whose value was no number.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, np.nan, 3.0])
    >>> grid = Grid.lay(values)
    >>> [summary] = NumericSummary.grouped(values, np.zeros(4, np.int64), 1, grid, np.zeros(1, np.int64))
    >>> summary.n, summary.missing, summary.quantile(0.5), summary.mean
    (3, 1, 2.0, 2.0)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    grid: Grid
    ids: Ints
    counts: Ints
    moments: Moments
    missing: int = 0
    type_errors: int = 0

    @classmethod
    def empty(cls, grid: Grid) -> NumericSummary:
        """The summary of no rows."""
        return cls(grid, no_ints(), no_ints(), Moments.empty(grid.frame))

    @classmethod
    def grouped(
        cls, values: Floats, groups: Ints, n_groups: int, grid: Grid, type_errors: Ints | None = None
    ) -> list[NumericSummary]:
        """Summaries by group; ``values`` holds NaN where a value is missing or was no number.

        ``type_errors`` counts, by group, those of the NaN that were no number; they are not counted as missing.
        """
        cells = add_cells(cls.cells(values, groups, n_groups, grid, type_errors))
        rows = np.bincount(groups, minlength=n_groups).tolist()
        return [cls.of(group, n, grid) for group, n in zip(by_group(cells, n_groups), rows, strict=True)]

    @staticmethod
    def cells(values: Floats, groups: Ints, n_groups: int, grid: Grid, type_errors: Ints | None = None) -> Cells:
        """The same as cells. Missing values have none: they are the rest of the rows."""
        present = np.isfinite(values)
        if not present.all():
            values, groups = values[present], groups[present]
        parts = [
            count_cells(grid.buckets(values), groups, n_groups),
            Moments.cells(values, groups, n_groups, grid.frame),
        ]
        if type_errors is not None:
            parts.append(tally_cells(_TYPE_ERRORS, type_errors))
        return join_cells(parts)

    @staticmethod
    def unknown(rows: Ints) -> Cells:
        """Cells of rows, so many in each group, of which nobody knows any more whether they had a value."""
        return tally_cells(_UNKNOWN, rows)

    @classmethod
    def of(cls, group: GroupCells, rows: int, grid: Grid) -> NumericSummary:
        """The summary of one group of cells, which stands for so many rows."""
        errors = group.sum(_TYPE_ERRORS)
        missing = max(rows - int(group.counts.sum()) - errors - group.sum(_UNKNOWN), 0)
        return cls(grid, group.ids, group.counts, Moments.of(group, grid.frame), missing, errors)

    @classmethod
    def total(cls, parts: Iterable[NumericSummary]) -> NumericSummary:
        """The sum of one or more summaries on one grid, quicker than adding them one by one."""
        summaries = list(parts)
        grid = summaries[0].grid
        if any(summary.grid != grid for summary in summaries):
            raise InvalidInput("summaries on different grids do not add; summarise both on one grid")
        ids, counts = add_counts([(summary.ids, summary.counts) for summary in summaries])
        return cls(
            grid,
            ids,
            counts,
            reduce(add, (summary.moments for summary in summaries)),
            sum(summary.missing for summary in summaries),
            sum(summary.type_errors for summary in summaries),
        )

    def __add__(self, other: NumericSummary) -> NumericSummary:
        return NumericSummary.total((self, other))

    @property
    def n(self) -> int:
        """How many rows have a number."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """All rows: with a number, missing, and of a wrong type."""
        return self.n + self.missing + self.type_errors

    @property
    def missing_share(self) -> float | None:
        """The share of rows without a number; None without rows."""
        return 1.0 - self.n / self.rows if self.rows else None

    @property
    def mean(self) -> float | None:
        """The mean; None without values, or where some lie too far out for the sums."""
        return None if self.moments.beyond else self.moments.mean

    @property
    def std(self) -> float | None:
        """The standard deviation with n - 1; None below two values, or where some lie too far out for the sums."""
        return None if self.moments.beyond else self.moments.std

    def quantile(self, q: float) -> float | None:
        """The value below which a share ``q`` of the numbers lies, to within its bucket; None without values.

        Inside a bucket the numbers are taken as evenly spread; a bucket with a single value gives that value.
        """
        return bucket_quantile(self.grid, self.ids, self.counts, q)
