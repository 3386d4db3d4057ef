"""Custom metrics of a version: register, replace, remove."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from fastapi import APIRouter

from mlfoundry.custom_metrics import check_columns, read_custom_metric
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.performance.report import metrics
from mlfoundry.registry.records import ModelVersion
from mlfoundry.schema import Aggregate, Better, MetricType
from mlfoundry.server.answers import CustomMetricAnswer
from mlfoundry.server.parts import Parts, PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import VersionFqn
from mlfoundry.server.views.question import describe
from mlfoundry.server.views.registry import custom_metric_answers

router = APIRouter(prefix="/api/v1", tags=["models"])


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomMetric:
    """A metric: an `expression` over `prediction`, `actual`, features and `score.<class>`, averaged or added up."""

    expression: str | None = None
    aggregate: Aggregate = "mean"
    type: MetricType = "metric"
    value_type: str = "float"
    unit: str | None = None
    better: Better = "none"


@router.get("/custom-metrics", response_model=list[CustomMetricAnswer])
def list_custom_metrics(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """The metrics of a version's own."""
    return Json(custom_metric_answers(parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn))))


@router.put("/custom-metrics/{name}", response_model=list[CustomMetricAnswer])
def put_custom_metric(parts: PartsOf, model_version_fqn: VersionFqn, name: str, body: NewCustomMetric) -> Json:
    """Register a metric, or replace the one of that name, and compute it of every row there is."""
    metric = read_custom_metric({"name": name, **asdict(body)}, taken=metrics())
    fqn = parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn)).fqn
    info = describe(parts, str(fqn))
    check_columns(metric, {one.key: one.expression_type for one in info.columns}, has_rows=info.n_predictions > 0)
    return Json(custom_metric_answers(_declared(parts, parts.registry.models.put_custom_metric(fqn, metric))))


@router.delete("/custom-metrics/{name}", response_model=list[CustomMetricAnswer])
def delete_custom_metric(parts: PartsOf, model_version_fqn: VersionFqn, name: str) -> Json:
    """Remove a metric with its values."""
    fqn = ModelVersionFqn.parse(model_version_fqn)
    return Json(custom_metric_answers(_declared(parts, parts.registry.models.remove_custom_metric(fqn, name))))


def _declared(parts: Parts, version: ModelVersion) -> ModelVersion:
    """Tell the store of a version's metrics; of two changes at once, the one that tells it last tells both."""
    while True:
        parts.store.declare(str(version.fqn), None, version.custom_metrics)
        now = parts.registry.models.version(version.fqn)
        if now.custom_metrics == version.custom_metrics:
            parts.forget_answers()
            return now
        version = now
