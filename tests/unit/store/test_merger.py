from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import EngineFailed
from mlfoundry.judge import Limits, judge
from mlfoundry.store.base import MergeReport
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.inbox import Inbox
from mlfoundry.store.memory import MemoryStore
from mlfoundry.store.merger import Merger
from mlfoundry.store.segments import read_segment

FQN = "model:default/flights/late:1"
SOON = 20.0


class FailingStore(MemoryStore):
    """A store whose first merges fail."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the disk is on fire")
        return super().merge(batches, position)


@pytest.fixture
def inbox(tmp_path: Path) -> Generator[Inbox]:
    inbox = Inbox(tmp_path / "inbox", position=0)
    yield inbox
    inbox.close()


def put(inbox: Inbox, *data_ids: str) -> int:
    rows = [{"data_id": d, "features": {"x": 1.5}, "prediction_data": {"value": "late"}} for d in data_ids]
    body = json.dumps({"batch_id": str(uuid.uuid4()), "model_version_fqn": FQN, "rows": rows}).encode()
    return inbox.append(judge(body, "prediction", limits=Limits(), received_at=0), body).result(SOON).position


def test_what_lies_in_the_inbox_is_merged(inbox: Inbox) -> None:
    store = MemoryStore()
    merger = Merger(inbox, store, linger_s=0)
    merger.start()
    position = put(inbox, "a", "b")
    assert merger.wait_merged(position, SOON)
    assert store.describe(FQN).n_predictions == 2
    assert inbox.waiting_rows == 0
    health = merger.health()
    assert (health.problem, health.position, health.merged_rows, health.lag_s) == (None, position, 2, 0.0)
    assert merger.stop(SOON)


def test_stopping_merges_everything(inbox: Inbox) -> None:
    store = MemoryStore()
    merger = Merger(inbox, store, linger_s=30, max_rows=3)
    merger.start()
    for i in range(20):
        put(inbox, str(i))
    assert merger.stop(SOON)
    assert store.describe(FQN).n_predictions == 20


def test_many_batches_go_in_one_merge(inbox: Inbox) -> None:
    store = MemoryStore()
    positions = [put(inbox, str(i)) for i in range(10)]
    merger = Merger(inbox, store, linger_s=0, max_rows=4)
    merger.start()
    assert merger.wait_merged(positions[-1], SOON)
    assert merger.health().merges == 3
    merger.stop(SOON)


def test_a_failed_merge_is_said_and_tried_again(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlfoundry.store.merger._FIRST_BACK_OFF_S", 0.001)
    store = FailingStore(failures=3)
    merger = Merger(inbox, store, linger_s=0)
    with caplog.at_level(logging.ERROR):
        merger.start()
        position = put(inbox, "a")
        assert merger.wait_merged(position, SOON)
    assert caplog.text.count("a merge failed") == 3
    assert merger.health().problem is None
    assert store.row(FQN, "a") is not None
    assert merger.stop(SOON)


def test_rows_that_cannot_be_merged_stay_on_disk(inbox: Inbox, tmp_path: Path) -> None:
    merger = Merger(inbox, FailingStore(failures=10**6), linger_s=0)
    merger.start()
    put(inbox, "a")
    assert not merger.stop(SOON)
    problem = merger.health().problem
    assert problem is not None
    assert "on fire" in problem
    again = Inbox(tmp_path / "inbox", position=0)
    assert [item.batch.rows for item in again.peek(10)] == [1]
    again.close()


class PickyStore(MemoryStore):
    """A store that can never take rows of one id."""

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        if any(row.data_id == "poison" for batch in batches for row in batch.predictions):
            raise ValueError("such a row was never thought of")
        return super().merge(batches, position)


def test_a_batch_that_never_merges_is_set_aside_and_holds_up_no_other(
    inbox: Inbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlfoundry.store.merger._FIRST_BACK_OFF_S", 0.001)
    store = PickyStore()
    positions = [put(inbox, data_id) for data_id in ("a", "b", "poison", "c", "d")]
    merger = Merger(inbox, store, linger_s=0)
    with caplog.at_level(logging.ERROR):
        merger.start()
        assert merger.wait_merged(positions[-1], SOON)
    assert [store.row(FQN, data_id) is not None for data_id in ("a", "b", "poison", "c", "d")] == [1, 1, 0, 1, 1]
    assert (merger.health().problem, merger.health().aside) == (None, 1)
    assert "was set aside as" in caplog.text
    [kept] = (tmp_path / "inbox").glob("set-aside-*.log")
    [entry] = read_segment(kept).entries
    assert (entry.position, b'"poison"' in entry.body) == (positions[2], True)
    assert merger.stop(SOON)
    again = Inbox(tmp_path / "inbox", position=store.position())
    assert Merger(again, store).health().aside == 1
    assert again.waiting_rows == 0
    again.close()


class BrokenStore(MemoryStore):
    """A store whose engine fails some times, whatever it is given."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        if batches and self.failures:
            self.failures -= 1
            raise EngineFailed("the disk is full")
        return super().merge(batches, position)


def test_nothing_is_set_aside_for_the_engines_failures(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlfoundry.store.merger._FIRST_BACK_OFF_S", 0.001)
    monkeypatch.setattr("mlfoundry.store.merger._LONGEST_BACK_OFF_S", 0.001)
    store = BrokenStore(failures=50)
    merger = Merger(inbox, store, linger_s=0)
    merger.start()
    assert merger.wait_merged(put(inbox, "a"), SOON)
    assert (store.row(FQN, "a") is not None, merger.health().aside) == (True, 0)
    assert merger.stop(SOON)


def test_a_crash_between_merge_and_cleanup_repeats_nothing(inbox: Inbox, tmp_path: Path) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    put(inbox, "a")
    [waiting] = inbox.peek(10)
    store.merge([waiting.batch], waiting.position)
    put(inbox, "b")
    # Killed here: the store has merged "a", the log still holds both.
    again = Inbox(tmp_path / "inbox", position=store.position())
    merger = Merger(again, store, linger_s=0)
    merger.start()
    assert merger.stop(SOON)
    assert store.describe(FQN).n_predictions == 2
    assert {(entry.state, entry.n) for entry in store.ledger(FQN)} == {("stored", 2)}
    store.close()
