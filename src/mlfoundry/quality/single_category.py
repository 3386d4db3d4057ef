"""One category only, where there were others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import CategorySummary, ColumnSummary


@dataclass(frozen=True, slots=True)
class SingleCategory(ShareCheck):
    """Whether all rows with a category have the same one: then 1, else 0; beside its share of the reference.

    Where the others were 10 % of the reference their absence is worth a look, where they were 30 % it is a breach.
    """

    name: ClassVar[str] = "single_category"
    title: ClassVar[str] = "One category only"
    description: ClassVar[str] = "Whether all rows have the same category, where the reference has others."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("categorical",)
    sizes: ClassVar[Sizes] = Sizes(0.10, 0.30)
    phrase: ClassVar[str] = "stand alone with one category"
    normal: ClassVar[str] = "have it in the reference"

    def counter(self, subject: Subject) -> Counter:
        before = subject.reference

        def count(current: ColumnSummary) -> Counted:
            if not isinstance(current, CategorySummary) or len(current.counts) != 1 or any(current.other.values()):
                return Counted(current.n, 0)
            [only] = current.counts
            known = before.counts.get(only, 0) if isinstance(before, CategorySummary) else 0
            return Counted(current.n, current.n, bad_reference=known)

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def finding(self, subject: Subject, current: ColumnSummary, value: float, expected: float | None) -> str:
        if not value or not isinstance(current, CategorySummary):
            return "rows have different categories"
        [only] = current.counts
        return super(SingleCategory, self).finding(subject, current, value, expected) + f": {only!r}"
