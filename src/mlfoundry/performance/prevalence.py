"""Prevalence: how often the positive class turned out."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import proportion


class Prevalence(Metric):
    """The share of rows that turned out positive."""

    name = "prevalence"
    title = "Prevalence"
    applies_to = ("binary",)
    takes = "actual"
    better = "none"
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Actual positives over rows."""
        counts = outcomes.binary
        return proportion(counts.positive, counts.n, when_none="no actuals yet")
