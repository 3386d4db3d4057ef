"""Rows leave a version: erased ones, those past their time, or all. What that means is in ``docs/semantics.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import msgspec
import pyarrow as pa

from mlfoundry.events import Kind, Rejection
from mlfoundry.store.base import Erasure, Removed
from mlfoundry.store.duckdb_cells import CellWriter, drop_cells, forget_cells
from mlfoundry.store.duckdb_merge import Ledger
from mlfoundry.store.duckdb_session import Row, Session
from mlfoundry.store.duckdb_state import VersionState, save_grids
from mlfoundry.store.duckdb_summaries import Reader
from mlfoundry.store.duckdb_values import decode_value
from mlfoundry.store.duckdb_writes import insert_ledger
from mlfoundry.store.rules import FEW_VALUES, HOUR_MICROS, KnownActual, hour_of, states_of

_NEVER = -(2**62)
_REJECTIONS = msgspec.json.Decoder(tuple[Rejection, ...])


def erase_ids(session: Session, state: VersionState, data_ids: Sequence[str], *, salt: str) -> Erasure:
    """Take everything out that was received under some ids; the state is brought up to date."""
    incoming = pa.table({"data_id": pa.array(data_ids, pa.string())})
    session.run("stage_erased", {"salt": salt}, incoming=incoming)
    session.run("stage_gone_events", no=state.no)
    found = {data_id for (data_id,) in session.rows("found_ids", {"version_no": state.no}, no=state.no)}
    removal = _Removal(session, state, "erased")
    removal.take_rejected(frozenset(data_ids))
    removed = removal.take(repeats_before=_NEVER)
    return Erasure(removed, tuple(data_id for data_id in dict.fromkeys(data_ids) if data_id not in found))


def expire_events(session: Session, state: VersionState, before: int, *, limit: int, grid_rows: int) -> Removed:
    """Take out up to ``limit`` events from before a time, in microseconds; the state is brought up to date.

    Their cells stay. A column that has values but no grid yet gets one, or nothing of it would be left.
    """
    if state.first_at is not None and state.first_at < before:
        reader = Reader(session, state, grid_rows=grid_rows)
        save_grids(session, state, reader.lay_missing(reader.numeric_keys(), least=FEW_VALUES))
    CellWriter(session, state, before=state.copy()).freeze(-(-before // HOUR_MICROS))
    session.run("stage_expired", {"before": before, "limit": limit}, no=state.no)
    session.run("stage_gone_events", no=state.no)
    removed = _Removal(session, state, "expired").take(repeats_before=before)
    session.run("delete_old_rejected", (state.no, before))  # their counts stay, as after thirty days
    return removed


class _Removal:
    """Takes out what was staged as ``gone`` and ``gone_events``, and moves its counts within their hours."""

    def __init__(self, session: Session, state: VersionState, becomes: Literal["erased", "expired"]) -> None:
        self._session = session
        self._state = state
        self._becomes = becomes
        self._ledger: Ledger = Counter()
        self._refusals = 0

    def take_rejected(self, data_ids: frozenset[str]) -> None:
        """Take out what is kept of refused rows, also from the answers that batches are remembered by."""
        version = {"version_no": self._state.no}
        for kind, hour, n in self._session.rows("gone_rejected", version):
            self._move(hour, kind, "rejected", n)
            self._refusals += n
        for no, text in self._session.rows("answers_naming_gone", version):
            answer = [
                Rejection(one.index, "$", "erased") if one.data_id in data_ids else one
                for one in _REJECTIONS.decode(text)
            ]
            self._session.run("redact_answer", (msgspec.json.encode(answer).decode(), no))
        self._session.run("delete_gone_rejected", version)

    def take(self, *, repeats_before: int) -> Removed:
        """Take out events, actuals and repeats; repeats that came before a time go too."""
        session, state = self._session, self._state
        repeats = {"version_no": state.no, "before": repeats_before}
        [(outcomes,)] = session.rows("count_gone_outcomes", no=state.no)
        [(waiting,)] = session.rows("count_gone_waiting", no=state.no)
        removed = Removed(
            predictions=self._move_stored(),
            actuals=self._move_actuals(),
            waiting=int(waiting),
            repeats=self._move_repeats(repeats),
            refusals=self._refusals,
        )
        if self._becomes == "erased":
            seqs = [int(seq) for (seq,) in session.rows("gone_seqs")]
            CellWriter(session, state, before=state).take_away(seqs)
        for name in ("delete_gone_outcomes", "delete_gone_events", "delete_gone_actuals", "delete_gone_waiting"):
            session.run(name, no=state.no)
        session.run("delete_gone_repeats", repeats)
        session.run("drop_gone")
        insert_ledger(session, state.no, self._ledger)
        state.n_predictions -= removed.predictions
        state.n_actuals -= int(outcomes)
        if removed.predictions:
            [(state.first_at, state.last_at, state.last_received_at)] = session.rows("span_of_events", no=state.no)
        return removed

    def _move_stored(self) -> int:
        moved = 0
        for hour, n in self._session.rows("gone_stored"):
            self._move(hour, "prediction", "stored", n)
            moved += n
        return moved

    def _move_actuals(self) -> int:
        self._session.run("stage_gone_actuals", no=self._state.no)
        moved = 0
        for hour, has_event, n in self._session.rows("gone_lone_actuals"):
            self._move(hour, "actual", "matched" if has_event else "waiting", n)
            moved += n
        for _, rows in groupby(self._session.rows("gone_histories"), key=lambda row: row[0]):
            moved += self._move_history(list(rows))
        return moved

    def _move_history(self, rows: list[Row]) -> int:
        has_event = bool(rows[0][1])
        history = [
            KnownActual(arrival, value, occurred_at, received_at, batch_no)
            for _, _, arrival, code, number, text, occurred_at, received_at, batch_no in rows
            if (value := decode_value(code, number, text)) is not None
        ]
        states = states_of(history, has_prediction=has_event)
        for actual in history:
            self._move(hour_of(actual.received_at), "actual", states[actual.arrival], 1)
        return len(history)

    def _move_repeats(self, given: dict[str, int]) -> int:
        moved = 0
        for kind, became, hour, n in self._session.rows("gone_repeats", given):
            self._move(hour, kind, became, n)
            moved += n
        return moved

    def _move(self, hour: int, kind: Kind, was: str, n: int) -> None:
        self._ledger[hour, kind, was] -= n
        self._ledger[hour, kind, self._becomes] += n


def expire_counts(session: Session, state: VersionState, before: int) -> None:
    """Let go of counts of hours before a time, except those of rows that are still there."""
    session.run("delete_old_ledger", (state.no, before))
    session.run("delete_old_drops", (state.no, before))
    forget_cells(session, state, before)


def forget_version(session: Session, state: VersionState) -> None:
    """Drop a version's tables, and its rows in the tables that versions share."""
    drop_cells(session, state)
    for reference in state.references:
        session.run("drop_reference", reference=reference)
    session.run("drop_version", no=state.no)
