"""Matthews correlation coefficient."""

from __future__ import annotations

import math

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import delta


class MatthewsCorrelation(Metric):
    """How far predicted and actual classes go together: 1 always, 0 as by chance, below 0 against each other.

    For more than two classes as in Gorodkin 2004.
    """

    name = "mcc"
    title = "Matthews correlation"
    applies_to = ("binary", "multiclass")
    lower_bound = -1.0

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The covariance of actual and predicted classes over the root of their variances."""
        table = outcomes.confusion
        shares = table.counts / max(table.n, 1)
        actual, predicted = shares.sum(axis=1), shares.sum(axis=0)
        of_actual, of_predicted = float(actual @ (1 - actual)), float(predicted @ (1 - predicted))
        if (table.counts.sum(axis=1) > 0).sum() < 2:
            return Absent("only one class turned out")
        if (table.counts.sum(axis=0) > 0).sum() < 2:
            return Absent("only one class was predicted")
        root = math.sqrt(of_actual * of_predicted)
        value = min(float(np.trace(shares) - actual @ predicted) / root, 1.0)
        gradient = (np.eye(len(shares)) - predicted[:, None] - actual[None, :]) / root
        gradient = gradient + value * (predicted[None, :] / of_predicted + actual[:, None] / of_actual)
        return Estimate(value, delta(value, table, gradient, lower=-1.0))
