"""What does the drift decision find of incidents put into real series, and how often does it alarm without any?

Every week of a series beside its first eight: the verdict of PSI, missing share and unseen share for every feature and
the prediction, with the weeks before telling how much weeks differ. Beside it the usual fixed cut-offs on the same
weeks and columns: PSI of 0.2, and a p-value below 0.05 (Kolmogorov-Smirnov, chi-square).

    python bench/incidents.py FOLDER

FOLDER holds one folder a series, each with data.parquet (occurred_at, the features, prediction), meta.json (features,
feature_types) and incidents.json: a list of {kind, columns, start, end, should_detect}.
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import argparse
import importlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlfoundry import stats

pandas: Any = pd
laws: Any = importlib.import_module("scipy.stats")
STATISTICS = ("psi", "missing_share_shift", "unseen_share")
RULES = ("real and large", "PSI ≥ 0.2", "p < 0.05")
REFERENCE_WEEKS = 8
OF_DRIFT = ("feature drift", "prediction drift", "unseen category", "missing values", "range")
Alarms = set[tuple[int, str]]
"""Weeks and columns."""


Tally = dict[str, list[set[str]]]
"""The rules that found each incident, by its kind."""


def main() -> None:
    """Judge every series."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="one folder a series")
    folder: Path | None = parser.parse_args().folder
    if folder is None:
        print("nothing to judge: give a folder of series, see --help")
        return
    series = sorted(path.parent for path in folder.glob("*/incidents.json"))
    if not series:
        raise SystemExit(f"no series in {folder}")
    print(f"| series | weeks × columns without incident | {' | '.join(f'alarms: {rule}' for rule in RULES)} |")
    print("|---" * (2 + len(RULES)) + "|")
    together: Tally = defaultdict(list)
    for path in series:
        judge(path, together)
    print(f"\n| incident | of | {' | '.join(RULES)} |\n|---|---{'|---' * len(RULES)}|")
    for kind, found in sorted(together.items()):
        print(f"| {kind} | {len(found)} | {' | '.join(str(sum(rule in one for one in found)) for rule in RULES)} |")


def judge(path: Path, together: Tally) -> None:
    """One series: its incidents into the tally, and a line of its false alarms."""
    frame = pandas.read_parquet(path / "data.parquet")
    meta = json.loads((path / "meta.json").read_text())
    incidents = json.loads((path / "incidents.json").read_text())
    start = frame["occurred_at"].min().normalize()
    week = ((frame["occurred_at"] - start) // pandas.Timedelta(days=7)).to_numpy(np.int64)
    columns = [*meta["features"], "prediction"]
    kinds = {**meta["feature_types"], "prediction": "numeric" if meta["task"] == "regression" else "categorical"}
    alarms = alarms_of(frame, week, columns, kinds)
    touched: Alarms = set()
    for incident in incidents:
        first, last = ((pandas.Timestamp(incident[end]) - start) for end in ("start", "end"))
        weeks = range(int(first // pandas.Timedelta(days=7)), int(-(-last // pandas.Timedelta(days=7))))
        # What hits rows and not columns touches all of them.
        own = {(number, name) for number in weeks for name in (incident["columns"] or columns)}
        touched |= own
        if set(incident["should_detect"]) & set(OF_DRIFT):
            hit = {rule for rule, found in alarms.items() if found & own}
            together[incident["kind"]].append(hit)
    quiet = {(number, name) for number in range(REFERENCE_WEEKS, int(week.max()) + 1) for name in columns} - touched
    cells = [f"{len(alarms[rule] & quiet)} ({len(alarms[rule] & quiet) / len(quiet):.1%})" for rule in RULES]
    print(f"| {path.name} | {len(quiet)} | {' | '.join(cells)} |", flush=True)


def alarms_of(frame: Any, week: Any, columns: list[str], kinds: dict[str, str]) -> dict[str, Alarms]:
    """The weeks and columns that each rule raises an alarm for."""
    found: dict[str, Alarms] = {rule: set() for rule in RULES}
    schema = {
        "features": [{"name": name, "type": "float", "kind": kinds[name]} for name in columns if name != "prediction"],
        "prediction": kinds["prediction"],
    }
    before = frame[week < REFERENCE_WEEKS]
    for number in range(REFERENCE_WEEKS, int(week.max()) + 1):
        after = frame[week == number]
        for statistic in STATISTICS:
            report = stats.drift_report(
                before, after, schema=schema, prediction="prediction", times="occurred_at", statistic=statistic
            )
            found[RULES[0]] |= {(number, one.column) for one in report.with_status("watch", "drifted")}
        for name in columns:
            a, b = before[name], after[name]
            if stats.psi(a, b, kind=kinds[name]) >= 0.2:  # type: ignore[arg-type]
                found[RULES[1]].add((number, name))
            if p_value(a, b, kinds[name]) < 0.05:
                found[RULES[2]].add((number, name))
    return found


def p_value(before: Any, after: Any, kind: str) -> float:
    """The usual two-sample test, each column by itself."""
    if kind == "numeric":
        return float(laws.ks_2samp(before.dropna(), after.dropna(), method="asymp").pvalue)
    counts = [side.value_counts() for side in (before, after)]
    names = counts[0].index.union(counts[1].index)
    return float(laws.chi2_contingency(np.vstack([side.reindex(names).fillna(0) for side in counts])).pvalue)


if __name__ == "__main__":
    main()
