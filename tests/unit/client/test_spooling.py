"""Rows that cannot be delivered go to disk, and come back: counts, bounds, other processes, forks."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RejectedRow, RetryPolicy
from mlfoundry.client.options import Options
from mlfoundry.client.snapshot import Snapshot, snapshot_prediction
from mlfoundry.client.transport import Transport

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

FQN = "model:default/repo/model:1"
NOWHERE = "http://127.0.0.1:9"
QUICK = RetryPolicy(first_s=0.005, longest_s=0.02)


def rows(count: int, first: int = 0, **features: Any) -> list[Snapshot]:
    return [
        snapshot_prediction({"data_id": str(i), "features": {"a": i, **features}, "prediction_data": {"value": 1}})
        for i in range(first, first + count)
    ]


def batcher(host: str, folder: Path, **options: Any) -> Batcher:
    chosen: dict[str, Any] = {"linger_s": 0.01, "retry": QUICK, "spool_dir": folder, **options}
    return Batcher(Transport(host, None, timeout_s=options.pop("timeout_s", 5)), Options(**chosen))


def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ids(peer: Peer) -> list[str]:
    """Of every row the peer took, a repeated batch once."""
    seen = {batch["batch_id"]: [row["data_id"] for row in batch["rows"]] for batch in peer.batches()}
    return sorted((name for names in seen.values() for name in names), key=int)


def test_while_the_server_is_away_rows_go_to_the_spool(tmp_path: Path) -> None:
    sender = batcher(NOWHERE, tmp_path)
    sender.put("prediction", FQN, rows(3))
    assert sender.flush(20) == Counts(sent=3, spooled=3)
    sender.put("prediction", FQN, rows(2, first=3))
    assert sender.flush(20) == Counts(sent=5, spooled=5)
    assert sender.close() == Counts(sent=5, spooled=5)
    assert list(tmp_path.glob("*/*.seg"))


def test_once_it_is_back_they_arrive_and_are_counted_anew(peer: Peer, tmp_path: Path) -> None:
    told: list[RejectedRow] = []
    away = peer.problem(503, "away")
    peer.routes["POST /api/v1/predictions"] = away
    sender = batcher(peer.host, tmp_path, on_reject=told.append)
    sender.put("prediction", FQN, rows(3))
    assert sender.flush(20).spooled == 3
    refusal = {"index": 1, "path": "$.features.a", "reason": "no", "data_id": "1"}
    peer.next(lambda request: peer.accept(request, [refusal]))
    del peer.routes["POST /api/v1/predictions"]
    until(lambda: sender.counts().spooled == 0)
    assert sender.counts() == Counts(sent=3, accepted=2, rejected=1)
    assert told == [RejectedRow("prediction", FQN, "1", "$.features.a", "no")]
    assert len({batch["batch_id"] for batch in peer.batches()}) == 1
    sender.close()
    assert list(tmp_path.iterdir()) == []


def test_a_later_process_sends_what_an_earlier_one_left(peer: Peer, tmp_path: Path) -> None:
    first = batcher(NOWHERE, tmp_path)
    first.put("prediction", FQN, rows(3))
    first.flush(20)
    first.close()
    second = batcher(peer.host, tmp_path)
    second.put("prediction", FQN, rows(1, first=3))
    until(lambda: ids(peer) == ["0", "1", "2", "3"])
    assert second.close() == Counts(sent=1, accepted=1)  # the others were counted by the first
    until(lambda: list(tmp_path.iterdir()) == [])


def test_rows_that_hang_in_a_request_are_spooled_when_the_client_closes(
    peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = threading.Event()
    peer.routes["POST /api/v1/predictions"] = peer.answer_after(gate, peer.accept)
    sender = batcher(peer.host, tmp_path)
    sender.put("prediction", FQN, rows(2))
    peer.wait_for(1)
    sender.put("prediction", FQN, rows(700, first=2))
    start = time.monotonic()
    assert sender.close(1.0) == Counts(sent=702, spooled=702)
    assert time.monotonic() - start < 5
    assert capsys.readouterr().err == ""
    gate.set()
    heir = batcher(peer.host, tmp_path)
    heir.put("prediction", FQN, rows(1, first=702))
    until(lambda: ids(peer) == [str(i) for i in range(703)])
    heir.close()


def test_pressure_goes_to_the_spool_rather_than_being_dropped(tmp_path: Path) -> None:
    patient = RetryPolicy(first_s=60, longest_s=60)
    sender = batcher(NOWHERE, tmp_path, max_rows=100, retry=patient)
    sender.put("prediction", FQN, rows(10))
    for first in range(10, 1_000, 10):
        until(lambda: sender.counts().pending <= 90)
        sender.put("prediction", FQN, rows(10, first=first))
    counts = sender.close()
    assert counts == Counts(sent=1_000, spooled=1_000)


def test_a_full_spool_keeps_rows_in_memory_until_that_is_full_too(tmp_path: Path, caplog: Any) -> None:
    sender = batcher(NOWHERE, tmp_path, max_rows=50, spool_bytes=600)
    for first in range(0, 80, 10):
        sender.put("prediction", FQN, rows(10, first=first))
        sender.flush(0.2)
    counts = sender.counts()
    assert counts.spooled > 0
    assert counts.pending == 50
    assert counts.dropped_by_reason == {"queue_full": 80 - 50 - counts.spooled}
    assert "spool_full" in caplog.text
    sender.close(0.5)


def test_a_spooled_batch_that_is_too_large_is_halved(peer: Peer, tmp_path: Path) -> None:
    def picky(request: Any) -> Any:
        too_many = len(request.json()["rows"]) > 3
        return peer.problem(413, "too large") if too_many else peer.accept(request)

    first = batcher(NOWHERE, tmp_path)
    first.put("prediction", FQN, rows(10))
    first.flush(20)
    first.close()
    peer.routes["POST /api/v1/predictions"] = picky
    second = batcher(peer.host, tmp_path)
    second.put("prediction", FQN, rows(1, first=10))
    until(lambda: sorted({i for b in peer.batches() if len(b["rows"]) <= 3 for i in ids_of(b)}, key=int) == eleven())
    assert second.close() == Counts(sent=1, accepted=1)
    until(lambda: list(tmp_path.iterdir()) == [])


def ids_of(batch: dict[str, Any]) -> list[str]:
    return [row["data_id"] for row in batch["rows"]]


def eleven() -> list[str]:
    return [str(i) for i in range(11)]


def test_counts_agree_at_every_instant_though_the_server_comes_and_goes(peer: Peer, tmp_path: Path) -> None:
    seeded = random.Random(11)
    weather = threading.Lock()

    def fickle(request: Any) -> Any:
        with weather:
            chance = seeded.random()
        return peer.hang_up() if chance < 0.3 else peer.problem(503, "away") if chance < 0.6 else peer.accept(request)

    peer.routes["POST /api/v1/predictions"] = fickle
    sender = batcher(peer.host, tmp_path, max_rows=400)
    sender.put("prediction", FQN, rows(1))
    wrong, ended = list[Counts](), threading.Event()

    def watch() -> None:
        while not ended.is_set():
            c = sender.counts()
            if c.sent != c.accepted + c.rejected + c.dropped + c.spooled + c.pending or min(c.spooled, c.pending) < 0:
                wrong.append(c)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for first in range(1, 1_201, 20):
        sender.put("prediction", FQN, rows(20, first=first))
        if first % 200 == 1:
            sender.flush(0.05)
    peer.routes.clear()
    until(lambda: sender.counts().accepted + sender.counts().dropped == 1_201)
    ended.set()
    watcher.join()
    assert not wrong
    taken = ids(peer)
    assert len(set(taken)) == len(taken) == sender.counts().accepted
    sender.close()


_PROGRAM = """
import sys, mlfoundry as mlf
client = mlf.get_client(host="http://127.0.0.1:9", spool_dir=sys.argv[1], linger_s=0.0)
i = 0
while True:
    client.log_predictions("model:default/repo/model:1", [
        mlf.Prediction(data_id=i + k, features={"a": 1}, prediction_data={"value": 1}) for k in range(10)])
    i += 10
    counts = client.flush(0.05)
    print(counts.spooled, flush=True)
"""


def test_kill_9_while_spooling_loses_nothing_that_was_spooled(peer: Peer, tmp_path: Path) -> None:
    spooled: list[int] = []
    for _ in range(2):  # two processes share the folder
        with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(tmp_path)], stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            said = 0
            while said < 200:
                said = int(program.stdout.readline())
            program.send_signal(signal.SIGKILL)
            said = max([said, *(int(line) for line in program.stdout.read().split())])
        spooled.append(said)
    heir = batcher(peer.host, tmp_path)
    heir.put("prediction", FQN, rows(1))
    until(lambda: not list(tmp_path.glob("*/*.seg")))
    taken = [name for batch in {b["batch_id"]: b for b in peer.batches()}.values() for name in ids_of(batch)]
    assert len(taken) - 1 >= sum(spooled)
    heir.close()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_leaves_the_parents_spool_to_the_parent(peer: Peer, tmp_path: Path) -> None:
    peer.routes["POST /api/v1/predictions"] = peer.problem(503, "away")
    sender = batcher(peer.host, tmp_path)
    sender.put("prediction", FQN, rows(2))
    sender.flush(20)
    child = os.fork()
    if child == 0:
        ok = False
        try:
            sender.put("prediction", FQN, rows(3, first=100))
            ok = sender.flush(20) == Counts(sent=3, spooled=3) and sender.close() == Counts(sent=3, spooled=3)
        finally:
            os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    peer.routes.clear()
    until(lambda: sender.counts() == Counts(sent=2, accepted=2))
    sender.close()
    heir = batcher(peer.host, tmp_path)
    heir.put("prediction", FQN, rows(1, first=200))
    heir.flush(20)
    until(lambda: set(ids(peer)) == {"0", "1", "100", "101", "102", "200"})
    heir.close()


def test_rows_behind_a_request_that_hangs_go_to_the_spool(peer: Peer, tmp_path: Path) -> None:
    gate = threading.Event()
    peer.routes["POST /api/v1/predictions"] = peer.answer_after(gate, peer.accept)
    impatient = RetryPolicy(first_s=0.005, longest_s=0.02, spool_hang_s=0.1)
    sender = batcher(peer.host, tmp_path, max_rows=100, retry=impatient)
    for first in range(0, 400, 10):
        until(lambda: sender.counts().pending <= 90)  # a queue behind 30 s, the usual timeout, would not empty in time
        sender.put("prediction", FQN, rows(10, first=first))
    assert sender.flush(20) == Counts(sent=400, spooled=400)
    gate.set()
    until(lambda: sender.counts() == Counts(sent=400, accepted=400))
    sender.close()
    assert ids(peer) == [str(i) for i in range(400)]
