"""Specificity: of the rows that are not of a class, how many were not predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import SPECIFICITY, averages
from mlfoundry.performance.proportions import proportion


class Specificity(Metric):
    """Of the rows that did not turn out positive, the share that was not predicted so."""

    name = "specificity"
    title = "Specificity"
    applies_to = ("binary",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """True negatives over actual negatives."""
        counts = outcomes.binary
        return proportion(counts.true_negative, counts.negative, when_none=outcomes.no_negative)


SpecificityMacro, SpecificityMicro, SpecificityWeighted = averages(
    Specificity, SPECIFICITY, what="specificity", when_none="beside which there is no other"
)
