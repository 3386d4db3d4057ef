"""Answers about single rows: the table, one row with everything about it, and the ledger."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from mlfoundry.events import Fate, StoredRow
from mlfoundry.server.answers import (
    DroppedAnswer,
    FateAnswer,
    LedgerAnswer,
    LedgerEntryAnswer,
    RejectedAnswer,
    RowAnswer,
    RowDetailAnswer,
    RowsAnswer,
)
from mlfoundry.server.views.comparison import default_name
from mlfoundry.server.views.question import Question
from mlfoundry.store.base import ReferenceInfo, RowOrder
from mlfoundry.windows import Window


def rows_answer(
    question: Question, *, limit: int, cursor: str | None, order: RowOrder, actual_required: bool
) -> RowsAnswer:
    """A page of rows whose time lies in the window, to the microsecond."""
    page = question.parts.store.rows(
        question.fqn, question.window, limit=limit, cursor=cursor, order=order, actual_required=actual_required
    )
    return RowsAnswer(rows=[_row(row) for row in page.rows], next_cursor=page.next_cursor)


def row_answer(question: Question, data_id: str) -> RowDetailAnswer:
    """One id: its row, where its values lie in an uploaded reference, what became of it; empty for an unknown one."""
    store = question.parts.store
    row = store.row(question.fqn, data_id)
    fates = store.explain(question.fqn, data_id)
    reference = _uploaded(question)
    positions: dict[str, float] = {}
    if row is not None and reference is not None:
        positions = store.feature_positions(question.fqn, reference.name, row.features)
    return RowDetailAnswer(
        data_id=data_id,
        row=None if row is None else _row(row),
        positions=positions,
        position_reference=reference.name if reference else None,
        fates=[_fate(fate) for fate in fates],
    )


def _uploaded(question: Question) -> ReferenceInfo | None:
    """The default reference where that is a table, else the first table; positions are told by rows that are kept."""
    tables = {one.name: one for one in question.info.references}
    first = next((one for one in tables.values() if one.is_default), None)
    return tables.get(default_name(question) or "", first)


def ledger_answer(question: Question, window: Window | None) -> LedgerAnswer:
    """Every row that arrived in the window, or ever, in exactly one state; and the rows refused last."""
    store = question.parts.store
    entries = store.ledger(question.fqn, window)
    totals: Counter[str] = Counter()
    for entry in entries:
        totals[f"{entry.kind}.{entry.state}"] += entry.n
    return LedgerAnswer(
        totals=dict(totals),
        hours=[LedgerEntryAnswer(hour=e.hour, kind=e.kind, state=e.state, n=e.n) for e in entries],
        rejected=[
            RejectedAnswer(
                kind=row.kind,
                received_at=row.received_at,
                batch_id=row.batch_id,
                index=row.rejection.index,
                path=row.rejection.path,
                reason=row.rejection.reason,
                data_id=row.rejection.data_id,
            )
            for row in store.rejected(question.fqn)
        ],
        dropped=[
            DroppedAnswer(hour=drop.hour, kind=drop.kind, reason=drop.reason, n=drop.rows)
            for drop in store.dropped(question.fqn, window)
        ],
    )


def _row(row: StoredRow) -> RowAnswer:
    shap_values: dict[str, Any] = dict(row.shap_values)
    return RowAnswer(
        data_id=row.data_id,
        value=row.value,
        features=dict(row.features),
        probabilities=row.probabilities,
        shap_values=shap_values,
        raw_data=msgspec.Raw(row.raw_data),
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        actual=row.actual,
        actual_occurred_at=row.actual_occurred_at,
        actual_received_at=row.actual_received_at,
        in_future=row.in_future,
    )


def _fate(fate: Fate) -> FateAnswer:
    return FateAnswer(
        kind=fate.kind,
        state=fate.state,
        received_at=fate.received_at,
        occurred_at=fate.occurred_at,
        value=fate.value,
        reason=fate.reason,
        batch_id=fate.batch_id,
    )
