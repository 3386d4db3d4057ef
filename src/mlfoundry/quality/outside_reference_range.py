"""Numbers outside of the reference's range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.ranges import ends, outside
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary


@dataclass(frozen=True, slots=True)
class OutsideReferenceRange(ShareCheck):
    """The share of numbers below the least or above the greatest of the reference.

    Of rows like those of the reference 2 in n + 1 lie outside, n being its rows, so the reference counts as having two.
    The range ends with the outermost buckets that the reference fills; numbers in these may lie outside too, which the
    bound says. A model has learned nothing of such numbers, so 1 and 5 % of them matter.
    """

    name: ClassVar[str] = "outside_reference_range"
    title: ClassVar[str] = "Outside of the reference's range"
    description: ClassVar[str] = "The share of numbers below the least or above the greatest of the reference."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    beside_reference: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.05)
    phrase: ClassVar[str] = "lie outside of the reference's range"
    normal: ClassVar[str] = "are to be expected"

    def counter(self, subject: Subject) -> Counter:
        before = subject.reference
        if not isinstance(before, NumericSummary) or not before.n:
            return lambda current: Counted(current.n, 0)
        lower, upper = ends(before)
        beyond, last = outside(lower, upper), {int(before.ids[0]), int(before.ids[-1])}
        several = {bucket for bucket in last if not before.grid.single_value(before.ids[before.ids == bucket])[0]}

        def count(current: ColumnSummary) -> Counted:
            bad, unsure = beyond(current)
            if isinstance(current, NumericSummary) and current.grid == before.grid:
                unsure += int(sum(current.counts[current.ids == bucket].sum() for bucket in several))
            return Counted(current.n, bad, unsure, bad_reference=2.0)

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        if not isinstance(subject.reference, NumericSummary) or not isinstance(current, NumericSummary):
            return ""
        (low, high), (lowest, highest) = ends(subject.reference), ends(current)
        return f"all between {lowest:.4g} and {highest:.4g}, in the reference between {low:.4g} and {high:.4g}"
