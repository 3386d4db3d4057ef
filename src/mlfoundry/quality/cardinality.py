"""How many different categories there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.quality.base import ColumnCheck, Measures, Sizes, Subject
from mlfoundry.schema import ColumnKind
from mlfoundry.special import normal_tail
from mlfoundry.summaries import CategorySummary, ColumnSummary
from mlfoundry.summaries.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Cardinality(ColumnCheck):
    """How many different categories there are, beside how many as many rows of the reference would have.

    That is Σ 1 - (1 - p)^n over the reference's categories (Hurlbert 1971), and for those that it has not seen the rows
    of such (Good 1953), each taken for a category of its own. The effect is the binary logarithm of the ratio: half as
    many more is worth a look, twice as many is a breach. Fewer are none: rows that are close in time often share a
    category, such as the day of the week. Where there are categories without a code of their own nothing is said.
    """

    name: ClassVar[str] = "cardinality"
    title: ClassVar[str] = "Number of categories"
    description: ClassVar[str] = "How many different categories there are, beside as many rows of the reference."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("categorical",)
    percent: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(math.log2(1.5), 1.0)

    def measure(self, subject: Subject, windows: Sequence[ColumnSummary]) -> Measures:
        before = subject.reference
        n = np.array([window.n for window in windows], np.int64)
        value = np.array([_distinct(window) for window in windows])
        expected, variance = np.full(len(n), np.nan), np.full(len(n), np.nan)
        if isinstance(before, CategorySummary) and before.n and not any(before.other.values()):
            expected, variance = _foretold(before, n)
        difference = value - expected
        effect = np.log2(np.maximum(value, 1.0) / np.maximum(expected, 1.0))
        return Measures(
            n=n,
            value=value,
            error_bound=np.zeros(len(n)),
            expected=expected,
            effect=effect,
            p_value=normal_tail(difference / np.sqrt(np.maximum(variance, 1.0))),
            reference_value=np.full(len(n), np.nan if before is None else _distinct(before)),
            n_reference=0 if before is None else before.n,
        )

    def finding(self, subject: Subject, current: ColumnSummary, value: float, expected: float | None) -> str:
        beside = "" if expected is None else f", about {expected:,.0f} are to be expected of {current.n:,} rows"
        return f"{value:,.0f} different categories{beside}"


def _distinct(summary: ColumnSummary) -> float:
    """How many there are; NaN where some have no code of their own."""
    if not isinstance(summary, CategorySummary) or not summary.n or any(summary.other.values()):
        return math.nan
    return float(sum(n > 0 for n in summary.counts.values()))


def _foretold(before: CategorySummary, n: Ints) -> tuple[Floats, Floats]:
    """The number of categories of n rows of the reference, and a bound of its variance."""
    counts = np.array(list(before.counts.values()), np.float64)
    # Categories of one frequency count alike; there are few frequencies.
    sizes, times = np.unique(counts[counts > 0], return_counts=True)
    rows = n.astype(np.float64)[:, None]
    absent = np.power(1.0 - sizes / before.n, rows)
    new = rows[:, 0] * float((counts == 1).sum()) / before.n
    return (times * (1.0 - absent)).sum(axis=1) + new, (times * absent * (1.0 - absent)).sum(axis=1) + new
