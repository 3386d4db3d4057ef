"""How much importance moved from some features to others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mlfoundry.attribution.base import RankingStatistic, Sizes
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class ImportanceShift(RankingStatistic):
    """Half the sum of the absolute differences of the features' importances: the share of it that changed hands.

    0 for equal importances, 1 where other features decide. It sees what a ranking does not: a first feature that stays
    first while it loses half its weight. 10 and 20 % matter.

    Examples
    --------
    >>> ImportanceShift().compute(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    0.25
    """

    name: ClassVar[str] = "importance_shift"
    title: ClassVar[str] = "Shift of importance"
    description: ClassVar[str] = "The share of importance that moved from some features to others."
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    sizes: ClassVar[Sizes] = Sizes(0.10, 0.20)

    def compute(self, reference: Floats, current: Floats) -> float:
        before, now = float(reference.sum()), float(current.sum())
        if not (before > 0 and now > 0):
            return math.nan
        return min(0.5 * float(np.abs(reference / before - current / now).sum()), 1.0)
