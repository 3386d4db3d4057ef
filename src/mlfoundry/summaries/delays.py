"""How long actuals took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from mlfoundry.summaries.arrays import ArrayEquality, Floats, Ints, add_counts, no_ints
from mlfoundry.summaries.cells import Cells, GroupCells, add_cells, by_group, count_cells
from mlfoundry.summaries.grid import Grid, bucket_quantile

_GRID = Grid.lay([0.0])
"""0 s by itself; from there 32 buckets an octave of (1 s + delay)."""


@dataclass(frozen=True, slots=True, eq=False)
class Delays(ArrayEquality):
    """Delays in seconds between a prediction and the time its actual became known, in buckets 2 to 3 % wide.

    Examples
    --------
    >>> [delays] = Delays.grouped(np.array([3600.0, 3600.0, 7200.0]), np.zeros(3, np.int64), 1)
    >>> delays.n, round(delays.median / 3600, 1)
    (3, 1.0)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    ids: Ints = field(default_factory=no_ints)
    counts: Ints = field(default_factory=no_ints)

    @classmethod
    def empty(cls) -> Delays:
        """No rows."""
        return cls()

    @classmethod
    def grouped(cls, delay_s: Floats, groups: Ints, n_groups: int) -> list[Delays]:
        """Delays by group; a negative one (known before the prediction) counts as 0, NaN is left out."""
        return [cls.of(group) for group in by_group(add_cells(cls.cells(delay_s, groups, n_groups)), n_groups)]

    @staticmethod
    def cells(delay_s: Floats, groups: Ints, n_groups: int) -> Cells:
        """The same as cells."""
        present = np.isfinite(delay_s)
        return count_cells(_GRID.buckets(np.maximum(delay_s[present], 0.0)), groups[present], n_groups)

    @classmethod
    def of(cls, group: GroupCells) -> Delays:
        """The delays of one group of cells."""
        return cls(group.ids, group.counts)

    def __add__(self, other: Delays) -> Delays:
        return Delays(*add_counts([(self.ids, self.counts), (other.ids, other.counts)]))

    @property
    def n(self) -> int:
        """How many actuals."""
        return int(self.counts.sum())

    @staticmethod
    def bounds_s(ids: Ints) -> tuple[Floats, Floats]:
        """The ends of buckets in seconds: no delay of theirs lies below the first nor above the second."""
        return _GRID.lower(ids), np.where(ids == 0, 0.0, _GRID.upper(ids))

    @property
    def median(self) -> float | None:
        """The median delay in seconds, to within its bucket; None without rows."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> float | None:
        """A quantile of the delay in seconds, to within its bucket; None without rows."""
        return bucket_quantile(_GRID, self.ids, self.counts, q)
