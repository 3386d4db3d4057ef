"""False negative rate: of the rows of a class, how many were predicted to be of another."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import FALSE_NEGATIVE_RATE, Averaged
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


class FalseNegativeRateMacro(Averaged, Metric):
    """The plain mean over classes of the false negative rate; a class that never turned out counts as 0."""

    name = "false_negative_rate_macro"
    title = "False negative rate (macro)"
    ratio = FALSE_NEGATIVE_RATE
    average = "macro"
    better = "lower"


class FalseNegativeRateMicro(Averaged, Metric):
    """The false negative rate of all classes taken together, so that every row counts alike."""

    name = "false_negative_rate_micro"
    title = "False negative rate (micro)"
    ratio = FALSE_NEGATIVE_RATE
    average = "micro"
    better = "lower"


class FalseNegativeRateWeighted(Averaged, Metric):
    """The mean over classes of the false negative rate, each weighted by how often it turned out."""

    name = "false_negative_rate_weighted"
    title = "False negative rate (weighted)"
    ratio = FALSE_NEGATIVE_RATE
    average = "weighted"
    better = "lower"
