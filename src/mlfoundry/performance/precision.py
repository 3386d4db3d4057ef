"""Precision: of the rows predicted to be of a class, how many are."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import PRECISION, averages
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


PrecisionMacro, PrecisionMicro, PrecisionWeighted = averages(
    Precision, PRECISION, what="precision", when_none="that was never predicted"
)
