"""Log loss: how surprised the probabilities were by what turned out."""

from __future__ import annotations

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import of_mean
from mlfoundry.summaries.exact import ratio
from mlfoundry.summaries.scores import UNIT_EXPONENT, LossSums


class LogLoss(Metric):
    """The mean of -log p over rows, p the probability given to the class that turned out.

    p is kept 2.2e-16 away from 0 and 1. With two classes 1 - p of the positive class stands for the other one.
    """

    name = "log_loss"
    title = "Log loss"
    applies_to = ("binary", "multiclass")
    takes = "probabilities"
    better = "lower"
    upper_bound = None

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The mean loss, from exact sums."""
        if outcomes.task == "binary":
            table = outcomes.positive_scores
            sums = table.of_positive + table.of_negative if table else LossSums()
            n = table.n if table else 0
        else:
            tables = outcomes.summaries.scores.values()
            sums = sum((table.of_positive for table in tables), LossSums())
            n = sum(table.n_positive for table in tables)
        if not n:
            return NO_SCORES
        value = ratio(sums.log_loss, n, UNIT_EXPONENT)
        variance = ratio(sums.log_loss_squares, n, UNIT_EXPONENT) - value**2
        return Estimate(value, of_mean(value, variance, n, lower=0.0))
