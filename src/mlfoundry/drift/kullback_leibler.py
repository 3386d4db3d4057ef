"""Kullback-Leibler divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise
from mlfoundry.drift.binned import BinStatistic, filled_shares, least_share
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class KullbackLeibler(BinStatistic):
    """The sum over bins of current share · ln(current share / reference share), in nats (Kullback and Leibler 1951).

    0 for equal shares, without upper bound; larger is more drift. Not symmetric: bins weigh by the window's rows.

    Parameters
    ----------
    pseudo_count
        Rows of the smaller side whose share is added to every bin on both sides, as for the population stability
        index. 0 is the textbook value, infinite when a bin is empty in the reference alone.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(KullbackLeibler(pseudo_count=0).compute(before, after), 6)
    0.020136
    """

    pseudo_count: float = 0.5

    name: ClassVar[str] = "kullback_leibler"
    title: ClassVar[str] = "Kullback-Leibler divergence"
    description: ClassVar[str] = "How surprising the window's rows are to who expects the reference, in nats."
    symmetric: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.05, 0.124)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        p, q = filled_shares(reference, current, self.pseudo_count)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Less what sums to 0 anyway, so that rounding cannot leave the sum below 0.
            return np.where(p == q, 0.0, np.where(q > 0, q * (np.log(q) - np.log(p)), 0.0) - q + p)

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """(K - 1)(1/n + 1/m) / 2 for K bins; less for bins so rare that the added share outweighs them."""
        pooled, variance = noise(reference, current)
        added = least_share(reference, current, self.pseudo_count)
        rows = pooled * (1.0 - pooled) / np.maximum(pooled + added, np.finfo(np.float64).tiny)
        return 0.5 * (rows * variance).sum(axis=-1)
