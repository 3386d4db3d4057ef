"""Jensen-Shannon distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise, root_of_difference, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.special import relative_entropy_terms
from mlfoundry.summaries.arrays import Floats

_PER_BIT = 1.0 / (8.0 * math.log(2.0))


@dataclass(frozen=True, slots=True)
class JensenShannon(BinStatistic):
    """The square root of the Jensen-Shannon divergence in bits (Endres and Schindelin 2003).

    0 for equal shares, 1 for windows that share no bin. A metric: symmetric, and the triangle inequality holds. Empty
    bins need no filling.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(JensenShannon().compute(before, after), 6)
    0.085435
    """

    name: ClassVar[str] = "jensen_shannon"
    title: ClassVar[str] = "Jensen-Shannon distance"
    description: ClassVar[str] = "How well a row's bin tells which window it comes from; 0 not at all, 1 always."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.134, 0.21)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        p, q = shares(reference), shares(current)
        middle = (p + q) / 2.0
        nats = relative_entropy_terms(p, middle) + relative_entropy_terms(q, middle)
        # Where the shares are equal but for rounding, the two logarithms need not cancel.
        return np.where(np.abs(p - q) <= 1e-15, 0.0, nats / (2.0 * math.log(2.0)))

    def combined(self, contributions: Floats) -> Floats:
        return np.sqrt(np.minimum(np.maximum(contributions.sum(axis=-1), 0.0), 1.0))

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """The root of the divergence expected without drift.

        To second order the divergence is 1/8 of the sum of (p - q)² over the pooled share, in nats, so that its
        expectation is (K - 1)(1/n + 1/m) / (8 ln 2) bits. A bin too rare for that cannot add more than its share.
        """
        pooled, variance = noise(reference, current)
        return np.sqrt((np.minimum(pooled, variance * _PER_BIT) * (1.0 - pooled)).sum(axis=-1))

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """Divergences add, their roots do not: the root of value² - expected²."""
        return root_of_difference(value, expected)
