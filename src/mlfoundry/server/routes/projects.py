"""Projects (ml_repos) and their runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Request

from mlfoundry.fqn import ModelFqn, RunFqn
from mlfoundry.registry.records import MetricPoint, Retention, StoredFile
from mlfoundry.registry.registry import run_files
from mlfoundry.registry.run_search import RunSearch
from mlfoundry.server.answers import ModelAnswer, ProjectAnswer, RetentionAnswer, RunAnswer
from mlfoundry.server.care import DeletionReport
from mlfoundry.server.parts import Caller, PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import Archived
from mlfoundry.server.uploads import stream_to
from mlfoundry.server.views.registry import model_answer, project_answer, run_answer

router = APIRouter(prefix="/api/v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """An ml_repo to make."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChange:
    """What to change of an ml_repo: whether it is archived, and for how many days its data is kept (null: for ever)."""

    archived: bool | None = None
    retention: RetentionAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """What to change of a model."""

    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to start; without a name it gets one of two words."""

    run_name: str | None = None
    tags: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Params of a run; each is set once."""

    params: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """One value of each of some metrics; null for one that is NaN or infinite."""

    metrics: dict[str, float | None]
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Tags of a run; a later value replaces an earlier one."""

    tags: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended."""

    status: Literal["FINISHED", "FAILED", "KILLED"] = "FINISHED"


@router.get("/ml-repos", response_model=list[ProjectAnswer], tags=["projects"])
def list_projects(parts: PartsOf, archived: Archived = False) -> Json:
    """Every ml_repo, by name."""
    return Json([project_answer(project) for project in parts.registry.projects.all(archived=archived)])


@router.post("/ml-repos", response_model=ProjectAnswer, tags=["projects"])
def create_project(parts: PartsOf, body: NewProject) -> Json:
    """Make an ml_repo, or return the one of that name."""
    return Json(project_answer(parts.registry.projects.create(body.name, description=body.description)))


@router.get("/ml-repos/{ml_repo}", response_model=ProjectAnswer, tags=["projects"])
def get_project(parts: PartsOf, ml_repo: str) -> Json:
    """One ml_repo."""
    return Json(project_answer(parts.registry.projects.get(ml_repo)))


@router.patch("/ml-repos/{ml_repo}", response_model=ProjectAnswer, tags=["projects"])
def change_project(parts: PartsOf, ml_repo: str, body: ProjectChange) -> Json:
    """Archive an ml_repo or show it again; say for how long its data is kept."""
    projects = parts.registry.projects
    changed = projects.get(ml_repo)
    if body.retention is not None:
        kept = Retention(events_days=body.retention.events_days, aggregates_days=body.retention.aggregates_days)
        changed = projects.retain(ml_repo, kept)
        parts.care.wake()
    if body.archived is not None:
        changed = projects.archive(ml_repo, archived=body.archived)
        parts.forget_answers()
    return Json(project_answer(changed))


@router.delete("/ml-repos/{ml_repo}", response_model=DeletionReport, tags=["projects"])
def delete_project(parts: PartsOf, ml_repo: str) -> Json:
    """Delete an ml_repo with its models, versions and runs, and all their data."""
    return Json(parts.care.delete_project(ml_repo))


@router.get("/ml-repos/{ml_repo}/models", response_model=list[ModelAnswer], tags=["models"])
def list_models(parts: PartsOf, ml_repo: str, archived: Archived = False) -> Json:
    """The models of an ml_repo, the last changed first."""
    return Json([model_answer(model) for model in parts.registry.models.models(ml_repo, archived=archived)])


@router.patch("/model", response_model=ModelAnswer, tags=["models"])
def change_model(parts: PartsOf, model_fqn: str, body: ModelChange) -> Json:
    """Archive a model or show it again."""
    fqn = ModelFqn.parse(model_fqn)
    parts.registry.models.archive_model(fqn, archived=body.archived)
    parts.forget_answers()
    models = parts.registry.models.models(fqn.ml_repo, archived=True)
    return Json(next(model_answer(model) for model in models if model.name == fqn.name))


@router.delete("/model", response_model=DeletionReport, tags=["models"])
def delete_model(parts: PartsOf, model_fqn: str) -> Json:
    """Delete a model with its versions and all their data."""
    return Json(parts.care.delete_model(ModelFqn.parse(model_fqn)))


@router.post("/ml-repos/{ml_repo}/runs", response_model=RunAnswer, tags=["runs"])
def create_run(parts: PartsOf, caller: Caller, ml_repo: str, body: NewRun) -> Json:
    """Start a run."""
    run = parts.registry.runs.create(ml_repo, name=body.run_name, tags=body.tags, created_by=caller)
    return Json(run_answer(run))


@router.get("/ml-repos/{ml_repo}/runs", response_model=list[RunAnswer], tags=["runs"])
def search_runs(
    parts: PartsOf,
    ml_repo: str,
    filter: Annotated[str, Query(description="such as `metrics.auc > 0.8 and params.depth = 3`")] = "",
    order_by: Annotated[str | None, Query(description="such as `metrics.auc desc`; newest first by default")] = None,
    max_results: Annotated[int | None, Query(ge=1)] = None,
) -> Json:
    """The runs of an ml_repo that the filter keeps."""
    found = parts.registry.runs.search(ml_repo, RunSearch.parse(filter, order_by), max_results=max_results)
    return Json([run_answer(run) for run in found])


@router.get("/ml-repos/{ml_repo}/runs/{run_name}", response_model=RunAnswer, tags=["runs"])
def get_run_by_name(parts: PartsOf, ml_repo: str, run_name: str) -> Json:
    """The run of that name."""
    return Json(run_answer(parts.registry.runs.by_name(ml_repo, run_name)))


@router.get("/run", response_model=RunAnswer, tags=["runs"])
def get_run_by_fqn(parts: PartsOf, fqn: str) -> Json:
    """The run of that FQN, `{tenant}/{ml_repo}/{run}`."""
    return Json(run_answer(parts.registry.runs.by_fqn(RunFqn.parse(fqn))))


@router.get("/runs/{run_id}", response_model=RunAnswer, tags=["runs"])
def get_run(parts: PartsOf, run_id: str) -> Json:
    """The run of that id."""
    return Json(run_answer(parts.registry.runs.get(run_id)))


@router.delete("/runs/{run_id}", response_model=None, tags=["runs"])
def delete_run(parts: PartsOf, run_id: str) -> Json:
    """Forget a run and its artifacts; model versions that it made stay."""
    parts.registry.runs.delete(run_id)
    parts.registry.files.delete(run_files(run_id))
    return Json(None)


@router.post("/runs/{run_id}/params", response_model=RunAnswer, tags=["runs"])
def log_params(parts: PartsOf, run_id: str, body: Params) -> Json:
    """Add params."""
    parts.registry.runs.log_params(run_id, body.params)
    return Json(run_answer(parts.registry.runs.get(run_id)))


@router.post("/runs/{run_id}/metrics", response_model=RunAnswer, tags=["runs"])
def log_metrics(parts: PartsOf, run_id: str, body: Metrics) -> Json:
    """Add one value to the history of each metric."""
    values = {name: float("nan") if value is None else value for name, value in body.metrics.items()}
    parts.registry.runs.log_metrics(run_id, values, step=body.step)
    return Json(run_answer(parts.registry.runs.get(run_id)))


@router.get("/runs/{run_id}/metrics", response_model=dict[str, list[MetricPoint]], tags=["runs"])
def metric_history(parts: PartsOf, run_id: str) -> Json:
    """Every logged value by metric."""
    return Json(parts.registry.runs.metric_history(run_id))


@router.post("/runs/{run_id}/tags", response_model=RunAnswer, tags=["runs"])
def set_tags(parts: PartsOf, run_id: str, body: Tags) -> Json:
    """Set tags."""
    parts.registry.runs.set_tags(run_id, body.tags)
    return Json(run_answer(parts.registry.runs.get(run_id)))


@router.post("/runs/{run_id}/end", response_model=RunAnswer, tags=["runs"])
def end_run(parts: PartsOf, run_id: str, body: RunEnd) -> Json:
    """End a run."""
    return Json(run_answer(parts.registry.runs.end(run_id, body.status)))


@router.put(
    "/runs/{run_id}/artifacts/{path:path}",
    response_model=None,
    tags=["runs"],
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
)
async def put_artifact(parts: PartsOf, run_id: str, path: str, request: Request) -> Json:
    """Keep a file of a run."""
    await to_thread.run_sync(parts.registry.runs.get, run_id)
    upload = await to_thread.run_sync(parts.registry.files.write, run_files(run_id), path)
    with upload:
        await stream_to(request, upload)
        await to_thread.run_sync(upload.commit)
    return Json(None)


@router.get("/runs/{run_id}/artifacts", response_model=list[StoredFile], tags=["runs"])
def list_artifacts(parts: PartsOf, run_id: str) -> Json:
    """The files of a run."""
    parts.registry.runs.get(run_id)
    return Json(parts.registry.files.list(run_files(run_id)))
