"""Rows by actual and predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mlfoundry.summaries.arrays import ArrayEquality, Ints


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
        size = len(labels)
        both = (predicted >= 0) & (actual >= 0)
        cells = (groups[both] * size + actual[both]) * size + predicted[both]
        counts = np.bincount(cells.astype(np.int64), minlength=n_groups * size * size)
        tables = np.reshape(counts, (n_groups, size, size))
        return [cls(tuple(labels), tables[group]) for group in range(n_groups)]

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
