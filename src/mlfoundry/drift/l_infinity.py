"""L-infinity distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.largest import mean_of_largest
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class LInfinity(BinStatistic):
    """The largest absolute difference of two shares of one bin.

    0 for equal shares, at most 1; larger is more drift. It names the one bin that moved most and overlooks many small
    moves.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(LInfinity().compute(before, after), 12)
    0.1
    """

    name: ClassVar[str] = "l_infinity"
    title: ClassVar[str] = "L-infinity distance"
    description: ClassVar[str] = "How much the share of the bin that moved most has changed."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.069, 0.121)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return np.abs(shares(reference) - shares(current))

    def combined(self, contributions: Floats) -> Floats:
        return contributions.max(axis=-1)

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """The mean of the largest of the bins' differences, each taken as normal."""
        pooled, variance = noise(reference, current)
        return mean_of_largest(np.sqrt(pooled * (1.0 - pooled) * variance))
