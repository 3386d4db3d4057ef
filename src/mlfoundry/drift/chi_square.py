"""Pearson's chi-square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class ChiSquare(BinStatistic):
    """Pearson's two-sample chi-square statistic: that of the table of two windows by bin (Pearson 1900).

    0 for equal shares, at most the number of all rows; without drift about the number of bins less 1. It grows with
    nm / (n + m), and so do the sizes that matter.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(ChiSquare().compute(before, after), 6)
    20.20202
    """

    name: ClassVar[str] = "chi_square"
    title: ClassVar[str] = "Chi-square statistic"
    description: ClassVar[str] = "How much more the bins differ than chance would have it; grows with the rows."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.0986, 0.238)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return chi_square_terms(reference, current)

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """The number of bins that are not empty, less 1."""
        return np.maximum(((reference + current) > 0).sum(axis=-1) - 1.0, 0.0)

    def unit(self, n: Floats, m: Floats) -> Floats:
        return n * m / np.maximum(n + m, 1.0)


def chi_square_terms(reference: Floats, current: Floats) -> Floats:
    """What each bin adds to the two-sample statistic."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    rows = reference + current
    return n * m * np.square(shares(reference) - shares(current)) / np.where(rows > 0, rows, 1.0)
