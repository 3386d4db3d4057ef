"""How often does the interval of a window's accuracy hold its long-run value where days differ?

    python bench/dependence.py
    python bench/dependence.py --runs 2000

40 rows an hour, right with 80 % before effects; the logit of each day's share has a spread, and each hour of the day an
effect of its own. Beside it the interval that takes rows to be independent.
"""

from __future__ import annotations

import argparse
import math
from datetime import timedelta
from typing import Any

import numpy as np

from mlfoundry.performance.dependence import with_dependence
from mlfoundry.performance.report import report
from mlfoundry.performance.result import MetricValue
from mlfoundry.summaries import Confusion, Summaries
from mlfoundry.times import EPOCH

Floats = np.ndarray[Any, np.dtype[np.float64]]
ROWS_PER_HOUR = 40
LOGIT = math.log(0.8 / 0.2)
CASES = (
    ("days do not differ", 0.0, 0.0),
    ("days differ", 0.3, 0.0),
    ("and are half like the day before", 0.3, 0.5),
)


def shares(rng: np.random.Generator, days: int, spread: float, like_yesterday: float) -> Floats:
    """The chance of a right prediction in each hour of some days."""
    effects = np.zeros(days)
    last = rng.normal()
    for day in range(days):
        last = like_yesterday * last + math.sqrt(1 - like_yesterday**2) * rng.normal()
        effects[day] = spread * last
    hours = 0.5 * np.sin(2 * np.pi * np.arange(24) / 24)
    return 1 / (1 + np.exp(-(LOGIT + effects[:, None] + hours)))


def accuracy(hits: int, n: int) -> MetricValue:
    table = Confusion(("right", "wrong"), np.array([[hits, n - hits], [0, 0]]))
    summaries = Summaries(n=n, n_with_actual=n, confusion=table)
    return report(summaries, task="multiclass", metrics=["accuracy"])[0]


def held(runs: int, days: int, spread: float, like_yesterday: float) -> tuple[float, float]:
    """The share of intervals that hold the long-run value: with dependence, and without."""
    rng = np.random.default_rng(5)
    truth = float(np.mean([shares(rng, 1, spread, 0.0).mean() for _ in range(20_000)]))
    starts = [EPOCH + timedelta(days=day) for day in range(days)]
    found = np.zeros(2)
    for _ in range(runs):
        hits = rng.binomial(ROWS_PER_HOUR, shares(rng, days, spread, like_yesterday)).sum(axis=1).tolist()
        plain = accuracy(sum(hits), days * 24 * ROWS_PER_HOUR)
        [widened] = with_dependence([plain], [[accuracy(one, 24 * ROWS_PER_HOUR)] for one in hits], starts)
        found += [(one.lower or 0.0) <= truth <= (one.upper or 1.0) for one in (widened, plain)]
    return float(found[0]) / runs, float(found[1]) / runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=600, help="windows drawn for each figure")
    runs = parser.parse_args().runs
    print(f"Intervals of {runs:,} that hold the long-run value (rows taken to be independent)\n")
    print("| window |", " | ".join(name for name, _, _ in CASES), "|")
    print("|---" * (1 + len(CASES)) + "|")
    for days in (7, 14, 30, 90):
        cells = [held(runs, days, spread, like_yesterday) for _, spread, like_yesterday in CASES]
        print(f"| {days} days |", " | ".join(f"{ours:.0%} ({plain:.0%})" for ours, plain in cells), "|")


if __name__ == "__main__":
    main()
