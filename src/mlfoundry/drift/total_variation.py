"""Total variation distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class TotalVariation(BinStatistic):
    """Half the summed absolute difference of two sets of shares: the share of rows that would have to change bin.

    0 for equal windows, 1 for windows that share no bin. Larger is more drift.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> round(TotalVariation().compute(Histogram(("a", "b"), [50, 50]), Histogram(("a", "b"), [90, 10])), 12)
    0.4
    """

    name: ClassVar[str] = "total_variation"
    title: ClassVar[str] = "Total variation distance"
    description: ClassVar[str] = "The share of rows that would have to change bin for the windows to be equal."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.128, 0.20)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return 0.5 * np.abs(shares(reference) - shares(current))

    def combined(self, contributions: Floats) -> Floats:
        return np.minimum(contributions.sum(axis=-1), 1.0)

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """Half the sum of mean absolute differences, each taken as normal; a rare bin's is at most twice its share."""
        pooled, variance = noise(reference, current)
        normal = np.sqrt(2.0 / math.pi * pooled * (1.0 - pooled) * variance)
        return 0.5 * np.minimum(normal, 2.0 * pooled).sum(axis=-1)
