"""Negative numbers where there were none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.ranges import ends, outside
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary


@dataclass(frozen=True, slots=True)
class NewNegatives(ShareCheck):
    """The share of negative numbers in a column of which the reference has none.

    Numbers in a bucket that reaches across 0 count as not negative, and the bound says how many they are. 1 and 5 %
    matter: what cannot be negative is mostly an error or a sign for *missing*, such as -1.
    """

    name: ClassVar[str] = "new_negatives"
    title: ClassVar[str] = "Negative where there were none"
    description: ClassVar[str] = "The share of negative numbers in a column of which the reference has none."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    beside_reference: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.05)
    phrase: ClassVar[str] = "are negative"

    def suits(self, subject: Subject) -> bool:
        before = subject.reference
        if not ShareCheck.suits(self, subject):
            return False
        return before is None or not before.n or not outside(0.0, None)(before)[0]

    def counter(self, subject: Subject) -> Counter:
        below = outside(0.0, None)
        return lambda current: Counted(current.n, *below(current))

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        return f"none below {ends(current)[0]:.4g}" if isinstance(current, NumericSummary) else ""
