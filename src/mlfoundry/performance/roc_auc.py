"""ROC AUC from a table of binned scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, Z, logit_interval
from mlfoundry.performance.one_vs_rest import AveragedScores, OneVsRest, ScoreFigure
from mlfoundry.summaries import ScoreTable

DELONG = "logit DeLong"
NEWCOMBE = "Newcombe"
_MIN_MISRANKED = 5
_BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Auc:
    """AUC with what is known of its error.

    Parameters
    ----------
    value
        The share of pairs of a positive and a negative row that are ranked rightly, ties counted half.
    bound
        How far binning can have moved it at most: half the share of pairs that fell into one bin.
    variance
        DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988).
    """

    value: float
    bound: float
    variance: float
    n_positive: int
    n_negative: int


def auc_of(table: ScoreTable) -> Auc | None:
    """AUC of a score table; None unless rows of both outcomes are there."""
    positive, negative = table.positive.astype(np.float64), table.negative.astype(np.float64)
    n_positive, n_negative = table.n_positive, table.n_negative
    if not n_positive or not n_negative:
        return None
    beaten = (np.cumsum(negative) - negative / 2) / n_negative
    beating = (n_positive - np.cumsum(positive) + positive / 2) / n_positive
    value = float(positive @ beaten) / n_positive
    of_positive = float(positive @ (beaten - value) ** 2) / max(n_positive - 1, 1)
    of_negative = float(negative @ (beating - value) ** 2) / max(n_negative - 1, 1)
    return Auc(
        value,
        float(positive @ negative) / (2 * n_positive * n_negative),
        of_positive / n_positive + of_negative / n_negative,
        n_positive,
        n_negative,
    )


def auc_interval(auc: Auc) -> Interval:
    """DeLong's interval on the logit scale; Newcombe's where too few pairs are ranked wrongly for that."""
    rarer = min(auc.n_positive, auc.n_negative)
    if rarer * (1 - auc.value) < _MIN_MISRANKED or auc.value <= 0.0:
        return _newcombe(auc)
    return logit_interval(auc.value, math.sqrt(auc.variance) / (auc.value * (1 - auc.value)), DELONG)


def _newcombe(auc: Auc) -> Interval:
    """Newcombe's method 5 (2006): the values from which this AUC lies 1.96 of their own standard errors away."""
    pairs = auc.n_positive * auc.n_negative
    middle = (auc.n_positive + auc.n_negative) / 2 - 1

    def distance(theta: float) -> float:
        spread = 1 + middle * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return abs(auc.value - theta) - Z * math.sqrt(theta * (1 - theta) * spread / pairs)

    def root(inside: float, outside: float) -> float:
        for _ in range(_BISECTIONS):
            half = (inside + outside) / 2
            inside, outside = (half, outside) if distance(half) < 0 else (inside, half)
        return outside

    value = auc.value
    lower = 0.0 if value == 0.0 else root(min(value, 1 - 1e-12), 0.0)
    upper = 1.0 if value == 1.0 else root(max(value, 1e-12), 1.0)
    return Interval(lower, upper, NEWCOMBE)


def _figure(table: ScoreTable) -> ScoreFigure | None:
    auc = auc_of(table)
    return None if auc is None else ScoreFigure(auc.value, auc_interval(auc), auc.bound)


_FAMILY = OneVsRest(_figure)


class RocAuc(Metric):
    """The chance that a positive row has a higher score than a negative one, ties counted half."""

    name = "roc_auc"
    title = "ROC AUC"
    applies_to = ("binary",)
    takes = "scores"

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """AUC of the positive class's scores."""
        table = outcomes.positive_scores
        if table is None or not table.n:
            return NO_SCORES
        found = _figure(table)
        if found is None:
            seen = "only" if table.n_positive else "no"
            return Absent(f"{seen} {outcomes.positive_class!r} rows; AUC compares two classes")
        return found.estimate(table.n, min(table.n_positive, table.n_negative))


class RocAucMacro(AveragedScores, Metric):
    """The plain mean over classes of the AUC of one class against the rest."""

    name = "roc_auc_macro"
    title = "ROC AUC, one vs rest (macro)"
    family = _FAMILY
    way = "macro"


class RocAucMicro(AveragedScores, Metric):
    """The AUC of the scores of all classes taken together."""

    name = "roc_auc_micro"
    title = "ROC AUC, one vs rest (micro)"
    family = _FAMILY
    way = "micro"


class RocAucWeighted(AveragedScores, Metric):
    """The mean over classes of the AUC of one class against the rest, each weighted by how often it turned out."""

    name = "roc_auc_weighted"
    title = "ROC AUC, one vs rest (weighted)"
    family = _FAMILY
    way = "weighted"
