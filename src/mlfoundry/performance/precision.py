"""Precision: of the rows predicted to be of a class, how many are."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import class_average, over, proportion


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


class PrecisionMacro(Metric):
    """The mean over classes of precision; a class that was never predicted counts as 0."""

    name = "precision_macro"
    title = "Precision (macro)"
    applies_to = ("multiclass",)
    percent = True

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Mean of true over predicted, by class."""
        table = outcomes.confusion
        predicted = table.counts.sum(axis=0).astype(np.float64)
        values = over(table.counts.diagonal().astype(np.float64), predicted)
        gradient = np.where(predicted > 0, (np.eye(len(values)) - values) / np.maximum(predicted, 1), 0.0)
        return class_average(values, table, gradient / len(values))
