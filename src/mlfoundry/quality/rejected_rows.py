"""Rows that were refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.rows import RowCheck, RowCounts, Share


@dataclass(frozen=True, slots=True)
class RejectedRows(RowCheck):
    """The share of the rows that arrived which the server refused; the ledger says why. 1 % of them is a breach."""

    name: ClassVar[str] = "rejected_rows"
    title: ClassVar[str] = "Rejected rows"
    description: ClassVar[str] = "The share of rows that the server refused."
    phrase: ClassVar[str] = "were rejected"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        bad = rows.state("prediction", "rejected") + rows.state("actual", "rejected")
        return Share(bad, rows.received("prediction", "actual"))
