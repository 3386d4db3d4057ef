"""Single rows: the table, one row, the ledger."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from mlfoundry.server.answers import LedgerAnswer, RowDetailAnswer, RowsAnswer
from mlfoundry.server.parts import PartsOf
from mlfoundry.server.responses import Json
from mlfoundry.server.routes.parameters import End, Start, VersionFqn
from mlfoundry.server.views.question import ask, read_window
from mlfoundry.server.views.rows import ledger_answer, row_answer, rows_answer
from mlfoundry.store.base import RowOrder

router = APIRouter(prefix="/api/v1", tags=["monitoring"])


@router.get("/rows", response_model=RowsAnswer)
def rows(
    *,
    parts: PartsOf,
    model_version_fqn: VersionFqn,
    start: Start = None,
    end: End = None,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    actual_required: Annotated[bool, Query(description="leave out rows without an actual")] = False,
    order: RowOrder = "newest",
) -> Json:
    """Rows whose time lies in the window, a page at a time."""
    question = ask(parts, model_version_fqn, start, end)
    return Json(rows_answer(question, limit=limit, cursor=cursor, order=order, actual_required=actual_required))


@router.get("/row", response_model=RowDetailAnswer)
def row(parts: PartsOf, model_version_fqn: VersionFqn, data_id: str) -> Json:
    """One `data_id`: its row and what became of everything that was sent under it."""
    return Json(row_answer(ask(parts, model_version_fqn), data_id))


@router.get("/ledger", response_model=LedgerAnswer)
def ledger(parts: PartsOf, model_version_fqn: VersionFqn, start: Start = None, end: End = None) -> Json:
    """Every row that arrived in the window (by default ever) in exactly one state."""
    window = read_window(start, end, parts.clock()).snapped() if start or end else None
    return Json(ledger_answer(ask(parts, model_version_fqn), window))
