"""Cohen's kappa."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.proportions import delta


class CohenKappa(Metric):
    """The agreement of predicted and actual classes beyond what chance gives: 1 full, 0 none (Cohen 1960)."""

    name = "cohen_kappa"
    title = "Cohen's kappa"
    applies_to = ("binary", "multiclass")
    lower_bound = -1.0

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """(accuracy - by chance) / (1 - by chance)."""
        table = outcomes.confusion
        if len(table.labels) < 2:
            return Absent("there is only one class")
        shares = table.counts / table.n
        actual, predicted = shares.sum(axis=1), shares.sum(axis=0)
        wrong, by_chance = float(1 - np.trace(shares)), float(1 - actual @ predicted)
        value = 1 - wrong / by_chance
        gradient = np.eye(len(shares)) - (wrong / by_chance) * (predicted[:, None] + actual[None, :])
        return Estimate(value, delta(value, table, gradient / by_chance, lower=-1.0))
