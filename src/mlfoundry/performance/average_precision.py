"""Average precision from a table of binned scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, logit_interval, student, wilson
from mlfoundry.performance.one_vs_rest import AveragedScores, OneVsRest, ScoreFigure
from mlfoundry.summaries import ScoreTable

_DELTA = "delta method on the logit, Student's t of the positive rows"


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """Average precision with what is known of its error.

    Parameters
    ----------
    value
        The mean over positive rows of the precision at their score; rows of one bin count as ties.
    lowest, highest
        Between these it lies in truth, however the rows of each bin are ordered.
    variance
        By the delta method on the counts of the bins.
    """

    value: float
    lowest: float
    highest: float
    variance: float
    n_positive: int


def average_precision_of(table: ScoreTable) -> AveragePrecision | None:
    """Average precision of a score table; None without positive rows.

    Examples
    --------
    >>> scores, late = np.array([0.9, 0.2, 0.6, 0.5]), np.array([True, False, False, True])
    >>> [table] = ScoreTable.grouped(scores, late, np.zeros(4, np.int64), 1)
    >>> found = average_precision_of(table)
    >>> round(found.value, 4)
    0.8333
    """
    total = table.n_positive
    if not total:
        return None
    positive, negative = table.positive[::-1].astype(np.float64), table.negative[::-1].astype(np.float64)
    hits, alarms = np.cumsum(positive), np.cumsum(negative)
    rows = hits + alarms
    share = positive / total
    precision = hits / rows
    value = float(share @ precision)
    # What a row adds to the precision at its own and at all lower scores.
    for_hit = np.cumsum((share * alarms / rows**2)[::-1])[::-1]
    for_alarm = np.cumsum((share * hits / rows**2)[::-1])[::-1]
    by_hit = (precision - value) / total + for_hit
    variance = float(positive @ by_hit**2 + negative @ for_alarm**2)
    first = hits - positive + 1
    lowest = float(share @ (first / (first + alarms)))
    highest = float(share @ (hits / np.maximum(rows - negative, 1.0)))
    return AveragePrecision(value, min(lowest, value), highest, variance, total)


def average_precision_interval(found: AveragePrecision) -> Interval:
    """The delta method on the logit; Wilson's for the positive rows where nothing is ranked wrongly."""
    if found.value >= 1.0 or found.variance <= 0.0:
        share = wilson(found.value * found.n_positive, found.n_positive)
        return Interval(share.lower, share.upper, "Wilson of the positive rows")
    error = math.sqrt(found.variance) / (found.value * (1 - found.value))
    return logit_interval(found.value, error, _DELTA, quantile=student(max(found.n_positive - 1, 1)))


def _figure(table: ScoreTable) -> ScoreFigure | None:
    found = average_precision_of(table)
    if found is None:
        return None
    bound = max(found.value - found.lowest, found.highest - found.value)
    return ScoreFigure(found.value, average_precision_interval(found), bound)


_FAMILY = OneVsRest(_figure)


class AveragePrecisionMetric(Metric):
    """The mean precision over all thresholds, each weighted by the recall it adds; it shows how rare classes fare.

    Chance gives the prevalence, not 0.5.
    """

    name = "average_precision"
    title = "Average precision"
    applies_to = ("binary",)
    takes = "scores"

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """Of the positive class's scores."""
        table = outcomes.positive_scores
        if table is None or not table.n:
            return NO_SCORES
        found = _figure(table)
        if found is None:
            return Absent(outcomes.no_positive)
        return found.estimate(table.n, min(table.n_positive, table.n_negative))


class AveragePrecisionMacro(AveragedScores, Metric):
    """The plain mean over classes of average precision, one class against the rest."""

    name = "average_precision_macro"
    title = "Average precision (macro)"
    family = _FAMILY
    way = "macro"


class AveragePrecisionMicro(AveragedScores, Metric):
    """Average precision of the scores of all classes taken together."""

    name = "average_precision_micro"
    title = "Average precision (micro)"
    family = _FAMILY
    way = "micro"


class AveragePrecisionWeighted(AveragedScores, Metric):
    """The mean over classes of average precision, each weighted by how often it turned out."""

    name = "average_precision_weighted"
    title = "Average precision (weighted)"
    family = _FAMILY
    way = "weighted"
