"""Rows come in: predictions, actuals, reference tables."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Request

from mlfoundry.compressed import read_encoding
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Kind
from mlfoundry.server.answers import ReferenceAnswer
from mlfoundry.server.parts import Parts, PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import VersionFqn
from mlfoundry.server.uploads import read_table, stream_to
from mlfoundry.server.views.comparison import is_taken_for_another, reference_answers
from mlfoundry.server.views.question import ask
from mlfoundry.store.base import ReferenceColumns

router = APIRouter(prefix="/api/v1", tags=["ingest"])
Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionDataBody:
    """What the model answered. SHAP values are by feature, or by class and then by feature."""

    value: Value
    probabilities: dict[str, float] = field(default_factory=dict[str, float])
    shap_values: dict[str, float | dict[str, float]] = field(default_factory=dict[str, float | dict[str, float]])


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRowBody:
    """One prediction. Times are ISO 8601, epoch seconds or milliseconds; without one the time of arrival stands in."""

    data_id: str | int
    features: dict[str, Value | None]
    prediction_data: PredictionDataBody
    occurred_at: str | float | None = None
    raw_data: Any = None
    actual_value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualRowBody:
    """What turned out to be true for one prediction, which need not have arrived yet."""

    data_id: str | int
    value: Value
    occurred_at: str | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutBody:
    """The names of the values in rows that are arrays."""

    features: list[str] = field(default_factory=list[str])
    probabilities: list[str] = field(default_factory=list[str])
    shap_values: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedBody:
    """Rows of this version that the sender lost before, of either kind, within an hour of its clock; see the ledger."""

    kind: Literal["prediction", "actual"]
    reason: str
    hour: datetime
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionsBody:
    """A batch of predictions; `batch_id` is a UUID, new for each batch and kept when it is sent again.

    A row may be an array whose names stand once a batch, in one of the `layouts`: `[layout, data_id, occurred_at,
    value, [features], [probabilities], [shap_values], raw_data, actual_value]`.
    """

    batch_id: str
    model_version_fqn: str
    rows: list[PredictionRowBody | list[Any]]
    layouts: list[LayoutBody] = field(default_factory=list[LayoutBody])
    dropped: list[DroppedBody] = field(default_factory=list[DroppedBody])


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualsBody:
    """A batch of actuals."""

    batch_id: str
    model_version_fqn: str
    rows: list[ActualRowBody]
    dropped: list[DroppedBody] = field(default_factory=list[DroppedBody])


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionBody:
    """Why one row was refused: its place in the request, where in the row, and the reason."""

    index: int
    path: str
    reason: str
    data_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReplyBody:
    """Every row not named in `rejected` is on disk."""

    batch_id: str
    accepted: int
    rejected: list[RejectionBody]


def _body(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    content: dict[str, Any] = {"application/json": {"schema": schema}, "application/vnd.apache.arrow.stream": {}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/predictions", response_model=IngestReplyBody, openapi_extra=_body("PredictionsBody"))
async def take_predictions(parts: PartsOf, request: Request) -> Json:
    """Keep predictions. 200 means: every row not named as rejected is on disk. The body may be gzip or zstd."""
    return await _take(parts, "prediction", request)


@router.post("/actuals", response_model=IngestReplyBody, openapi_extra=_body("ActualsBody"))
async def take_actuals(parts: PartsOf, request: Request) -> Json:
    """Keep actuals; each is joined to the prediction of the same `data_id`. The body may be gzip or zstd."""
    return await _take(parts, "actual", request)


async def _take(parts: Parts, kind: Kind, request: Request) -> Json:
    encoding = read_encoding(request.headers.get("content-encoding", ""))
    return Json(await parts.ingest.take(kind, await request.body(), encoding))


@router.post(
    "/references",
    response_model=ReferenceAnswer,
    openapi_extra={"requestBody": {"required": True, "content": {"application/vnd.apache.arrow.stream": {}}}},
)
async def put_reference(
    parts: PartsOf,
    request: Request,
    model_version_fqn: VersionFqn,
    name: Annotated[str, Query(min_length=1, max_length=256)] = "training",
    columns: Annotated[
        str,
        Query(
            description='JSON: `{"features": [...], "prediction": "...", "probabilities": {"class": "column"}, '
            '"actual": "...", "occurred_at": "...", "shap_values": {"feature": "column"}}`, each naming a column of '
            "the table; `shap_values` may map a class to such a mapping"
        ),
    ] = "{}",
) -> Json:
    """Keep a table, sent as an Arrow stream, as a reference window."""
    fqn = parts.known.need(model_version_fqn)
    roles = _reference_columns(columns)
    with tempfile.NamedTemporaryFile(dir=parts.settings.uploads_dir, suffix=".arrow") as file:
        await stream_to(request, file)
        await to_thread.run_sync(file.flush)
        answer = await to_thread.run_sync(_store_reference, parts, fqn, name, Path(file.name), roles)
    return Json(answer)


@router.get("/references", response_model=list[ReferenceAnswer])
def list_references(parts: PartsOf, model_version_fqn: VersionFqn) -> Json:
    """The reference windows of a version."""
    return Json(reference_answers(ask(parts, model_version_fqn)))


@router.delete("/references", response_model=list[ReferenceAnswer])
def delete_reference(parts: PartsOf, model_version_fqn: VersionFqn, name: str) -> Json:
    """Delete an uploaded reference; where it was the default, the oldest that is left is. The answer lists those."""
    question = ask(parts, model_version_fqn)
    parts.store.delete_reference(question.fqn, name)
    if question.version.default_reference == name:
        parts.registry.models.update_version(question.version.fqn, default_reference="")
    parts.forget_answers()
    return Json(reference_answers(ask(parts, model_version_fqn)))


def _store_reference(parts: Parts, fqn: str, name: str, path: Path, columns: ReferenceColumns) -> ReferenceAnswer:
    if is_taken_for_another(name):
        raise InvalidInput(
            f"{name!r} would read as another kind of reference; a name has no '/' and does not start with 'trailing:' "
            "or 'model:'",
            path="name",
        )
    parts.store.put_reference(fqn, name, read_table(path), columns)  # pyright: ignore[reportUnknownMemberType]
    parts.forget_answers()
    return next(one for one in reference_answers(ask(parts, fqn)) if one.name == name)


def _reference_columns(text: str) -> ReferenceColumns:
    try:
        return msgspec.json.decode(text, type=ReferenceColumns)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"columns: {error}", path="columns") from error
