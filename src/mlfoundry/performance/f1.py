"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import averages, f_score
from mlfoundry.performance.intervals import Interval, wilson


class F1(Metric):
    """The harmonic mean of precision and recall of the positive class.

    Its interval is Wilson's for J = TP / (TP + FP + FN), a plain proportion, carried over by F1 = 2J / (1 + J), which
    only grows with J.
    """

    name = "f1"
    title = "F1"
    applies_to = ("binary",)

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """2 TP / (2 TP + FP + FN)."""
        counts = outcomes.binary
        if not counts.touched:
            return outcomes.untouched
        jaccard = wilson(counts.true_positive, counts.touched)
        interval = Interval(_of_jaccard(jaccard.lower), _of_jaccard(jaccard.upper), "Wilson of TP/(TP+FP+FN)")
        return Estimate(_of_jaccard(counts.true_positive / counts.touched), interval)


F1Macro, F1Micro, F1Weighted = averages(F1, f_score(1.0), what="F1", when_none="that is never predicted rightly")


def _of_jaccard(share: float) -> float:
    return 2 * share / (1 + share)
