"""Accuracy."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import proportion


class Accuracy(Metric):
    """The share of rows whose predicted class turned out to be true."""

    name = "accuracy"
    title = "Accuracy"
    applies_to = ("binary", "multiclass")
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Hits over rows."""
        table = outcomes.confusion
        return proportion(int(np.trace(table.counts)), table.n, when_none="no actuals yet")
