from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.buffer import Buffer
from mlfoundry.client.clock import Clock
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RejectedRow
from mlfoundry.client.options import Options
from mlfoundry.client.snapshot import Snapshot, snapshot_actual, snapshot_prediction
from mlfoundry.client.transport import Transport
from mlfoundry.errors import RowsLost

if TYPE_CHECKING:
    from tests.unit.client.conftest import PatientClock, Peer

FQN = "model:default/repo/model:1"


def predictions(count: int, first: int = 0, **features: Any) -> list[Snapshot]:
    return [
        snapshot_prediction({"data_id": str(i), "features": {"age": i, **features}, "prediction_data": {"value": 0.5}})
        for i in range(first, first + count)
    ]


def actuals(count: int) -> list[Snapshot]:
    return [snapshot_actual({"data_id": str(i), "value": 1.0}) for i in range(count)]


def batcher(peer: Peer, clock: Clock | None = None, **options: Any) -> Batcher:
    return Batcher(
        Transport(peer.host, None), Options(**cast("dict[str, Any]", {"linger_s": 0.05, **options})), clock=clock
    )


def holds(counts: Counts) -> bool:
    parts = counts.accepted + counts.rejected + counts.dropped + counts.spooled + counts.pending
    return counts.sent == parts and counts.dropped == sum(counts.dropped_by_reason.values())


def test_rows_arrive_in_order_in_one_batch_with_an_id_of_its_own(peer: Peer) -> None:
    sender = batcher(peer)
    sender.put("prediction", FQN, predictions(3))
    assert sender.flush(5) == Counts(sent=3, accepted=3)
    (batch,) = peer.batches()
    assert [row["data_id"] for row in batch["rows"]] == ["0", "1", "2"]
    assert batch["model_version_fqn"] == FQN
    assert uuid.UUID(batch["batch_id"]).version == 4
    sender.close()


def test_a_batch_leaves_by_itself_after_the_linger(peer: Peer) -> None:
    sender = batcher(peer, linger_s=0.01)
    sender.put("prediction", FQN, predictions(1))
    peer.wait_for(1)
    sender.close()


def test_versions_and_kinds_travel_apart_and_predictions_first(peer: Peer) -> None:
    sender = batcher(peer, linger_s=60)
    other = FQN.replace(":1", ":2")
    sender.put("actual", FQN, actuals(2))
    sender.put("prediction", FQN, predictions(2))
    sender.put("prediction", other, predictions(1))
    assert sender.flush(5).accepted == 5
    sent = [(request.path, request.json()["model_version_fqn"]) for request in peer.requests]
    assert sorted(sent[:2]) == [("/api/v1/predictions", FQN), ("/api/v1/predictions", other)]
    assert sent[2:] == [("/api/v1/actuals", FQN)]
    sender.close()


def test_rejected_rows_are_told_with_their_ids_and_the_rest_is_accepted(peer: Peer) -> None:
    told: list[RejectedRow] = []
    sender = batcher(peer, on_reject=told.append)
    refusal = {"index": 1, "path": "$.features.age", "reason": "too old"}
    peer.next(lambda request: peer.accept(request, [refusal]))
    sender.put("prediction", FQN, predictions(3))
    assert sender.flush(5) == Counts(sent=3, accepted=2, rejected=1)
    assert told == [RejectedRow("prediction", FQN, "1", "$.features.age", "too old")]
    sender.close()


def test_a_bad_value_is_rejected_here_and_takes_no_good_row_with_it(peer: Peer) -> None:
    told: list[RejectedRow] = []
    sender = batcher(peer, on_reject=told.append)
    sender.put("prediction", FQN, [*predictions(1), *predictions(1, first=1, bad=[1, 2]), *predictions(1, first=2)])
    assert sender.flush(5) == Counts(sent=3, accepted=2, rejected=1)
    assert [(row.data_id, row.path) for row in told] == [("1", "$.features.bad")]
    assert "list" in told[0].reason
    assert [row["data_id"] for row in peer.batches()[0]["rows"]] == ["0", "2"]
    sender.close()


def test_a_callback_that_raises_stops_nothing(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: RejectedRow) -> None:
        raise RuntimeError("callback")

    sender = batcher(peer, on_reject=fail)
    sender.put("prediction", FQN, predictions(1, bad=object()))
    sender.put("prediction", FQN, predictions(1))
    assert sender.flush(5) == Counts(sent=2, accepted=1, rejected=1)
    assert "a callback raised" in caplog.text
    sender.close()


def test_what_does_not_fit_is_dropped_counted_and_told(peer: Peer) -> None:
    open_gate = threading.Event()
    peer.next(peer.answer_after(open_gate, peer.accept))
    told: list[Any] = []
    sender = batcher(peer, max_rows=10, on_drop=told.append)
    sender.put("prediction", FQN, predictions(8))
    peer.wait_for(1)
    sender.put("prediction", FQN, predictions(5))
    counts = sender.counts()
    assert counts == Counts(sent=13, dropped=3, pending=10, dropped_by_reason={"queue_full": 3})
    open_gate.set()
    assert sender.flush(5) == Counts(sent=13, accepted=10, dropped=3, dropped_by_reason={"queue_full": 3})
    sender.close()
    assert [(drop.rows, drop.reason) for drop in told] == [(3, "queue_full")]


def test_memory_is_bounded_in_bytes_also_with_large_texts() -> None:
    buffer = Buffer(max_rows=1_000, max_bytes=1_000_000, clock=Clock())
    rows = predictions(20, text="x" * 100_000)
    assert buffer.put("prediction", FQN, rows) == 11
    assert buffer.counts().pending == 9


def test_strict_raises_at_the_call_for_drops_and_at_the_flush_for_rejections(peer: Peer) -> None:
    open_gate = threading.Event()
    peer.next(peer.answer_after(open_gate, peer.accept))
    sender = batcher(peer, max_rows=2, strict=True)
    sender.put("prediction", FQN, predictions(2))
    with pytest.raises(RowsLost, match="queue_full"):
        sender.put("prediction", FQN, predictions(1))
    open_gate.set()
    assert sender.flush(5).accepted == 2  # the drop was said already
    sender.put("prediction", FQN, predictions(1, bad={}))
    with pytest.raises(RowsLost, match="1 rows were lost"):
        sender.flush(5)
    assert sender.flush(5).rejected == 1
    sender.close()


def test_counts_agree_at_every_instant(peer: Peer) -> None:
    sender = batcher(peer, linger_s=0.001, max_rows=200)
    sender.put("prediction", FQN, predictions(1))
    watching, wrong = threading.Event(), list[Counts]()

    def watch() -> None:
        while not watching.is_set():
            counts = sender.counts()
            if not holds(counts):
                wrong.append(counts)

    watcher = threading.Thread(target=watch)
    watcher.start()
    seeded = random.Random(7)
    writers = [threading.Thread(target=_log_some, args=(sender, random.Random(seeded.random()))) for _ in range(3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    final = sender.flush(20)
    watching.set()
    watcher.join()
    assert not wrong
    assert holds(final)
    assert final.pending == 0
    assert final.sent == 1 + 3 * 60 * 10
    assert sum(len(batch["rows"]) for batch in peer.batches()) == final.accepted
    sender.close()


def _log_some(sender: Batcher, chance: random.Random) -> None:
    for _ in range(60):
        bad: dict[str, Any] = {"bad": []} if chance.random() < 0.2 else {}
        sender.put("prediction", FQN, predictions(10, **bad))


def test_a_flush_waits_for_the_rows_before_it_alone_and_is_bounded(peer: Peer) -> None:
    open_gate = threading.Event()
    peer.next(peer.answer_after(open_gate, peer.accept))
    sender = batcher(peer)
    sender.put("prediction", FQN, predictions(2))
    assert sender.flush(0.05).pending == 2
    open_gate.set()
    assert sender.flush(5).pending == 0
    assert sender.flush(0.0).pending == 0
    sender.close()


def test_a_flush_from_a_callback_does_not_wait_for_itself(peer: Peer) -> None:
    seen: list[Counts] = []

    def flush(_: RejectedRow) -> None:
        seen.append(sender.flush(30))

    sender = batcher(peer, on_reject=flush)
    sender.put("prediction", FQN, predictions(1, bad=[]))
    assert sender.flush(5).rejected == 1
    assert len(seen) == 1
    sender.close()


def test_close_gives_up_after_its_time_and_says_how_many(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    open_gate = threading.Event()
    peer.next(peer.answer_after(open_gate, peer.accept))
    sender = batcher(peer)
    sender.put("prediction", FQN, predictions(4))
    assert sender.close(0.05) == Counts(sent=4, dropped=4, dropped_by_reason={"unsent_at_close": 4})
    assert capsys.readouterr().err == f"mlfoundry: 4 rows were lost: {peer.host} did not take them in time\n"
    open_gate.set()
    peer.wait_for(1)
    sender.put("prediction", FQN, predictions(1))
    assert sender.close() == Counts(sent=5, dropped=5, dropped_by_reason={"unsent_at_close": 4, "after_close": 1})
    assert capsys.readouterr().err == ""


def test_drops_are_warned_of_once_a_reason(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    sender = batcher(peer)
    sender.close()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            sender.put("prediction", FQN, predictions(1))
            sender.close()
    assert caplog.text.count("after_close") == 1


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_sends_its_own_rows_and_the_parent_its_own(peer: Peer, patient_clock: PatientClock) -> None:
    sender = batcher(peer, linger_s=60)
    sender.put("prediction", FQN, predictions(2))
    child = os.fork()
    if child == 0:
        ok = False
        try:
            sender.put("prediction", FQN, predictions(3, first=100))
            ok = sender.flush(10) == Counts(sent=3, accepted=3) and sender.close(5).accepted == 3
        finally:
            os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert sender.flush(5) == Counts(sent=2, accepted=2)
    ids = sorted(row["data_id"] for batch in peer.batches() for row in batch["rows"])
    assert ids == ["0", "1", "100", "101", "102"]
    sender.close()


_PROGRAM = """
import sys, mlfoundry as mlf
client = mlf.get_client(host=sys.argv[1], exit_timeout_s=float(sys.argv[2]))
client.log_predictions("model:default/repo/model:1", [
    mlf.Prediction(data_id=i, features={"a": 1}, prediction_data={"value": 1}) for i in range(5)])
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )


def test_a_program_that_ends_at_once_loses_nothing(peer: Peer) -> None:
    assert run(_PROGRAM, peer.host, "20").stderr == ""
    assert [len(batch["rows"]) for batch in peer.batches()] == [5]


def test_a_program_ends_in_time_though_nothing_answers() -> None:
    lines = run(_PROGRAM, "http://127.0.0.1:9", "0.2").stderr.splitlines()
    assert lines[-1] == "mlfoundry: 5 rows were lost: http://127.0.0.1:9 did not take them in time"
    assert len(lines) <= 2  # the other one is the warning, if there was time for it


def test_a_worker_of_multiprocessing_sends_what_it_logged(peer: Peer) -> None:
    program = _PROGRAM.replace("client.log", "def work():\n  client.log").replace(
        "range(5)])",
        "range(5)])\nimport multiprocessing as mp\np = mp.get_context('fork').Process(target=work)\n"
        "p.start(); p.join(); sys.exit(p.exitcode)",
    )
    assert run(program, peer.host, "20").stderr == ""
    assert [len(batch["rows"]) for batch in peer.batches()] == [5]
