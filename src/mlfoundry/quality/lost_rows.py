"""Rows that clients lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.rows import RowCheck, RowCounts, Share


@dataclass(frozen=True, slots=True)
class LostRows(RowCheck):
    """The share of rows that clients say they lost before they got here, of those and the ones that arrived.

    They are in no other figure. 1 % is a breach.
    """

    name: ClassVar[str] = "lost_rows"
    title: ClassVar[str] = "Rows lost by clients"
    description: ClassVar[str] = "The share of rows that clients say they lost before they got here."
    phrase: ClassVar[str] = "were lost by clients"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        lost = sum(rows.lost.values())
        return Share(lost, lost + rows.received("prediction", "actual"))
