"""How often do the checks of quality alarm where nothing is wrong, what does volume find, and how fast are they?

python bench/quality.py                  # all parts, about two minutes
python bench/quality.py volume speed     # some
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from mlfoundry.drift.history import Columns, total
from mlfoundry.quality import QualityReference, report, series
from mlfoundry.quality.volume import volume_report
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

START = datetime(2026, 3, 2, tzinfo=timezone.utc)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
HOURS = np.arange(168)
SHAPE = np.exp(np.sin(2 * np.pi * (HOURS % 24 - 9) / 24)) * np.where(HOURS // 24 >= 5, 0.5, 1.0)
TRAFFIC = {
    "100 an hour, independent": (100, 0.0, 0.0, 0.0, 0.0),
    "2 an hour, independent": (2, 0.0, 0.0, 0.0, 0.0),
    "100, hours vary by 20 %, days by 15 %": (100, 0.2, 0.15, 0.0, 0.0),
    "100, 8 % more each week": (100, 0.1, 0.1, 0.08, 0.02),
    "1,000, hours and days by 30 %, weeks by 10 %": (1_000, 0.3, 0.3, 0.0, 0.1),
}
_NUMBERS = (
    *("hour", "distance", "seats", "plane_age", "airport_delay"),
    *("temperature", "humidity", "wind_speed", "precipitation", "pressure", "visibility"),
)


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all by default")
    parser.add_argument("--effort", type=float, default=1.0, help="how many times as many draws")
    asked = parser.parse_args()
    for name in asked.parts or PARTS:
        began = time.perf_counter()
        print(f"\n### {name}\n")
        PARTS[name](asked.effort)
        print(f"\n({time.perf_counter() - began:.0f} s)", flush=True)


def volume(effort: float) -> None:
    """A week beside the weeks before: alarms without a fault, and how often two faults are found."""
    print("| rows | weeks before | watch or breached | breached | gap of 8 hours | a day at 40 % |")
    print("|---|---|---|---|---|---|")
    for name, kind in TRAFFIC.items():
        for weeks in (3, 8):
            rng, found, n = np.random.default_rng(0), Counter[str](), int(100 * effort)
            for _ in range(n):
                rows = traffic(rng, weeks + 1, *kind)
                history, week = rows[: weeks * 168], rows[weeks * 168 :]
                status = judged(week, history)
                found["any"] += status != "ok"
                found["breached"] += status == "breached"
                found["gap"] += judged(np.where((HOURS >= 58) & (HOURS < 66), 0.0, week), history) == "breached"
                day = np.where((HOURS >= 48) & (HOURS < 72), np.floor(week * 0.4), week)
                found["day"] += judged(day, history) != "ok"
            shares = " | ".join(f"{found[key] / n:.0%}" for key in ("any", "breached", "gap", "day"))
            print(f"| {name} | {weeks} | {shares} |", flush=True)


def traffic(
    rng: np.random.Generator, weeks: int, base: float, hourly: float, daily: float, growth: float, weekly: float
) -> Floats:
    """Rows by hour: a daily and a weekly rhythm, with deviations of hours, days and weeks as logarithms."""
    level = base * np.exp(growth * np.arange(weeks) + weekly * rng.normal(size=weeks))
    days = np.repeat(np.exp(daily * rng.normal(size=(weeks, 7))), 24, axis=1)
    usual = level[:, None] * SHAPE * days * np.exp(hourly * rng.normal(size=(weeks, 168)))
    return rng.poisson(usual).ravel().astype(np.float64)


def judged(week: Floats, history: Floats) -> str:
    """What volume says of a week."""
    return volume_report(week, history, START, lost=np.zeros(168), window_length=WEEK).verdict.status


def flights(effort: float) -> None:
    """Real flights, each day beside all other days of its year: nothing is wrong, yet no two days are alike."""
    from mlfoundry.demo.flights import read_flights

    frame = read_flights()
    day = (frame["scheduled"] - frame["scheduled"].min()).dt.days.to_numpy(np.int64)
    n_days = int(day.max()) + 1
    by_day: list[dict[str, ColumnSummary]] = [{} for _ in range(n_days)]
    for name in _NUMBERS:
        values = frame[name].to_numpy(np.float64)
        _fill(by_day, name, NumericSummary.grouped(values, day, n_days, Grid.lay(values)))
    for name in ("carrier", "origin", "destination", "weekday"):
        codes, labels = frame[name].factorize()
        _fill(by_day, name, CategorySummary.grouped(codes.astype(np.int64), list(map(str, labels)), day, n_days))
    print("| judged by | verdicts | watch | breached | by check |")
    print("|---|---|---|---|---|")
    picked = range(0, n_days, max(round(8 / effort), 1))
    for law in ("windows of the reference", "independent rows"):
        statuses, by_check = Counter[str](), Counter[str]()
        for one in picked:
            others: list[Columns] = [by_day[other] for other in range(n_days) if other != one]
            windows = others if law == "windows of the reference" else ()
            for verdict in report(by_day[one], reference=QualityReference(total(others), windows), window_length=DAY):
                statuses[verdict.status] += 1
                by_check[verdict.check] += verdict.status in ("watch", "breached")
        n = sum(statuses.values())
        worst = ", ".join(f"{check} {count}" for check, count in by_check.most_common() if count)
        print(f"| {law} | {n:,} | {statuses['watch'] / n:.1%} | {statuses['breached'] / n:.1%} | {worst} |", flush=True)


def _fill(by_day: list[dict[str, ColumnSummary]], name: str, parts: Sequence[ColumnSummary]) -> None:
    for day, summary in zip(by_day, parts, strict=True):
        day[name] = summary


def speed(effort: float) -> None:
    """1,000 columns over one window, and over 30 steps."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=20_000)
    grid, groups = Grid.lay(values), np.repeat(np.arange(31), 20_000 // 31 + 1)[:20_000]
    numeric = NumericSummary.grouped(values, groups, 31, grid)
    labels = [str(n) for n in range(100)]
    categorical = CategorySummary.grouped(rng.integers(0, 100, 20_000), labels, groups, 31)
    names = [f"x{n}" for n in range(int(1_000 * effort))]
    kinds: list[list[Any]] = [list(categorical) if n % 5 == 0 else list(numeric) for n in range(len(names))]
    windows: list[Columns] = [dict(zip(names, (kind[w] for kind in kinds), strict=True)) for w in range(31)]
    reference = QualityReference(windows[0])
    began = time.process_time()
    report(windows[1], reference=reference, window_length=DAY)
    one = time.process_time() - began
    began = time.process_time()
    series(windows[1:], reference=reference, window_length=DAY)
    print(f"{len(names):,} columns: one window {one:.2f} s, 30 steps {time.process_time() - began:.2f} s of CPU")


PARTS = {one.__name__: one for one in (volume, flights, speed)}

if __name__ == "__main__":
    main()
