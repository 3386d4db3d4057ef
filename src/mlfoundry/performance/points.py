"""Curves of scores as points to send and to draw: a couple of hundred, with what is known of their error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.curves import BINS, Calibration, ThresholdSweep, calibration_curve, threshold_sweep
from mlfoundry.performance.proportions import wilson_bounds
from mlfoundry.summaries import ScoreTable

Ints = NDArray[np.int64]
MOST_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdPoints:
    """What would be predicted at thresholds, the highest first: positive where the score is not below one.

    ROC is ``recall`` over ``false_positive_rate``, precision and recall one over the other, gain ``recall`` over
    ``positive_rate``. Intervals are Wilson's, of 95 %. A figure without rows to divide by is None.

    Parameters
    ----------
    threshold
        None above all scores, where nothing is predicted positive.
    true_positive, false_positive, false_negative, true_negative
        Rows.
    """

    threshold: list[float | None]
    true_positive: list[int]
    false_positive: list[int]
    false_negative: list[int]
    true_negative: list[int]
    precision: list[float | None]
    precision_lower: list[float | None]
    precision_upper: list[float | None]
    recall: list[float | None]
    recall_lower: list[float | None]
    recall_upper: list[float | None]
    false_positive_rate: list[float | None]
    false_positive_rate_lower: list[float | None]
    false_positive_rate_upper: list[float | None]
    f1: list[float | None]
    accuracy: list[float | None]
    positive_rate: list[float | None]
    positive_rate_lower: list[float | None]
    positive_rate_upper: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoints:
    """Bins of scores, ascending: the mean score, and the share that turned out to be of the class with its interval.

    ``bound`` is how far buckets can have moved the mean scores.
    """

    n: list[int]
    score: list[float]
    observed: list[float]
    lower: list[float]
    upper: list[float]
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoints:
    """The curves of the scores of one class among rows with an actual, of which ``n_positive`` are of the class."""

    n: int
    n_positive: int
    thresholds: ThresholdPoints
    calibration: CalibrationPoints


def curve_points(table: ScoreTable, *, most: int = MOST_POINTS, bins: int = BINS) -> CurvePoints:
    """The curves of a table, thinned out evenly along the ROC curve; their ends are always there.

    Examples
    --------
    >>> scores, late = np.array([0.9, 0.2, 0.6]), np.array([True, False, False])
    >>> [table] = ScoreTable.grouped(scores, late, np.zeros(3, np.int64), 1)
    >>> points = curve_points(table)
    >>> points.thresholds.recall, points.thresholds.precision[1]
    ([0.0, 1.0, 1.0, 1.0], 1.0)
    """
    return CurvePoints(
        n=table.n,
        n_positive=table.n_positive,
        thresholds=_thresholds(threshold_sweep(table), most),
        calibration=_calibration(calibration_curve(table, bins=bins)),
    )


def _thresholds(sweep: ThresholdSweep, most: int) -> ThresholdPoints:
    kept = _thinned(sweep, most)
    hits, alarms, misses, rest = (
        counts[kept]
        for counts in (sweep.true_positive, sweep.false_positive, sweep.false_negative, sweep.true_negative)
    )
    pairs = (hits, hits + alarms), (hits, hits + misses), (alarms, alarms + rest)
    precision, recall, alarm_rate = (_proportion(part, whole) for part, whole in pairs)
    n = hits + alarms + misses + rest
    positive_rate = _proportion(hits + alarms, n)
    return ThresholdPoints(
        threshold=[None, *sweep.threshold[kept][1:].tolist()],
        true_positive=hits.tolist(),
        false_positive=alarms.tolist(),
        false_negative=misses.tolist(),
        true_negative=rest.tolist(),
        precision=precision[0],
        precision_lower=precision[1],
        precision_upper=precision[2],
        recall=recall[0],
        recall_lower=recall[1],
        recall_upper=recall[2],
        false_positive_rate=alarm_rate[0],
        false_positive_rate_lower=alarm_rate[1],
        false_positive_rate_upper=alarm_rate[2],
        f1=_proportion(2 * hits, 2 * hits + alarms + misses)[0],
        accuracy=_proportion(hits + rest, n)[0],
        positive_rate=positive_rate[0],
        positive_rate_lower=positive_rate[1],
        positive_rate_upper=positive_rate[2],
    )


def _thinned(sweep: ThresholdSweep, most: int) -> Ints:
    """Places of at most so many points, one for each even stretch of both rates together."""
    along = sweep.recall + sweep.false_positive_rate
    if len(along) <= most:
        return np.arange(len(along))
    wanted = np.linspace(0.0, float(along[-1]), most - 1)
    return np.unique([*np.searchsorted(along, wanted).tolist(), 0, len(along) - 1])


def _proportion(part: Ints, whole: Ints) -> tuple[list[float | None], list[float | None], list[float | None]]:
    """Shares with Wilson's bounds; None without rows."""
    n = np.maximum(whole, 1)
    lower, upper = wilson_bounds(part, n)
    some = (whole > 0).tolist()

    def known(values: NDArray[np.float64]) -> list[float | None]:
        return [value if there else None for value, there in zip(values.tolist(), some, strict=True)]

    return known(part / n), known(lower), known(upper)


def _calibration(curve: Calibration) -> CalibrationPoints:
    return CalibrationPoints(
        n=curve.n.tolist(),
        score=curve.score.tolist(),
        observed=curve.observed.tolist(),
        lower=curve.lower.tolist(),
        upper=curve.upper.tolist(),
        bound=curve.bound,
    )
