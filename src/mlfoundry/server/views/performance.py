"""Answers about performance: metrics, volume, confusion, residuals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta

from mlfoundry.performance import MetricValue
from mlfoundry.performance.dependence import with_dependence
from mlfoundry.performance.maturity import qualified
from mlfoundry.server.answers import ConfusionAnswer, MetricSeries, PerformanceAnswer, ResidualsAnswer, VolumeAnswer
from mlfoundry.server.views.comparison import compare, slice_answer
from mlfoundry.server.views.maturity import banded_columns, judge_steps, judge_total, maturity_series
from mlfoundry.server.views.question import Question
from mlfoundry.server.views.subject import Subject, subject_of
from mlfoundry.store.base import OutcomePart
from mlfoundry.summaries import Confusion, NumericSummary, Summaries
from mlfoundry.summaries.histogram import edges_for, shares_between

_MOST_CLASSES = 50
_PREDICTION = ("prediction",)
MEASURED: tuple[OutcomePart, ...] = ("scores", "ranks", "confusion", "residuals")
"""What built-in metrics are made of."""
_ALL_MEASURED: tuple[OutcomePart, ...] = (*MEASURED, "custom", "projection")


def performance_answer(
    question: Question,
    step: timedelta,
    *,
    metrics: tuple[str, ...] | None,
    reference: str | None,
    series: tuple[str, ...] | None = None,
) -> PerformanceAnswer:
    """Metrics of the whole window, of each step, and of the reference where it has actuals.

    With ``series`` only those metrics are given step by step, as far as the version has them, and only their intervals
    allow for days that differ: a page that draws one line need not wait for thirty.
    """
    subject = subject_of(question.schema, question.info, question.version.custom_metrics)
    names = subject.metrics(metrics)
    columns = banded_columns(question, subject)
    total, steps = question.both(step, columns=columns, outcomes=_ALL_MEASURED)
    judged, by_step = judge_total(question, subject, total, steps), judge_steps(question, subject, steps)
    known = compare(question, reference)
    comparable = subject.comparable(names, has_actuals=known.has_actuals) if known else ()
    expected = known.total(_PREDICTION, outcomes=_ALL_MEASURED) if known and comparable else None
    starts = question.starts(step)
    over_time = tuple(name for name in names if series is None or name in series)
    values_by_step = [
        qualified(subject.report(own, over_time), one, but=subject.projections)
        for own, one in zip(steps, by_step, strict=True)
    ]
    values = qualified(subject.report(total, names), judged, but=subject.projections)
    return PerformanceAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known if comparable else None),
        step_s=int(step.total_seconds()),
        starts=starts,
        task=subject.task,
        positive_class=subject.positive_class,
        problem=subject.problem,
        total=list(with_dependence(values, values_by_step, starts, but=subject.sums)),
        series=_series(values_by_step),
        maturity=judged,
        maturity_series=maturity_series(by_step),
        reference=known.answer() if known else None,
        reference_values=list(subject.report(expected, comparable)) if expected else [],
    )


def _series(by_step: Sequence[Sequence[MetricValue]]) -> list[MetricSeries]:
    """The same values, by metric instead of by step."""
    return [
        MetricSeries(
            metric=values[0].metric,
            value=[value.value for value in values],
            lower=[value.lower for value in values],
            upper=[value.upper for value in values],
            n=[value.n for value in values],
            coverage=[value.coverage for value in values],
            status=[value.status for value in values],
        )
        for values in zip(*by_step, strict=True)
    ]


def volume_answer(question: Question, step: timedelta, *, reference: str | None) -> VolumeAnswer:
    """Predictions step by step, how many have an actual and how long those took."""
    subject = subject_of(question.schema, question.info)
    total, steps = question.both(step, columns=_PREDICTION, of_total=("delays",))
    known = compare(question, reference)
    expected = known.total(_PREDICTION) if known else None
    return VolumeAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        predictions=[summaries.n for summaries in steps],
        with_actual=[summaries.n_with_actual for summaries in steps],
        dropped=_dropped(question, step),
        n_predictions=total.n,
        n_with_actual=total.n_with_actual,
        median_delay_s=total.delays.median if total.delays else None,
        prediction_rate=[_prediction_rate(subject, summaries) for summaries in steps],
        reference=known.answer() if known else None,
        prediction_rate_reference=_prediction_rate(subject, expected) if expected else None,
    )


def _dropped(question: Question, step: timedelta) -> list[int]:
    """Predictions lost by clients, step by step; they know only the hour, so a finer step gets its hour's loss once."""
    starts = question.starts(step)
    lost = [0] * len(starts)
    for drop in question.parts.store.dropped(question.fqn, question.window):
        if drop.kind == "prediction":
            lost[max(bisect_right(starts, drop.hour) - 1, 0)] += drop.rows
    return lost


def _prediction_rate(subject: Subject, summaries: Summaries) -> float | None:
    """The share of predictions that are the positive class, or the mean prediction of a regressor."""
    column = summaries.columns.get("prediction")
    if column is None:
        return None
    if isinstance(column, NumericSummary):
        return column.mean if subject.task == "regression" else None
    return None if subject.positive_class is None else column.share(subject.positive_class)


def confusion_answer(question: Question) -> ConfusionAnswer:
    """Actual against predicted classes, the schema's first; beyond 50 classes the most frequent ones."""
    confusion = question.total(columns=(), outcomes=("confusion",)).confusion or Confusion.empty()
    rows = confusion.counts.sum(axis=0) + confusion.counts.sum(axis=1)
    seen = {label: int(n) for label, n in zip(confusion.labels, rows, strict=True) if n}
    classes = [label for label in question.info.classes if label in seen or len(question.info.classes) <= 2]
    frequent = set(sorted(classes, key=lambda label: -seen.get(label, 0))[:_MOST_CLASSES])
    shown = confusion.over([label for label in classes if label in frequent])
    return ConfusionAnswer(
        window=question.window_answer,
        slice=slice_answer(question),
        classes=list(shown.labels),
        counts=shown.counts.tolist(),
        n=confusion.n,
    )


def residuals_answer(question: Question, reference: str | None) -> ResidualsAnswer:
    """The distribution of prediction less actual, beside the reference's."""
    residuals = question.total(columns=(), outcomes=("residuals",)).residuals
    known = compare(question, reference)
    expected = known.total((), outcomes=("residuals",)).residuals if known and known.has_actuals else None
    edges = edges_for([one.histogram for one in (residuals, expected) if one is not None])
    return ResidualsAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known if expected else None),
        n=residuals.n if residuals else 0,
        edges=edges,
        shares=list(shares_between(residuals.histogram, edges).inside) if residuals and edges else [],
        reference=known.answer() if known else None,
        reference_shares=list(shares_between(expected.histogram, edges).inside) if expected and edges else None,
        mean=residuals.mean if residuals else None,
        median=residuals.quantile(0.5) if residuals else None,
        p05=residuals.quantile(0.05) if residuals else None,
        p95=residuals.quantile(0.95) if residuals else None,
    )
