"""What a drift statistic is, and what it says of columns over windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mlfoundry.drift.bins import Binning
from mlfoundry.drift.line import Line
from mlfoundry.drift.table import Table
from mlfoundry.errors import InvalidInput
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class Sizes:
    """From which effect on a statistic is worth a look, and from which it is drift.

    Those of every statistic of whole distributions are the same two shifts of a normal column: 0.32 and 0.51 standard
    deviations.
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
        return self.counts / self.n if self.n else self.counts


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What a statistic says of columns over windows: arrays by column and window, NaN where there is nothing to say.

    Attributes
    ----------
    value
        The statistic.
    error_bound
        The most that the value from cells can be off from the one from events; NaN where that is unknown.
    expected
        What independent rows without any drift would show on average at these n.
    unit
        What the statistic's sizes are multiples of.
    ratio, p_value
        How real the difference is, see :class:`~mlfoundry.drift.laws.Evidence`.
    """

    value: Floats
    error_bound: Floats
    expected: Floats
    unit: Floats
    ratio: Floats
    p_value: Floats


class DriftStatistic(ABC):
    """How far the current window lies from the reference.

    Every value is finite, never negative, and 0 for equal shares. A subclass is a frozen dataclass; its fields are its
    settings, all with defaults. It derives from :class:`~mlfoundry.drift.binned.BinStatistic`, which compares shares of
    bins, or from :class:`~mlfoundry.drift.ordered.OrderedStatistic`, which compares where numbers lie.

    Attributes
    ----------
    name
        Its configuration key, which never changes.
    symmetric
        Whether reference and current may be exchanged.
    upper_bound
        The largest value there is, or None.
    sizes
        Which effects matter, in the unit that :class:`Figures` tell.
    ordered
        Whether bins have an order that counts.
    """

    __slots__ = ()

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    symmetric: ClassVar[bool]
    upper_bound: ClassVar[float | None] = None
    sizes: ClassVar[Sizes]
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric", "categorical")
    ordered: ClassVar[bool] = False

    @abstractmethod
    def figures(self, table: Table, lines: Sequence[Line | None]) -> Figures:
        """What there is to say of columns that are given by their bins and, where ordered, as lines."""

    @abstractmethod
    def compute(self, reference: Histogram, current: Histogram) -> float:
        """The statistic of two histograms; NaN when either is empty.

        An ordered statistic takes the bins as the numbers 0, 1, 2 ...

        Raises
        ------
        InvalidInput
            The histograms have different bins.
        """

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """The value freed of what would be there without drift."""
        return value - expected

    def binning(self, asked: Binning) -> Binning:
        """The bins that the statistic needs where those asked for will not do."""
        return asked


def root_of_difference(value: Floats, expected: Floats) -> Floats:
    """The effect on a distance whose squares add."""
    return np.sqrt(np.maximum(np.square(value) - np.square(expected), 0.0))


def require_same_bins(reference: Histogram, current: Histogram) -> None:
    """Raise :class:`InvalidInput` unless both have the same bins."""
    if reference.labels != current.labels:
        raise InvalidInput("both histograms must have the same bins in the same order")


def shares(counts: Floats) -> Floats:
    """Counts over their sum along the last axis; 0 without rows."""
    n = counts.sum(axis=-1, keepdims=True)
    return counts / np.where(n > 0, n, 1.0)


def noise(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """The pooled share of each bin, and the variance of a difference of shares per unit of it: 1/n + 1/m."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    pooled = (reference + current) / np.maximum(n + m, 1.0)
    return pooled, 1.0 / np.maximum(n, 1.0) + 1.0 / np.maximum(m, 1.0)
