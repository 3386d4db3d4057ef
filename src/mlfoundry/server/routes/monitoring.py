"""Results: the fleet, a version, performance, drift."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.server.answers import (
    CatalogueAnswer,
    ClassesAnswer,
    ColumnAnswer,
    ConfusionAnswer,
    CurvesAnswer,
    DriftAnswer,
    FleetAnswer,
    PerformanceAnswer,
    ResidualsAnswer,
    VersionAnswer,
    VolumeAnswer,
)
from mlfoundry.server.parts import PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import (
    End,
    Granularity,
    MatchOf,
    ReferenceName,
    SliceOf,
    Start,
    Statistic,
    VersionFqn,
)
from mlfoundry.server.views import drift as drift_view
from mlfoundry.server.views import outcomes as outcomes_view
from mlfoundry.server.views import overview
from mlfoundry.server.views import performance as performance_view
from mlfoundry.server.views.catalogue import catalogue_answer
from mlfoundry.server.views.question import TABLE_STEPS, ask, read_step, read_window

router = APIRouter(prefix="/api/v1", tags=["monitoring"])
MetricNames = Annotated[
    str | None, Query(alias="metrics", description="names, with commas between; by default all of the task")
]

SeriesNames = Annotated[
    str | None,
    Query(
        description="which of them to give step by step, with commas between; names that the version does not have are "
        "passed over; by default all"
    ),
]


@router.get("/fleet", response_model=FleetAnswer)
def fleet(parts: PartsOf, start: Start = None, end: End = None, ml_repo: str | None = None) -> Json:
    """Every version, worst first."""
    window = read_window(start, end, parts.clock())
    return Json(overview.fleet_answer(parts, window, read_step(None, window), ml_repo=ml_repo or None))


@router.get("/version", response_model=VersionAnswer)
def version(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """Everything a version's page needs before its charts."""
    return Json(overview.version_answer(ask(parts, model_version_fqn)))


@router.get("/performance", response_model=PerformanceAnswer)
def performance(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    metrics: MetricNames = None,
    series: SeriesNames = None,
    reference: ReferenceName = None,
) -> Json:
    """Metrics over the window, step by step, and of the reference."""
    question = ask(parts, model_version_fqn, start, end, asked)
    step = question.step(granularity)
    return Json(
        performance_view.performance_answer(
            question, step, metrics=_names(metrics), reference=reference, series=_names(series)
        )
    )


def _names(text: str | None) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in text.split(",")) if text else None


@router.get("/curves", response_model=CurvesAnswer)
def curves(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    label: Annotated[str | None, Query(description="by default the positive or the most frequent class")] = None,
    reference: ReferenceName = None,
) -> Json:
    """ROC, precision and recall, gain and calibration of one class's scores, with thresholds and intervals."""
    question = ask(parts, model_version_fqn, start, end, asked)
    return Json(outcomes_view.curves_answer(question, label=label, reference=reference))


@router.get("/classes", response_model=ClassesAnswer)
def classes(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    reference: ReferenceName = None,
) -> Json:
    """Precision, recall, F1 and AUC of each class of a classifier."""
    question = ask(parts, model_version_fqn, start, end, asked)
    return Json(outcomes_view.classes_answer(question, reference=reference))


@router.get("/volume", response_model=VolumeAnswer)
def volume(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    reference: ReferenceName = None,
) -> Json:
    """Predictions and actuals step by step."""
    question = ask(parts, model_version_fqn, start, end, asked)
    return Json(performance_view.volume_answer(question, question.step(granularity), reference=reference))


@router.get("/confusion", response_model=ConfusionAnswer)
def confusion(
    parts: PartsOf, model_version_fqn: VersionFqn, asked: SliceOf, start: Start = None, end: End = None
) -> Json:
    """Actual against predicted classes."""
    return Json(performance_view.confusion_answer(ask(parts, model_version_fqn, start, end, asked)))


@router.get("/residuals", response_model=ResidualsAnswer)
def residuals(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    reference: ReferenceName = None,
) -> Json:
    """Prediction less actual, of a regressor."""
    return Json(performance_view.residuals_answer(ask(parts, model_version_fqn, start, end, asked), reference))


@router.get("/drift", response_model=DriftAnswer)
def drift(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    reference: ReferenceName = None,
    statistic: Statistic = "psi",
    match: MatchOf = None,
) -> Json:
    """Every column against the reference, over the window and step by step."""
    question = ask(parts, model_version_fqn, start, end, asked)
    step = question.step(granularity, most=TABLE_STEPS)
    return Json(drift_view.drift_answer(question, step, statistic=statistic, reference=reference, match=match))


@router.get("/column", response_model=ColumnAnswer)
def column(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    column: Annotated[str, Query(description="`age`, `prediction`, `actual` or `score.<class>`")],
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    reference: ReferenceName = None,
    statistic: Statistic = "psi",
    match: MatchOf = None,
) -> Json:
    """One column: distribution, bins of the statistic, figures, step by step."""
    question = ask(parts, model_version_fqn, start, end, asked)
    step = question.step(granularity)
    return Json(drift_view.column_answer(question, column, step, statistic=statistic, reference=reference, match=match))


@router.get("/catalogue", response_model=CatalogueAnswer)
def catalogue(parts: PartsOf, model_version_fqn: Annotated[str | None, Query()] = None) -> Json:
    """The statistics and metrics that this server knows; with a version also those of its own."""
    if not model_version_fqn:
        return Json(catalogue_answer())
    version = parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn))
    return Json(catalogue_answer(version.custom_metrics))
