"""Recall: of the rows of a class, how many were predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import RECALL, averages
from mlfoundry.performance.proportions import proportion


class Recall(Metric):
    """Of the rows that turned out positive, the share that was predicted so."""

    name = "recall"
    title = "Recall"
    applies_to = ("binary",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """True positives over actual positives."""
        counts = outcomes.binary
        return proportion(counts.true_positive, counts.positive, when_none=outcomes.no_positive)


RecallMacro, RecallMicro, RecallWeighted = averages(Recall, RECALL, what="recall", when_none="that never turned out")
