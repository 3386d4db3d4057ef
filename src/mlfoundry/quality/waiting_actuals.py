"""Actuals without a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes
from mlfoundry.quality.rows import RowCheck, RowCounts, Share


@dataclass(frozen=True, slots=True)
class WaitingActuals(RowCheck):
    """The share of actuals that arrived and whose prediction has not. Some may be on their way; 1 and 10 % matter."""

    name: ClassVar[str] = "waiting_actuals"
    title: ClassVar[str] = "Actuals without a prediction"
    description: ClassVar[str] = "The share of actuals whose prediction has not arrived."
    sizes: ClassVar[Sizes] = Sizes(0.01, 0.10)
    phrase: ClassVar[str] = "wait for their prediction"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        return Share(rows.state("actual", "waiting"), rows.received("actual"))
