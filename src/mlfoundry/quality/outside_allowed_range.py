"""Numbers outside of the schema's range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Subject
from mlfoundry.quality.ranges import ends, outside
from mlfoundry.quality.shares import Counted, Counter, RuleCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary


@dataclass(frozen=True, slots=True)
class OutsideAllowedRange(RuleCheck):
    """The share of numbers outside of the schema's range (``Feature.minimum`` and ``maximum``, which are inside).

    Numbers in a bucket that holds a limit may lie on either side of it; they count as inside, and the bound says how
    many they are.
    """

    name: ClassVar[str] = "outside_allowed_range"
    title: ClassVar[str] = "Outside of the allowed range"
    description: ClassVar[str] = "The share of numbers outside of the range that the schema allows."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    phrase: ClassVar[str] = "lie outside of the range that the schema allows"

    def suits(self, subject: Subject) -> bool:
        feature = subject.feature
        limited = feature is not None and not (feature.minimum is None and feature.maximum is None)
        return limited and subject.kind in self.applies_to

    def counter(self, subject: Subject) -> Counter:
        feature = subject.feature
        beyond = outside(None, None) if feature is None else outside(feature.minimum, feature.maximum)
        return lambda current: Counted(current.n, *beyond(current))

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        if not isinstance(current, NumericSummary) or subject.feature is None:
            return ""
        lowest, highest = ends(current)
        low, high = subject.feature.minimum, subject.feature.maximum
        allowed = " and ".join(
            f"{word} {limit:.4g}" for word, limit in (("at least", low), ("at most", high)) if limit is not None
        )
        return f"all between {lowest:.4g} and {highest:.4g}, allowed is {allowed}"
