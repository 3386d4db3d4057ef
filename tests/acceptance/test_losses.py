"""Rows that a client lost show on the server, so that nobody takes a loss for a quiet day."""

import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

import mlfoundry as mlf
from serving import Server


def asked(server: Server, what: str, fqn: str) -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/api/v1/{what}", params={"model_version_fqn": fqn, "granularity": "1h"})
    return answer.raise_for_status().json()


def test_what_a_client_dropped_stands_in_the_ledger_and_on_the_volume_chart(server: Server) -> None:
    with mlf.get_client(host=server.url, max_rows=10) as client:
        client.create_ml_repo("losses")
        fqn = client.create_model_version(ml_repo="losses", name=f"model-{uuid.uuid4().hex[:8]}").fqn
        client.log_predictions(
            fqn, [{"data_id": str(i), "features": {"a": i}, "prediction_data": {"value": 1.5}} for i in range(25)]
        )
        counts = client.flush(timeout_s=20)
        assert counts.dropped_by_reason == {"queue_full": 15}
        client.log_predictions(fqn, [{"data_id": "after", "features": {}, "prediction_data": {"value": 1.5}}])
    deadline = time.monotonic() + 20
    while not (ledger := asked(server, "ledger", fqn))["dropped"] or asked(server, "volume", fqn)["n_predictions"] < 11:
        assert time.monotonic() < deadline, ledger
        time.sleep(0.05)
    assert [(row["kind"], row["reason"], row["n"]) for row in ledger["dropped"]] == [("prediction", "queue_full", 15)]
    assert ledger["totals"] == {"prediction.stored": 11}
    volume = asked(server, "volume", fqn)
    assert sum(volume["dropped"]) == 15
    assert sum(volume["predictions"]) == 11
    lost = volume["starts"][volume["dropped"].index(15)]
    assert datetime.now(timezone.utc) - datetime.fromisoformat(lost.replace("Z", "+00:00")) < timedelta(hours=2)
