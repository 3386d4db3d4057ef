"""Fills a data directory: a version with its reference, then day after day of traffic, by the store's own merge."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import msgspec

import mlfoundry as mlf
from dashboard_parts.traffic import KINDS, Traffic, reference, schema
from mlfoundry.store.care import FileUsage, VersionUsage
from mlfoundry.store.duckdb import DuckdbStore
from serving import start_server

PROJECT, MODEL = "bench", "dashboard"
FQN = f"model:default/{PROJECT}/{MODEL}:1"
REFERENCE_ROWS = 100_000
DAYS = 30
# Parquet has no integer of 128 bits: the two halves are its 16 bytes.
_KEY = "(key >> 64)::UBIGINT AS upper, (key & 18446744073709551615)::UBIGINT AS lower"


class Loaded(msgspec.Struct):
    """What a load took."""

    events: int
    actuals: int
    seconds: float
    reference_s: float
    merges: int


def load(data_dir: Path, *, events: int, step_rows: int) -> Loaded:
    """Register, put the reference, merge the traffic; a directory that was loaded before is taken as it is."""
    told = data_dir / "loaded.json"
    if told.exists():
        return msgspec.json.decode(told.read_bytes(), type=Loaded)
    traffic = Traffic(FQN, events=events, days=DAYS, step_rows=step_rows, seed=1)
    reference_s = _register(data_dir, traffic.start_s)
    store = DuckdbStore(data_dir / "events.duckdb")
    try:
        merges, rows, actuals, merging = 0, 0, 0, 0.0
        for step in traffic.steps():
            began = time.perf_counter()
            store.merge(step.batches, store.position() + 1)
            merging += time.perf_counter() - began
            merges, rows, actuals = merges + 1, rows + step.rows, actuals + step.actuals
            if rows * 10 // events > (rows - step.rows) * 10 // events:
                print(f"  {rows:12,} rows, {actuals:11,} actuals: {rows / merging:8,.0f} rows/s merged", flush=True)
        began = time.perf_counter()
        store.checkpoint()
        loaded = Loaded(rows, actuals, merging + time.perf_counter() - began, reference_s, merges)
    finally:
        store.close()
    told.write_bytes(msgspec.json.encode(loaded))
    return loaded


def _register(data_dir: Path, start_s: float) -> float:
    """Register the version and upload its reference as a user would; seconds that the reference took."""
    server = start_server(data_dir)
    try:
        with mlf.get_client(host=server.url) as client:
            client.create_ml_repo(PROJECT)
            client.create_model_version(ml_repo=PROJECT, name=MODEL, model_schema=schema())
            table = reference(REFERENCE_ROWS, start_s=start_s, seed=2)
            began = time.perf_counter()
            client.log_reference(
                FQN,
                table,
                features=[kind.name for kind in KINDS],
                prediction="predicted",
                probabilities={"yes": "p_yes", "no": "p_no"},
                actual="truth",
                occurred_at="at",
            )
            return time.perf_counter() - began
    finally:
        server.stop()


def sizes(data_dir: Path) -> tuple[FileUsage, VersionUsage]:
    """What the file takes, and the version in it."""
    store = DuckdbStore(data_dir / "events.duckdb")
    try:
        file, versions = store.usage()
        return file, next(version for version in versions if version.fqn == FQN)
    finally:
        store.close()


def parquet_bytes(data_dir: Path, threads: int) -> dict[str, int]:
    """What the same stored columns take as Parquet with zstd, by table."""
    taken: dict[str, int] = {}
    with duckdb.connect(str(data_dir / "events.duckdb"), read_only=True) as connection:
        connection.execute(f"SET threads = {threads}; SET memory_limit = '4GB'")
        [(no,)] = connection.execute("SELECT no FROM versions WHERE fqn = ?", [FQN]).fetchall()
        for table in ("events", "actuals", "outcomes"):
            file = data_dir / f"{table}.parquet"
            names = "*" if table == "outcomes" else f"* EXCLUDE (key), {_KEY}"
            query = f"SELECT {names} FROM {table}_{no}"
            connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
            taken[table] = file.stat().st_size
            file.unlink()
    return taken
