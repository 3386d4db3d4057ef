"""Top-k accuracy: whether the class that turned out was among the highest scores."""

from __future__ import annotations

from mlfoundry.errors import InvalidInput
from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import wilson
from mlfoundry.summaries.ranks import MAX_RANK

K = 2


class TopKAccuracy(Metric):
    """The share of rows whose actual class had one of the two highest scores.

    Of equal scores the actual class is taken to be the last.

    Parameters
    ----------
    k
        How many of the highest scores count, if not two; below 128.
    """

    name = "top_k_accuracy"
    title = "Top-2 accuracy"
    applies_to = ("multiclass",)
    takes = "scores"
    percent = True

    def __init__(self, k: int = K) -> None:
        if not 1 <= k < MAX_RANK:
            raise InvalidInput(f"k lies between 1 and {MAX_RANK - 1}, not at {k}")
        self.k = k

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Rows within the first k over rows with scores."""
        ranks = outcomes.summaries.ranks
        if ranks is None or not ranks.n:
            return Absent("no places of the actual class among the scores are known for these rows")
        within = ranks.within(self.k)
        return Estimate(within / ranks.n, wilson(within, ranks.n), n=ranks.n, rarer=ranks.n)
