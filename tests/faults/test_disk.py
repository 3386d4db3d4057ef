"""The disk fills up: what was acked is kept, nothing else is acked, and all goes on when there is room again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import uuid
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from faults.harness import Batch, Oracle, Size, Source, Tally, ledger, merged, post, register
from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import StoreError, Unavailable
from mlfoundry.judge import Limits, judge
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.inbox import Inbox, InboxLimits
from serving import ServerFactory, wait_until

MIB = 2**20
FQN = "model:default/faults/full:1"
Mount = Callable[[int], Path]


@pytest.fixture
def mount(tmp_path: Path) -> Generator[Mount]:
    """Mount small disks that are taken away in the end."""
    mounted: list[Path] = []

    def make(size_mib: int) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def fill(folder: Path, left: int) -> Path:
    """Take all room of a disk but so many bytes."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        for piece in (16 * MIB, MIB, 4096):  # others may take room meanwhile
            with contextlib.suppress(OSError):
                while free(folder) - left >= piece:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, piece)
    return filler


def sent(rng: random.Random, rows: int, row_bytes: int, name: str) -> tuple[JudgedBatch, bytes]:
    """A batch of rows that do not compress."""
    made = [
        {
            "data_id": f"{name}-{i}",
            "features": {"x": 1.0},
            "prediction_data": {"value": 1.0},
            "raw_data": {"t": rng.randbytes(row_bytes // 2).hex()},
        }
        for i in range(rows)
    ]
    envelope = {"batch_id": str(uuid.UUID(int=rng.getrandbits(128))), "model_version_fqn": FQN, "rows": made}
    body = json.dumps(envelope).encode()
    return judge(body, "prediction", limits=Limits(), received_at=5_000_000), body


def test_inbox(mount: Mount, size: Size, tally: Tally) -> None:
    disk = mount(24)
    for seed in range(size(2, 10)):
        rng = random.Random(seed)
        folder = disk / f"inbox-{seed}"
        limits = InboxLimits(free_bytes=0, segment_bytes=2 * MIB)
        inbox = Inbox(folder, position=0, limits=limits)
        filler = fill(disk, rng.randrange(MIB, 6 * MIB))
        acked: list[str] = []
        refused = 0
        for number in range(100):
            batch, body = sent(rng, 1, 120_000, f"{seed}-{number}")
            try:
                inbox.append(batch, body).result(20)
            except Unavailable:
                refused += 1
                if refused == 3:
                    filler.unlink()
            else:
                acked.append(batch.batch_id)
        assert refused == 3
        inbox.close()
        again = Inbox(folder, position=0, limits=limits)
        waiting = again.peek(10_000)
        assert [item.batch.batch_id for item in waiting] == acked
        again.merged(waiting[-1].position)
        again.close()
        tally.add("batches refused", refused)
        tally.add("batches acked and kept", len(acked))


def test_event_store(mount: Mount, size: Size, tally: Tally) -> None:
    """Seeds 0 and 3 fill the disk within a checkpoint, after which DuckDB refuses everything until opened anew."""
    disk = mount(220)
    for seed in range(size(1, 12)):
        rng = random.Random(seed)
        path = disk / f"events-{seed}.duckdb"
        store = DuckdbStore(path)
        fill_at, left, rows, failures = rng.randrange(7, 10), rng.randrange(40 * MIB), 0, 0
        filler: Path | None = None
        for number in range(12):
            if number == fill_at:
                filler = fill(disk, left)
            batch, _ = sent(rng, 60, 120_000, f"{seed}-{number}")
            while rows == number * 60:
                try:
                    store.merge([batch], number + 1)
                    rows += 60
                except StoreError:
                    failures += 1
                    assert failures < 6
                    if failures == 3 and filler is not None:
                        filler.unlink()
                        filler = None
        if filler is not None:
            filler.unlink()
        for _ in range(2):
            assert store.describe(FQN).n_predictions == rows
            assert [(entry.state, entry.n) for entry in store.ledger(FQN)] == [("stored", rows)]
            store.close()
            store = DuckdbStore(path)
        store.close()
        path.unlink()
        tally.add("merges failed", failures)
        tally.add("rows kept", rows)


def test_server(mount: Mount, start: ServerFactory, tally: Tally) -> None:
    disk = mount(600)
    server = start(disk / "data")
    fqn = register(server, "full")
    oracle = Oracle(fqn)
    source = Source(fqn, 1)
    kept = send_all(server.url, oracle, source.predictions(10, 20))
    filler = fill(disk, 100 * MIB)
    wait_until(lambda: not server.http.get("/health").json()["ready"])
    (reason,) = server.http.get("/health").json()["reasons"]
    assert "the disk is nearly full" in reason
    wait_until(lambda: probe(server.url, oracle, source.predictions(1, 1)[0]) == 503)
    refused = source.predictions(5, 20)
    for batch in refused:
        answer = post(server.url, batch)
        assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    filler.unlink()
    assert kept == 200
    assert send_all(server.url, oracle, refused) == 100
    assert server.http.get("/health").json()["ready"]
    merged(server, fqn)
    # Filled within the second in which the free space is not looked at, and to the last byte.
    send_all(server.url, oracle, source.predictions(1, 1))
    filler = fill(disk, 0)
    last = source.predictions(30, 200)
    statuses = [probe(server.url, oracle, batch) for batch in last]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 503
    filler.unlink()
    send_all(server.url, oracle, last)
    rows = oracle.check_predictions(server)
    assert ledger(server, fqn)["prediction.stored"] >= rows
    wait_until(lambda: server.http.get("/health").json()["ready"])
    tally.add("requests refused", 5 + statuses.count(503))
    tally.add("rows kept", rows)


def probe(url: str, oracle: Oracle, batch: Batch) -> int:
    """Send a batch that may be refused: the free space is looked at once a second."""
    oracle.sending(batch)
    answer = post(url, batch)
    if answer.status == 200:
        oracle.acked(batch, answer.json())
    return answer.status


def send_all(url: str, oracle: Oracle, batches: list[Batch]) -> int:
    """Send batches that must be taken; the rows accepted."""
    accepted = 0
    for batch in batches:
        oracle.sending(batch)
        answer = post(url, batch)
        assert answer.status == 200, answer.body
        oracle.acked(batch, answer.json())
        accepted += answer.json()["accepted"]
    return accepted
