"""Inbox and event store under any sequence of appends, merges, crashes and questions, beside the store in memory."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mlfoundry.events import Kind
from mlfoundry.judge import Limits, judge
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.inbox import Inbox, InboxLimits
from mlfoundry.store.memory import MemoryStore
from mlfoundry.store.segments import list_segments
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

FQN = "model:default/faults/machine:1"
ALWAYS = Window(as_utc("1990-01-01"), as_utc("2090-01-01"))
IDS = tuple("abcdefg")
START = as_utc("2026-03-01")
_ids = st.sampled_from(IDS)
_rows = st.lists(st.tuples(_ids, st.sampled_from(["late", "ok", 1]), st.integers(0, 3)), min_size=1, max_size=5)


class StoreMachine(RuleBasedStateMachine):
    """Every acked batch is in the inbox or merged, once; what is merged reads as it does from memory."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.folder = Path(tempfile.mkdtemp())
        self.memory = MemoryStore(clock=self.clock)
        self.sent: list[tuple[Kind, bytes]] = []
        self.waiting: list[str] = []
        self.open(0)

    def clock(self) -> datetime:
        return self.now

    def open(self, number: int) -> None:
        self.data = self.folder / str(number)
        self.data.mkdir(exist_ok=True)
        self.store = DuckdbStore(self.data / "events.duckdb", clock=self.clock, memory_limit_bytes=2**27)
        self.inbox = Inbox(self.data / "inbox", position=self.store.position(), limits=InboxLimits(segment_bytes=2_000))

    def teardown(self) -> None:
        self.inbox.close()
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def declare(self) -> None:
        self.store.declare(FQN, None)
        self.memory.declare(FQN, None)

    @rule(kind=st.sampled_from(["prediction", "actual"]), rows=_rows, spoilt=st.booleans())
    def append(self, kind: Kind, rows: list[tuple[str, Any, int]], spoilt: bool) -> None:
        made = [_row(kind, *row) for row in rows] + ([{"data_id": "bad"}] if spoilt else [])
        envelope = {"batch_id": str(uuid.uuid4()), "model_version_fqn": FQN, "rows": made}
        self.sent.append((kind, msgspec.json.encode(envelope)))
        self.take(*self.sent[-1])

    @rule(data=st.data(), unknowing=st.booleans())
    def append_again(self, data: st.DataObject, unknowing: bool) -> None:
        """A retry, also one that raced with its merge, so that nobody knew the batch when it was let in."""
        if self.sent:
            kind, body = data.draw(st.sampled_from(self.sent))
            self.take(kind, body, unknowing=unknowing)

    def take(self, kind: Kind, body: bytes, *, unknowing: bool = False) -> None:
        batch = judge(body, kind, limits=Limits(), received_at=to_micros(self.now))
        if not unknowing and self.store.remembered(kind, FQN, batch.batch_id) is not None:
            return
        in_flight = batch.batch_id in self.waiting
        assert self.inbox.append(batch, body).result(20).reply == batch.reply()
        if not in_flight:
            self.waiting.append(batch.batch_id)

    @rule(max_rows=st.integers(1, 30), told=st.booleans())
    def merge(self, max_rows: int, told: bool) -> None:
        """Merge some; the inbox may not learn of it, as when the process ends just then."""
        found = self.inbox.peek(max_rows)
        if not found:
            return
        batches, position = [item.batch for item in found], found[-1].position
        report = self.store.merge(batches, position)
        assert report == self.memory.merge(batches, position)
        del self.waiting[: len(found)]
        if told:
            self.inbox.merged(position)
        else:
            self.crash(torn=b"")

    @rule(torn=st.sampled_from([b"", b"\xf5MLFent\x01", os.urandom(300)]))
    def crash(self, torn: bytes) -> None:
        """What is on disk now is all that is left; a write may have been under way."""
        number = int(self.data.name) + 1
        shutil.copytree(self.data, self.folder / str(number))
        self.inbox.close()
        self.store.close()
        segments = list_segments(self.folder / str(number) / "inbox")
        if segments:
            with segments[-1].open("ab") as file:
                file.write(torn)
        self.open(number)

    @rule()
    def stop_and_start(self) -> None:
        self.inbox.close()
        self.store.close()
        self.open(int(self.data.name))

    @rule(days=st.sampled_from([-9, -1, 1, 9]))
    def clock_jumps(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def what_waits_is_what_was_acked(self) -> None:
        self.now += timedelta(seconds=1)
        assert [item.batch.batch_id for item in self.inbox.peek(10**6)] == self.waiting

    @rule()
    def ask(self) -> None:
        assert _answers(self.store) == _answers(self.memory)
        info = self.store.describe(FQN)
        stored = sum(entry.n for entry in self.store.ledger(FQN) if entry.state == "stored")
        assert info.n_predictions == stored == len(self.store.rows(FQN, ALWAYS, limit=1_000).rows)


def _row(kind: Kind, data_id: str, value: Any, day: int) -> dict[str, Any]:
    at = f"2026-02-{day + 1:02d}T00:00:00Z"
    if kind == "actual":
        return {"data_id": data_id, "value": value, "occurred_at": at}
    return {"data_id": data_id, "features": {"x": day}, "prediction_data": {"value": value}, "occurred_at": at}


def _answers(store: DuckdbStore | MemoryStore) -> tuple[Any, ...]:
    return (
        store.position(),
        store.rows(FQN, ALWAYS, limit=1_000),
        store.ledger(FQN),
        store.rejected(FQN),
        [sorted(store.explain(FQN, data_id), key=repr) for data_id in (*IDS, "bad")],
    )


def test_any_sequence_ends_as_in_memory() -> None:
    long = os.environ.get("SOAK") == "1"
    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        StoreMachine,
        settings=settings(
            max_examples=300 if long else 12,
            stateful_step_count=60 if long else 25,
            deadline=None,
            derandomize=not long,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )
