"""How near do metrics from cells come to metrics from rows, and how often do their intervals hold the truth?

    python bench/metrics.py
    python bench/metrics.py --rows 1000000 --runs 2000

The peer is scikit-learn on the same rows. Scores are a normal variable of either class, its log odds as a score.
"""

from __future__ import annotations

import argparse
import importlib
import math
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from mlfoundry.performance.report import report
from mlfoundry.summaries import Confusion, Grid, Residuals, ScoreTable, Summaries

sk: Any = importlib.import_module("sklearn.metrics")
normal: Any = importlib.import_module("scipy.stats").norm

BASE_RATES = (0.5, 0.1, 0.01, 0.002, 0.0005)
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def scored(rng: np.random.Generator, n: int, base_rate: float, distance: float) -> tuple[Bools, Floats]:
    """Classes ``distance`` standard deviations apart, with the probabilities that are right for them."""
    truth = rng.random(n) < base_rate
    x = rng.normal(size=n) + distance * truth
    return truth, odds(x, base_rate, distance)


def odds(x: Floats, base_rate: float, distance: float) -> Floats:
    return 1 / (1 + np.exp(-(distance * x - distance**2 / 2 + math.log(base_rate / (1 - base_rate)))))


def nearness(rows: int) -> None:
    print(f"\nMetrics from cells less those of scikit-learn, {rows:,} rows (log loss and Brier relative)\n")
    print("| base rate | bins | ROC AUC | its bound | average precision | its bound | log loss | Brier | KS |")
    print("|---|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(1)
    for base_rate in BASE_RATES:
        truth, score = scored(rng, rows, base_rate, 1.5)
        [table] = ScoreTable.grouped(score, truth, np.zeros(rows, np.int64), 1)
        ours = {value.metric: value for value in report(of_scores(table), task="binary", positive_class="yes")}
        peers = {
            "roc_auc": sk.roc_auc_score(truth, score),
            "average_precision": sk.average_precision_score(truth, score),
            "log_loss": sk.log_loss(truth, score),
            "brier": sk.brier_score_loss(truth, score),
        }
        off = {name: (ours[name].value or 0.0) - float(peer) for name, peer in peers.items()}
        false_rate, true_rate, _ = sk.roc_curve(truth, score, drop_intermediate=False)
        print(
            f"| {base_rate:g} | {len(table.ids)} | {off['roc_auc']:+.1e} | {ours['roc_auc'].bound:.1e} "
            f"| {off['average_precision']:+.1e} | {ours['average_precision'].bound:.1e} "
            f"| {off['log_loss'] / peers['log_loss']:+.0e} | {off['brier'] / peers['brier']:+.0e} "
            f"| {(ours['score_ks'].value or 0.0) - float((true_rate - false_rate).max()):+.1e} |"
        )


def of_scores(table: ScoreTable) -> Summaries:
    """Summaries whose rows are those of a table, predicted at a threshold of a half."""
    high = table.ids > 0
    counts = np.array(
        [
            [table.negative[~high].sum(), table.negative[high].sum()],
            [table.positive[~high].sum(), table.positive[high].sum()],
        ]
    )
    return Summaries(
        n=table.n, n_with_actual=table.n, confusion=Confusion(("no", "yes"), counts), scores={"yes": table}
    )


def coverage_of_scores(runs: int) -> None:
    names = ("roc_auc", "average_precision", "score_ks", "lift")
    print(f"\nShare of 95 % intervals that hold the truth, {runs:,} runs, so many positive rows in each\n")
    print(f"| rows | positives | true AUC | {' | '.join(names)} |")
    print("|---" * (3 + len(names)) + "|")
    rng = np.random.default_rng(2)
    for n, positives in ((100, 10), (1_000, 10), (10_000, 10), (100, 50), (1_000, 30), (2_000, 600), (10_000, 100)):
        for distance in (0.5, 1.5, 3.0):
            truth = np.tile(np.arange(n) < positives, runs)
            shares, true = coverage(rng, n, positives / n, distance, truth, names)
            print(f"| {n:,} | {positives} | {true['roc_auc']:.3f} | {shares} |")


def coverage_of_losses(runs: int) -> None:
    names = ("log_loss", "brier", "prevalence")
    print(f"\nThe same with as many positive rows as chance gives, {runs:,} runs\n")
    print(f"| rows | base rate | true AUC | {' | '.join(names)} |")
    print("|---" * (3 + len(names)) + "|")
    rng = np.random.default_rng(5)
    for n, base_rate in ((200, 0.5), (2_000, 0.3), (2_000, 0.02)):
        for distance in (0.5, 1.5, 3.0):
            shares, true = coverage(rng, n, base_rate, distance, rng.random(n * runs) < base_rate, names)
            print(f"| {n:,} | {base_rate:g} | {true['roc_auc']:.3f} | {shares} |")


def coverage(
    rng: np.random.Generator, n: int, base_rate: float, distance: float, truth: Bools, names: tuple[str, ...]
) -> tuple[str, dict[str, float]]:
    """Cells of a table for windows of ``n`` rows each, and the true values."""
    runs, true = len(truth) // n, true_scores(base_rate, distance)
    score = odds(rng.normal(size=len(truth)) + distance * truth, base_rate, distance)
    tables = ScoreTable.grouped(score, truth, np.repeat(np.arange(runs), n), runs)
    shares = covered(map(of_scores, tables), "binary", {name: true[name] for name in names})
    return " | ".join(f"{shares[name]:.3f}" for name in names), true


def true_scores(base_rate: float, distance: float) -> dict[str, float]:
    """The metrics of endlessly many rows."""
    x: Floats = np.linspace(-9, 9 + distance, 400_001)
    recall, alarms, density, other = (
        np.asarray(law(at), np.float64) for law in (normal.sf, normal.pdf) for at in (x - distance, x)
    )
    positive = base_rate * recall
    precision = positive / (positive + (1 - base_rate) * alarms)
    step = x[1] - x[0]
    p = odds(x, base_rate, distance)
    mixed = base_rate * density + (1 - base_rate) * other
    together = positive + (1 - base_rate) * alarms
    return {
        "roc_auc": float(normal.cdf(distance / math.sqrt(2))),
        "average_precision": float((precision * density).sum() * step),
        "score_ks": float((recall - alarms).max()),
        "lift": float(np.interp(0.1, together[::-1], recall[::-1]) / 0.1),
        "log_loss": float(-(base_rate * density * np.log(p) + (1 - base_rate) * other * np.log1p(-p)).sum() * step),
        "prevalence": base_rate,
        "brier": float((mixed * p * (1 - p)).sum() * step),
    }


def coverage_of_classes(runs: int) -> None:
    names = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "fbeta", "mcc", "cohen_kappa")
    print(f"\nThe same for metrics of classes, {runs:,} runs\n")
    print(f"| rows | prevalence | recall | precision | {' | '.join(names)} |")
    print("|---" * (4 + len(names)) + "|")
    rng = np.random.default_rng(3)
    for n, prevalence, recall, precision in (
        (100, 0.5, 0.8, 0.7), (200, 0.1, 0.6, 0.5), (1_000, 0.02, 0.7, 0.4), (2_000, 0.3, 0.97, 0.95),
    ):  # fmt: skip
        hits = prevalence * recall
        shares = np.array(
            [[1 - prevalence - hits / precision + hits, hits / precision - hits], [prevalence - hits, hits]]
        )
        truth = {
            value.metric: value.value
            for value in report(of_counts(np.rint(shares * 1e12).astype(np.int64)), task="binary", positive_class="yes")
        }
        drawn = [np.reshape(rng.multinomial(n, shares.ravel()), (2, 2)) for _ in range(runs)]
        found = covered(map(of_counts, drawn), "binary", {name: truth[name] or 0.0 for name in names})
        cells = " | ".join(f"{found[name]:.3f}" for name in names)
        print(f"| {n:,} | {prevalence:g} | {recall:g} | {precision:g} | {cells} |")


def of_counts(counts: Ints) -> Summaries:
    table = Confusion(("no", "yes"), counts)
    return Summaries(n=table.n, n_with_actual=table.n, confusion=table)


def coverage_of_errors(runs: int) -> None:
    names = ("bias", "mae", "mse", "rmse", "mape", "smape", "rmsle", "r2", "median_absolute_error")
    print(f"\nThe same for metrics of numbers, {runs:,} runs\n")
    print(f"| rows | errors | {' | '.join(names)} |")
    print("|---" * (2 + len(names)) + "|")
    rng = np.random.default_rng(4)
    for n in (30, 200, 2_000):
        for kind in ("normal", "of the size of the actual"):
            actual, predicted = numbers(rng, 2_000_000, kind)
            grid = Grid.lay(predicted - actual)
            [whole] = Residuals.grouped(predicted, actual, np.zeros(len(actual), np.int64), 1, grid)
            truth = {one.metric: one.value for one in report(of_residuals(whole), task="regression")}
            truth["median_absolute_error"] = float(np.median(np.abs(predicted - actual)))
            actual, predicted = numbers(rng, n * runs, kind)
            drawn = Residuals.grouped(predicted, actual, np.repeat(np.arange(runs), n), runs, grid)
            found = covered(map(of_residuals, drawn), "regression", {name: truth[name] or 0.0 for name in names})
            print(f"| {n:,} | {kind} | {' | '.join(f'{found[name]:.3f}' for name in names)} |")


def numbers(rng: np.random.Generator, n: int, kind: str) -> tuple[Floats, Floats]:
    actual = rng.lognormal(3, 0.5, n)
    error = rng.normal(size=n)
    return actual, actual + (0.2 * actual * error if kind != "normal" else error)


def of_residuals(residuals: Residuals) -> Summaries:
    return Summaries(n=residuals.n, n_with_actual=residuals.n, residuals=residuals)


def covered(drawn: Iterable[Summaries], task: Any, truth: dict[str, float]) -> dict[str, float]:
    """How often the interval of each metric holds its true value."""
    hits, seen = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    for summaries in drawn:
        for value in report(summaries, task=task, positive_class="yes", metrics=tuple(truth)):
            if value.lower is not None and value.upper is not None:
                seen[value.metric] += 1
                hits[value.metric] += value.lower <= truth[value.metric] <= value.upper
    return {name: hits[name] / max(seen[name], 1) for name in truth}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the comparison with scikit-learn")
    parser.add_argument("--runs", type=int, default=1_000, help="windows drawn for each row of the tables of coverage")
    arguments = parser.parse_args()
    start = time.perf_counter()
    nearness(arguments.rows)
    coverage_of_scores(arguments.runs)
    coverage_of_losses(arguments.runs)
    coverage_of_classes(arguments.runs)
    coverage_of_errors(arguments.runs)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
