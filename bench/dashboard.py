"""How long does each answer of the dashboard take, and what does an event take on disk, as data grows?

A month of a classifier's traffic with 30 features of realistic kinds, SHAP values and actuals that come late is merged
into a data directory in steps of a day's part. Then a real server is asked what the dashboard asks: after it has
forgotten everything (first), after a row more was merged, as a version in use has them all the time (cold), and the
same again (warm), every time about another window. Beside each stands the same question as
plain SQL over the raw rows, in the same engine with as many threads; beside the bytes on disk the same stored columns
as Parquet with zstd.

    python bench/dashboard.py --events 10000000 --data-dir /tmp/ten-million

A directory that is named is kept, and not loaded again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from dashboard_parts.loading import Loaded, load, parquet_bytes, sizes
from dashboard_parts.questions import Dashboard, Question, Taken, questions, window_of
from dashboard_parts.raw import Raw

from serving import start_server

THREADS = 2
MIB = 2**20
BAR_S, BAR_LARGE_S, LARGE = 0.1, 0.2, 30_000_000
RAW_ASKS = 3
WIDTHS = (8, 10, 8, 8, 10, 8, 11, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many predictions (default 1,000,000)")
    parser.add_argument("--step-rows", type=int, default=20_000, help="predictions a merge (default 20,000)")
    parser.add_argument("--asks", type=int, default=15, help="windows that each question is asked of (default 15)")
    parser.add_argument("--data-dir", type=Path, help="where to; by default a directory that is deleted afterwards")
    parser.add_argument("--only", default="", help="only the questions whose name contains this")
    parser.add_argument("--no-peer", action="store_true", help="leave out Parquet and plain SQL")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir: Path = arguments.data_dir or Path(folder) / "data"
        loaded = load(data_dir, events=arguments.events, step_rows=arguments.step_rows)
        tell_load(loaded)
        tell_sizes(data_dir, loaded.events, with_peer=not arguments.no_peer)
        bar_s = BAR_S if loaded.events < LARGE else BAR_LARGE_S
        asked = [question for question in questions(bar_s) if arguments.only in question.name]
        measure(data_dir, asked, arguments.asks, with_peer=not arguments.no_peer)


def tell_load(loaded: Loaded) -> None:
    print(f"{loaded.events:,} events over 30 days, {loaded.actuals / loaded.events:.0%} with an actual")
    print(f"merged in {loaded.seconds:,.0f} s, {loaded.merges:,} merges: {loaded.events / loaded.seconds:,.0f} rows/s")
    print(f"a reference of 100,000 rows stored in {loaded.reference_s:.1f} s")


def tell_sizes(data_dir: Path, events: int, *, with_peer: bool) -> None:
    """Bytes an event, in whole blocks of the file."""
    file, version = sizes(data_dir)
    parts = {
        "events": version.events,
        "actuals": version.actuals,
        "outcomes": version.outcomes,
        "cells": version.aggregates,
        "reference": version.references,
        "shared": file.shared,
    }
    used = file.file_bytes - file.free_bytes
    print(f"\non disk {used / MIB:,.0f} MiB, and {file.free_bytes / MIB:,.0f} MiB that are reused; bytes an event:")
    parquet = parquet_bytes(data_dir, THREADS) if with_peer else {}
    for name, amount in parts.items():
        peer = f"   Parquet {parquet[name] / events:7.1f}" if name in parquet else ""
        print(f"  {name:10} {amount.bytes / events:7.1f}   {amount.rows:13,} rows{peer}")
    if parquet:
        whole = sum(parquet.values())
        raw = version.events.bytes + version.actuals.bytes + version.outcomes.bytes
        print(f"  rows {raw / whole:.2f} and everything {used / whole:.2f} times what Parquet takes (bar 1.20)")


def measure(data_dir: Path, asked: Sequence[Question], asks: int, *, with_peer: bool) -> None:
    """Ask the raw rows first, since a server owns its file, then the server."""
    raw = Raw(data_dir / "events.duckdb", threads=THREADS)
    ids = raw.ids(asks)
    by_hand: dict[str, tuple[float, float]] = {}
    for question in asked if with_peer else ():
        windows = [window_of(question, ask) for ask in range(RAW_ASKS)]
        by_hand[question.name] = raw.times(question, windows, ids, at_most_s=5)
    raw.close()
    heads = ("first", "cold p50", "p95", "CPU", "warm p50", "p95", "plain SQL", "CPU")
    print(f"\n{'milliseconds':36}" + "".join(map(str.rjust, heads, WIDTHS)))
    server = start_server(data_dir)
    try:
        dashboard = Dashboard(server.http, server.process.pid)
        for question in asked:
            taken = dashboard.times(question, ids, asks=asks, at_most_s=15)
            tell(question, taken, by_hand.get(question.name, ()), asks)
    finally:
        server.stop()


def tell(question: Question, taken: Taken, by_hand: Sequence[float], asks: int) -> None:
    """One line of the table; what 95 in 100 cold answers exceed their bar by is said too."""
    cold, warm = taken.cold, taken.warm
    median = statistics.median
    seconds = (taken.first_s, median(cold), p95(cold), taken.cpu_s, median(warm), p95(warm), *by_hand)
    figures = "".join(f"{one * 1e3:{width},.0f}" for one, width in zip(seconds, WIDTHS, strict=False))
    over = f"  {p95(cold) / question.bar_s:.1f} x the bar" if p95(cold) > question.bar_s else ""
    few = f"  ({len(cold)} asked)" if len(cold) < asks else ""
    print(f"{question.name:36}{figures}{over}{few}", flush=True)


def p95(seconds: Sequence[float]) -> float:
    """The time that 95 in 100 do not exceed."""
    return sorted(seconds)[-(-len(seconds) * 95 // 100) - 1]


if __name__ == "__main__":
    main()
