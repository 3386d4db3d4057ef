from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RetryPolicy
from mlfoundry.client.options import Options
from mlfoundry.client.snapshot import Snapshot, snapshot_prediction
from mlfoundry.client.transport import Transport

if TYPE_CHECKING:
    from tests.unit.client.conftest import PatientClock, Peer

FQN = "model:default/repo/model:1"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def rows(count: int) -> list[Snapshot]:
    return [
        snapshot_prediction({"data_id": str(i), "features": {}, "prediction_data": {"value": 1}}) for i in range(count)
    ]


@pytest.fixture
def sender(peer: Peer, patient_clock: PatientClock) -> Batcher:
    return Batcher(Transport(peer.host, None, timeout_s=5), Options(linger_s=0.0), clock=patient_clock)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("nan", 0.0),
        ("inf", 300.0),
        ("86400", 300.0),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2027 03:00:00 GMT", 300.0),
        ("soon", 0.0),
        ("Fri, 99 Foo", 0.0),
    ],
)
def test_retry_after_is_read_in_every_form(header: str | None, seconds: float) -> None:
    assert RetryPolicy().retry_after(header, NOW) == seconds


def test_backoff_is_full_jitter_from_half_a_second_to_thirty() -> None:
    policy = RetryPolicy()
    assert [policy.backoff(attempt, 1.0) for attempt in (0, 1, 2, 5, 6, 10_000)] == [0.5, 1, 2, 16, 30, 30]
    assert policy.backoff(3, 0.25) == 1.0
    assert policy.backoff(3, 0.0) == 0.0


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_trouble_of_the_server_is_tried_again_with_the_same_batch_id(peer: Peer, sender: Batcher, status: int) -> None:
    peer.next(peer.problem(status, "busy"), peer.problem(status, "busy"))
    sender.put("prediction", FQN, rows(2))
    assert sender.flush(10) == Counts(sent=2, accepted=2)
    assert len({batch["batch_id"] for batch in peer.batches()}) == 1
    assert len(peer.requests) == 3
    sender.close()


def test_a_connection_that_is_cut_is_tried_again(peer: Peer, sender: Batcher) -> None:
    peer.next(peer.hang_up(), peer.hang_up())
    sender.put("prediction", FQN, rows(1))
    assert sender.flush(10).accepted == 1
    assert len(peer.requests) == 3
    sender.close()


def test_retry_after_is_a_minimum(peer: Peer, sender: Batcher, patient_clock: PatientClock) -> None:
    later = (patient_clock.now() + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = ({"retry-after": "40"}, {"retry-after": later}, {"retry-after": "5000"})
    peer.next(*(peer.problem(503, "busy", each) for each in headers))
    sender.put("prediction", FQN, rows(1))
    assert sender.flush(10).accepted == 1
    first, second, third = patient_clock.pauses
    assert first == pytest.approx(40, abs=0.1)
    assert second == pytest.approx(60, abs=2)  # of the 100 seconds 40 had passed
    assert third == pytest.approx(300, abs=0.1)
    sender.close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_keeps_the_rows_and_pauses(
    peer: Peer, sender: Batcher, patient_clock: PatientClock, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    peer.next(peer.problem(status, "no key"), peer.problem(status, "no key"))
    sender.put("prediction", FQN, rows(1))
    assert sender.flush(10).accepted == 1
    assert patient_clock.pauses == pytest.approx([60, 60], abs=0.1)
    assert caplog.text.count("no key") == 1
    sender.close()


def test_what_is_too_large_is_split_until_it_fits(peer: Peer, sender: Batcher) -> None:
    def picky(request: Any) -> Any:
        too_many = len(request.json()["rows"]) > 3
        return peer.problem(413, "too large", limit="wire_bytes") if too_many else peer.accept(request)

    peer.routes["POST /api/v1/predictions"] = picky
    sender.put("prediction", FQN, rows(10))
    assert sender.flush(10) == Counts(sent=10, accepted=10)
    taken = [batch for batch in peer.batches() if len(batch["rows"]) <= 3]
    assert [row["data_id"] for batch in taken for row in batch["rows"]] == [str(i) for i in range(10)]
    assert len({batch["batch_id"] for batch in peer.batches()}) == len(peer.requests)
    sender.close()


def test_one_row_that_is_too_large_is_dropped_alone(peer: Peer, sender: Batcher) -> None:
    def picky(request: Any) -> Any:
        has_it = any(row["data_id"] == "2" for row in request.json()["rows"])
        return peer.problem(413, "too large") if has_it else peer.accept(request)

    peer.routes["POST /api/v1/predictions"] = picky
    sender.put("prediction", FQN, rows(5))
    assert sender.flush(10) == Counts(sent=5, accepted=4, dropped=1, dropped_by_reason={"too_large": 1})
    sender.close()


def test_an_unknown_version_drops_its_rows_and_names_the_closest_once(
    peer: Peer, sender: Batcher, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = peer.problem(404, "no model version 'x'", closest="model:default/repo/model:3")
    peer.next(unknown, unknown)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            sender.put("prediction", FQN, rows(2))
            sender.flush(10)
    assert sender.counts() == Counts(sent=4, dropped=4, dropped_by_reason={"unknown_model_version": 4})
    assert caplog.text.count("did you mean 'model:default/repo/model:3'") == 1
    sender.close()


def test_other_refusals_drop_with_the_reason(peer: Peer, sender: Batcher, caplog: pytest.LogCaptureFixture) -> None:
    peer.next(peer.problem(422, "the envelope is unreadable"))
    sender.put("prediction", FQN, rows(2))
    assert sender.flush(10) == Counts(sent=2, dropped=2, dropped_by_reason={"refused": 2})
    assert "the envelope is unreadable" in caplog.text
    sender.close()


def test_an_answer_of_something_else_keeps_the_rows(
    peer: Peer, sender: Batcher, caplog: pytest.LogCaptureFixture
) -> None:
    peer.next(peer.json({"hello": "world"}))
    sender.put("prediction", FQN, rows(1))
    assert sender.flush(10).accepted == 1
    assert "does not answer like an mlfoundry server" in caplog.text
    sender.close()


def test_nothing_answers_is_said_once_with_what_to_do(
    patient_clock: PatientClock, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = Batcher(Transport("http://127.0.0.1:9", None), Options(linger_s=0.0), clock=patient_clock)
    sender.put("prediction", FQN, rows(1))
    sender.flush(0.5)
    assert sender.counts().pending == 1
    assert caplog.text.count("mlfoundry server") == 1
    assert sender.close(0.0).dropped == 1
    assert "1 rows were lost" in capsys.readouterr().err
