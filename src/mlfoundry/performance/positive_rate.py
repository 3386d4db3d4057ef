"""Positive rate: how often the positive class was predicted."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import proportion


class PositiveRate(Metric):
    """The share of rows that were predicted positive, among those with an actual."""

    name = "positive_rate"
    title = "Positive rate"
    applies_to = ("binary",)
    takes = "predicted"
    better = "none"
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Predicted positives over rows."""
        counts = outcomes.binary
        return proportion(counts.true_positive + counts.false_positive, counts.n, when_none="no actuals yet")
