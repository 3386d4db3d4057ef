"""Hellinger distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise, root_of_difference, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class Hellinger(BinStatistic):
    """The root of half the summed squared differences of the roots of two sets of shares (Hellinger 1909).

    0 for equal shares, 1 for windows that share no bin. A metric; empty bins need no filling.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(Hellinger().compute(before, after), 6)
    0.071161
    """

    name: ClassVar[str] = "hellinger"
    title: ClassVar[str] = "Hellinger distance"
    description: ClassVar[str] = (
        "How far the roots of the shares lie apart; rare bins weigh more than in total variation."
    )
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.112, 0.176)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return 0.5 * np.square(np.sqrt(shares(reference)) - np.sqrt(shares(current)))

    def combined(self, contributions: Floats) -> Floats:
        return np.sqrt(np.minimum(contributions.sum(axis=-1), 1.0))

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """The root of (K - 1)(1/n + 1/m) / 8; a bin too rare for that cannot add more than its share."""
        pooled, variance = noise(reference, current)
        return np.sqrt((np.minimum(pooled, variance / 8.0) * (1.0 - pooled)).sum(axis=-1))

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """Squares add, distances do not: the root of value² - expected²."""
        return root_of_difference(value, expected)
