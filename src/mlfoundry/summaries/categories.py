"""A categorical column over one window."""

from __future__ import annotations

from collections import Counter
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mlfoundry.summaries.arrays import Ints, add_counts
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, count_cells, join_cells, tally_cells
from mlfoundry.summaries.dictionary import OTHER

_TYPE_ERRORS, _UNKNOWN = 0, 1
Labels = NDArray[np.object_]


class CodedCounts(Mapping[str, int]):
    """Rows by category, kept as arrays: a column may have thousands of categories in each of many windows.

    Parameters
    ----------
    labels
        Categories by code. Windows that were read together share the one array.
    codes, rows
        The codes that stand there, ascending, and how often each does.

    Examples
    --------
    >>> CodedCounts(np.array(["EWR", "JFK", "LGA"], np.object_), np.array([0, 2]), np.array([5, 7]))
    {'EWR': 5, 'LGA': 7}
    """

    __slots__ = ("_named", "codes", "labels", "rows")

    def __init__(self, labels: Labels, codes: Ints, rows: Ints) -> None:
        self.labels = labels
        self.codes = codes
        self.rows = rows
        self._named: dict[str, int] | None = None

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> CodedCounts:
        """Counts as arrays; themselves where they are."""
        if isinstance(counts, CodedCounts):
            return counts
        labels, rows = np.array([*counts], np.object_), np.array([*counts.values()], np.int64)
        return cls(labels, np.arange(len(labels)), rows)

    @property
    def n(self) -> int:
        """All rows."""
        return int(self.rows.sum())

    @property
    def named(self) -> dict[str, int]:
        """The same as a dict."""
        if self._named is None:
            self._named = dict(zip(self.labels[self.codes].tolist(), self.rows.tolist(), strict=True))
        return self._named

    def __getitem__(self, label: str) -> int:
        return self.named[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    # A mapping's own go through __getitem__, a call for each of thousands of categories.

    def __contains__(self, label: object) -> bool:
        return label in self.named

    def items(self) -> ItemsView[str, int]:
        return self.named.items()

    def values(self) -> ValuesView[int]:
        return self.named.values()

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return repr(self.named)


@dataclass(frozen=True, slots=True)
class CategorySummary:
    """How often each category stands in a column.

    Parameters
    ----------
    counts
        Category to rows; a category without rows is left out.
    missing
        Rows without a value.
    type_errors
        Rows whose value was of another type.
    other
        Rows of the categories that have no code of their own (see :class:`~mlfoundry.summaries.Dictionary`), by the
        number of the cell that they share with others.

    Examples
    --------
    >>> [summary] = CategorySummary.grouped(np.array([0, 1, 0, -1]), ["JFK", "LGA"], np.zeros(4, np.int64), 1)
    >>> summary.counts, summary.missing
    ({'JFK': 2, 'LGA': 1}, 1)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    missing: int = 0
    type_errors: int = 0
    other: Mapping[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def empty(cls) -> CategorySummary:
        """The summary of no rows."""
        return cls()

    @classmethod
    def grouped(
        cls, codes: Ints, labels: Sequence[str], groups: Ints, n_groups: int, type_errors: Ints | None = None
    ) -> list[CategorySummary]:
        """Summaries by group; a code is a place in ``labels``, or -1 where the value is missing or of a wrong type.

        ``type_errors`` counts, by group, those of the -1 that were of a wrong type; they are not counted as missing.
        """
        cells = add_cells(cls.cells(codes.astype(np.int64, copy=False), groups, n_groups, type_errors))
        rows = np.bincount(groups, minlength=n_groups).tolist()
        return [cls.of(group, n, labels) for group, n in zip(by_group(cells, n_groups), rows, strict=True)]

    @staticmethod
    def cells(codes: Ints, groups: Ints, n_groups: int, type_errors: Ints | None = None) -> Cells:
        """The same as cells. Missing values have none: they are the rest of the rows."""
        present = codes >= 0
        counted = count_cells(codes[present], groups[present], n_groups)
        return counted if type_errors is None else join_cells((counted, tally_cells(_TYPE_ERRORS, type_errors)))

    @staticmethod
    def unknown(rows: Ints) -> Cells:
        """Cells of rows, so many in each group, of which nobody knows any more whether they had a category."""
        return tally_cells(_UNKNOWN, rows)

    @classmethod
    def of(cls, group: GroupCells, rows: int, labels: Sequence[str] | Labels) -> CategorySummary:
        """The summary of one group of cells, which stands for so many rows; a code is a place in ``labels``."""
        own = int(np.searchsorted(group.ids, OTHER))
        counts = CodedCounts(np.asarray(labels, np.object_), group.ids[:own], group.counts[:own])
        shared = zip(map(int, group.ids[own:] - OTHER), map(int, group.counts[own:]), strict=True)
        other: dict[int, int] = dict(shared)
        errors = group.sum(_TYPE_ERRORS)
        missing = max(rows - counts.n - sum(other.values()) - errors - group.sum(_UNKNOWN), 0)
        return cls(counts, missing, errors, other)

    @classmethod
    def total(cls, parts: Iterable[CategorySummary]) -> CategorySummary:
        """The sum of summaries."""
        summaries = list(parts)
        other: Counter[int] = Counter()
        missing = type_errors = 0
        for part in summaries:
            other.update(part.other)
            missing += part.missing
            type_errors += part.type_errors
        return cls(_total([CodedCounts.of(part.counts) for part in summaries]), missing, type_errors, dict(other))

    def __add__(self, other: CategorySummary) -> CategorySummary:
        return CategorySummary.total((self, other))

    @property
    def n(self) -> int:
        """How many rows have a category."""
        return CodedCounts.of(self.counts).n + sum(self.other.values())

    @property
    def rows(self) -> int:
        """All rows: with a category, missing, and of a wrong type."""
        return self.n + self.missing + self.type_errors

    @property
    def missing_share(self) -> float | None:
        """The share of rows without a category; None without rows."""
        return 1.0 - self.n / self.rows if self.rows else None

    def share(self, category: str) -> float | None:
        """The share of a category among the rows that have one; None without any."""
        n = self.n
        return self.counts.get(category, 0) / n if n else None


def _total(parts: Sequence[CodedCounts]) -> Mapping[str, int]:
    """The sum of counts."""
    if parts and all(part.labels is parts[0].labels for part in parts):
        codes, rows = add_counts([(part.codes, part.rows) for part in parts])
        return CodedCounts(parts[0].labels, codes, rows)
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    return dict(counts)
