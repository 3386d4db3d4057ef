"""F-beta: precision and recall in one, recall weighing more."""

from __future__ import annotations

import math

from mlfoundry.performance.base import Absent, BinaryCounts, Estimate, Metric, Outcomes
from mlfoundry.performance.classes import Average, f_score
from mlfoundry.performance.intervals import Interval, logit_interval, wilson

BETA = 2.0
"""How many times as much as precision recall counts."""


class FBeta(Metric):
    """F2: the harmonic mean of precision and recall of the positive class in which recall counts twice as much.

    Parameters
    ----------
    beta
        How many times as much as precision recall counts, if not twice.
    """

    name = "fbeta"
    title = "F2"
    applies_to = ("binary",)

    def __init__(self, beta: float = BETA) -> None:
        self.beta = beta

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """(1 + b²) TP / ((1 + b²) TP + b² FN + FP)."""
        counts, square = outcomes.binary, self.beta**2
        hits, misses = counts.true_positive, square * counts.false_negative + counts.false_positive
        if not counts.touched:
            return outcomes.untouched
        value = (1 + square) * hits / ((1 + square) * hits + misses)
        if not hits or not misses:
            return Estimate(value, _at_an_end(counts, square))
        # The odds of the value are (1 + b²) hits over misses: the variance of their logarithm is that of the counts.
        spread = (square**2 * counts.false_negative + counts.false_positive) / misses**2 + 1 / hits
        return Estimate(value, logit_interval(value, math.sqrt(spread), "delta method on the logit"))


class _AveragedFBeta:
    applies_to = ("multiclass",)
    average: Average

    def __init__(self, beta: float = BETA) -> None:
        self.beta = beta

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The average over the classes that occur."""
        return f_score(self.beta).average(outcomes.confusion, self.average)


class FBetaMacro(_AveragedFBeta, Metric):
    """The plain mean over classes of F2; a class that is never predicted rightly counts as 0.

    Parameters
    ----------
    beta
        How many times as much as precision recall counts, if not twice.
    """

    name = "fbeta_macro"
    title = "F2 (macro)"
    average = "macro"


class FBetaMicro(_AveragedFBeta, Metric):
    """F2 of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    beta
        How many times as much as precision recall counts, if not twice.
    """

    name = "fbeta_micro"
    title = "F2 (micro)"
    average = "micro"


class FBetaWeighted(_AveragedFBeta, Metric):
    """The mean over classes of F2, each weighted by how often it turned out.

    Parameters
    ----------
    beta
        How many times as much as precision recall counts, if not twice.
    """

    name = "fbeta_weighted"
    title = "F2 (weighted)"
    average = "weighted"


def _at_an_end(counts: BinaryCounts, square: float) -> Interval:
    """Wilson's for TP / (TP + FP + FN), carried over as if all misses were of the kind that moves F the most."""
    share = wilson(counts.true_positive, counts.touched)
    weight = max(1.0, square) if counts.true_positive else min(1.0, square)
    lower, upper = ((1 + square) * j / ((1 + square) * j + weight * (1 - j)) for j in (share.lower, share.upper))
    return Interval(lower, upper, "Wilson of TP/(TP+FP+FN)")
