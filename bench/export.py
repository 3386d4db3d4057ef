"""How many rows a second go out to Parquet and come back, and what do server and client hold meanwhile?

The peer, in the same run: DuckDB's own ``COPY … TO`` of the exported rows, from a table of its own, compressed alike.

    python bench/export.py --rows 500000
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

import mlfoundry as mlf

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from serving import Server, start_server

FEATURES = [f"feature_{no}" for no in range(30)]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
MODEL = "model:default/bench/export:1"


def table(rows: int) -> pa.Table:
    """Rows over 30 days: floats of 2 to 16 decimals, three texts, two classes, an actual for seven in ten."""
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {
        "id": pa.array([f"row-{no:09d}" for no in range(rows)]),
        "at": pa.array(START + timedelta(days=30) * float(share) for share in np.linspace(0, 1, rows)),
        "prediction": np.where(random.random(rows) < 0.3, "late", "ok"),
    }
    for no, name in enumerate(FEATURES):
        values = random.normal(size=rows) * 100
        columns[name] = [f"category {int(v) % 20}" for v in values] if no % 8 == 7 else np.round(values, 2 + no % 15)
    actual = random.random(rows)
    columns["actual"] = [None if share > 0.7 else "late" if share < 0.2 else "ok" for share in actual]
    columns["known"] = columns["at"]
    return pa.table(columns)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_mib(pid: int) -> float:
    """The most memory that a process has held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def in_child(url: str, call: str, path: str, results: multiprocessing.Queue[tuple[float, float]]) -> None:
    """Export or import, in a process of its own, so that its memory is its own."""
    with mlf.get_client(host=url) as client:
        work = {
            "export": lambda: client.export_dataset(MODEL, path, progress=False),
            "import": lambda: client.import_dataset(path, create=True, progress=False),
        }[call]
        import pyarrow.parquet  # noqa: F401  # pyright: ignore[reportUnusedImport, reportMissingTypeStubs]

        before = peak_mib(multiprocessing.current_process().pid or 0)
        seconds = timed(work)
        results.put((seconds, peak_mib(multiprocessing.current_process().pid or 0) - before))


def run(server: Server, call: str, path: Path) -> tuple[float, float, float]:
    """Seconds; MiB that the client, and the server, came to hold more."""
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    before = peak_mib(server.process.pid)
    child = context.Process(target=in_child, args=(server.url, call, str(path), results))
    child.start()
    seconds, client_mib = results.get(timeout=600)
    child.join()
    return seconds, client_mib, peak_mib(server.process.pid) - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        first = start_server(path / "first")
        try:
            load(first, rows)
            first.stop()
            first = start_server(path / "first")  # whose peak is not that of the load
            seconds, client_mib, server_mib = run(first, "export", path / "rows.parquet")
        finally:
            first.stop()
        copy_s = peer(path)
        size = (path / "rows.parquet").stat().st_size / rows
        print(f"export  {rows / seconds:9,.0f} rows/s, {size:.0f} B/row; DuckDB's COPY {rows / copy_s:,.0f} rows/s")
        print(f"        {seconds / copy_s:.1f} times as long as that")
        print(f"        peak grew by {client_mib:.0f} MiB in the client, {server_mib:.0f} MiB in the server")
        second = start_server(path / "second")
        try:
            seconds, client_mib, server_mib = run(second, "import", path / "rows.parquet")
        finally:
            second.stop()
        print(f"import  {rows / seconds:9,.0f} rows/s, merged")
        print(f"        peak grew by {client_mib:.0f} MiB in the client, {server_mib:.0f} MiB in the server")


def load(server: Server, rows: int) -> None:
    with mlf.get_client(host=server.url) as client:
        client.create_ml_repo("bench")
        client.create_model_version(ml_repo="bench", name="export")
        client.log_table(
            MODEL,
            table(rows),
            data_id="id",
            occurred_at="at",
            prediction="prediction",
            features=FEATURES,
            actual="actual",
            actual_at="known",
            progress=False,
        )


def peer(path: Path) -> float:
    """Seconds that DuckDB takes to write the same rows from a table of its own."""
    with duckdb.connect(str(path / "peer.duckdb")) as connection:
        connection.execute("SET threads = 2")
        connection.execute("CREATE TABLE rows AS SELECT * FROM read_parquet(?)", [str(path / "rows.parquet")])
        return timed(
            lambda: connection.execute(f"COPY rows TO '{path / 'peer.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
        )


if __name__ == "__main__":
    main()
