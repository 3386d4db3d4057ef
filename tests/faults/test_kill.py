"""The process ends at any instant: what was acked is there, once."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from faults.harness import WINDOW, Oracle, Row, Senders, Size, Source, Tally, ledger, merged, register
from mlfoundry.store.base import ALL_OUTCOMES, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.summaries import CategorySummary
from mlfoundry.times import as_utc
from mlfoundry.windows import Window
from serving import Server, ServerFactory

ROWS = 20


def test_kill_at_random_points(start: ServerFactory, tmp_path: Path, size: Size, tally: Tally) -> None:
    for seed in range(size(1, 20)):
        _killed_run(start, tmp_path / f"run-{seed}", seed, size, tally)


def _killed_run(start: ServerFactory, data_dir: Path, seed: int, size: Size, tally: Tally) -> None:
    rng = random.Random(seed)
    server = start(data_dir)
    fqn = register(server, "killed")
    batches = Source(fqn, seed).predictions(size(80, 200), ROWS)
    oracle = Oracle(fqn)
    senders = Senders(oracle, lambda: server.url)
    sending = threading.Thread(target=senders.send, args=(batches,))
    sending.start()
    for kill_at in sorted(rng.sample(range(1, len(batches) - 1), size(3, 4))):
        senders.wait_acks(kill_at)
        time.sleep(rng.random() * 0.15)  # somewhere in a write, a merge, a commit
        server.stop(signal.SIGKILL)
        server = start(data_dir)
        tally.add("kills")
    sending.join()
    assert oracle.check_predictions(server) == len(batches) * ROWS
    assert ledger(server, fqn) == {"prediction.stored": len(batches) * ROWS}
    server.stop()
    check_aggregates(data_dir, fqn, [row for batch in batches for row in batch.rows])
    tally.add("acked rows, each there once", len(batches) * ROWS)
    tally.add("retries", senders.retries)


def check_aggregates(data_dir: Path, fqn: str, rows: Sequence[Row]) -> None:
    """What cells say is what events say, and what was sent."""
    with closing(DuckdbStore(data_dir / "events.duckdb")) as store:
        asked = SummaryRequest(fqn, Window(as_utc(WINDOW["start"]), as_utc(WINDOW["end"])), outcomes=ALL_OUTCOMES)
        [kept] = store.summarize(asked)
        assert [kept] == list(store.summarize(replace(asked, exact=True)))
        cities = Counter(row["features"]["city"] for row in rows)
        values = Counter(row["prediction_data"]["value"] for row in rows)
        city, value = kept.columns["city"], kept.columns["prediction"]
        assert isinstance(city, CategorySummary)
        assert isinstance(value, CategorySummary)
        assert (kept.n, city.missing, value.counts) == (len(rows), cities.pop(None), dict(values))
        assert city.counts == dict(cities)
        assert [finding.level for finding in store.check(lambda step, done, total: None)] == ["ok"]


def test_sigterm_under_load(start: ServerFactory, size: Size, tally: Tally) -> None:
    server = start()
    fqn = register(server, "stopped")
    batches = Source(fqn, 7).predictions(size(60, 400), ROWS)
    oracle = Oracle(fqn)
    senders = Senders(oracle, lambda: server.url)
    sending = threading.Thread(target=senders.send, args=(batches,))
    sending.start()
    senders.wait_acks(len(batches) // 3)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 20
    assert list((server.data_dir / "inbox").glob("*.log")) == []  # everything that was accepted is merged
    server = start(server.data_dir)
    sending.join()
    assert oracle.check_predictions(server) == len(batches) * ROWS
    assert ledger(server, fqn) == {"prediction.stored": len(batches) * ROWS}
    tally.add("acked rows, each there once", len(batches) * ROWS)


def test_a_second_process_is_told_who_owns_the_directory(server: Server, start: ServerFactory) -> None:
    fqn = register(server, "owned")
    with pytest.raises(AssertionError, match=f"in use by the process {server.process.pid}"):
        start(server.data_dir)
    batch = Source(fqn, 1).predictions(1, 3)
    oracle = Oracle(fqn)
    Senders(oracle, lambda: server.url).send(batch)
    merged(server, fqn)
    assert oracle.check_predictions(server) == 3
