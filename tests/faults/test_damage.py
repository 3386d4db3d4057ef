"""A file that cannot be read is set aside and said; the server starts, and deletes nothing to do so."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from faults.harness import Oracle, Senders, Source, Tally, merged, register
from serving import Server, ServerFactory


def _filled(start: ServerFactory) -> tuple[Server, str, Oracle]:
    """A server that has merged 60 rows, killed."""
    server = start()
    fqn = register(server, "damaged")
    oracle = Oracle(fqn)
    Senders(oracle, lambda: server.url).send(Source(fqn, 1).predictions(3, 20))
    merged(server, fqn)
    server.stop(signal.SIGKILL)
    return server, fqn, oracle


def _spoil(path: Path, at: int, n: int = 64) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([0xA5]) * n)


def test_an_event_file_that_cannot_be_read(start: ServerFactory, tally: Tally) -> None:
    server, fqn, oracle = _filled(start)
    file = server.data_dir / "events.duckdb"
    wal = file.with_name("events.duckdb.wal")
    wal.unlink()
    _spoil(file, 0, 12_288)
    server = start(server.data_dir)
    assert "set aside" in server.log.read_text()
    assert len(list(server.data_dir.glob("events.duckdb.damaged-*"))) == 1
    assert server.http.get("/health").json()["ready"]
    # What still lies in the redo log is merged again; the version is known, and new rows are taken.
    Senders(oracle, lambda: server.url).send(Source(fqn, 2).predictions(2, 20))
    assert oracle.check_predictions(server) == 60
    tally.add("rows rebuilt from the redo log", 60)


def test_a_log_of_the_event_file_that_cannot_be_read(start: ServerFactory) -> None:
    server, _, oracle = _filled(start)
    wal = server.data_dir / "events.duckdb.wal"
    _spoil(wal, 0, 4_096)
    server = start(server.data_dir)
    assert server.http.get("/health").json()["ready"]
    assert oracle.check_predictions(server) == 60  # rebuilt from the redo log


def test_an_inbox_segment_that_cannot_be_read(start: ServerFactory) -> None:
    server, _, oracle = _filled(start)
    inbox = server.data_dir / "inbox"
    unreadable = inbox / "inbox-00000000000000000099.log"
    unreadable.mkdir()  # the one unreadable file that also root meets
    server = start(server.data_dir)
    assert "set aside" in server.log.read_text()
    assert (inbox / "inbox-00000000000000000099.unreadable").is_dir()
    assert oracle.check_predictions(server) == 60


def test_a_registry_that_cannot_be_read_is_named_and_left_alone(start: ServerFactory) -> None:
    server = start()
    register(server, "named")
    server.stop()
    registry = server.data_dir / "registry.db"
    _spoil(registry, 0, 4_096)
    before = registry.read_bytes()
    with pytest.raises(AssertionError, match=r"registry\.db.*cannot be read"):
        start(server.data_dir)
    assert "Traceback" not in server.log.read_text()
    assert registry.read_bytes() == before
