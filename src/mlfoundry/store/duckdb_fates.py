"""What became of one data_id."""

from __future__ import annotations

import msgspec

from mlfoundry.events import Fate
from mlfoundry.store.duckdb_ids import OneId
from mlfoundry.store.duckdb_session import Row, Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_values import decode_value
from mlfoundry.store.rules import REASONS, KnownActual, states_of
from mlfoundry.times import of_micros


def fates_of(session: Session, state: VersionState, data_id: str, ids: OneId) -> tuple[Fate, ...]:
    """Every arrival of an id with its state now, oldest first."""
    fates = [_stored_fate(row) for row in ids.events("stored_of_id")]
    fates += _actual_fates(ids, has_prediction=bool(fates))
    for kind, became, received_at, occurred_at, value, batch_id in session.rows(
        "repeats_of_id", {**ids.key, "version_no": state.no}
    ):
        fates.append(
            Fate(
                kind=kind,
                state=became,
                received_at=of_micros(received_at),
                reason=REASONS[kind, became],
                occurred_at=of_micros(occurred_at),
                value=msgspec.json.decode(value),
                batch_id=batch_id,
            )
        )
    for kind, received_at, batch_id, path, reason in session.rows("rejected_of_id", (state.no, data_id)):
        fates.append(
            Fate(
                kind=kind,
                state="rejected",
                received_at=of_micros(received_at),
                reason=f"{reason} (at {path})",
                batch_id=batch_id,
            )
        )
    return tuple(sorted(fates, key=lambda fate: fate.received_at))


def _stored_fate(row: Row) -> Fate:
    received_at, occurred_at, code, number, text, batch_id = row
    return Fate(
        kind="prediction",
        state="stored",
        received_at=of_micros(received_at),
        reason=REASONS["prediction", "stored"],
        occurred_at=of_micros(occurred_at),
        value=decode_value(code, number, text),
        batch_id=batch_id,
    )


def _actual_fates(ids: OneId, *, has_prediction: bool) -> list[Fate]:
    history: list[KnownActual] = []
    batches: list[str | None] = []
    for arrival, code, number, text, occurred_at, received_at, batch_no, batch_id in ids.actuals("actuals_of_id"):
        value = decode_value(code, number, text)
        if value is not None:
            history.append(KnownActual(arrival, value, occurred_at, received_at, batch_no))
            batches.append(batch_id)
    states = states_of(history, has_prediction=has_prediction)
    return [
        Fate(
            kind="actual",
            state=states[actual.arrival],
            received_at=of_micros(actual.received_at),
            reason=REASONS["actual", states[actual.arrival]],
            occurred_at=of_micros(actual.occurred_at),
            value=actual.value,
            batch_id=batch_id,
        )
        for actual, batch_id in zip(history, batches, strict=True)
    ]
