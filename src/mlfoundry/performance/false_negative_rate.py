"""False negative rate: of the rows of a class, how many were predicted to be of another."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import FALSE_NEGATIVE_RATE, averages
from mlfoundry.performance.proportions import proportion


class FalseNegativeRate(Metric):
    """Of the rows that turned out positive, the share that was not predicted so."""

    name = "false_negative_rate"
    title = "False negative rate"
    applies_to = ("binary",)
    better = "lower"
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """False negatives over actual positives."""
        counts = outcomes.binary
        return proportion(counts.false_negative, counts.positive, when_none=outcomes.no_positive)


FalseNegativeRateMacro, FalseNegativeRateMicro, FalseNegativeRateWeighted = averages(
    FalseNegativeRate, FALSE_NEGATIVE_RATE, what="the false negative rate", when_none="that never turned out"
)
