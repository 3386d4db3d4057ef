"""Lift: how much more often the rows with the highest scores are positive than any row."""

from __future__ import annotations

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, wilson
from mlfoundry.summaries import ScoreTable

SHARE = 0.1


class Lift(Metric):
    """How many times as often as all rows those in the highest tenth of scores turned out positive.

    Chance gives 1, and 10 is the most there can be. Of rows with equal scores on the edge of the tenth a part counts.
    The interval is Wilson's for the share of the positive rows that lies in the tenth.

    Parameters
    ----------
    share
        The share of rows to look at, if not a tenth.
    """

    name = "lift"
    title = "Lift of the highest tenth"
    applies_to = ("binary",)
    takes = "scores"
    upper_bound = 1 / SHARE

    def __init__(self, share: float = SHARE) -> None:
        self.share = share

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The share of the positive rows in that part, over the part."""
        table = outcomes.positive_scores
        if table is None or not table.n:
            return NO_SCORES
        if not table.n_positive:
            return Absent(outcomes.no_positive)
        caught, least, most = _caught(table, self.share * table.n)
        scale = self.share * table.n_positive
        gain = wilson(caught, table.n_positive)
        return Estimate(
            caught / scale,
            Interval(gain.lower / self.share, gain.upper / self.share, "Wilson of the positive rows"),
            n=table.n,
            rarer=min(table.n_positive, table.n_negative),
            bound=max(caught - least, most - caught) / scale,
        )


def _caught(table: ScoreTable, rows: float) -> tuple[float, float, float]:
    """How many positive rows are among so many with the highest scores: expected, at least and at most."""
    positive, negative = table.positive[::-1], table.negative[::-1]
    together = positive + negative
    place = int((together.cumsum() < rows * (1 - 1e-12)).sum())
    before = int(positive[:place].sum())
    left = rows - int(together[:place].sum())
    part = left / int(together[place])
    own, others = int(positive[place]), int(negative[place])
    return before + own * part, before + max(0.0, left - others), before + min(float(own), left)
