"""Specificity: of the rows that are not of a class, how many were not predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import SPECIFICITY, Averaged
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


class SpecificityMacro(Averaged, Metric):
    """The plain mean over classes of specificity; a class beside which there is no other counts as 0."""

    name = "specificity_macro"
    title = "Specificity (macro)"
    ratio = SPECIFICITY
    average = "macro"


class SpecificityMicro(Averaged, Metric):
    """Specificity of all classes taken together, so that every row counts alike."""

    name = "specificity_micro"
    title = "Specificity (micro)"
    ratio = SPECIFICITY
    average = "micro"


class SpecificityWeighted(Averaged, Metric):
    """The mean over classes of specificity, each weighted by how often it turned out."""

    name = "specificity_weighted"
    title = "Specificity (weighted)"
    ratio = SPECIFICITY
    average = "weighted"
