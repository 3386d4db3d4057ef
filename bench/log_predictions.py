"""What one ``log_predictions`` costs: to the caller, and in CPU of all threads.

The row has 38 features and 38 SHAP values, all numbers of full precision (the dearest case for compression), under
names of its own (the dearest for memory), and is made right before the call, as a service logs what it has just
computed. The client sends to ``sink.py``, a process of its own. Beside it in the same run: ``deque.append`` of the
same object (the least that handing a row to another thread can cost) and, where ``opentelemetry-sdk`` is installed,
its batch log processor given the same values as attributes.
"""

from __future__ import annotations

import argparse
import gc
import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

import mlfoundry as mlf
from mlfoundry.client.compression import can_unpack

FQN = "model:default/bench/late:1"
WIDTH = 38
_values = random.Random(1)


def make_row(index: int) -> mlf.Prediction:
    return mlf.Prediction(
        data_id=f"row-{index}",
        features={f"feature_{i}": _values.gauss(i, 1.0) for i in range(WIDTH)},
        prediction_data=mlf.PredictionData(
            value="late",
            probabilities={"late": 0.8, "on_time": 0.2},
            shap_values={f"feature_{i}": _values.gauss(0.0, 0.1) for i in range(WIDTH)},
        ),
    )


def percentiles(seconds: list[float]) -> tuple[float, float]:
    ranked = sorted(seconds)
    return ranked[len(ranked) // 2] * 1e6, ranked[int(len(ranked) * 0.99)] * 1e6


def timed(call: Callable[[Any], object], count: int, *, every_s: float) -> tuple[float, float]:
    """Median and 99th percentile of one call, in microseconds; calls are ``every_s`` apart, 0 for none."""
    took: list[float] = []
    due = time.perf_counter()
    for index in range(count):
        if every_s:
            due += every_s
            time.sleep(max(0.0, due - time.perf_counter()))
        row = make_row(index)
        start = time.perf_counter()
        call(row)
        took.append(time.perf_counter() - start)
    return percentiles(took)


def otel_call() -> tuple[Callable[[Any], object], Callable[[], object]] | None:
    """A call that gives a row to OpenTelemetry's batch log processor, and one that ends it."""
    try:
        from opentelemetry._logs import LogRecord  # pyright: ignore
        from opentelemetry.sdk._logs import LoggerProvider  # pyright: ignore
        from opentelemetry.sdk._logs.export import (  # pyright: ignore
            BatchLogRecordProcessor,
            InMemoryLogRecordExporter,
        )
    except ImportError:
        return None
    provider: Any = LoggerProvider()
    exporter: Any = InMemoryLogRecordExporter()
    exporter.export = lambda batch: None  # pyright: ignore
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger: Any = provider.get_logger("bench")

    def call(row: Any) -> None:
        data = row.prediction_data
        attributes = {**row.features, **{f"shap.{k}": v for k, v in data.shap_values.items()}, "value": data.value}
        logger.emit(LogRecord(timestamp=time.time_ns(), body=row.data_id, attributes=attributes))

    return call, provider.shutdown


def report(name: str, paced: tuple[float, float], hot: tuple[float, float], base: tuple[float, float] | None) -> None:
    ratio = f"   {paced[0] / base[0]:5.1f} x / {hot[0] / base[0]:5.1f} x deque.append (p50)" if base else ""
    print(f"{name:<28} paced {paced[0]:6.1f} / {paced[1]:6.1f}   hot {hot[0]:6.1f} / {hot[1]:6.1f} us{ratio}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paced", type=int, default=5_000, help="rows at 1 kHz (default 5000)")
    parser.add_argument(
        "--hot", type=int, default=6_000, help="rows as fast as they go (default 6000; more would not fit the queue)"
    )
    arguments = parser.parse_args()
    gc.disable()
    paced, hot = arguments.paced, arguments.hot

    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("sink.py"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        client = mlf.get_client(host=f"http://127.0.0.1:{int(sink.stdout.readline())}")
        log: Callable[[Any], object] = lambda row: client.log_predictions(FQN, [row])  # noqa: E731
        timed(log, 200, every_s=0.0)
        client.flush(timeout_s=30)

        print("microseconds a call, p50 / p99")
        waiting: deque[Any] = deque()
        base_paced, base_hot = timed(waiting.append, paced, every_s=1e-3), timed(waiting.append, hot, every_s=0.0)
        report("deque.append", base_paced, base_hot, None)
        ours_paced = timed(log, paced, every_s=1e-3)
        client.flush(timeout_s=30)
        ours_hot = timed(log, hot, every_s=0.0)
        client.flush(timeout_s=60)
        report("mlfoundry log_predictions", ours_paced, ours_hot, base_hot)
        if (peer := otel_call()) is not None:
            call, end = peer
            peer_paced, peer_hot = timed(call, paced, every_s=1e-3), timed(call, hot, every_s=0.0)
            report("opentelemetry batch log", peer_paced, peer_hot, base_hot)
            end()
        else:
            print("opentelemetry-sdk is not installed; the peer is left out")

        rows = [make_row(i) for i in range(hot)]
        start = time.process_time()
        for row in rows:
            client.log_predictions(FQN, [row])
        counts = client.flush(timeout_s=60)
        cpu = (time.process_time() - start) / hot * 1e6
        start = time.process_time()
        for row in rows:
            msgspec.json.encode(row)
        alone = (time.process_time() - start) / hot * 1e6
        encoding = "zstd" if can_unpack("zstd") else "gzip"
        print(
            f"CPU of all threads {cpu:.1f} us a row, as {encoding} (bar 30); "
            f"{cpu / alone:.1f} x msgspec encoding alone ({alone:.1f})"
        )
        print(counts)
        client.close()
        sink.stdin.close()


if __name__ == "__main__":
    main()
