"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, wilson
from mlfoundry.performance.proportions import class_average, over


class F1(Metric):
    """The harmonic mean of precision and recall of the positive class.

    Its interval is Wilson's for J = TP / (TP + FP + FN), a plain proportion, carried over by F1 = 2J / (1 + J), which
    only grows with J.
    """

    name = "f1"
    title = "F1"
    applies_to = ("binary",)

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """2 TP / (2 TP + FP + FN)."""
        counts = outcomes.binary
        touched = counts.true_positive + counts.false_positive + counts.false_negative
        if not touched:
            return Absent(f"no row was predicted or turned out {outcomes.positive_class!r}")
        jaccard = wilson(counts.true_positive, touched)
        interval = Interval(_of_jaccard(jaccard.lower), _of_jaccard(jaccard.upper), "Wilson of TP/(TP+FP+FN)")
        return Estimate(_of_jaccard(counts.true_positive / touched), interval)


class F1Macro(Metric):
    """The mean over classes of F1."""

    name = "f1_macro"
    title = "F1 (macro)"
    applies_to = ("multiclass",)

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean of 2 hits / (actual + predicted), by class."""
        table = outcomes.confusion
        both = (table.counts.sum(axis=0) + table.counts.sum(axis=1)).astype(np.float64)
        values = over(2.0 * table.counts.diagonal().astype(np.float64), both)
        pull = values / both
        gradient = 2.0 * np.eye(len(both)) / both - pull[:, None] - pull[None, :]
        return class_average(values, table, gradient / len(values))


def _of_jaccard(share: float) -> float:
    return 2 * share / (1 + share)
