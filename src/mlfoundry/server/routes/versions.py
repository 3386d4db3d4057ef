"""Model versions, their files and references."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from mlfoundry.custom_metrics import check_columns, columns_of_schema, read_custom_metrics
from mlfoundry.errors import InvalidInput
from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.performance.report import metrics
from mlfoundry.registry import records
from mlfoundry.registry.records import NewVersion, StoredFile
from mlfoundry.registry.registry import version_files
from mlfoundry.schema import read_schema
from mlfoundry.server.answers import ModelVersionAnswer
from mlfoundry.server.care import DeletionReport
from mlfoundry.server.parts import Caller, Parts, PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import Archived, VersionFqn
from mlfoundry.server.uploads import stream_to
from mlfoundry.server.views.comparison import compare
from mlfoundry.server.views.question import ask, describe
from mlfoundry.server.views.registry import version_answer

router = APIRouter(prefix="/api/v1", tags=["models"])
_FILE_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModelVersion:
    """A model version to register; `model_schema` has `features`, `prediction`, `positive_class`, `classes`."""

    name: str
    model_schema: dict[str, Any] | None = None
    framework: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    custom_metrics: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    run_id: str | None = None
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """What to change of a version; a schema may only grow."""

    archived: bool | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    model_schema: dict[str, Any] | None = None
    default_reference: str | None = None
    """Whatever `reference` takes in a question; empty for the first one uploaded."""
    false_alarms_per_month: float | None = None


@router.post("/ml-repos/{ml_repo}/model-versions", response_model=ModelVersionAnswer)
def create_version(parts: PartsOf, caller: Caller, ml_repo: str, body: NewModelVersion) -> Json:
    """Register the next version of a model; its `fqn` is what programs log under."""
    schema = None if body.model_schema is None else read_schema(body.model_schema)
    custom = read_custom_metrics(body.custom_metrics, taken=metrics())
    for metric in custom:
        check_columns(metric, columns_of_schema(schema), has_rows=False)
    version = parts.registry.models.create_version(
        ml_repo,
        NewVersion(
            name=body.name,
            schema=schema,
            framework=body.framework,
            description=body.description,
            metadata=body.metadata,
            custom_metrics=custom,
            run_id=body.run_id,
            step=body.step,
            created_by=caller,
        ),
    )
    parts.store.declare(str(version.fqn), schema, custom)
    parts.known.add(str(version.fqn))
    return Json(version_answer(version))


@router.get("/model-versions", response_model=list[ModelVersionAnswer])
def list_versions(
    parts: PartsOf,
    ml_repo: str | None = None,
    name: str | None = None,
    model_fqn: str | None = None,
    archived: Archived = False,
) -> Json:
    """The versions of a model, newest first; named by `model_fqn`, or by `ml_repo` and `name`."""
    if model_fqn is not None:
        model = ModelFqn.parse(model_fqn)
    elif ml_repo is not None and name is not None:
        model = ModelFqn.parse(f"model:default/{ml_repo}/{name}")
    else:
        raise InvalidInput("name a model by model_fqn, or by ml_repo and name")
    return Json([_answer(parts, version) for version in parts.registry.models.versions(model, archived=archived)])


@router.get("/model-version", response_model=ModelVersionAnswer)
def get_version(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """One version."""
    return Json(_answer(parts, parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn))))


@router.patch("/model-version", response_model=ModelVersionAnswer)
def update_version(parts: PartsOf, model_version_fqn: VersionFqn, body: VersionChange) -> Json:
    """Change what is given."""
    schema = None if body.model_schema is None else read_schema(body.model_schema)
    if body.default_reference:
        compare(ask(parts, model_version_fqn), body.default_reference)
    version = parts.registry.models.update_version(
        ModelVersionFqn.parse(model_version_fqn),
        description=body.description,
        metadata=body.metadata,
        schema=schema,
        default_reference=body.default_reference,
        false_alarms_per_month=body.false_alarms_per_month,
    )
    if body.archived is not None:
        version = parts.registry.models.archive_version(version.fqn, archived=body.archived)
        parts.forget_answers()
    if schema is not None:
        parts.store.declare(str(version.fqn), schema)
        parts.forget_answers()
    return Json(_answer(parts, version))


@router.delete("/model-version", response_model=DeletionReport)
def delete_version(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """Delete a version with its files and all its data; rows sent to it from now on are refused."""
    return Json(parts.care.delete_version(_definite(model_version_fqn)))


@router.put("/model-version/files/{path:path}", response_model=None, openapi_extra=_FILE_BODY)
async def put_file(parts: PartsOf, path: str, model_version_fqn: VersionFqn, request: Request) -> Json:
    """Keep a file of a version."""
    fqn = parts.known.need(model_version_fqn)
    owner = version_files(ModelVersionFqn.parse(fqn))
    upload = await to_thread.run_sync(parts.registry.files.write, owner, path)
    with upload:
        await stream_to(request, upload)
        await to_thread.run_sync(upload.commit)
    await to_thread.run_sync(_book_files, parts, ModelVersionFqn.parse(fqn))
    return Json(None)


@router.get("/model-version/files", response_model=list[StoredFile])
def list_files(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """The files of a version."""
    version = parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn))
    return Json(parts.registry.files.list(version_files(version.fqn)))


@router.get(
    "/model-version/files/{path:path}",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file"}},
)
def get_file(parts: PartsOf, path: str, model_version_fqn: VersionFqn) -> StreamingResponse:
    """The bytes of a file."""
    version = parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn))
    chunks = parts.registry.files.read(version_files(version.fqn), path)
    return StreamingResponse(chunks, media_type="application/octet-stream")


def _answer(parts: Parts, version: records.ModelVersion) -> ModelVersionAnswer:
    info = describe(parts, str(version.fqn))
    return version_answer(version, n_predictions=info.n_predictions, last_at=info.last_at)


def _book_files(parts: Parts, fqn: ModelVersionFqn) -> None:
    files = parts.registry.files.list(version_files(fqn))
    parts.registry.models.set_files(fqn, n_files=len(files), size_bytes=sum(file.size_bytes for file in files))


def _definite(text: str) -> ModelVersionFqn:
    fqn = ModelVersionFqn.parse(text)
    if fqn.version is None:
        raise InvalidInput("say which version to delete; 'latest' may be another one by now")
    return fqn
