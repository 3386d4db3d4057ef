"""Shift of the missing share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes, noise, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.table import Table
from mlfoundry.summaries.arrays import Bools, Floats


@dataclass(frozen=True, slots=True)
class MissingShareShift(BinStatistic):
    """The absolute difference of the shares of rows without a value; values of a wrong type are none.

    0 for equal shares, at most 1.

    Examples
    --------
    >>> from mlfoundry.drift import report
    >>> from mlfoundry.summaries import CategorySummary
    >>> before, after = CategorySummary({"a": 950}, missing=50), CategorySummary({"a": 800}, missing=200)
    >>> [verdict] = report({"x": before}, {"x": after}, statistic="missing_share_shift")
    >>> round(verdict.value, 12), verdict.status
    (0.15, 'drifted')
    """

    name: ClassVar[str] = "missing_share_shift"
    title: ClassVar[str] = "Shift of the missing share"
    description: ClassVar[str] = "How much the share of rows without a value has changed."
    symmetric: ClassVar[bool] = True
    upper_bound: ClassVar[float | None] = 1.0
    by_bin: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(0.05, 0.10)

    def cells(self, table: Table) -> tuple[Floats, Floats, Bools | None]:
        return *table.collapsed("missing"), None

    def contributions(self, reference: Floats, current: Floats) -> Floats:
        return 0.5 * np.abs(shares(reference) - shares(current))

    def expected(self, reference: Floats, current: Floats) -> Floats:
        pooled, variance = noise(reference, current)
        return 0.5 * np.sqrt(2.0 / math.pi * pooled * (1.0 - pooled) * variance).sum(axis=-1)

    def binning(self, asked: Binning) -> Binning:
        return replace(asked, missing_bin=True)
