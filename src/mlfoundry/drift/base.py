"""What a drift statistic is: a function of two histograms over the same bins, and when its value matters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mlfoundry.errors import InvalidInput
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries.arrays import Floats

_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Sizes:
    """From which effect on a statistic is worth a look, and from which it is drift.

    Those of every statistic are the same two shifts of a normal column: 0.32 and 0.51 standard deviations.
    """

    watch: float
    drifted: float


class Histogram:
    """Rows by bin.

    Examples
    --------
    >>> Histogram(("a", "b"), [3, 1]).proportions().tolist()
    [0.75, 0.25]
    """

    __slots__ = ("counts", "labels")

    def __init__(self, labels: tuple[str, ...], counts: ArrayLike) -> None:
        array = np.asarray(counts, np.float64)
        if array.shape != (len(labels),) or not (np.isfinite(array).all() and (array >= 0).all()):
            raise InvalidInput(f"a histogram of {len(labels)} bins needs as many counts, finite and not negative")
        self.labels = labels
        self.counts: Floats = array

    @property
    def n(self) -> float:
        """All rows."""
        return float(self.counts.sum())

    def proportions(self) -> Floats:
        """Each bin's share of the rows; all 0 without rows."""
        return shares(self.counts)


class DriftStatistic(ABC):
    """How far the current window lies from the reference, over the same bins.

    Every value is finite, never negative, 0 for equal shares, and does not depend on the order of the bins.
    A subclass is a frozen dataclass; its fields are its settings, all with defaults.

    Attributes
    ----------
    name
        Its configuration key, which never changes.
    symmetric
        Whether reference and current may be exchanged.
    upper_bound
        The largest value there is, or None.
    sizes
        Which effects matter.
    """

    __slots__ = ()

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    symmetric: ClassVar[bool]
    upper_bound: ClassVar[float | None] = None
    sizes: ClassVar[Sizes]
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric", "categorical")

    @abstractmethod
    def contributions(self, reference: Floats, current: Floats) -> Floats:
        """What each bin adds to the sum that the value is made of.

        Both are counts with bins along the last axis; other axes, such as one of windows, broadcast.
        """

    def of_sum(self, total: Floats) -> Floats:
        """The value, from the sum of contributions."""
        return total

    @abstractmethod
    def expected(self, reference: Floats, current: Floats) -> Floats:
        """What independent rows without any drift would show on average at these n."""

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """The value freed of what would be there without drift."""
        return value - expected

    def values(self, reference: Floats, current: Floats) -> Floats:
        """The statistic for counts with bins along the last axis; NaN where either side has no rows."""
        total = self.contributions(reference, current).sum(axis=-1)
        value = self.of_sum(np.maximum(total, 0.0))
        return np.where((reference.sum(axis=-1) > 0) & (current.sum(axis=-1) > 0), value, np.nan)

    def compute(self, reference: Histogram, current: Histogram) -> float:
        """The statistic of two histograms; NaN when either is empty.

        Raises
        ------
        InvalidInput
            The histograms have different bins.
        """
        if reference.labels != current.labels:
            raise InvalidInput("both histograms must have the same bins in the same order")
        return float(self.values(reference.counts, current.counts))


def shares(counts: Floats) -> Floats:
    """Counts over their sum along the last axis; 0 without rows."""
    n = counts.sum(axis=-1, keepdims=True)
    return counts / np.maximum(n, 1.0) if (n >= 1.0).all() else counts / np.where(n > 0, n, 1.0)


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


def noise(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """The pooled share of each bin, and the variance of a difference of shares per unit of it: 1/n + 1/m."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    pooled = (reference + current) / np.maximum(n + m, 1.0)
    return pooled, 1.0 / np.maximum(n, 1.0) + 1.0 / np.maximum(m, 1.0)
