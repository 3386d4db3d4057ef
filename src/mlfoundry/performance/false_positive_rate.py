"""False positive rate: of the rows that are not of a class, how many were predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import FALSE_POSITIVE_RATE, averages
from mlfoundry.performance.proportions import proportion


class FalsePositiveRate(Metric):
    """Of the rows that did not turn out positive, the share that was predicted positive."""

    name = "false_positive_rate"
    title = "False positive rate"
    applies_to = ("binary",)
    better = "lower"
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """False positives over actual negatives."""
        counts = outcomes.binary
        return proportion(counts.false_positive, counts.negative, when_none=outcomes.no_negative)


FalsePositiveRateMacro, FalsePositiveRateMicro, FalsePositiveRateWeighted = averages(
    FalsePositiveRate, FALSE_POSITIVE_RATE, what="the false positive rate", when_none="beside which there is no other"
)
