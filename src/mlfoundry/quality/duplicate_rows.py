"""Rows that came again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes
from mlfoundry.quality.rows import RowCheck, RowCounts, Share


@dataclass(frozen=True, slots=True)
class DuplicateRows(RowCheck):
    """The share of the rows that arrived which were the same again, under the same data_id.

    They are counted once, so that a few do no harm; 1 and 10 % say that something is sent twice. Batches that a client
    retries are none. Equal features under different ids are not looked for.
    """

    name: ClassVar[str] = "duplicate_rows"
    title: ClassVar[str] = "Duplicate rows"
    description: ClassVar[str] = "The share of rows that were the same again, under the same data_id."
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.10)
    phrase: ClassVar[str] = "were sent before"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        bad = rows.state("prediction", "duplicate") + rows.state("actual", "duplicate")
        return Share(bad, rows.received("prediction", "actual"))
