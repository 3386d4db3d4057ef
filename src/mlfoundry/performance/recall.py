"""Recall: of the rows of a class, how many were predicted so."""

from __future__ import annotations

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import RECALL, Averaged
from mlfoundry.performance.proportions import proportion


class Recall(Metric):
    """Of the rows that turned out positive, the share that was predicted so."""

    name = "recall"
    title = "Recall"
    applies_to = ("binary",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """True positives over actual positives."""
        counts = outcomes.binary
        return proportion(counts.true_positive, counts.positive, when_none=outcomes.no_positive)


class RecallMacro(Averaged, Metric):
    """The plain mean over classes of recall; a class that never turned out counts as 0."""

    name = "recall_macro"
    title = "Recall (macro)"
    ratio = RECALL
    average = "macro"


class RecallMicro(Averaged, Metric):
    """Recall of all classes taken together, so that every row counts alike."""

    name = "recall_micro"
    title = "Recall (micro)"
    ratio = RECALL
    average = "micro"


class RecallWeighted(Averaged, Metric):
    """The mean over classes of recall, each weighted by how often it turned out."""

    name = "recall_weighted"
    title = "Recall (weighted)"
    ratio = RECALL
    average = "weighted"
