"""What clients report of rows that they lost, in every store."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mlfoundry.batches import JudgedBatch
from mlfoundry.events import DropReport
from mlfoundry.store.base import Store
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
NOON = as_utc("2026-03-01T12:00:00")


def make_duckdb(path: Path) -> Store:
    return DuckdbStore(path / "events.duckdb", memory_limit_bytes=2**28, clock=lambda: NOON)


def make_memory(path: Path) -> Store:
    del path
    return MemoryStore(clock=lambda: NOON)


@pytest.fixture(params=[make_memory, make_duckdb], ids=["memory", "duckdb"])
def make(request: pytest.FixtureRequest) -> Callable[[Path], Store]:
    return request.param


@pytest.fixture
def store(make: Callable[[Path], Store], tmp_path: Path) -> Iterator[Store]:
    made = make(tmp_path)
    yield made
    made.close()


def batch(*dropped: DropReport, name: int = 0, fqn: str = FQN) -> JudgedBatch:
    return JudgedBatch(
        batch_id=str(uuid.UUID(int=name)),
        kind="prediction",
        model_version_fqn=fqn,
        received_at=to_micros(NOON),
        dropped=dropped,
    )


def lost(hour: datetime, rows: int, reason: str = "queue_full") -> DropReport:
    return DropReport("prediction", reason, hour, rows)


def test_reports_add_by_hour_kind_and_reason_and_a_repeat_of_the_batch_adds_nothing(store: Store) -> None:
    earlier = NOON - timedelta(hours=1)
    first = batch(lost(earlier, 3), lost(NOON, 2), DropReport("actual", "spool_full", NOON, 7))
    store.merge([first, batch(lost(NOON, 5), lost(NOON, 1, "after_close"), name=1)], 1)
    store.merge([first], 2)
    assert store.dropped(FQN) == (
        lost(earlier, 3),
        DropReport("actual", "spool_full", NOON, 7),
        lost(NOON, 1, "after_close"),
        lost(NOON, 7),
    )
    assert store.dropped(FQN, Window(earlier, earlier + timedelta(minutes=1))) == (lost(earlier, 3),)
    assert store.ledger(FQN) == ()
    assert store.describe(FQN).n_predictions == 0


def test_versions_are_apart_and_an_unknown_one_lost_nothing(store: Store) -> None:
    other = FQN.replace(":1", ":2")
    store.merge([batch(lost(NOON, 1)), batch(lost(NOON, 2), fqn=other)], 1)
    assert store.dropped(FQN) == (lost(NOON, 1),)
    assert store.dropped(other) == (lost(NOON, 2),)
    assert store.dropped(FQN.replace(":1", ":3")) == ()


def test_they_are_there_after_a_restart(tmp_path: Path) -> None:
    before = make_duckdb(tmp_path)
    before.merge([batch(lost(NOON, 4))], 1)
    before.close()
    after = make_duckdb(tmp_path)
    assert after.dropped(FQN) == (lost(NOON, 4),)
    after.close()
