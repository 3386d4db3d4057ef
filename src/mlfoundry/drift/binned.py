"""Statistics of shares of bins."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import DriftStatistic, Figures, Histogram, require_same_bins, shares
from mlfoundry.drift.laws import Evidence, two_sample_chi_square
from mlfoundry.drift.line import Line
from mlfoundry.drift.table import Table
from mlfoundry.summaries.arrays import Bools, Floats

_LEAST_SHARE = 1e-4


class BinStatistic(DriftStatistic):
    """A statistic that is made of what each bin contributes; the order of the bins does not matter.

    ``by_bin`` tells whether that holds of the column's own bins, or of a few cells they are put together into.
    """

    __slots__ = ()

    by_bin: ClassVar[bool] = True

    @abstractmethod
    def contributions(self, reference: Floats, current: Floats) -> Floats:
        """What each bin adds to the sum that the value is made of.

        Both are counts with bins along the last axis; other axes, such as one of windows, broadcast.
        """

    def combined(self, contributions: Floats) -> Floats:
        """The value, from the contributions along the last axis."""
        return np.maximum(contributions.sum(axis=-1), 0.0)

    @abstractmethod
    def expected(self, reference: Floats, current: Floats) -> Floats:
        """What independent rows without any drift would show on average at these n."""

    def values(self, reference: Floats, current: Floats) -> Floats:
        """The statistic for counts with bins along the last axis; NaN where either side has no rows."""
        value = self.combined(self.contributions(reference, current))
        return np.where((reference.sum(axis=-1) > 0) & (current.sum(axis=-1) > 0), value, np.nan)

    def cells(self, table: Table) -> tuple[Floats, Floats, Bools | None]:
        """The counts of both sides that are compared, and which of their bins a test must pool."""
        return table.reference, table.current, table.pooled

    def unit(self, n: Floats, m: Floats) -> Floats:
        """What the sizes are multiples of, at so many rows."""
        return np.ones(np.broadcast_shapes(n.shape, m.shape))

    def evidence(self, reference: Floats, current: Floats, pooled: Bools | None) -> Evidence:
        """How real the difference is: by Pearson's test on the same bins."""
        return two_sample_chi_square(reference, current, pooled)

    def figures(self, table: Table, lines: Sequence[Line | None]) -> Figures:
        reference, current, pooled = self.cells(table)
        value = self.values(reference, current)
        ratio, p_value = self.evidence(reference, current, pooled)
        return Figures(
            value=value,
            error_bound=np.where(np.isfinite(value), 0.0, np.nan),
            expected=self.expected(reference, current),
            unit=self.unit(reference.sum(axis=-1), current.sum(axis=-1)),
            ratio=ratio,
            p_value=p_value,
        )

    def compute(self, reference: Histogram, current: Histogram) -> float:
        require_same_bins(reference, current)
        a, b, _ = self.cells(Table.of_counts(reference.counts, current.counts))
        return float(self.values(a, b)[0, 0])


def least_share(reference: Floats, current: Floats, pseudo_count: float) -> Floats:
    """The share that is added to every bin so that none is empty: ``pseudo_count`` rows of the smaller side.

    At least 1e-4; 0 when ``pseudo_count`` is 0. Keeps the last axis, with length 1.
    """
    n = np.minimum(reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True))
    least = np.maximum(_LEAST_SHARE, pseudo_count / np.maximum(n, 1.0))
    return least if pseudo_count else np.zeros_like(least)


def filled_shares(reference: Floats, current: Floats, pseudo_count: float) -> tuple[Floats, Floats]:
    """Shares of both sides with the same least share added to each bin that either has, so that equal ones stay equal.

    A bin that is empty on both sides stays 0.
    """
    used = (reference > 0) | (current > 0)
    least = np.where(used, least_share(reference, current, pseudo_count), 0.0)
    total = 1.0 + least.sum(axis=-1, keepdims=True)
    return (shares(reference) + least) / total, (shares(current) + least) / total
