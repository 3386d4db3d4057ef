"""Actuals that took longer than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.quality.base import Sizes
from mlfoundry.quality.rows import RowCheck, RowCounts, Share
from mlfoundry.summaries import Delays

_USUAL = 0.95


@dataclass(frozen=True, slots=True)
class LateActuals(RowCheck):
    """The share of actuals that took longer than 95 of 100 did before.

    Of a young window only the quick ones are there yet, so it shows too few rather than too many. 5 and 20 points more
    than before matter.
    """

    name: ClassVar[str] = "late_actuals"
    title: ClassVar[str] = "Late actuals"
    description: ClassVar[str] = "The share of actuals that took longer than 95 of 100 did before."
    sizes: ClassVar[Sizes] = Sizes(0.05, 0.20)
    phrase: ClassVar[str] = "took longer than 95 of 100 actuals did before"

    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        return _beyond(rows.delays, _usual(before.delays))

    def foretold(self, before: RowCounts) -> Share | None:
        return _beyond(before.delays, _usual(before.delays))


def _usual(delays: Delays | None) -> int | None:
    """The bucket of the longest delay that is usual."""
    if delays is None or not delays.n:
        return None
    return int(delays.ids[np.searchsorted(np.cumsum(delays.counts), _USUAL * delays.n)])


def _beyond(delays: Delays | None, bucket: int | None) -> Share:
    if delays is None:
        return Share(0, 0)
    return Share(0 if bucket is None else int(delays.counts[delays.ids > bucket].sum()), delays.n)
