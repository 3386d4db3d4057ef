"""Rows by actual and predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.arrays import ArrayEquality, Ints
from mlfoundry.summaries.cells import Cells, add_cells, count_cells
from mlfoundry.summaries.dictionary import CODES, OTHER

_MAX_COUNTS = 30_000_000


def _no_counts() -> Ints:
    return np.zeros((0, 0), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Confusion(ArrayEquality):
    """``counts[i, j]``: rows whose actual is ``labels[i]`` and whose prediction is ``labels[j]``.

    Two of them with different labels add over the union of both, in alphabetical order.

    Examples
    --------
    >>> predicted, actual = np.array([0, 1, 1]), np.array([0, 1, 0])
    >>> [confusion] = Confusion.grouped(predicted, actual, ["no", "yes"], np.zeros(3, np.int64), 1)
    >>> confusion.counts.tolist()
    [[1, 1], [0, 1]]
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    labels: tuple[str, ...] = ()
    counts: Ints = field(default_factory=_no_counts)

    @classmethod
    def empty(cls, labels: Sequence[str] = ()) -> Confusion:
        """No rows."""
        return cls(tuple(labels), np.zeros((len(labels), len(labels)), np.int64))

    @classmethod
    def grouped(
        cls, predicted: Ints, actual: Ints, labels: Sequence[str], groups: Ints, n_groups: int
    ) -> list[Confusion]:
        """Tables by group; codes are places in ``labels``, rows where either is -1 are left out."""
        tables = cls.of(add_cells(cls.cells(predicted, actual, groups, n_groups)), n_groups, labels)
        if tables is None:
            raise InvalidInput(f"{len(labels):,} classes are too many for a confusion matrix")
        return [table.over(labels) for table in tables]

    @staticmethod
    def cells(predicted: Ints, actual: Ints, groups: Ints, n_groups: int) -> Cells:
        """The same as cells."""
        both = (predicted >= 0) & (actual >= 0)
        return count_cells(actual[both].astype(np.int64) * CODES + predicted[both], groups[both], n_groups)

    @classmethod
    def of(cls, cells: Cells, n_groups: int, labels: Sequence[str]) -> list[Confusion] | None:
        """The table of each group, over the classes that any of them has, in alphabetical order.

        None where classes have no code of their own, or are so many that the tables would not fit into memory.
        """
        actual, predicted = np.divmod(cells.buckets, CODES)
        found = np.unique(np.concatenate([actual, predicted]))
        if len(found) and (found[-1] >= OTHER or n_groups * len(found) ** 2 > _MAX_COUNTS):
            return None
        codes = sorted(map(int, found), key=lambda code: labels[code])
        place = np.zeros(CODES, np.int64)
        place[codes] = np.arange(len(codes))
        tables = np.zeros((n_groups, len(codes), len(codes)), np.int64)
        tables[cells.groups, place[actual], place[predicted]] = cells.counts
        named = tuple(labels[code] for code in codes)
        return [Confusion(named, tables[group]) for group in range(n_groups)]

    def __add__(self, other: Confusion) -> Confusion:
        if self.labels == other.labels:
            return Confusion(self.labels, self.counts + other.counts)
        if not self.labels or not other.labels:
            return self if self.labels else other
        labels = tuple(sorted({*self.labels, *other.labels}))
        return Confusion(labels, self.over(labels).counts + other.over(labels).counts)

    def over(self, labels: Sequence[str]) -> Confusion:
        """The same table with its classes in this order; classes that are not named are left out."""
        places = {label: place for place, label in enumerate(labels)}
        kept = [(i, places[label]) for i, label in enumerate(self.labels) if label in places]
        counts = np.zeros((len(labels), len(labels)), np.int64)
        if kept:
            old, new = (list(side) for side in zip(*kept, strict=True))
            counts[np.ix_(new, new)] = self.counts[np.ix_(old, old)]
        return Confusion(tuple(labels), counts)

    @property
    def n(self) -> int:
        """How many rows have a prediction and an actual."""
        return int(self.counts.sum())
