"""Metrics of one window, each with its interval, coverage and status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

from mlfoundry.catalogue import scan
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.performance.base import MIN_ROWS, Absent, Metric, Outcomes
from mlfoundry.performance.result import MetricStatus, MetricValue
from mlfoundry.performance.tasks import Task
from mlfoundry.summaries import Summaries


@cache
def metrics() -> Mapping[str, Metric]:
    """Every metric found by the scan, by name."""
    return {name: found.definition for name, found in scan("mlfoundry.performance", Metric).items()}


def metrics_for(task: Task, names: Sequence[str] | None = None) -> tuple[Metric, ...]:
    """The metrics of a task, or those named.

    Raises
    ------
    NotFound
        A name is unknown; the nearest known one is given.
    InvalidInput
        A metric is known but makes no sense for the task.
    """
    known = metrics()
    if names is None:
        return tuple(metric for metric in known.values() if task in metric.applies_to)
    chosen: list[Metric] = []
    for name in names:
        if name not in known:
            raise NotFound("metric", name, known=known)
        if task != "unknown" and task not in known[name].applies_to:
            fitting = ", ".join(metric.name for metric in known.values() if task in metric.applies_to)
            raise InvalidInput(f"{name!r} makes no sense for a {task} model; it has {fitting}")
        chosen.append(known[name])
    return tuple(chosen)


def default_metric(task: Task) -> str | None:
    """The one metric to show where there is room for one; the dashboard opens with it too."""
    return {"binary": "f1", "multiclass": "accuracy", "regression": "mae"}.get(task)


def report(
    summaries: Summaries, *, task: Task, positive_class: str | None = None, metrics: Sequence[str] | None = None
) -> tuple[MetricValue, ...]:
    """Compute metrics of one window.

    Parameters
    ----------
    summaries
        The window's summaries, with outcomes.
    task
        See :func:`mlfoundry.performance.task`.
    positive_class
        The class that a binary task's metrics are about; needed for those alone.
    metrics
        Names, None for every metric of the task.
    """
    outcomes = Outcomes(summaries, task, positive_class)
    return tuple(_evaluate(metric, outcomes) for metric in metrics_for(task, metrics))


def _evaluate(metric: Metric, outcomes: Outcomes) -> MetricValue:
    if not outcomes.n:
        none = "no actuals yet" if outcomes.summaries.n else "no predictions in this window"
        return _value(metric, outcomes, "no_actuals", reason=none)
    estimate = metric.estimate(outcomes)
    if isinstance(estimate, Absent):
        return _value(metric, outcomes, "insufficient_data", reason=estimate.reason)
    if not math.isfinite(estimate.value):
        return _value(metric, outcomes, "insufficient_data", reason="the value is larger than a number can be here")
    interval = estimate.interval
    if interval and not (math.isfinite(interval.lower) and math.isfinite(interval.upper)):
        interval = None
    rarer = outcomes.rarer if estimate.rarer is None else estimate.rarer
    thin = rarer < MIN_ROWS
    rows = f"fewer than {MIN_ROWS} rows" + (" of the rarer class" if outcomes.task == "binary" else "")
    n = outcomes.n if estimate.n is None else estimate.n
    notes = [note for note in (rows if thin else None, estimate.note, _left_out(outcomes, n)) if note]
    return MetricValue(
        metric=metric.name,
        value=estimate.value,
        lower=interval.lower if interval else None,
        upper=interval.upper if interval else None,
        n=n,
        coverage=outcomes.summaries.coverage,
        status="insufficient_data" if thin else "ok",
        method=interval.method if interval else "none",
        reason="; ".join(notes) or None,
        bound=estimate.bound,
        expected=estimate.expected,
    )


def _left_out(outcomes: Outcomes, n: int) -> str | None:
    residuals = outcomes.summaries.residuals
    if outcomes.task != "regression" or residuals is None or not residuals.moments.beyond:
        return None
    if n == residuals.histogram.n:
        return None
    return f"{residuals.moments.beyond:,} rows are left out: their errors are billions of times the usual one"


def _value(metric: Metric, outcomes: Outcomes, status: MetricStatus, *, reason: str) -> MetricValue:
    return MetricValue(
        metric=metric.name,
        value=None,
        lower=None,
        upper=None,
        n=outcomes.n,
        coverage=outcomes.summaries.coverage,
        status=status,
        method=None,
        reason=reason,
    )
