"""What the client dropped travels to the server, exactly once; errors nobody foresaw end nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RetryPolicy
from mlfoundry.client.options import Options
from mlfoundry.client.packing import Packer
from mlfoundry.client.redaction import Redaction
from mlfoundry.client.snapshot import Snapshot, snapshot_prediction
from mlfoundry.client.transport import Transport
from mlfoundry.errors import Unavailable

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

FQN = "model:default/repo/model:1"


def rows(count: int, first: int = 0) -> list[Snapshot]:
    return [
        snapshot_prediction({"data_id": str(i), "features": {"a": i}, "prediction_data": {"value": 1}})
        for i in range(first, first + count)
    ]


def batcher(peer: Peer, **options: Any) -> Batcher:
    chosen: dict[str, Any] = {"linger_s": 0.0, "retry": RetryPolicy(first_s=0.005, longest_s=0.02), **options}
    return Batcher(Transport(peer.host, None, timeout_s=5), Options(**chosen))


def reported(peer: Peer) -> list[dict[str, Any]]:
    """Of every batch once, however often it came."""
    batches = {batch["batch_id"]: batch for batch in peer.batches()}
    return [report for batch in batches.values() for report in batch.get("dropped", [])]


def test_drops_travel_with_the_next_batch_of_their_version(peer: Peer) -> None:
    gate = threading.Event()
    peer.next(peer.answer_after(gate, peer.accept))
    sender = batcher(peer, max_rows=5)
    sender.put("prediction", FQN, rows(5))
    peer.wait_for(1)
    sender.put("actual", FQN, [])
    sender.put("prediction", FQN, rows(7, first=5))
    gate.set()
    sender.flush(20)
    sender.put("prediction", FQN, rows(1, first=20))
    assert sender.close(20).dropped == 7
    (report,) = reported(peer)
    assert (report["kind"], report["reason"], report["rows"]) == ("prediction", "queue_full", 7)
    hour = datetime.fromisoformat(report["hour"].replace("Z", "+00:00"))
    assert hour == datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)


def test_they_travel_alone_where_no_batch_follows_and_keep_their_id_until_they_arrive(peer: Peer) -> None:
    peer.next(peer.hang_up(), peer.problem(503, "busy"))
    sender = batcher(peer, redaction=Redaction(before_send=lambda row: None))
    sender.put("prediction", FQN, rows(3))
    sender.flush(20)
    peer.wait_for(3)
    sender.close(20)
    assert [len(batch["rows"]) for batch in peer.batches()] == [0, 0, 0]
    assert len({batch["batch_id"] for batch in peer.batches()}) == 1
    assert [(report["reason"], report["rows"]) for report in reported(peer)] == [("before_send", 3)]


def test_a_refused_batch_gives_its_reports_to_the_next(peer: Peer) -> None:
    sender = batcher(peer, redaction=Redaction(before_send=lambda row: None if int(row.data_id) < 2 else row))
    peer.next(peer.problem(422, "unreadable"))
    sender.put("prediction", FQN, rows(4))
    sender.flush(20)
    peer.wait_for(2)
    sender.close(20)
    arrived = {(r["reason"], r["rows"]) for batch in peer.batches()[1:] for r in batch.get("dropped", [])}
    assert arrived == {("before_send", 2), ("refused", 2)}


def test_of_an_unknown_version_nothing_is_reported(peer: Peer) -> None:
    peer.next(peer.problem(404, "no such version"))
    sender = batcher(peer)
    sender.put("prediction", FQN, rows(2))
    sender.flush(20)
    sender.close(20)
    assert len(peer.requests) == 1


def test_a_report_that_is_refused_is_not_sent_for_ever(peer: Peer) -> None:
    peer.routes["POST /api/v1/predictions"] = peer.problem(400, "an older server")
    sender = batcher(peer, redaction=Redaction(before_send=lambda row: None))
    sender.put("prediction", FQN, rows(2))
    sender.flush(20)
    sender.close(20)
    assert len(peer.requests) == 1


def test_an_error_nobody_foresaw_costs_the_rows_at_hand_and_nothing_else(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sound = Packer.add
    calls = iter(range(1_000))

    def broken(self: Packer, *arguments: Any) -> Any:
        if next(calls) == 2:
            raise ZeroDivisionError
        return sound(self, *arguments)

    monkeypatch.setattr(Packer, "add", broken)
    sender = batcher(peer, linger_s=60)
    sender.put("prediction", FQN, rows(5))
    assert sender.flush(20) == Counts(sent=5, dropped=5, dropped_by_reason={"internal_error": 5})
    sender.put("prediction", FQN, rows(3, first=5))
    assert sender.flush(20).accepted == 3
    sender.close(20)
    assert caplog.text.count("an unexpected error") == 1
    assert [(report["reason"], report["rows"]) for report in reported(peer)] == [("internal_error", 5)]


def test_a_strict_flush_that_runs_out_of_time_says_so(peer: Peer) -> None:
    gate = threading.Event()
    peer.next(peer.answer_after(gate, peer.accept))
    sender = batcher(peer, strict=True)
    sender.put("prediction", FQN, rows(2))
    with pytest.raises(Unavailable, match="2 rows still wait"):
        sender.flush(0.05)
    gate.set()
    assert sender.flush(20) == Counts(sent=2, accepted=2)
    sender.close()
