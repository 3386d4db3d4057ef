"""The client against a real server that dies and comes back: what was spooled arrives, what was lost is known."""

from __future__ import annotations

import signal
from pathlib import Path
from urllib.parse import urlsplit

from tests.serving import start_server, wait_until

import mlfoundry as mlf


def rows(first: int, count: int) -> list[mlf.Prediction]:
    return [
        mlf.Prediction(data_id=i, features={"a": i * 0.5, "b": "x"}, prediction_data={"value": i % 2 == 0})
        for i in range(first, first + count)
    ]


def test_rows_outlive_the_server_and_losses_are_booked_once(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    try:
        client = mlf.get_client(
            host=server.url,
            linger_s=0.01,
            spool_dir=tmp_path / "spool",
            before_send=lambda row: None if int(row.data_id) % 10 == 0 else row,
        )
        client.create_ml_repo("faults")
        fqn = client.create_model_version(ml_repo="faults", name="spooled").fqn
        client.log_predictions(fqn, rows(0, 100))
        assert client.flush(20).accepted == 90
        server.stop(signal.SIGKILL)
        client.log_predictions(fqn, rows(100, 100))
        client.flush(30)
        wait_until(lambda: client.stats().spooled == 90, timeout_s=30)
        server = start_server(tmp_path / "data", "--port", str(urlsplit(server.url).port))
        wait_until(lambda: client.stats().accepted == 180, timeout_s=60)
        assert client.close(20) == mlf.Counts(sent=200, accepted=180, dropped=20, dropped_by_reason={"before_send": 20})
        reader = mlf.get_client(host=server.url)
        ledger = reader.get_ledger(fqn)
        assert ledger.totals == {"prediction.stored": 180}
        assert sum(row["n"] for row in ledger.dropped) == 20
        assert {(row["kind"], row["reason"]) for row in ledger.dropped} == {("prediction", "before_send")}
        table = {"id": list(range(6_000)), "label": [True] * 6_000, "a": [0.25] * 6_000}
        assert reader.log_table(fqn, table, data_id="id", prediction="label").accepted == 6_000
        totals = reader.get_ledger(fqn).totals
        assert sum(totals.values()) == 6_180
        assert totals["prediction.conflict"] == 180
    finally:
        server.stop()
