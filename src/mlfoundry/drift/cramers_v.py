"""Cramér's V."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, root_of_difference
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.chi_square import chi_square_terms
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class CramersV(BinStatistic):
    """The root of the two-sample chi-square over the number of all rows (Cramér 1946).

    0 for equal shares, 1 for windows that share no bin. The less balanced n and m are, the smaller it is, at the same
    drift, by 2√(nm) / (n + m); so are the sizes that matter.

    Examples
    --------
    >>> from mlfoundry.drift.base import Histogram
    >>> before, after = Histogram(("a", "b"), [500, 500]), Histogram(("a", "b"), [600, 400])
    >>> round(CramersV().compute(before, after), 6)
    0.100504
    """

    name: ClassVar[str] = "cramers_v"
    title: ClassVar[str] = "Cramér's V"
    description: ClassVar[str] = "How closely bin and window belong together; 0 not at all, 1 wholly."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    sizes: ClassVar[Sizes] = Sizes(0.157, 0.244)

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
        return chi_square_terms(reference, current) / np.maximum(n + m, 1.0)

    def combined(self, contributions: Floats) -> Floats:
        return np.sqrt(np.minimum(contributions.sum(axis=-1), 1.0))

    def expected(self, reference: Floats, current: Floats) -> Floats:
        """The root of (K - 1) / (n + m) for K bins that are not empty."""
        rows = reference + current
        degrees = np.maximum((rows > 0).sum(axis=-1) - 1.0, 0.0)
        return np.sqrt(degrees / np.maximum(rows.sum(axis=-1), 1.0))

    def effect(self, value: Floats, expected: Floats) -> Floats:
        """Squares add, V does not: the root of value² - expected²."""
        return root_of_difference(value, expected)

    def unit(self, n: Floats, m: Floats) -> Floats:
        return 2.0 * np.sqrt(n * m) / np.maximum(n + m, 1.0)
