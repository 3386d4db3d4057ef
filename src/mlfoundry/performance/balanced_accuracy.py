"""Balanced accuracy: accuracy in which every class counts alike."""

from __future__ import annotations

import math

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import combined, wilson


class BalancedAccuracy(Metric):
    """The mean over the classes that turned out of the share of its rows that was predicted so.

    0.5 is what chance gives two classes, however rare one of them is. The interval is put together of Wilson's for
    each class, whose rows are apart from each other.
    """

    name = "balanced_accuracy"
    title = "Balanced accuracy"
    applies_to = ("binary", "multiclass")
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean recall."""
        counts = outcomes.confusion.counts
        rows = [(int(n), int(hits)) for n, hits in zip(counts.sum(axis=1), counts.diagonal(), strict=True) if n]
        if outcomes.task == "binary" and len(rows) < 2:
            return Absent("only one class turned out")
        parts = [(1 / len(rows), hits / n, wilson(hits, n)) for n, hits in rows]
        value = math.fsum(weight * share for weight, share, _ in parts)
        return Estimate(value, combined(parts, "Wilson of each class, combined"))
