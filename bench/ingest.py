"""Rows a second from the wire to merged events, against the least that any server here would have to do.

The limit, in the same run: one thread that decodes the same bodies with msgspec into dicts, makes Arrow columns of them
and appends these to typed DuckDB columns, 10,000 rows a transaction; no HTTP, no log on disk, no matching of ids, no
ledger. The server: a real process, batches over HTTP on loopback, acked after fdatasync, timed until the last row is
merged. Then acks at half that rate while the dashboard's questions are asked.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]

WIDTH = 30


def rows(count: int, rng: random.Random, start: int) -> list[dict[str, Any]]:
    now = time.time()
    return [
        {
            "data_id": f"row-{start + i}",
            "features": {f"feature_{j}": rng.gauss(j, 1.0) for j in range(WIDTH - 3)}
            | {"carrier": rng.choice("ABCDEF"), "weekday": i % 7, "night": i % 2 == 0},
            "prediction_data": {
                "value": rng.choice(["late", "on_time"]),
                "probabilities": {"late": 0.3, "on_time": 0.7},
                "shap_values": {f"feature_{j}": rng.gauss(0, 0.1) for j in range(WIDTH - 3)}
                | {"carrier": 0.01, "weekday": 0.02, "night": -0.01},
            },
            "occurred_at": now - rng.random() * 86_400,
        }
        for i in range(count)
    ]


def bodies(fqn: str, total: int, batch: int, seed: int) -> list[bytes]:
    rng = random.Random(seed)
    return [
        json.dumps(
            {
                "batch_id": str(uuid.UUID(int=rng.getrandbits(128))),
                "model_version_fqn": fqn,
                "rows": rows(batch, rng, i),
            }
        ).encode()
        for i in range(0, total, batch)
    ]


class Data(msgspec.Struct):
    value: str | int | float | bool
    probabilities: dict[str, float]
    shap_values: dict[str, float]


class Row(msgspec.Struct):
    data_id: str
    features: dict[str, str | int | float | bool | None]
    prediction_data: Data
    occurred_at: float


class Envelope(msgspec.Struct):
    rows: list[Row]


def limit(wire: Sequence[bytes]) -> float:
    """Rows a second of decode + Arrow + append alone."""
    decoder = msgspec.json.Decoder(Envelope)
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(str(Path(folder) / "limit.duckdb"))
        waiting: list[Row] = []
        made = False
        count = 0
        start = time.perf_counter()
        for body in wire:
            waiting += decoder.decode(body).rows
            if len(waiting) >= 10_000 or body is wire[-1]:
                incoming = columns(waiting)
                con.register("incoming", incoming)
                con.execute(
                    "INSERT INTO events SELECT * FROM incoming" if made else "CREATE TABLE events AS FROM incoming"
                )
                made = True
                count += len(waiting)
                waiting = []
        took = time.perf_counter() - start
        con.close()
    return count / took


def columns(batch: Sequence[Row]) -> Any:
    first = batch[0]
    made: dict[str, Any] = {
        "data_id": [row.data_id for row in batch],
        "occurred_at": [row.occurred_at for row in batch],
        "value": [row.prediction_data.value for row in batch],
    }
    made |= {f"f_{n}": [row.features[n] for row in batch] for n in first.features}
    made |= {
        f"p_{n}": [row.prediction_data.probabilities[n] for row in batch] for n in first.prediction_data.probabilities
    }
    made |= {f"s_{n}": [row.prediction_data.shap_values[n] for row in batch] for n in first.prediction_data.shap_values}
    return pa.table(made)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class Server:
    """A real server process with a data directory of its own."""

    def __init__(self, folder: str, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._log = open(Path(folder) / "server.log", "wb")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlfoundry",
                "server",
                "--port",
                str(port),
                "--data-dir",
                str(Path(folder) / "data"),
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.address}/health").json()["ready"]:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise SystemExit("the server did not become ready within 30 s")

    def rss_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self._log.close()


def merged(http: httpx.Client, fqn: str, goal: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if http.get("/api/v1/version", params={"model_version_fqn": fqn}).json()["n_predictions"] >= goal:
            return
        time.sleep(0.02)
    raise SystemExit(f"{goal:,} rows were not merged within {timeout_s:.0f} s")


def send(http: httpx.Client, wire: Sequence[bytes], *, every_s: float = 0.0, connections: int = 4) -> list[float]:
    """Send packed bodies and return what each ack took, in seconds."""
    start = time.perf_counter()

    def one(numbered: tuple[int, bytes]) -> float:
        index, body = numbered
        if every_s:
            time.sleep(max(0.0, start + index * every_s - time.perf_counter()))
        began = time.perf_counter()
        answer = http.post("/api/v1/predictions", content=body, headers=HEADERS)
        took = time.perf_counter() - began
        if answer.status_code == 503:
            time.sleep(float(answer.headers.get("retry-after", 1)))
            return one(numbered)
        answer.raise_for_status()
        return took

    with ThreadPoolExecutor(connections) as pool:
        return list(pool.map(one, enumerate(wire)))


HEADERS = {"content-type": "application/json", "content-encoding": "gzip"}


def questions(http: httpx.Client, fqn: str, stop: threading.Event) -> Iterator[float]:
    """Ask what an open dashboard asks until told to stop."""
    paths = ("version", "volume", "performance", "drift", "rows")
    while not stop.is_set():
        for path in paths:
            began = time.perf_counter()
            http.get(f"/api/v1/{path}", params={"model_version_fqn": fqn}).raise_for_status()
            yield time.perf_counter() - began
        stop.wait(5.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=250, help="rows a request (default 250)")
    parser.add_argument("--port", type=int, default=18_431)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, arguments.port)
        try:
            measure(server, arguments.rows, arguments.batch)
        finally:
            server.stop()


def measure(server: Server, total: int, batch: int) -> None:
    with httpx.Client(base_url=server.address, timeout=60) as http:
        http.post("/api/v1/ml-repos", json={"name": "bench"}).raise_for_status()
        made = http.post("/api/v1/ml-repos/bench/model-versions", json={"name": f"m{os.getpid()}"})
        fqn: str = made.raise_for_status().json()["fqn"]
        wire = bodies(fqn, total, batch, seed=1)
        floor = limit(wire)
        packed = [gzip.compress(body, 1) for body in wire]
        start = time.perf_counter()
        acks = send(http, packed)
        acked = time.perf_counter() - start
        merged(http, fqn, total, 120)
        rate = total / (time.perf_counter() - start)
        print(f"limit: decode + Arrow + append alone   {floor:10,.0f} rows/s")
        print(f"server: on disk                        {total / acked:10,.0f} rows/s")
        print(
            f"server: on disk and merged             {rate:10,.0f} rows/s   {rate / floor:.2f} of the limit (bar 0.5)"
        )
        print(f"ack at full rate p50 {statistics.median(acks) * 1e3:.1f} ms; memory {server.rss_mib():.0f} MiB")

        again = [gzip.compress(body, 1) for body in bodies(fqn, int(min(total, rate * 10)), batch, seed=2)]
        stop = threading.Event()
        reads: list[float] = []
        reader = threading.Thread(target=lambda: reads.extend(questions(http, fqn, stop)))
        reader.start()
        acks = sorted(send(http, again, every_s=batch / (rate / 2)))
        stop.set()
        reader.join()
        p99 = acks[int(len(acks) * 0.99)] * 1e3
        print(
            f"ack at half that rate, dashboard open p50 {statistics.median(acks) * 1e3:.1f} ms, p99 {p99:.1f} (bar 100)"
        )
        print(f"the dashboard's own answers meanwhile: p50 {statistics.median(reads) * 1e3:.0f} ms, {len(reads)} asked")


if __name__ == "__main__":
    main()
