"""The answer about attributions: what each feature decides, beside the reference."""

from __future__ import annotations

from datetime import timedelta

from mlfoundry.attribution import rankings, report, series
from mlfoundry.server.answers import AttributionAnswer, AttributionFeature
from mlfoundry.server.views.comparison import compare, slice_answer
from mlfoundry.server.views.question import Question

_PARTS = ("attribution",)


def attribution_answer(question: Question, step: timedelta, *, reference: str | None) -> AttributionAnswer:
    """The SHAP values of every feature: over the window beside the reference, and step by step."""
    known = compare(question, reference)
    total = question.total(columns=(), outcomes=_PARTS)
    steps = question.series(step, columns=(), outcomes=_PARTS)
    features = report(
        total.attributions,
        total.n,
        reference=known.total((), outcomes=_PARTS).attributions if known else None,
        window_length=question.covered.length,
        false_alarms_per_month=question.version.false_alarms_per_month,
    )
    by_step = series([summaries.attributions for summaries in steps], [one.feature for one in features])
    return AttributionAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        reference=known.answer() if known else None,
        n=total.n,
        features=[AttributionFeature(total=one, series=by_step[one.feature]) for one in features],
        rankings=list(rankings(features)),
    )
