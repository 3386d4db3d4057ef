"""Different predictions under one id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.rows import RowCheck, RowCounts, Share


@dataclass(frozen=True, slots=True)
class ConflictingRows(RowCheck):
    """The share of predictions whose data_id another prediction had already; the first stays. 1 % is a breach."""

    name: ClassVar[str] = "conflicting_rows"
    title: ClassVar[str] = "Conflicting rows"
    description: ClassVar[str] = "The share of predictions that were logged under the data_id of another one."
    phrase: ClassVar[str] = "have the data_id of another one and are not in any figure"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        return Share(rows.state("prediction", "conflict"), rows.received("prediction"))
