"""Share of unseen categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.table import Table
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries.arrays import Bools, Floats


@dataclass(frozen=True, slots=True)
class UnseenShare(BinStatistic):
    """The share of the window's rows whose category the reference has not.

    0 when there are none, 1 when there are no others. A reference foretells that share itself: it is the share of its
    rows that are the only ones of their category (Good 1953), so that is expected, and tested against.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> UnseenShare().compute(Histogram(("a", "b"), [500, 0]), Histogram(("a", "b"), [90, 10]))
    0.1
    """

    name: ClassVar[str] = "unseen_share"
    title: ClassVar[str] = "Share of unseen categories"
    description: ClassVar[str] = "The share of rows whose category the reference has not."
    symmetric: ClassVar[bool] = False
    upper_bound: ClassVar[float | None] = 1.0
    by_bin: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.05, 0.10)
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("categorical",)

    def cells(self, table: Table) -> tuple[Floats, Floats, Bools | None]:
        """Categories that are known and those that are not, for the reference: those it has once."""
        seen, current = table.collapsed("unseen")
        n = seen.sum(axis=-1)
        singles = np.minimum(np.broadcast_to(table.singles, n.shape), n)
        return np.stack([n - singles, singles], axis=-1), current, None

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return shares(current) * np.array([0.0, 1.0])

    def expected(self, reference: Floats, current: Floats) -> Floats:
        of_reference = shares(reference)[..., 1]
        return of_reference + np.zeros(current.shape[:-1])
