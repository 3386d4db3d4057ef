"""Which place the class that turned out had among a row's scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from mlfoundry.summaries.arrays import ArrayEquality, Floats, Ints, add_counts, no_ints
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, count_cells

MAX_RANK = 128
"""Places from here on are counted as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranks(ArrayEquality):
    """Rows that have an actual and scores, by the place of the actual class among the scores.

    Parameters
    ----------
    ids, counts
        The places that occur, ascending from 1 on, and how many rows have each. Of equal scores the actual class is
        taken to be the last, so that a model that does not choose earns nothing. A class without a score comes behind
        all that have one.

    Examples
    --------
    >>> late, ok, lost = np.array([0.7, 0.2]), np.array([0.2, 0.5]), np.array([0.1, 0.3])
    >>> [ranks] = Ranks.grouped([late, ok, lost], np.array([0, 2]), np.zeros(2, np.int64), 1)
    >>> ranks.n, ranks.within(1), ranks.within(2)
    (2, 1, 2)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""

    ids: Ints = field(default_factory=no_ints)
    counts: Ints = field(default_factory=no_ints)

    @classmethod
    def empty(cls) -> Ranks:
        """No rows."""
        return cls()

    @classmethod
    def grouped(cls, scores: Sequence[Floats], actual: Ints, groups: Ints, n_groups: int) -> list[Ranks]:
        """Ranks by group; see :meth:`cells`."""
        cells = add_cells(cls.cells(scores, actual, groups, n_groups))
        return [cls.of(group) for group in by_group(cells, n_groups)]

    @staticmethod
    def cells(scores: Sequence[Floats], actual: Ints, groups: Ints, n_groups: int) -> Cells:
        """The same as cells.

        Parameters
        ----------
        scores
            The scores of each class, NaN where a row has none.
        actual
            The place in ``scores`` of each row's actual class, ``len(scores)`` for a class that never has a score, -1
            for a row without an actual.
        """
        own = np.full(len(actual), np.nan)
        for place, values in enumerate(scores):
            own = np.where(actual == place, values, own)
        reached = np.where(np.isnan(own), -np.inf, own)
        given = np.zeros(len(actual), np.int64)
        rank = np.isnan(own).astype(np.int64)
        for values in scores:
            given += ~np.isnan(values)
            rank += values >= reached
        kept = (actual >= 0) & (given > 0)
        return count_cells(np.minimum(rank[kept], MAX_RANK), groups[kept], n_groups)

    @classmethod
    def of(cls, group: GroupCells) -> Ranks:
        """The ranks of one group of cells."""
        return cls(group.ids, group.counts)

    def __add__(self, other: Ranks) -> Ranks:
        return Ranks(*add_counts([(self.ids, self.counts), (other.ids, other.counts)]))

    @property
    def n(self) -> int:
        """All rows."""
        return int(self.counts.sum())

    def within(self, k: int) -> int:
        """Rows whose actual class was among the ``k`` highest scores; ``k`` lies below 128."""
        return int(self.counts[self.ids <= k].sum())
