"""Recall: of the rows of a class, how many were predicted so."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import class_average, over, proportion


class Recall(Metric):
    """Of the rows that turned out positive, the share that was predicted so."""

    name = "recall"
    title = "Recall"
    applies_to = ("binary",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """True positives over actual positives."""
        counts = outcomes.binary
        actual = counts.true_positive + counts.false_negative
        return proportion(counts.true_positive, actual, when_none=f"no row turned out {outcomes.positive_class!r}")


class RecallMacro(Metric):
    """The mean over classes of recall; a class that never turned out counts as 0."""

    name = "recall_macro"
    title = "Recall (macro)"
    applies_to = ("multiclass",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean of hits over actual rows, by class."""
        table = outcomes.confusion
        actual = table.counts.sum(axis=1).astype(np.float64)
        values = over(table.counts.diagonal().astype(np.float64), actual)
        by_row = (np.eye(len(values)) - values[:, None]) / np.maximum(actual, 1)[:, None]
        gradient = np.where((actual > 0)[:, None], by_row, 0.0)
        return class_average(values, table, gradient / len(values))
