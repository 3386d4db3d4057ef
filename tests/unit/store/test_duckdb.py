"""What is the DuckDB store's own: its file. What it answers is in ``tests/contracts/test_store.py``."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.errors import StoreError
from mlfoundry.events import PredictionRow
from mlfoundry.store.base import ALL_OUTCOMES, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.duckdb_session import Database, Session
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
DAY = Window(as_utc("1970-01-01"), as_utc("1970-01-02"))


def batch(no: int, n: int = 3) -> JudgedBatch:
    rows = tuple(
        PredictionRow(
            index=i,
            data_id=f"{no}-{i}",
            value="late",
            features={f"x{no}": float(i)},
            probabilities={},
            shap_values={},
            occurred_at=i,
            raw_data="{}",
        )
        for i in range(n)
    )
    return JudgedBatch(
        batch_id=f"00000000-0000-0000-0000-{no:012}",
        kind="prediction",
        model_version_fqn=FQN,
        received_at=0,
        blocks=blocks_of(rows),
    )


_KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_duckdb import batch
from mlfoundry.store.duckdb import DuckdbStore
store = DuckdbStore(Path(sys.argv[1]))
for no in range(1, 6):
    store.merge([batch(no)], no)
os.kill(os.getpid(), 9)
"""


def test_a_killed_process_loses_nothing_that_was_merged(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path), str(Path(__file__).parent)], check=False)
    assert killed.returncode == -9
    store = DuckdbStore(path)
    assert store.position() == 5
    assert store.describe(FQN).n_predictions == 15
    assert len(store.rows(FQN, DAY, limit=100).rows) == 15
    store.merge([batch(5)], 5)
    store.merge([batch(6)], 6)
    assert store.describe(FQN).n_predictions == 18
    store.close()


def test_a_merge_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb", clock=lambda: DAY.start)
    store.merge([batch(1)], 1)
    before = (store.describe(FQN), store.ledger(FQN))
    with monkeypatch.context() as patch:
        patch.setattr("mlfoundry.store.duckdb.insert_batches", _fail)
        with pytest.raises(RuntimeError):
            store.merge([batch(2)], 2)
    assert (store.describe(FQN), store.ledger(FQN), store.position()) == (*before, 1)
    store.merge([batch(2)], 2)
    assert store.describe(FQN).n_predictions == 6
    assert store.remembered("prediction", FQN, batch(2).batch_id) == batch(2).reply()
    store.close()


def _fail(*_: object) -> None:
    raise RuntimeError("no")


def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "events.duckdb"
    path.write_bytes(b"this is no database" * 1_000)
    with caplog.at_level(logging.ERROR):
        store = DuckdbStore(path)
    store.merge([batch(1)], 1)
    store.close()
    [aside] = tmp_path.glob("events.duckdb.damaged-*")
    assert aside.read_bytes() == b"this is no database" * 1_000
    assert "set aside" in caplog.text


def test_a_store_of_another_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    DuckdbStore(path).close()
    database = Database(path, memory_limit_bytes=2**28, threads=1)
    with database.transaction() as session:
        session.run("advance", (0, 0))
        session._cursor.execute("UPDATE meta SET format_version = 99")  # pyright: ignore[reportPrivateUsage]
    database.close()
    with pytest.raises(StoreError, match="format 99"):
        DuckdbStore(path)
    assert not list(tmp_path.glob("*.damaged-*"))


def test_no_error_of_the_engine_leaks(tmp_path: Path) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    store.close()
    with pytest.raises(StoreError):
        store.ledger(FQN)


def test_reads_see_whole_merges_while_merges_go_on(tmp_path: Path) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    store.merge([batch(0)], 1)
    seen: list[int] = []
    done = threading.Event()
    problems: list[Exception] = []

    def read() -> None:
        try:
            while not done.is_set():
                [summary] = store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES))
                store.rows(FQN, DAY, limit=5)
                seen.append(summary.n)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for no in range(1, 25):  # each brings a new column
        store.merge([batch(no)], no + 1)
    done.set()
    for reader in readers:
        reader.join()
    store.close()
    assert problems == []
    assert seen
    assert all(n % 3 == 0 for n in seen)


def test_a_commit_whose_success_is_in_doubt_is_not_done_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    store.merge([batch(1)], 1)
    commit = Session.commit

    def commit_and_fail(session: Session) -> None:
        commit(session)
        raise StoreError("the connection to the disk was lost just now")

    with monkeypatch.context() as patched:
        patched.setattr(Session, "commit", commit_and_fail)
        with pytest.raises(StoreError, match="just now"):
            store.merge([batch(2)], 2)
    store.merge([batch(2)], 2)  # as the merger does
    store.merge([batch(3)], 3)
    assert store.describe(FQN).n_predictions == 9
    assert [(entry.state, entry.n) for entry in store.ledger(FQN)] == [("stored", 9)]
    assert store.remembered("prediction", FQN, batch(2).batch_id) is None  # received in 1970
    store.close()


def test_ids_are_known_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    for position in range(1, 4):
        store = DuckdbStore(path, clock=lambda: as_utc("1970-01-02"))
        assert (store.remembered("prediction", FQN, batch(1).batch_id) is not None) == (position > 1)
        report = store.merge([batch(1), msgspec.structs.replace(batch(1), batch_id=f"{position}")], position)
        assert dict(report.rows) == (
            {("prediction", "stored"): 3, ("prediction", "duplicate"): 3}
            if position == 1
            else {("prediction", "duplicate"): 3}
        )
        store.close()


def test_a_row_is_found_before_and_after_the_ids_were_taken_in(tmp_path: Path) -> None:
    first = DuckdbStore(tmp_path / "events.duckdb")
    first.merge([batch(1)], 1)
    first.close()
    store = DuckdbStore(tmp_path / "events.duckdb")

    def found() -> tuple[bool, bool, int]:
        return store.row(FQN, "1-1") is not None, store.row(FQN, "2-1") is not None, len(store.explain(FQN, "1-1"))

    store.prepare()  # nothing was looked up, so nothing is held
    assert found() == (True, False, 1)
    store.prepare()
    assert found() == (True, False, 1)
    store.merge([batch(2), batch(1)], 2)
    assert found() == (True, True, 2)  # stored, and a duplicate
    assert store.row("model:default/flights/other:1", "1-1") is None
    store.forget(FQN)
    store.prepare()
    store.close()


def test_batches_older_than_seven_days_are_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [as_utc("1970-01-02")]
    store = DuckdbStore(tmp_path / "events.duckdb", clock=lambda: now[0])
    store.merge([batch(1)], 1)
    assert store.remembered("prediction", FQN, batch(1).batch_id) == batch(1).reply()
    now[0] = as_utc("1970-01-10")
    assert store.remembered("prediction", FQN, batch(1).batch_id) is None
    monkeypatch.setattr("mlfoundry.store.duckdb.PURGE_EVERY", 1)
    store.merge([msgspec.structs.replace(batch(2), received_at=to_micros(now[0]))], 2)
    assert store.explain(FQN, "1-0")[0].batch_id is None  # the row stays, which batch it came in is forgotten
    store.close()
