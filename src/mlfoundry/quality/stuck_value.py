"""Too many rows with one and the same number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.shares import Counted, Counter, ShareCheck
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class StuckValue(ShareCheck):
    """The share of the number (or the bucket of close ones) that has gained most rows since the reference.

    A sensor that hangs, or a default that stands in for what is missing. A bucket with several numbers holds at most
    1/256 of what its grid was laid over, so one that holds a quarter of the rows is about as telling as one number. The
    p-value allows for as many buckets as the window fills. 25 and 50 points more than in the reference matter: rows
    that are close in time often share a value (the weather of an hour) where nothing is wrong.
    """

    name: ClassVar[str] = "stuck_value"
    title: ClassVar[str] = "Stuck on one value"
    description: ClassVar[str] = "The share of the one value that has gained most rows since the reference."
    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    sizes: ClassVar[Sizes] = Sizes(0.25, 0.50)
    phrase: ClassVar[str] = "have the same value"

    def counter(self, subject: Subject) -> Counter:
        before = subject.reference

        def count(current: ColumnSummary) -> Counted:
            if not isinstance(current, NumericSummary) or not current.n:
                return Counted(0, 0)
            known = _counts_at(before, current)
            n = before.n if isinstance(before, NumericSummary) else 0
            most = int(np.argmax(current.counts / current.n - known / max(n, 1)))
            return Counted(
                current.n, int(current.counts[most]), bad_reference=float(known[most]), tests=len(current.ids)
            )

        return count

    def rows(self, summary: ColumnSummary) -> int:
        return summary.n

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        if not isinstance(current, NumericSummary):
            return ""
        known = _counts_at(subject.reference, current)
        n = subject.reference.n if subject.reference is not None else 0
        most = int(np.argmax(current.counts / current.n - known / max(n, 1)))
        bucket = current.ids[most : most + 1]
        lower, upper = float(current.grid.lower(bucket)[0]), float(current.grid.upper(bucket)[0])
        if current.grid.single_value(bucket)[0]:
            return f"{lower:.6g}"
        only = current.mean if len(current.ids) == 1 and current.std == 0 else None
        return f"between {lower:.6g} and {upper:.6g}" if only is None else f"{only:.6g}"


def _counts_at(before: ColumnSummary | None, current: NumericSummary) -> Floats:
    """The reference's rows in each bucket of the window."""
    if not isinstance(before, NumericSummary) or before.grid != current.grid or not before.n:
        return np.zeros(len(current.ids))
    places = np.minimum(np.searchsorted(before.ids, current.ids), len(before.ids) - 1)
    return np.where(before.ids[places] == current.ids, before.counts[places], 0).astype(np.float64)
