"""How often does the drift decision alarm without drift, what does it find, how near do cells come to events, how fast?

Beside it, on the same windows: the usual fixed cut-offs (PSI of 0.2, a Kolmogorov-Smirnov p-value below 5 %), and rows
taken as independent of each other.

    python bench/drift_decision.py                 # all parts, about six minutes
    python bench/drift_decision.py speed columns   # some
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from drift_parts.short_references import LAWS, NOW, SHIFTS, Traffic, simulate

from mlfoundry import drift
from mlfoundry.drift import Binning, BinStatistic, History, Reference
from mlfoundry.drift.base import DriftStatistic
from mlfoundry.drift.bins import NumericBins
from mlfoundry.drift.comparison import Judged, judge
from mlfoundry.drift.history import Columns, total
from mlfoundry.drift.line import Line
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.drift.tally import count
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats, Ints

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CUT_OFF, KS_CUT_OFF = 0.2, 0.05
CUT_OFFS = ("PSI ≥ 0.2", "KS p < 0.05")
STATISTICS = ("psi", "kolmogorov_smirnov", "cramer_von_mises", "anderson_darling", "mean_shift")


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


def independent(effort: float) -> None:
    """False alarms over those asked for, rows independent: 0.5 to 2 is the bar."""
    rng = np.random.default_rng(1)
    rows: list[list[str]] = []
    for n in (1_000, 10_000, 100_000):
        grid = Grid.lay(rng.normal(size=n))
        for m in (100, 1_000, 10_000, 100_000):
            found = {law: np.zeros(3) for law in STATISTICS}
            cut_off = np.zeros(3)
            # Windows that share a small reference share its luck, and so would count as one.
            at_once = max(1, min(20, n // m))
            for _ in range(int(1_000 * effort) // at_once):
                reference = Reference({"x": drawn(rng, grid, n)})
                windows = [{"x": drawn(rng, grid, m)} for _ in range(at_once)]
                for law in STATISTICS:
                    judged = verdicts(reference, windows, law)
                    found[law] += alarms(judged.p_value)
                    if law == "psi":
                        cut_off[:2] += [judged.n.size, (judged.value >= CUT_OFF).sum()]
                    if law == "kolmogorov_smirnov":
                        cut_off[2] += (judged.p_value < KS_CUT_OFF).sum()
            cells = [f"{each[1] / each[0] / 1e-2:.2f} / {each[2] / each[0] / 1e-3:.1f}" for each in found.values()]
            rows.append([f"{n:,}", f"{m:,}", *cells, *(percent(each / cut_off[0]) for each in cut_off[1:])])
    table(["n reference", "n", *(f"`{law}`" for law in STATISTICS), *CUT_OFFS], rows)


def dependent(effort: float) -> None:
    """False alarms where the rows of one day have something in common, and hours differ."""
    rng = np.random.default_rng(2)
    rows: list[list[str]] = []
    for length in (DAY, HOUR):
        for law in STATISTICS:
            found = {"own windows": np.zeros(3), "independent rows": np.zeros(3)}
            by_size, cut_off = np.zeros(2), np.zeros(3)
            for _ in range(int((40 if length == DAY else 12) * effort)):
                pieces = traffic(rng, days=120, per_hour=100)
                known, later = pieces[: 60 * 24], pieces[60 * 24 :]
                starts = [START + place * HOUR for place in range(len(known))]
                steps = length // HOUR
                windows = [total(later[place : place + steps]) for place in range(0, len(later), steps * 3)]
                columns = total(known)
                ready = Reference(columns, history=History(starts, known))
                judged = verdicts(ready, windows, law, length)
                found["own windows"] += alarms(judged.p_value)
                by_size += [judged.n.size, (judged.status > 0).sum()]
                judged = verdicts(Reference(columns), windows, law, length)
                found["independent rows"] += alarms(judged.p_value)
                sizes = drift.statistic(law).sizes
                cut_off += [
                    judged.n.size,
                    (judged.value >= sizes.watch * judged.unit).sum(),
                    (judged.p_value < KS_CUT_OFF).sum(),
                ]
            ratios = [f"{each[1] / each[0] / 1e-2:.2f} / {each[2] / each[0] / 1e-3:.1f}" for each in found.values()]
            tests = f"{int(by_size[0]):,}"
            rows.append(
                [
                    "a day" if length == DAY else "an hour",
                    f"`{law}`",
                    tests,
                    *ratios,
                    percent(by_size[1] / by_size[0]),
                    *(percent(each / cut_off[0]) for each in cut_off[1:]),
                ]
            )
    head = ["window", "law", "windows", "own windows", "independent rows", "watch or drifted"]
    table([*head, "value ≥ watch", "plain p < 0.05"], rows)


def power(effort: float) -> None:
    """How often a shift of one of 30 normal columns is found, in windows of a day with one false alarm a month."""
    rng = np.random.default_rng(3)
    n = 10_000
    grid = Grid.lay(rng.normal(size=n))
    rows: list[list[str]] = []
    for m, shifts in ((100, (0.6, 0.9)), (1_000, (0.2, 0.37)), (10_000, (0.09, 0.37))):
        for shift in shifts:
            found = np.zeros(6)
            draws = int(100 * effort)
            for _ in range(draws):
                reference = Reference({f"x{place}": drawn(rng, grid, n) for place in range(30)})
                window = {f"x{place}": drawn(rng, grid, m, shift if place == 0 else 0.0) for place in range(30)}
                judged = verdicts(reference, [window], "psi")
                fixed = [judged.value[:, 0] >= CUT_OFF, plain_ks(reference, window) < KS_CUT_OFF]
                found += [
                    judged.real[0, 0],
                    judged.status[0, 0] > 0,
                    *(each[0] for each in fixed),
                    *(each[1:].any() for each in fixed),
                ]
            rows.append([f"{m:,}", f"{shift} sd", *(percent(each / draws) for each in found)])
    others = [f"{name} in some column that did not move" for name in CUT_OFFS]
    table(["n", "shift", "real", "real and large", *CUT_OFFS, *others], rows)


def plain_ks(reference: Reference, window: Columns) -> Floats:
    """The p-value of each column by itself, as if rows were independent and it were the only one."""
    columns = drift.report(reference, window, statistic="kolmogorov_smirnov")
    return np.array([one.p_value for one in columns], np.float64)


def dependent_power(effort: float) -> None:
    """What dependence costs: a shift in one single day, where days differ by 0.3 sd anyway."""
    rng = np.random.default_rng(4)
    rows: list[list[str]] = []
    trials = int(25 * effort)
    hits = {shift: np.zeros(2) for shift in (0.3, 0.6, 1.0, 1.5)}
    for _ in range(trials):
        pieces = traffic(rng, days=60, per_hour=100)
        starts = [START + place * HOUR for place in range(len(pieces))]
        ready = Reference(total(pieces), history=History(starts, pieces))
        for shift, hit in hits.items():
            days = traffic(rng, days=12, per_hour=100, shift=shift, grid=grid_of(pieces))
            windows = [total(days[place : place + 24]) for place in range(0, len(days), 96)]
            judged = verdicts(ready, windows, "psi", DAY)
            hit += [judged.n.size, judged.real.sum()]
    rows = [[f"{shift} sd", percent(hit[1] / hit[0])] for shift, hit in hits.items()]
    table(["shift of one day", "real"], rows)


def short_references(effort: float) -> None:
    """False alarms at 1 %, and power, of windows longer than those of which a reference holds 20, by several laws."""
    asked = ((14, 1), (14, 7), (22, 3), (22, 7), (22, 30), (30, 7), (30, 30), (45, 7), (45, 30), (60, 7), (60, 30))
    kinds = [Traffic(*each) for each in ((0.0, 0.0), (0.0, 0.3), (0.3, 0.3), (0.5, 0.3), (0.7, 0.3), (0.9, 0.3))]
    kinds += [Traffic(0.5, 1.0), Traffic(0.3, 0.1, weekend=1.0)]
    below = {name: np.zeros((len(asked), len(kinds), len(SHIFTS))) for name in LAWS}
    for place, (days, length) in enumerate(asked):
        rng = np.random.default_rng([6, days, length])
        for kind, traffic_ in enumerate(kinds):
            found = simulate(rng, traffic_, columns=int(400 * effort), days=days, length=length)
            for name, law in LAWS.items():
                below[name][place, kind] = 100 * (law(found, length) < 1e-2).mean(axis=0)
    head = [str(each) for each in kinds]
    for title, shift in (("false alarms", 0), ("1 sd found", 3), ("3 sd found", 4)):
        print(f"\n{title}, % of columns: the mean over all references and lengths, and the most or the least\n")
        worst = np.max if shift == 0 else np.min
        rows = []
        for name, each in below.items():
            rows.append([name, *(f"{of.mean():.1f} ({worst(of):.0f})" for of in each[:, :, shift].T)])
        table(["law", *head], rows)
    print(f"\n{NOW}: false alarms | 0.3 / 0.6 / 1 / 3 sd found, %\n")
    rows = [
        [f"{days}", f"{length}", *(f"{of[0]:.1f} | {' / '.join(f'{each:.0f}' for each in of[1:])}" for of in by_kind)]
        for (days, length), by_kind in zip(asked, below[NOW], strict=True)
    ]
    table(["days of reference", "days asked", *head], rows)


def flights(effort: float) -> None:
    """Real flights, each day beside all other days of its year: nothing has drifted, yet no two days are alike."""
    from mlfoundry.demo.flights import read_flights

    frame = read_flights()
    day = (frame["scheduled"] - frame["scheduled"].min()).dt.days.to_numpy(np.int64)
    n_days = int(day.max()) + 1
    pieces: list[dict[str, ColumnSummary]] = [{} for _ in range(n_days)]
    for name in ("hour", "distance", "airport_delay", "weekday"):
        values = frame[name].to_numpy(np.float64)
        fill(pieces, name, NumericSummary.grouped(values, day, n_days, Grid.lay(values)))
    for name in ("carrier", "origin", "destination"):
        codes, labels = frame[name].factorize()
        found = CategorySummary.grouped(codes.astype(np.int64), [str(each) for each in labels], day, n_days)
        fill(pieces, name, found)
    starts = [START + place * DAY for place in range(n_days)]
    counts = np.zeros(7)
    for place in range(0, n_days, max(1, round(8 / effort))):
        others = [piece for number, piece in enumerate(pieces) if number != place]
        times = [start for number, start in enumerate(starts) if number != place]
        columns = total(others)
        own = verdicts(Reference(columns, history=History(times, others, DAY)), [pieces[place]], "psi", DAY)
        alone = verdicts(Reference(columns), [pieces[place]], "psi", DAY)
        fixed = (alone.value >= CUT_OFF).sum(), (alone.p_value < KS_CUT_OFF).sum()
        counts += [
            own.n.size,
            own.real.sum(),
            (own.status > 0).sum(),
            alone.real.sum(),
            (alone.status > 0).sum(),
            *fixed,
        ]
    names = ("own windows: real", "real and large", "independent rows: real", "real and large", "PSI ≥ 0.2", "p < 0.05")
    table(["of days × columns", *names], [[f"{int(counts[0]):,}", *(percent(each / counts[0]) for each in counts[1:])]])


def columns(effort: float) -> None:
    """How near cells come to events."""
    rng = np.random.default_rng(17)
    size = int(50_000 * effort)
    rows: list[list[str]] = []
    for name, (draw, move) in COLUMNS.items():
        reference, current = draw(rng, size), move(draw(rng, size))
        grid = Grid.lay(reference)
        x, y = summary(reference, grid), summary(current, grid)
        line, exact = Line.of_summaries(x, [y]), Line.of_values(reference, current)
        cells = [name, f"{len((x + y).ids)}"]
        for key in ("psi", "jensen_shannon"):
            found, truth = of_bins(key, cell_bins(x, y)), of_bins(key, bins_by_hand(reference, current))
            cells.append(f"{truth:.4g} ({found - truth:+.1g})")
        for key in ("kolmogorov_smirnov", "normalized_wasserstein", "energy_distance", "cramer_von_mises"):
            statistic = drift.statistic(key)
            assert isinstance(statistic, OrderedStatistic)
            found, truth = float(statistic.values(line)[0]), float(statistic.values(exact)[0])
            cells.append(f"{truth:.4g} ({found - truth:+.1g} ± {float(statistic.error_bound(line)[0]):.1g})")
        rows.append(cells)
    table(
        [
            "column",
            "buckets",
            "`psi`",
            "`jensen_shannon`",
            "`kolmogorov_smirnov`",
            "`normalized_wasserstein`",
            "`energy_distance`",
            "`cramer_von_mises`",
        ],
        rows,
    )


def cell_bins(reference: NumericSummary, current: NumericSummary) -> tuple[Floats, Floats]:
    """Rows by drift bin, from cells."""
    bins = NumericBins.cut(reference, Binning(missing_bin=False))
    before, after = count(bins, [reference, current])
    return before, after


def bins_by_hand(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """The same from rows: heavy values apart, the rest cut where the mass is nearest to a tenth."""
    distinct, rows = np.unique(reference, return_counts=True)
    heavy = rows > 0.05 * len(reference)
    light, mass = distinct[~heavy], np.cumsum(rows[~heavy]) - rows[~heavy]
    whole = int(rows[~heavy].sum())
    wanted = max(1, min(10, int(whole / (0.005 * len(reference)))))
    cuts = [light[np.abs(mass - place / wanted * whole).argmin()] for place in range(1, wanted) if len(light)]
    ends = [reference.min(), np.nextafter(reference.max(), np.inf)]
    edges = np.unique(np.concatenate([cuts, distinct[heavy], np.nextafter(distinct[heavy], np.inf), ends]))
    before, after = (
        np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1).astype(np.float64)
        for side in (reference, current)
    )
    return before, after


def of_bins(key: str, counts: tuple[Floats, Floats]) -> float:
    """A statistic of shares."""
    statistic = drift.statistic(key)
    assert isinstance(statistic, BinStatistic)
    return float(statistic.values(*counts))


def speed(effort: float) -> None:
    """1,000 columns judged, the reference made ready before; 50 ms is the bar for PSI."""
    rng = np.random.default_rng(5)
    before: dict[str, ColumnSummary] = {}
    after: dict[str, ColumnSummary] = {}
    for place in range(1_000):
        if place % 5:
            grid = Grid.lay(rng.normal(size=5_000))
            before[f"x{place}"], after[f"x{place}"] = drawn(rng, grid, 20_000), drawn(rng, grid, 5_000)
        else:
            before[f"x{place}"] = CategorySummary({f"k{code}": 100 * (code + 1) for code in range(30)})
            after[f"x{place}"] = CategorySummary({f"k{code}": 10 * (code + 1) for code in range(31)})
    reference = Reference(before)
    rows: list[list[str]] = []
    for name in drift.statistics():
        began = time.perf_counter()
        first = drift.report(reference, after, statistic=name, window_length=DAY)
        took = [time.perf_counter() - began]
        for _ in range(max(1, int((30 if name == "psi" else 3) * effort))):
            began = time.perf_counter()
            again = drift.report(reference, after, statistic=name, window_length=DAY)
            took.append(time.perf_counter() - began)
            assert again == first, "a report must not change its mind"
        rows.append([f"`{name}`", f"{took[0] * 1e3:.0f} ms", f"{min(took[1:]) * 1e3:.0f} ms"])
    table(["1,000 columns", "first", "then, at best"], rows)


PARTS: dict[str, Callable[[float], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (independent, dependent, power, dependent_power, short_references, flights, columns, speed)
}

Draw = Callable[[np.random.Generator, int], Any]
Move = Callable[[Floats], Any]
COLUMNS: dict[str, tuple[Draw, Move]] = {
    "year": (lambda g, n: g.integers(1990, 2026, n).astype(float), lambda x: x + 2),
    "unix time": (lambda g, n: 1.7e9 + g.integers(0, 90 * 86_400, n), lambda x: x + 15 * 86_400),
    "latitude": (lambda g, n: 40.7 + g.normal(0, 0.03, n), lambda x: x + 0.015),
    "zip code": (lambda g, n: g.integers(10_000, 99_999, n).astype(float), lambda x: np.sort(x)[len(x) // 7 :]),
    "pressure": (lambda g, n: np.round(g.normal(1017, 7, n), 1), lambda x: x - 5),
    "pH": (lambda g, n: np.round(g.normal(7.0, 0.25, n), 2), lambda x: np.round(x + 0.1, 2)),
    "zero-inflated": (
        lambda g, n: np.where(g.random(n) < 0.9, 0.0, g.lognormal(size=n)),
        lambda x: np.append(x, x[x > 0]),
    ),
    "Poisson": (lambda g, n: g.poisson(4.0, n).astype(float), lambda x: np.append(x, x[::3] + 1)),
    "Pareto": (lambda g, n: g.pareto(1.0, n) + 1, lambda x: x**1.2),
    "log-normal": (lambda g, n: g.lognormal(0, 2, n), lambda x: x * 1.8),
    "sentinel −999": (
        lambda g, n: np.where(g.random(n) < 0.1, -999.0, g.normal(size=n)),
        lambda x: np.append(x, np.full(len(x) // 20, -999.0)),
    ),
    "two tight clusters": (
        lambda g, n: np.where(g.random(n) < 0.5, 1e3, 1e6) + g.normal(size=n),
        lambda x: x + 0.3,
    ),
}


def drawn(rng: np.random.Generator, grid: Grid, n: int, shift: float = 0.0) -> NumericSummary:
    """Normal rows."""
    return summary(rng.normal(shift, 1.0, n), grid)


def summary(values: Floats, grid: Grid) -> NumericSummary:
    """All rows together."""
    return NumericSummary.grouped(values, np.zeros(len(values), np.int64), 1, grid)[0]


def traffic(
    rng: np.random.Generator, *, days: int, per_hour: int, shift: float = 0.0, grid: Grid | None = None
) -> list[Columns]:
    """Hours of a column with an autoregressive effect of the day (0.3 sd) and one of the hour (a sine of 1 sd)."""
    effects = np.zeros(days)
    for day in range(days):
        before = effects[day - 1] if day else rng.normal(0, 0.3)
        effects[day] = 0.5 * before + rng.normal(0, 0.3 * np.sqrt(0.75))
    hour: Ints = np.repeat(np.arange(days * 24), per_hour)
    level = effects[hour // 24] + np.sqrt(2.0) * np.sin(2 * np.pi * (hour % 24) / 24)
    values = level + shift + rng.normal(size=len(hour))
    found = NumericSummary.grouped(values, hour, days * 24, grid or Grid.lay(values))
    return [{"x": each} for each in found]


def grid_of(pieces: Sequence[Columns]) -> Grid:
    """The grid that pieces lie on."""
    first = pieces[0]["x"]
    assert isinstance(first, NumericSummary)
    return first.grid


def fill(pieces: list[dict[str, ColumnSummary]], name: str, summaries: Iterable[ColumnSummary]) -> None:
    """Add a column to each piece."""
    for piece, each in zip(pieces, summaries, strict=True):
        piece[name] = each


def verdicts(reference: Reference, windows: Sequence[Columns], name: str, length: timedelta = DAY) -> Judged:
    """Judge with one false alarm a month."""
    statistic: DriftStatistic = drift.statistic(name)
    return judge(reference, windows, statistic, binning=Binning(), length=length, per_month=1.0)


def alarms(p_values: Floats) -> Floats:
    """How many tests there were, and how many fell below 1 % and below 0.1 %."""
    known = p_values[np.isfinite(p_values)]
    return np.array([len(known), (known < 1e-2).sum(), (known < 1e-3).sum()], np.float64)


def percent(share: float) -> str:
    """A share to read."""
    return f"{100 * share:.1f} %"


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print as Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
