"""Normalised discounted cumulative gain of attributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mlfoundry.attribution.base import RankingStatistic, Sizes
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class AttributionNdcg(RankingStatistic):
    """How well the window's ranking of features orders their mean |SHAP| of the reference.

    The sum of the reference's mean |SHAP| over log2(1 + rank), ranks being those of the window, over the same sum with
    the reference's own ranks; features that are level share the mean of their places. 1 for equal rankings, and little
    less where only unimportant features change places. That is the gain of Järvelin and Kekäläinen (2002) as Amazon
    SageMaker Clarify takes it, by scikit-learn's ``ndcg_score``; its limit is 0.90 too.

    Examples
    --------
    >>> AttributionNdcg().compute(np.array([3.0, 2.0, 0.0]), np.array([1.0, 5.0, 0.5])).__round__(4)
    0.9134
    """

    name: ClassVar[str] = "attribution_ndcg"
    title: ClassVar[str] = "nDCG of attributions"
    description: ClassVar[str] = "How well the window's ranking of features orders their importance in the reference."
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    sizes: ClassVar[Sizes] = Sizes(0.95, 0.90)

    def compute(self, reference: Floats, current: Floats) -> float:
        ideal = _gain(reference, reference)
        return min(_gain(reference, current) / ideal, 1.0) if ideal > 0 else math.nan


def _gain(gains: Floats, scores: Floats) -> float:
    """Gains discounted by the ranks of their scores, the highest first; the level ones share theirs."""
    discounts = 1.0 / np.log2(np.arange(len(scores)) + 2.0)
    _, group, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    summed = np.concatenate([np.zeros(1), np.cumsum(discounts)])
    shared = (summed[ends] - summed[ends - sizes]) / sizes
    return float((gains * shared[group]).sum())
