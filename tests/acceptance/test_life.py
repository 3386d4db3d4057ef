"""Start, stop, crash, and two servers at one directory."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import mlfoundry as mlf
from serving import Server, ServerFactory, environment, start_server

REPO = "life"


def command(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mlfoundry", *arguments],
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_stop_with_rows_in_flight_loses_nothing(start: ServerFactory) -> None:
    server = start()
    client = mlf.get_client(host=server.url)
    client.create_ml_repo(REPO)
    fqn = client.create_model_version(ml_repo=REPO, name="model").fqn
    acked: list[str] = []
    http = httpx.Client(base_url=server.url, trust_env=False)

    def send() -> None:
        for number in range(10_000):
            ids = [f"{number}-{i}" for i in range(20)]
            rows = [{"data_id": data_id, "value": 1} for data_id in ids]
            batch = {"batch_id": f"00000000-0000-4000-8000-{number:012}", "model_version_fqn": fqn, "rows": rows}
            try:
                answer = http.post("/api/v1/actuals", json=batch)
            except httpx.HTTPError:
                return
            if answer.status_code != 200:
                return
            acked.extend(ids)

    sending = threading.Thread(target=send)
    sending.start()
    while len(acked) < 200:
        time.sleep(0.005)
    assert server.stop(signal.SIGINT) == 0
    sending.join(30)
    http.close()

    again = start(server.data_dir)
    totals = again.http.get("/api/v1/ledger", params={"model_version_fqn": fqn}).json()["totals"]
    assert totals["actual.waiting"] >= len(acked)
    assert set(totals) == {"actual.waiting"}
    one = again.http.get("/api/v1/row", params={"model_version_fqn": fqn, "data_id": acked[-1]}).json()
    assert [fate["state"] for fate in one["fates"]] == ["waiting"]


def test_a_killed_server_has_every_acked_row_once(start: ServerFactory) -> None:
    server = start()
    client = mlf.get_client(host=server.url)
    client.create_ml_repo(REPO)
    schema = {"features": [{"name": "age", "type": "int"}], "prediction": "categorical", "positive_class": "late"}
    fqn = client.create_model_version(ml_repo=REPO, name="model", model_schema=schema).fqn
    for number in range(20):
        row = {"data_id": str(number), "features": {"age": number}, "prediction_data": {"value": "late"}}
        batch = {"batch_id": f"00000000-0000-4000-8000-{number:012}", "model_version_fqn": fqn, "rows": [row]}
        assert server.http.post("/api/v1/predictions", json=batch).status_code == 200
    server.stop(signal.SIGKILL)

    restarted = start(server.data_dir)
    again = mlf.get_client(host=restarted.url)
    rows = again.get_inference_dataset(fqn)
    assert sorted(int(row.data_id) for row in rows) == list(range(20))
    found = again.get_model_version_by_fqn(fqn)
    assert found.model_schema is not None
    assert found.model_schema.positive_class == "late"
    assert restarted.stop(signal.SIGTERM) == 0


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = command("server", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"port {port} of 127.0.0.1 is in use" in done.stderr


def test_an_open_address_is_refused() -> None:
    done = command("server", MLFOUNDRY_HOST="0.0.0.0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no API keys yet" in done.stderr


@dataclass(frozen=True)
class Started:
    """A server, and how many seconds it took to answer."""

    server: Server
    took_s: float


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Generator[Started]:
    begun = time.monotonic()
    server = start_server(tmp_path_factory.mktemp("life") / "data", "--allowed-host", "lab.example")
    took_s = time.monotonic() - begun
    stat = Path(f"/proc/{server.process.pid}/stat")
    if stat.exists():
        # On a machine that does other things too, its processor time says how long it would have taken.
        ticks = stat.read_text().rpartition(")")[2].split()[11:13]
        took_s = min(took_s, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"))
    yield Started(server, took_s)
    server.stop()


def test_a_server_is_ready_within_three_seconds(started: Started) -> None:
    assert started.took_s < 3
    health = started.server.http.get("/health").json()
    assert (health["status"], health["ready"], health["reasons"]) == ("ok", True, [])


def test_a_second_server_at_one_directory_is_told(started: Started) -> None:
    second = command("server", "--port", "0", "--data-dir", str(started.server.data_dir))
    assert second.returncode == 2
    assert str(started.server.process.pid) in second.stderr
    assert "Traceback" not in second.stderr


def test_an_allowed_host_is_let_in(started: Started) -> None:
    page = {"host": "lab.example", "origin": "https://lab.example"}
    assert started.server.http.get("/health", headers=page).status_code == 200
