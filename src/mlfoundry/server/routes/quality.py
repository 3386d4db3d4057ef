"""Data quality and attributions."""

from __future__ import annotations

from fastapi import APIRouter

from mlfoundry.server.answers import AttributionAnswer, QualityAnswer
from mlfoundry.server.parts import PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import End, Granularity, ReferenceName, SliceOf, Start, VersionFqn
from mlfoundry.server.views import attribution as attribution_view
from mlfoundry.server.views import quality as quality_view
from mlfoundry.server.views.question import TABLE_STEPS, ask

router = APIRouter(prefix="/api/v1", tags=["monitoring"])


@router.get("/quality", response_model=QualityAnswer)
def quality(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    reference: ReferenceName = None,
) -> Json:
    """What is wrong with the data, the worst first; every check of every column, of the rows, and of their number."""
    question = ask(parts, model_version_fqn, start, end, asked)
    step = question.step(granularity, most=TABLE_STEPS)
    return Json(quality_view.quality_answer(question, step, reference=reference))


@router.get("/attribution", response_model=AttributionAnswer)
def attribution(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    asked: SliceOf,
    start: Start = None,
    end: End = None,
    granularity: Granularity = None,
    reference: ReferenceName = None,
) -> Json:
    """Mean |SHAP| of every feature beside the reference, over the window and step by step."""
    question = ask(parts, model_version_fqn, start, end, asked)
    step = question.step(granularity, most=TABLE_STEPS)
    return Json(attribution_view.attribution_answer(question, step, reference=reference))
