"""Categories that the reference has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.categories import Known, named, strangers
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import CategorySummary, ColumnSummary


@dataclass(frozen=True, slots=True)
class UnseenCategories(ShareCheck):
    """The share of rows with a category that the reference has not.

    A reference foretells that share: it is the share of its rows that are the only ones of their category (Good 1953).
    The model has not learned such a category, so 1 and 5 % of the rows matter. Categories without a code of their own
    share cells; rows in cells that the reference has too may be unseen as well, which the bound says.
    """

    name: ClassVar[str] = "unseen_categories"
    title: ClassVar[str] = "Unseen categories"
    description: ClassVar[str] = "The share of rows with a category that the reference has not."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("categorical",)
    beside_reference: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.05)
    phrase: ClassVar[str] = "have a category that the reference has not"
    normal: ClassVar[str] = "are to be expected"

    def counter(self, subject: Subject) -> Counter:
        before = _categories(subject)
        known, singles = Known(before.counts), sum(n == 1 for n in before.counts.values())

        def count(current: ColumnSummary) -> Counted:
            if not isinstance(current, CategorySummary):
                return Counted(0, 0)
            cells = {cell: n for cell, n in current.other.items() if n > 0}
            unsure = sum(n for cell, n in cells.items() if cell in before.other)
            bad = known.rows_of_others(current.counts) + sum(cells.values()) - unsure
            return Counted(current.n, bad, unsure, bad_reference=singles)

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        return named(strangers(current, _categories(subject).counts)) if subject.reference is not None else ""


def _categories(subject: Subject) -> CategorySummary:
    return subject.reference if isinstance(subject.reference, CategorySummary) else CategorySummary.empty()
