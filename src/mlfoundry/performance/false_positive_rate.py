"""False positive rate: of the rows that are not of a class, how many were predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import FALSE_POSITIVE_RATE, Averaged
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


class FalsePositiveRateMacro(Averaged, Metric):
    """The plain mean over classes of the false positive rate; a class beside which there is no other counts as 0."""

    name = "false_positive_rate_macro"
    title = "False positive rate (macro)"
    ratio = FALSE_POSITIVE_RATE
    average = "macro"
    better = "lower"


class FalsePositiveRateMicro(Averaged, Metric):
    """The false positive rate of all classes taken together, so that every row counts alike."""

    name = "false_positive_rate_micro"
    title = "False positive rate (micro)"
    ratio = FALSE_POSITIVE_RATE
    average = "micro"
    better = "lower"


class FalsePositiveRateWeighted(Averaged, Metric):
    """The mean over classes of the false positive rate, each weighted by how often it turned out."""

    name = "false_positive_rate_weighted"
    title = "False positive rate (weighted)"
    ratio = FALSE_POSITIVE_RATE
    average = "weighted"
    better = "lower"
