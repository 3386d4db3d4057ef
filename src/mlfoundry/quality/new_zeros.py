"""Zeros where there were none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary

_ZERO = np.zeros(1)


@dataclass(frozen=True, slots=True)
class NewZeros(ShareCheck):
    """The share of zeros in a column of which the reference has none.

    Counted are the numbers in the bucket that holds 0, where the reference has no number at all; where it holds others
    too, the bound says that they may be no zeros. 1 and 5 % matter: a new zero is mostly a sign for *missing*.
    """

    name: ClassVar[str] = "new_zeros"
    title: ClassVar[str] = "Zero where there was none"
    description: ClassVar[str] = "The share of zeros in a column of which the reference has none."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    beside_reference: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.05)
    phrase: ClassVar[str] = "are zero"

    def suits(self, subject: Subject) -> bool:
        before = subject.reference
        if not ShareCheck.suits(self, subject):
            return False
        return not isinstance(before, NumericSummary) or not _zeros(before)[0]

    def counter(self, subject: Subject) -> Counter:
        def count(current: ColumnSummary) -> Counted:
            bad, is_zero = _zeros(current) if isinstance(current, NumericSummary) else (0, True)
            return Counted(current.n, bad, 0 if is_zero else bad)

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        if not isinstance(current, NumericSummary) or _zeros(current)[1]:
            return ""
        bucket = current.grid.buckets(_ZERO)
        return f"to within {float(current.grid.lower(bucket)[0]):.2g} to {float(current.grid.upper(bucket)[0]):.2g}"


def _zeros(summary: NumericSummary) -> tuple[int, bool]:
    """The numbers in the bucket that holds 0, and whether that is all it holds."""
    bucket = summary.grid.buckets(_ZERO)
    return int(summary.counts[summary.ids == bucket].sum()), bool(summary.grid.single_value(bucket)[0])
