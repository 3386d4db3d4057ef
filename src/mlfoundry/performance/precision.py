"""Precision: of the rows predicted to be of a class, how many are."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import PRECISION, Averaged
from mlfoundry.performance.proportions import proportion


class Precision(Metric):
    """Of the rows predicted to be positive, the share that is."""

    name = "precision"
    title = "Precision"
    applies_to = ("binary",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """True positives over predicted positives."""
        counts = outcomes.binary
        predicted = counts.true_positive + counts.false_positive
        return proportion(
            counts.true_positive, predicted, when_none=f"no row was predicted {outcomes.positive_class!r}"
        )


class PrecisionMacro(Averaged, Metric):
    """The plain mean over classes of precision; a class that was never predicted counts as 0."""

    name = "precision_macro"
    title = "Precision (macro)"
    ratio = PRECISION
    average = "macro"


class PrecisionMicro(Averaged, Metric):
    """Precision of all classes taken together, so that every row counts alike."""

    name = "precision_micro"
    title = "Precision (micro)"
    ratio = PRECISION
    average = "micro"


class PrecisionWeighted(Averaged, Metric):
    """The mean over classes of precision, each weighted by how often it turned out."""

    name = "precision_weighted"
    title = "Precision (weighted)"
    ratio = PRECISION
    average = "weighted"
