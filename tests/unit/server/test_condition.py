"""The server's own state: reasons in words, figures as Prometheus reads them."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest

from mlfoundry.server.condition import Facts, notes, reasons
from mlfoundry.store.inbox import InboxDepth
from mlfoundry.store.merger import MergerHealth
from serving import Server, wait_until

WELL = Facts(
    InboxDepth(rows=0, bytes=0, share=0.0, write_s=0.0),
    MergerHealth(None, position=3, lag_s=0.0, waiting_rows=0, merges=1, merged_rows=9),
    free_bytes=2**40,
    needed_bytes=2**28,
)
_SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z]+="[^"]*",?)*)\})? (\S+)$')


def read_metrics(text: str) -> dict[str, float]:
    """Samples by name and labels; fails on a line that is no sample and no comment."""
    samples: dict[str, float] = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            found = _SAMPLE.match(line)
            assert found, line
            samples[f"{found[1]}{{{found[2]}}}" if found[2] else found[1]] = float(found[3])
    return samples


def test_a_server_that_is_well_has_no_reasons() -> None:
    assert reasons(WELL) == notes(WELL) == []


def test_batches_set_aside_are_said_and_stop_nothing() -> None:
    aside = replace(WELL, merge=replace(WELL.merge, aside=2))
    assert reasons(aside) == []
    [note] = notes(aside)
    assert note.startswith("2 batches could not be merged")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(WELL, free_bytes=2**27), "nearly full: 128 MiB are free"),
        (replace(WELL, inbox=replace(WELL.inbox, write_s=9.0)), "not finished a write for 9 s"),
        (replace(WELL, inbox=replace(WELL.inbox, rows=390_000, share=0.97)), "390,000 rows wait, 97%"),
        (replace(WELL, merge=replace(WELL.merge, problem="StoreError: no room")), "not merged: StoreError: no room"),
        (replace(WELL, merge=replace(WELL.merge, lag_s=61.0, waiting_rows=7)), "oldest of 7 waiting rows"),
    ],
)
def test_each_trouble_has_its_reason(facts: Facts, words: str) -> None:
    (reason,) = reasons(facts)
    assert words in reason


def test_health_tells_live_from_ready(server: Server) -> None:
    health = server.http.get("/health").json()
    assert (health["status"], health["live"], health["ready"], health["reasons"]) == ("ok", True, True, [])
    assert server.http.get("/health/live").text == "ok\n"


def test_metrics_follow_the_rows(server: Server) -> None:
    server.http.post("/api/v1/ml-repos", json={"name": "counted"})
    fqn = server.http.post("/api/v1/ml-repos/counted/model-versions", json={"name": "m"}).json()["fqn"]
    before = read_metrics(server.http.get("/metrics").text)
    body = {
        "batch_id": str(uuid.uuid4()),
        "model_version_fqn": fqn,
        "rows": [{"data_id": "a", "value": 1}, {"data_id": "b", "value": 2}, {"data_id": "bad"}],
        "dropped": [{"kind": "prediction", "reason": "queue_full", "hour": "2026-01-01T00:00:00Z", "rows": 7}],
    }
    for _ in range(2):
        assert server.http.post("/api/v1/actuals", json=body).status_code == 200
    assert server.http.post("/api/v1/actuals", json=body | {"batch_id": "x"}).status_code == 400
    wait_until(lambda: grown(server, before, 'mlfoundry_merged_rows_total{kind="actual",state="waiting"}') == 2)
    assert grown(server, before, 'mlfoundry_rows_total{kind="actual",verdict="accepted"}') == 2
    assert grown(server, before, 'mlfoundry_rows_total{kind="actual",verdict="rejected"}') == 1
    assert grown(server, before, 'mlfoundry_repeated_batches_total{kind="actual"}') == 1
    dropped = 'mlfoundry_client_dropped_rows_total{kind="prediction",reason="queue_full"}'
    assert grown(server, before, dropped) == 7
    assert grown(server, before, 'mlfoundry_refused_requests_total{status="400"}') == 1
    now = read_metrics(server.http.get("/metrics").text)
    assert now["mlfoundry_ack_seconds_count"] > before["mlfoundry_ack_seconds_count"]
    assert now['mlfoundry_ack_seconds_bucket{le="+Inf"}'] == now["mlfoundry_ack_seconds_count"]
    assert now["process_resident_memory_bytes"] > 2**20
    assert (now["mlfoundry_ready"], now["mlfoundry_merge_failing"]) == (1, 0)


def grown(server: Server, before: dict[str, float], sample: str) -> float:
    return read_metrics(server.http.get("/metrics").text).get(sample, 0.0) - before.get(sample, 0.0)
