"""Rows a second of ``log_table``: into a sink, and into a real server until all is merged.

The limit, in the same run: pyarrow writing the same Arrow streams, compressed alike, and nothing else. The table has
30 features and 30 SHAP values and is made a batch at a time, each with new ids, as a reader of files would. The sink is
a process of its own that reads each stream with pyarrow; the client's CPU a row, of all its threads, does not depend on
it. Memory is what the process holds at its peak above what it held before.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow
import pyarrow.compute
from ingest import Server, merged, register

import mlfoundry as mlf

WIDTH = 30
BATCH_ROWS = 20_000
SLICE_ROWS = 5_000
FEATURES = [f"feature_{i}" for i in range(WIDTH)]
SHAP = [f"shap_{i}" for i in range(WIDTH)]
pa: Any = pyarrow
pc: Any = pyarrow.compute


def batches(rows: int, name: str) -> Iterator[Any]:
    """Batches of new rows; all but their ids repeat."""
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {"label": pa.array(["late", "on_time"] * (BATCH_ROWS // 2))}
    columns |= {feature: rng.normal(i, 1.0, BATCH_ROWS) for i, feature in enumerate(FEATURES)}
    columns |= {shap: rng.normal(0.0, 0.1, BATCH_ROWS) for shap in SHAP}
    day = np.datetime64("2026-01-02T00:00:00", "us")
    columns["at"] = day + rng.integers(0, 86_400_000_000, BATCH_ROWS)
    for first in range(0, rows, BATCH_ROWS):
        numbers = pa.array(np.arange(first, first + BATCH_ROWS)).cast(pa.string())
        yield pa.record_batch({"id": pc.binary_join_element_wise(name, numbers, "-"), **columns})


def reader(rows: int, name: str) -> Any:
    made = batches(rows, name)
    return pa.RecordBatchReader.from_batches(next(batches(BATCH_ROWS, name)).schema, made)


def log(client: mlf.Client, fqn: str, rows: int, name: str) -> None:
    counts = client.log_table(
        fqn,
        reader(rows, name),
        data_id="id",
        occurred_at="at",
        prediction="label",
        features=FEATURES,
        shap_values=dict(zip(FEATURES, SHAP, strict=True)),
        progress=False,
    )
    assert counts.accepted == rows, counts


def pyarrow_alone(rows: int) -> tuple[float, float]:
    """Rows a second of writing the streams, and its CPU a row in microseconds."""
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    start, cpu = time.perf_counter(), time.process_time()
    for batch in batches(rows, "alone"):
        for first in range(0, BATCH_ROWS, SLICE_ROWS):
            with pa.ipc.new_stream(pa.BufferOutputStream(), batch.schema, options=options) as writer:
                writer.write_batch(batch.slice(first, SLICE_ROWS))
    return rows / (time.perf_counter() - start), (time.process_time() - cpu) / rows * 1e6


def into_sink(rows: int) -> tuple[float, float, float]:
    """Rows a second, CPU a row in microseconds, peak memory in MiB."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("sink.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        with mlf.get_client(host=f"http://127.0.0.1:{int(sink.stdout.readline())}") as client:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            start, cpu = time.perf_counter(), time.process_time()
            log(client, "model:default/bench/late:1", rows, "sink")
            took, cpu = time.perf_counter() - start, time.process_time() - cpu
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        sink.stdin.close()
    return rows / took, cpu / rows * 1e6, grown


def into_server(rows: int, port: int) -> tuple[float, float, float]:
    """Rows a second acknowledged, and merged; the server's CPU a row in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, port)
        try:
            with (
                httpx.Client(base_url=server.address, timeout=60) as http,
                mlf.get_client(host=server.address) as client,
            ):
                fqn = register(http)
                start, cpu = time.perf_counter(), server.cpu_s()
                log(client, fqn, rows, "server")
                acknowledged = time.perf_counter() - start
                merged(http, fqn, rows, 300)
                return rows / acknowledged, rows / (time.perf_counter() - start), (server.cpu_s() - cpu) / rows * 1e6
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="into the sink (default 1,000,000)")
    parser.add_argument("--server-rows", type=int, default=200_000, help="into the server (default 200,000)")
    parser.add_argument("--port", type=int, default=18_432)
    arguments = parser.parse_args()
    rows, server_rows = (max(1, n // BATCH_ROWS) * BATCH_ROWS for n in (arguments.rows, arguments.server_rows))
    floor, floor_cpu_us = pyarrow_alone(min(rows, 200_000))
    rate, cpu_us, grown = into_sink(rows)
    print(f"limit: pyarrow writes the same streams  {floor:10,.0f} rows/s   {floor_cpu_us:5.2f} us of CPU a row")
    print(f"log_table into a sink, acknowledged     {rate:10,.0f} rows/s   {cpu_us:5.2f} us of CPU a row")
    print(f"of the limit: by rate {rate / floor:.2f}, by CPU {floor_cpu_us / cpu_us:.2f}")
    print(f"memory of the client at its peak: {grown:.0f} MiB more than before, over {rows:,} rows")
    acknowledged, both, server_us = into_server(server_rows, arguments.port)
    print(f"log_table into a server, acknowledged   {acknowledged:10,.0f} rows/s")
    print(
        f"log_table into a server, and merged     {both:10,.0f} rows/s   {server_us:5.2f} us of the server's CPU a row"
    )


if __name__ == "__main__":
    main()
