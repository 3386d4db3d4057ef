"""Rows a second from the wire to merged events, against the least that any server here would have to do.

The limit, in the same run: one thread that decodes the same bodies with msgspec into dicts, makes Arrow columns of them
and appends these to typed DuckDB columns, 10,000 rows a transaction; no HTTP, no log on disk, no matching of ids, no
ledger. The server: a real process, batches over HTTP on loopback, acked after fdatasync, timed until the last row is
merged. Then acks at half that rate, each timed from when it was due, while the dashboard's questions are asked.

Both forms of the wire are measured: arrays, whose names stand once a batch, as our client sends them, and objects, as
other programs may. The limit decodes the same form.

Beside the rates stands the CPU of both, which does not depend on what else the machine does. The senders share the
machine with the server; they keep their connections and send bodies that were packed before.

With ``--memory`` only the server's memory is measured, over as many rows as are asked for.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import duckdb
import httpx
import msgspec
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]

WIDTH = 30
Form = Literal["arrays", "objects"]


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


def as_array(row: dict[str, Any]) -> list[Any]:
    answer = row["prediction_data"]
    values = [[*part.values()] for part in (row["features"], answer["probabilities"], answer["shap_values"])]
    return [0, row["data_id"], row["occurred_at"], answer["value"], *values, None, None]


def layout_of(row: dict[str, Any]) -> dict[str, list[str]]:
    answer = row["prediction_data"]
    parts = {"features": row["features"]} | {name: answer[name] for name in ("probabilities", "shap_values")}
    return {name: [*part] for name, part in parts.items()}


def bodies(fqn: str, total: int, batch: int, seed: int, form: Form = "arrays") -> Iterator[bytes]:
    """Bodies of new rows. Their values repeat after 40 batches, their ids never."""
    rng = random.Random(seed)
    made: list[bytes] = []
    head: dict[str, Any] = {"model_version_fqn": fqn}
    for i in range(min(40, total // batch)):
        given = rows(batch, rng, i * batch)
        head["layouts"] = [layout_of(given[0])] if form == "arrays" else []
        made.append(msgspec.json.encode([as_array(row) for row in given] if form == "arrays" else given))
    for number in range(total // batch):
        own = made[number % len(made)].replace(b'"row-', f'"row-{seed}-{number // len(made)}-'.encode())
        batch_id = str(uuid.UUID(int=rng.getrandbits(128)))
        yield msgspec.json.encode({**head, "batch_id": batch_id, "rows": msgspec.Raw(own)})


class Data(msgspec.Struct):
    value: str | int | float | bool
    probabilities: dict[str, float]
    shap_values: dict[str, float]


class Row(msgspec.Struct):
    data_id: str
    features: dict[str, str | int | float | bool | None]
    prediction_data: Data
    occurred_at: float


class ArrayRow(msgspec.Struct, array_like=True):
    layout: int
    data_id: str
    occurred_at: float
    value: str | int | float | bool
    features: list[str | int | float | bool | None]
    probabilities: list[float]
    shap_values: list[float]


class Objects(msgspec.Struct):
    rows: list[Row]


class Arrays(msgspec.Struct):
    rows: list[ArrayRow]


def limit(wire: Sequence[bytes], form: Form) -> tuple[float, float]:
    """Rows a second of decode + Arrow + append alone, and its CPU a row in microseconds."""
    decoder = msgspec.json.Decoder(Arrays if form == "arrays" else Objects)
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(str(Path(folder) / "limit.duckdb"))
        waiting: list[Any] = []
        made = False
        count = 0
        start, cpu = time.perf_counter(), time.process_time()
        for body in wire:
            waiting += decoder.decode(body).rows
            if len(waiting) >= 10_000 or body is wire[-1]:
                incoming = columns_of_arrays(waiting) if form == "arrays" else columns(waiting)
                con.register("incoming", incoming)
                con.execute(
                    "INSERT INTO events SELECT * FROM incoming" if made else "CREATE TABLE events AS FROM incoming"
                )
                made = True
                count += len(waiting)
                waiting = []
        took, cpu = time.perf_counter() - start, time.process_time() - cpu
        con.close()
    return count / took, cpu / count * 1e6


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


def columns_of_arrays(batch: Sequence[ArrayRow]) -> Any:
    made: dict[str, Any] = {
        "data_id": [row.data_id for row in batch],
        "occurred_at": [row.occurred_at for row in batch],
        "value": [row.value for row in batch],
    }
    for prefix, part in (("f", "features"), ("p", "probabilities"), ("s", "shap_values")):
        made |= {f"{prefix}_{i}": c for i, c in enumerate(zip(*(getattr(row, part) for row in batch), strict=True))}
    return pa.table({name: pa.array(values) for name, values in made.items()})


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

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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


def send(address: str, packed: Iterable[bytes], *, every_s: float = 0.0, connections: int = 4) -> list[float]:
    """Send packed bodies and return what each ack took, in seconds; from when it was due, where there is a pace."""
    start = time.perf_counter()
    mine = threading.local()

    def one(numbered: tuple[int, bytes]) -> float:
        index, body = numbered
        due = time.perf_counter()
        if every_s:
            due = start + index * every_s
            time.sleep(max(0.0, due - time.perf_counter()))
        while True:
            if not hasattr(mine, "connection"):
                mine.connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
            mine.connection.request("POST", "/api/v1/predictions", body, HEADERS)
            answer = mine.connection.getresponse()
            answer.read()
            if answer.status == 200:
                return time.perf_counter() - due
            if answer.status != 503:
                raise SystemExit(f"the server answered {answer.status}")
            time.sleep(float(answer.headers["retry-after"]))

    with ThreadPoolExecutor(connections) as pool:
        return list(pool.map(one, enumerate(packed)))


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
    parser.add_argument("--memory", action="store_true", help="measure the server's memory alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, arguments.port)
        try:
            (measure_memory if arguments.memory else measure)(server, arguments.rows, arguments.batch)
        finally:
            server.stop()


def measure(server: Server, total: int, batch: int) -> None:
    for form in get_args(Form):
        measure_form(server, total, batch, form)


def measure_form(server: Server, total: int, batch: int, form: Form) -> None:
    print(f"rows as {form}")
    with httpx.Client(base_url=server.address, timeout=60) as http:
        fqn = register(http, form)
        wire = list(bodies(fqn, total, batch, seed=1, form=form))
        floor, floor_cpu_us = limit(wire, form)
        packed = [gzip.compress(body, 1) for body in wire]
        start, cpu_s = time.perf_counter(), server.cpu_s()
        acks = send(server.address, packed)
        acked = time.perf_counter() - start
        merged(http, fqn, total, 120)
        rate = total / (time.perf_counter() - start)
        cpu_us = (server.cpu_s() - cpu_s) / total * 1e6
        print(f"limit: decode + Arrow + append alone   {floor:10,.0f} rows/s   {floor_cpu_us:5.1f} us of CPU a row")
        print(f"server: on disk                        {total / acked:10,.0f} rows/s")
        print(f"server: on disk and merged             {rate:10,.0f} rows/s   {cpu_us:5.1f} us of CPU a row")
        print(f"of the limit: by rate {rate / floor:.2f} (bar 0.5), by CPU {floor_cpu_us / cpu_us:.2f}")
        print(f"ack at full rate p50 {statistics.median(acks) * 1e3:.1f} ms; memory {server.rss_mib():.0f} MiB")
        few = int(min(total, rate * 10))
        pace_s = batch / (rate / 2)
        quiet = [gzip.compress(body, 1) for body in bodies(fqn, few, batch, seed=2, form=form)]
        acks = send(server.address, quiet, every_s=pace_s, connections=16)
        print(f"ack at half that rate, nobody reading: {spread(acks)}")
        again = [gzip.compress(body, 1) for body in bodies(fqn, few, batch, seed=3, form=form)]
        stop = threading.Event()
        reads: list[float] = []
        reader = threading.Thread(target=lambda: reads.extend(questions(http, fqn, stop)))
        reader.start()
        acks = send(server.address, again, every_s=pace_s, connections=16)
        stop.set()
        reader.join()
        print(f"ack at half that rate, dashboard open: {spread(acks)} (bar 100)")
        print(f"the dashboard's own answers meanwhile: p50 {statistics.median(reads) * 1e3:.0f} ms, {len(reads)} asked")


def spread(seconds: Iterable[float]) -> str:
    taken = sorted(seconds)
    p50, p99 = statistics.median(taken) * 1e3, taken[int(len(taken) * 0.99)] * 1e3
    return f"{len(taken)} batches, p50 {p50:.1f} ms, p99 {p99:.1f}"


def measure_memory(server: Server, total: int, batch: int) -> None:
    """Print what the server holds in memory as rows come."""
    with httpx.Client(base_url=server.address, timeout=60) as http:
        fqn = register(http)
        step = max(batch, total // 10)
        for part in range(10):
            packed = (gzip.compress(body, 1) for body in bodies(fqn, step, batch, seed=part))
            send(server.address, packed)
            merged(http, fqn, (part + 1) * (step // batch) * batch, 600)
            print(f"{(part + 1) * step:12,} rows: {server.rss_mib():6.0f} MiB", flush=True)


def register(http: httpx.Client, name: str = "memory") -> str:
    http.post("/api/v1/ml-repos", json={"name": f"bench-{name}"}).raise_for_status()
    made = http.post(f"/api/v1/ml-repos/bench-{name}/model-versions", json={"name": f"m{os.getpid()}"})
    return str(made.raise_for_status().json()["fqn"])


if __name__ == "__main__":
    main()
