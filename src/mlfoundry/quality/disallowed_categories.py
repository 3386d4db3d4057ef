"""Categories that the schema does not allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Subject
from mlfoundry.quality.categories import named, strangers
from mlfoundry.quality.shares import Counted, Counter, RuleCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import CategorySummary, ColumnSummary


@dataclass(frozen=True, slots=True)
class DisallowedCategories(RuleCheck):
    """The share of rows with a category that is not among those of the schema (``Feature.categories``)."""

    name: ClassVar[str] = "disallowed_categories"
    title: ClassVar[str] = "Categories that are not allowed"
    description: ClassVar[str] = "The share of rows with a category that the schema does not list."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("categorical",)
    phrase: ClassVar[str] = "have a category that the schema does not list"

    def suits(self, subject: Subject) -> bool:
        listed = subject.feature is not None and subject.feature.categories is not None
        return listed and subject.kind in self.applies_to

    def counter(self, subject: Subject) -> Counter:
        allowed = _allowed(subject)

        def count(current: ColumnSummary) -> Counted:
            unsure = sum(current.other.values()) if isinstance(current, CategorySummary) else 0
            return Counted(current.n, sum(strangers(current, allowed).values()), unsure)

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        return named(strangers(current, _allowed(subject)))


def _allowed(subject: Subject) -> frozenset[str]:
    return frozenset(() if subject.feature is None else subject.feature.categories or ())
