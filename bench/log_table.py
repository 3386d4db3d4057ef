"""Rows a second of ``log_table``, until the last is acknowledged, against the work that JSON alone would be.

The table has 30 features and 30 SHAP values. The client sends to ``sink.py``, a process of its own that reads each
body with the standard library's json: on two cores it may be the slower end; the client's own CPU a row is given too.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow  # pyright: ignore[reportMissingTypeStubs]

import mlfoundry as mlf

FQN = "model:default/bench/late:1"
WIDTH = 30
pa: Any = pyarrow


def make_batch(count: int, rng: random.Random) -> Any:
    columns: dict[str, Any] = {"id": [f"row-{i}" for i in range(count)], "label": ["late"] * count}
    for i in range(WIDTH):
        columns[f"feature_{i}"] = [rng.gauss(i, 1.0) for _ in range(count)]
        columns[f"shap_{i}"] = [rng.gauss(0.0, 0.1) for _ in range(count)]
    return pa.record_batch(columns)


def json_alone(part: Any) -> float:
    """Rows a second of making Python values of the columns and JSON of these."""
    start = time.perf_counter()
    columns = [part.column(name).to_pylist() for name in part.schema.names]
    msgspec.json.encode(list(zip(*columns, strict=True)))
    return part.num_rows / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    arguments = parser.parse_args()
    part = make_batch(20_000, random.Random(1))
    repeats = max(1, arguments.rows // part.num_rows)
    rows = repeats * part.num_rows
    floor = json_alone(part)

    def parts() -> Iterator[Any]:
        for _ in range(repeats):
            yield part

    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("sink.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        client = mlf.get_client(host=f"http://127.0.0.1:{int(sink.stdout.readline())}")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, cpu = time.perf_counter(), time.process_time()
        counts = client.log_table(
            FQN,
            pa.RecordBatchReader.from_batches(part.schema, parts()),
            data_id="id",
            prediction="label",
            features=[f"feature_{i}" for i in range(WIDTH)],
            shap_values={f"feature_{i}": f"shap_{i}" for i in range(WIDTH)},
        )
        took, cpu = time.perf_counter() - start, time.process_time() - cpu
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        client.close()
        sink.stdin.close()
    rate = rows / took
    print(f"limit: columns to values and JSON alone  {floor:10,.0f} rows/s")
    print(f"log_table, acknowledged                  {rate:10,.0f} rows/s   {rate / floor:.2f} of the limit")
    print(f"CPU of the client {cpu / rows * 1e6:.1f} us a row; memory grew by {grown:.0f} MiB over {rows:,} rows")
    print(counts)


if __name__ == "__main__":
    main()
