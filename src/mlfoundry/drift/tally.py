"""Counting the summaries of many columns over many windows by bin, all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mlfoundry.drift.bins import CategoryBins, NumericBins
from mlfoundry.summaries import CategorySummary, ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Floats, Ints
from mlfoundry.summaries.categories import CodedCounts

AnyBins: TypeAlias = NumericBins | CategoryBins
Windows: TypeAlias = Sequence[Sequence[ColumnSummary | None]]
"""By column and window; None where a window has no such column."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts by column, window and bin; rows of any kind and rows without a value by column and window."""

    counts: Floats
    rows: Ints
    absent: Ints


def tally(bins: Sequence[AnyBins], windows: Windows) -> Tally:
    """Count the windows of each column in that column's bins.

    Every summary is of the kind of its bins. Columns with fewer bins than the most have empty ones at the end.
    """
    n_windows = len(windows[0]) if windows else 0
    width = max((len(one.bins) for one in bins), default=0)
    shape = len(bins), n_windows, width
    numeric = _NumericCells(width)
    categories = _CategoryCells(width)
    absent = np.zeros(shape[:2], np.int64)
    for column, (one, row) in enumerate(zip(bins, windows, strict=True)):
        for window, summary in enumerate(row):
            if summary is None:
                continue
            cell = column * n_windows + window
            absent[column, window] = summary.missing + summary.type_errors
            if isinstance(one, NumericBins):
                if isinstance(summary, NumericSummary):
                    numeric.add(cell, one, summary)
            elif isinstance(summary, CategorySummary):
                categories.add(cell, one, summary)
    (cells, rows), (more_cells, more_rows) = numeric.cells(), categories.cells()
    counts = np.bincount(
        np.concatenate([cells, more_cells]),
        weights=np.concatenate([rows, more_rows]),
        minlength=shape[0] * n_windows * width,
    )
    counts = np.reshape(counts.astype(np.float64), shape)
    present = counts.sum(axis=-1).astype(np.int64)
    _add_missing(counts, bins, absent)
    return Tally(counts, present + absent, absent)


def count(bins: AnyBins, windows: Sequence[ColumnSummary | None]) -> Floats:
    """Rows of one column by window and bin."""
    return tally([bins], [windows]).counts[0]


def _add_missing(counts: Floats, bins: Sequence[AnyBins], absent: Ints) -> None:
    last = np.array([len(one.bins) - 1 for one in bins], np.int64)
    has_bin = np.array([one.binning.missing_bin for one in bins], np.bool_)
    columns = np.flatnonzero(has_bin)
    counts[columns, :, last[columns]] += absent[columns]


class _CategoryCells:
    """The categories of many summaries; those that were read together have one list of names, looked up once."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._cells: list[Ints] = [np.zeros(0, np.int64)]
        self._rows: list[Ints] = [np.zeros(0, np.int64)]

    def add(self, cell: int, bins: CategoryBins, summary: CategorySummary) -> None:
        """Count a summary into the cell of that number."""
        counts = CodedCounts.of(summary.counts)
        self._cells.append(cell * self._width + bins.places(counts.labels)[counts.codes])
        self._rows.append(counts.rows)
        if summary.other:
            self._cells.append(cell * self._width + _ints(bins.places_of_shared(summary.other)))
            self._rows.append(_ints([*summary.other.values()]))

    def cells(self) -> tuple[Ints, Ints]:
        """Places in the flattened counts, and the rows that fall there."""
        return np.concatenate(self._cells), np.concatenate(self._rows)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)


class _NumericCells:
    """The buckets of many numeric summaries, looked up together: alone, each would cost more than what it holds."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._tables: dict[int, tuple[int, NumericBins]] = {}
        self._length = 0
        self._of: list[tuple[int, int, int, int]] = []
        self._ids: list[Ints] = []
        self._counts: list[Ints] = []
        self._cells: list[Ints] = []
        self._cell_counts: list[Ints] = []

    def add(self, cell: int, bins: NumericBins, summary: NumericSummary) -> None:
        """Count a summary into the cell of that number."""
        if summary.grid is not bins.grid and summary.grid != bins.grid:
            self._cells.append(cell * self._width + bins.places(summary))
            self._cell_counts.append(summary.counts)
            return
        known = self._tables.get(id(bins))
        if known is None:
            known = self._tables[id(bins)] = self._length, bins
            self._length += len(bins.lookup)
        self._of.append((cell * self._width, known[0], bins.first, len(bins.lookup) - 1))
        self._ids.append(summary.ids)
        self._counts.append(summary.counts)

    def cells(self) -> tuple[Ints, Ints]:
        """Places in the flattened counts, and the rows that fall there."""
        if self._ids:
            lengths = [len(ids) for ids in self._ids]
            base, start, first, last = np.repeat(np.transpose(np.array(self._of, np.int64)), lengths, axis=1)
            table = np.concatenate([bins.lookup for _, bins in self._tables.values()])
            within = np.minimum(np.maximum(np.concatenate(self._ids) - first, 0), last)
            self._cells.append(base + table[start + within])
            self._cell_counts += self._counts
        nothing = np.zeros(0, np.int64)
        return np.concatenate([nothing, *self._cells]), np.concatenate([nothing, *self._cell_counts])
