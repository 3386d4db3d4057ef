"""How long does a drift report of 1,000,000 against 1,000,000 rows of 25 columns take, from a DataFrame, from a store?

Beside it: the same statistic by plain numpy, and with --peers Evidently and NannyML, each in a virtual environment of
its own that is made in a temporary folder and thrown away. Each is timed alone, from tables in memory to its result.

    python bench/drift.py                       # the report, and plain numpy
    python bench/drift.py --peers               # Evidently and NannyML too: half an hour, and their packages from PyPI
    python bench/drift.py --store               # the same question asked of a server: loads 2,000,000 rows first
    python bench/drift.py --exact               # ten million rows of scores and numbers beside scikit-learn and scipy
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from dashboard_parts.questions import cpu_seconds

import mlfoundry
from mlfoundry import stats
from serving import Server, start_server, wait_until

pandas: Any = pd
BAR_S, STORE_BAR_S = 3.0, 0.2
NUMERIC, TEXT = 18, 7
PEERS = Path(__file__).with_name("drift_peers")
PINS = {
    "evidently": ("evidently==0.7.23", "pandas==2.2.3", "numpy==2.3.5", "scipy==1.15.3", "pyarrow"),
    "nannyml": (
        "nannyml==0.13.1",
        "pandas==2.2.3",
        "numpy==2.0.2",
        "scipy==1.13.1",
        "scikit-learn==1.6.0",
        "lightgbm==3.3.5",
        "statsmodels==0.14.4",
    ),
}


def main() -> None:
    """Time what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows on either side (1000000)")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs (3)")
    parser.add_argument("--peers", action="store_true", help="time Evidently and NannyML too")
    parser.add_argument("--store", action="store_true", help="ask a server too")
    parser.add_argument("--exact", action="store_true", help="ten million rows beside scikit-learn and scipy")
    asked = parser.parse_args()
    if asked.exact:
        exact(10 * asked.rows)
        return
    before, after = frame(asked.rows, 1, 0.0), frame(asked.rows, 2, 0.25)
    print(
        f"{asked.rows:,} against {asked.rows:,} rows, {before.shape[1]} columns, times of the best of {asked.repeat}\n"
    )
    print("| what | wall s | CPU s | of the bar of 3 s |\n|---|---|---|---|")
    ours: dict[str, float] = {}
    for name in ("psi", "jensen_shannon", "kolmogorov_smirnov", "normalized_wasserstein"):
        wall, cpu = timed(lambda name=name: stats.drift_report(before, after, statistic=name), asked.repeat)
        ours[name] = wall
        print(f"| `drift_report`, `{name}` | {wall:.2f} | {cpu:.2f} | {wall / BAR_S:.2f} |", flush=True)
    wall, cpu = timed(lambda: plain(before, after), 1)
    print(f"| plain numpy, PSI of ten quantile bins | {wall:.2f} | {cpu:.2f} | {wall / BAR_S:.2f} |")
    print(f"\nplain numpy takes {wall / ours['psi']:.1f} times as long")
    if asked.peers:
        peers(before, after, ours["psi"])
    if asked.store:
        store(before, after, asked.repeat)


def frame(rows: int, seed: int, shift: float) -> Any:
    """Columns of usual kinds: normal, skewed, rounded with holes, whole numbers, and text of 2 to 50 categories."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for place in range(NUMERIC):
        moved = shift if place < 5 else 0.0
        draws: list[Callable[[], Any]] = [
            lambda moved=moved: rng.normal(moved, 1.0, rows),
            lambda moved=moved: rng.lognormal(moved, 0.5, rows),
            lambda moved=moved: np.where(
                rng.random(rows) < 0.02, np.nan, np.round(rng.exponential(10 + moved, rows), 1)
            ),
            lambda moved=moved: rng.poisson(4.0 + moved, rows),
        ]
        columns[f"number_{place:02d}"] = draws[place % len(draws)]()
    for place in range(TEXT):
        shares = 1.0 / (np.arange((2, 3, 5, 8, 12, 30, 50)[place]) + 1.5)
        shares = shares ** (1.0 - shift) if place < 3 else shares
        codes = rng.choice(len(shares), rows, p=shares / shares.sum())
        columns[f"text_{place:02d}"] = np.array([f"c{code:02d}" for code in range(len(shares))], object)[codes]
    return pandas.DataFrame(columns)


def with_holes(rng: np.random.Generator, values: Any) -> Any:
    """Two of a hundred values missing."""
    return np.where(rng.random(len(values)) < 0.02, np.nan, values)


def timed(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Wall and CPU seconds of the quickest run."""
    runs: list[tuple[float, float]] = []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(runs)


def plain(before: Any, after: Any) -> list[float]:
    """What one would write by hand: quantiles and histograms, value counts; no bins of their own for anything."""
    values: list[float] = []
    for name in before.columns:
        a, b = before[name].dropna(), after[name].dropna()
        if name.startswith("number"):
            edges = np.unique(np.quantile(a.to_numpy(float), np.linspace(0, 1, 11)))
            edges[0], edges[-1] = -np.inf, np.inf
            p, q = (np.histogram(side.to_numpy(float), edges)[0] / len(side) for side in (a, b))
        else:
            shares = [side.value_counts(normalize=True) for side in (a, b)]
            names = shares[0].index.union(shares[1].index)
            p, q = (side.reindex(names).fillna(0.0).to_numpy() for side in shares)
        p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
        values.append(float(((q - p) * np.log(q / p)).sum()))
    return values


def peers(before: Any, after: Any, ours: float) -> None:
    """Each peer in an environment of its own, on the same tables."""
    print("\n| peer | wall s | times ours |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="mlfoundry-drift-") as folder:
        for name, side in (("reference", before), ("current", after)):
            side.to_parquet(Path(folder) / f"{name}.parquet")
        for peer, pins in PINS.items():
            try:
                took = peer_seconds(Path(folder), peer, pins)
            except subprocess.CalledProcessError as error:
                last = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1][:100]
                print(f"| {peer} | not run: {last} | |", flush=True)
                continue
            print(f"| {pins[0]} | {took:.1f} | {took / ours:.0f} |", flush=True)


def peer_seconds(folder: Path, peer: str, pins: tuple[str, ...]) -> float:
    """Install a peer and have it time itself."""
    python = folder / peer / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(folder / peer)],
        [str(python), "-m", "pip", "install", "--quiet", *pins],
    ):
        subprocess.run(command, check=True, capture_output=True, text=True)
    done = subprocess.run(
        [str(python), str(PEERS / f"{peer}_drift.py"), str(folder)], check=True, capture_output=True, text=True
    )
    return float(json.loads(done.stdout.strip().splitlines()[-1])["seconds"])


def exact(rows: int) -> None:
    """Figures of very many rows, beside scikit-learn's and scipy's of the same."""
    scipy: Any = importlib.import_module("scipy.stats")
    sk: Any = importlib.import_module("sklearn.metrics")

    rng = np.random.default_rng(3)
    truth = rng.random(rows) < 0.02
    score = 1.0 / (1.0 + np.exp(-(rng.normal(size=rows) + 1.5 * truth - 3.0)))
    x, y = rng.lognormal(size=rows), rng.lognormal(0.01, 1.0, rows)
    oracles: dict[str, tuple[Callable[[], float], Callable[[], Any]]] = {
        "roc_auc": (lambda: stats.roc_auc(truth, score), lambda: sk.roc_auc_score(truth, score)),
        "average_precision": (
            lambda: stats.average_precision(truth, score),
            lambda: sk.average_precision_score(truth, score),
        ),
        "log_loss": (lambda: stats.log_loss(truth, score), lambda: sk.log_loss(truth, score)),
        "brier": (lambda: stats.brier(truth, score), lambda: sk.brier_score_loss(truth, score)),
        "f1": (lambda: stats.f1(truth, score >= 0.2), lambda: sk.f1_score(truth, score >= 0.2)),
        "mse": (lambda: stats.mse(x, y), lambda: sk.mean_squared_error(x, y)),
        "median_absolute_error": (
            lambda: stats.median_absolute_error(x, y),
            lambda: sk.median_absolute_error(x, y),
        ),
        "kolmogorov_smirnov": (
            lambda: stats.kolmogorov_smirnov(x, y),
            lambda: scipy.ks_2samp(x, y, method="asymp").statistic,
        ),
        "wasserstein": (lambda: stats.wasserstein(x, y), lambda: scipy.wasserstein_distance(x, y)),
        "energy_distance": (lambda: stats.energy_distance(x, y), lambda: scipy.energy_distance(x, y)),
    }
    print(f"{rows:,} rows\n\n| figure | relative difference | s | oracle s |\n|---|---|---|---|")
    for name, (ours, oracle) in oracles.items():
        began = time.perf_counter()
        found = ours()
        middle = time.perf_counter()
        expected = float(oracle())
        took = middle - began, time.perf_counter() - middle
        print(f"| `{name}` | {abs(found - expected) / abs(expected):.0e} | {took[0]:.1f} | {took[1]:.1f} |", flush=True)


def store(before: Any, after: Any, asks: int) -> None:
    """The same question asked of a server that has the rows, cold and again; times over HTTP."""
    after = after.assign(id=[f"row-{place}" for place in range(len(after))], predicted=after["text_00"])
    after["at"] = pandas.Timestamp("2026-03-02", tz="UTC") + pandas.to_timedelta(
        np.linspace(0.0, 7 * 86_400 - 1, len(after)), unit="s"
    )
    with tempfile.TemporaryDirectory(prefix="mlfoundry-drift-") as folder:
        server = start_server(Path(folder) / "data")
        try:
            with mlfoundry.get_client(host=server.url) as client:
                client.create_ml_repo("bench")
                fqn = client.create_model_version(ml_repo="bench", name="drift").fqn
                began = time.perf_counter()
                client.log_reference(fqn, before)
                client.log_table(fqn, after, data_id="id", occurred_at="at", prediction="predicted")
            wait_until(lambda: rows_of(server, fqn) == len(after), 3_600)
            print(f"\nloaded into a server in {time.perf_counter() - began:.0f} s; the bar is {STORE_BAR_S} s\n")
            print("| seven days asked of the server | cold s | its CPU s | again s |\n|---|---|---|---|")
            for statistic in ("psi", "kolmogorov_smirnov"):
                took = zip(*(ask(server, fqn, statistic) for _ in range(asks)), strict=True)
                print(f"| `{statistic}` | {' | '.join(f'{min(each):.3f}' for each in took)} |", flush=True)
        finally:
            server.stop()


def rows_of(server: Server, fqn: str) -> int:
    """How many rows of the week are merged."""
    query = {"model_version_fqn": fqn, "start": "2026-03-02", "end": "2026-03-09"}
    return int(server.http.get("/api/v1/volume", params=query).raise_for_status().json()["n_predictions"])


def ask(server: Server, fqn: str, statistic: str) -> tuple[float, float, float]:
    """Seconds of an answer when the server keeps nothing in memory, its CPU seconds, and seconds of the same again."""
    query = {"model_version_fqn": fqn, "statistic": statistic, "start": "2026-03-02", "end": "2026-03-09"}
    forget = server.http.patch("/api/v1/model-version", params={"model_version_fqn": fqn}, json={"archived": False})
    forget.raise_for_status()
    took: list[float] = []
    for _ in range(2):
        began, cpu = time.perf_counter(), cpu_seconds(server.process.pid)
        server.http.get("/api/v1/drift", params=query).raise_for_status()
        took += [time.perf_counter() - began, cpu_seconds(server.process.pid) - cpu]
    return took[0], took[1], took[2]


if __name__ == "__main__":
    main()
