"""Rows go out: every row of a window as one Arrow stream."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from mlfoundry.exports import MEDIA_TYPE
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.server.exporting import ExportResponse
from mlfoundry.server.parts import Parts, PartsOf
from mlfoundry.server.routes.parameters import VersionFqn
from mlfoundry.times import as_utc
from mlfoundry.windows import Window

router = APIRouter(prefix="/api/v1", tags=["monitoring"])
_MICROSECOND = timedelta(microseconds=1)
_BODY: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "The rows, in the order in which they arrived"}
}


@router.get("/export", status_code=200, response_class=ExportResponse, responses=_BODY)
def export(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    start: Annotated[str | None, Query(description="by default the first row's time")] = None,
    end: Annotated[str | None, Query(description="by default after the last row")] = None,
    columns: Annotated[
        list[str] | None, Query(description="such as `features.age`, repeated for each; by default all")
    ] = None,
    actual_required: Annotated[bool, Query(description="leave out rows without an actual")] = False,
) -> ExportResponse:
    """Every row whose time lies in the window, as an Arrow stream; `x-mlfoundry-rows` says how many."""
    fqn = str(parts.registry.models.version(ModelVersionFqn.parse(model_version_fqn)).fqn)
    window = _window(parts, fqn, start, end)
    return ExportResponse(parts.store.scan(fqn, window, columns=columns, actual_required=actual_required))


def _window(parts: Parts, fqn: str, start: str | None, end: str | None) -> Window:
    info = parts.store.describe(fqn)
    last = as_utc(end) if end else (info.last_at or parts.clock()) + _MICROSECOND
    first = as_utc(start) if start else min(info.first_at or last, last - _MICROSECOND)
    return Window(first, last)
