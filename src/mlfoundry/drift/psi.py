"""Population stability index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise
from mlfoundry.drift.binned import BinStatistic, filled_shares, least_share
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class PopulationStabilityIndex(BinStatistic):
    """The sum over bins of (current share - reference share) · ln(current share / reference share).

    0 for equal shares, without upper bound; larger is more drift. It is the symmetrised Kullback-Leibler divergence
    (Jeffreys 1946).

    Parameters
    ----------
    pseudo_count
        So that no bin is empty, the share of this many rows of the smaller side, at least 1e-4, is added to every bin
        on both sides. 0 is the textbook value, infinite when a bin is empty on one side.
    floor
        Shares below it count as it, as some tools do.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(PopulationStabilityIndex(pseudo_count=0).compute(before, after), 6)
    0.040547
    """

    pseudo_count: float = 0.5
    floor: float = 0.0

    name: ClassVar[str] = "psi"
    title: ClassVar[str] = "Population stability index"
    description: ClassVar[str] = "How much the shares of the bins have moved; unbounded, and rare bins weigh much."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.10, 0.25)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        p, q = filled_shares(reference, current, self.pseudo_count)
        p, q = np.maximum(p, self.floor), np.maximum(q, self.floor)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(p == q, 0.0, (q - p) * (np.log(q) - np.log(p)))

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """(K - 1)(1/n + 1/m) for K bins; less for bins so rare that the added share outweighs them."""
        pooled, variance = noise(reference, current)
        added = least_share(reference, current, self.pseudo_count)
        rows = pooled * (1.0 - pooled) / np.maximum(pooled + added, np.finfo(np.float64).tiny)
        return (rows * variance).sum(axis=-1)
