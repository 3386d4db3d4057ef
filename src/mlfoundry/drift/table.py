"""Rows by bin of many columns over many windows, beside their reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlfoundry.drift.bins import SPECIALS
from mlfoundry.summaries.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Counts of both sides with bins along the last axis.

    Columns that have fewer bins than others are filled up with empty ones, which no statistic sees.

    Parameters
    ----------
    reference
        By column, window (or one for all of them) and bin.
    current
        By column, window and bin.
    pooled
        Which bins a test must take together, by column, 1 and bin.
    special
        What each bin is for, by column, 1 and bin: 0, or 1 + the place in :data:`~mlfoundry.drift.bins.SPECIALS`.
    singles
        Rows of the reference that are the only ones of their category, by column and 1.
    """

    reference: Floats
    current: Floats
    pooled: Bools
    special: Ints
    singles: Floats

    @classmethod
    def of_counts(cls, reference: Floats, current: Floats) -> Table:
        """One column over one window; a bin that the reference leaves empty is unseen."""
        special = np.where(reference > 0, 0, 1 + SPECIALS.index("unseen"))
        pooled = np.zeros((1, 1, len(reference)), np.bool_)
        singles = np.array([[float((reference == 1).sum())]])
        return cls(reference[None, None], current[None, None], pooled, special[None, None], singles)

    def collapsed(self, name: str) -> tuple[Floats, Floats]:
        """Rows of both sides in two cells: all others, and those of the special bins of that name."""
        inside = self.special == 1 + SPECIALS.index(name)
        sides = (self.reference, self.current)
        first, second = (
            np.stack([np.where(inside, 0.0, side).sum(axis=-1), np.where(inside, side, 0.0).sum(axis=-1)], axis=-1)
            for side in sides
        )
        return first, second
