"""The DuckDB file measured, checked and copied."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import duckdb
import pytest

from contracts.test_store import ALWAYS, FQN, NOON, Feed, actual, batch, prediction
from mlfoundry.store.duckdb import DuckdbStore

ROWS = "(SELECT no FROM series WHERE what = 'rows')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.duckdb"


@pytest.fixture
def store(path: Path) -> Generator[DuckdbStore]:
    opened = DuckdbStore(path, clock=lambda: NOON)
    feed = Feed(opened)
    feed.merge(batch(*(prediction(str(i)) for i in range(100))))
    feed.merge(batch(*(actual(str(i), "ok") for i in range(60)), actual("waits", "ok")))
    yield opened
    opened.close()


def silent(step: str, done: int, total: int) -> None:
    assert done <= total


def problems(store: DuckdbStore) -> list[str]:
    return [finding.text for finding in store.check(silent) if finding.level == "problem"]


def test_usage_counts_rows_and_bytes(store: DuckdbStore) -> None:
    store.checkpoint()
    files, [version] = store.usage()
    assert (version.fqn, version.events.rows, version.actuals.rows, version.outcomes.rows) == (FQN, 100, 61, 60)
    assert version.events.bytes > 0
    assert version.aggregates.rows > 0
    assert files.file_bytes >= version.events.bytes
    assert files.shared.rows > 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("DELETE FROM events_1 WHERE seq = 7", "there are 99 events, the ledger says 100"),
        ("DELETE FROM outcomes_1 WHERE seq = 7", "there are 59 outcomes, the ledger says 60"),
        ("INSERT INTO events_1 SELECT * FROM events_1 WHERE seq = 7", "share a data_id"),
        ("UPDATE outcomes_1 SET seq = 999 WHERE seq = 7", "1 outcomes have no event"),
        ("INSERT INTO waiting_1 SELECT key FROM events_1 WHERE seq = 7", "1 have one"),
        ("UPDATE versions SET next_seq = 5", "given away again"),
        ("UPDATE ledger SET n = -1 WHERE state = 'waiting'", "below zero"),
        ("UPDATE versions SET last_at = 1", "first and last time"),
        ("DROP TABLE waiting_1", "the table waiting_1 is missing"),
        (
            f"DELETE FROM cells_hour_1 WHERE series = {ROWS} AND buckets = [1]",
            "the aggregates count 0 events and outcomes instead of 60",
        ),
        (f"DELETE FROM cells_day_1 WHERE series = {ROWS} AND buckets = [0]", "days the aggregates count"),
    ],
)
def test_a_check_finds_what_does_not_agree(path: Path, store: DuckdbStore, spoil: str, words: str) -> None:
    assert problems(store) == []
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(spoil)
    spoiled = DuckdbStore(path, clock=lambda: NOON)
    assert any(words in text for text in problems(spoiled))
    spoiled.close()


def test_a_copy_is_one_state_while_merges_go_on(tmp_path: Path, store: DuckdbStore) -> None:
    stop = threading.Event()
    feed = Feed(store)

    def log() -> None:
        no = 0
        while not stop.is_set():
            feed.merge(batch(prediction(f"new-{no}", features={f"x{no}": 1.0}, actual_value="ok")))
            no += 1

    logging = threading.Thread(target=log)
    logging.start()
    copies = [tmp_path / f"copy-{i}.duckdb" for i in range(3)]
    for copy in copies:
        store.copy_to(copy, silent)
    stop.set()
    logging.join()
    for copy in copies:
        copied = DuckdbStore(copy, clock=lambda: NOON)
        assert problems(copied) == []
        assert copied.position() <= store.position()
        rows = copied.rows(FQN, ALWAYS, limit=10_000).rows
        assert len(rows) == copied.describe(FQN).n_predictions >= 100
        assert rows == tuple(row for row in store.rows(FQN, ALWAYS, limit=10_000).rows if row in rows)
        copied.close()
    assert list((tmp_path / "events.copies").iterdir()) == []


def test_a_copy_has_no_free_blocks(tmp_path: Path, store: DuckdbStore) -> None:
    feed = Feed(store)
    ids = [f"gone-{i}" for i in range(3_000)]
    feed.merge(batch(*(prediction(data_id, raw_data=f'"{data_id * 50}"') for data_id in ids)))
    store.checkpoint()
    store.erase(FQN, ids)
    store.checkpoint()
    before, _ = store.usage()
    store.copy_to(tmp_path / "copy.duckdb", silent)
    assert (tmp_path / "copy.duckdb").stat().st_size < before.file_bytes
    assert b"gone-17gone-17" not in (tmp_path / "copy.duckdb").read_bytes()
