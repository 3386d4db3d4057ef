"""Attributions beside scikit-learn, scipy and the known answers."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlfoundry.attribution import report, statistics
from mlfoundry.attribution.importance import ranks
from mlfoundry.quality.proportions import rise
from mlfoundry.summaries import Attribution
from mlfoundry.summaries.arrays import Floats

# Without types of their own.
sk: Any = importlib.import_module("sklearn.metrics")
stats: Any = importlib.import_module("scipy.stats")
CASES = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers" / "cases"


def of(values: Floats) -> Attribution:
    return Attribution.grouped(values, np.zeros(len(values), np.int64), 1)[0]


@pytest.mark.parametrize("seed", range(20))
def test_ndcg_beside_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, now = rng.exponential(size=15), rng.exponential(size=15)
    if seed % 2:
        before, now = np.round(before, 1), np.round(now, 1)  # with ties
    found = statistics()["attribution_ndcg"].compute(before, now)
    assert found == pytest.approx(float(sk.ndcg_score(before[None], now[None])), abs=1e-12)


@pytest.mark.parametrize("sizes", [(1.0, 1.1, 300), (1.0, 1.0, 50), (1e-9, 3e-9, 1_000), (1e5, 1.2e5, 40)])
def test_the_test_of_mean_sizes_beside_scipy(sizes: tuple[float, float, int]) -> None:
    first, second, n = sizes
    rng = np.random.default_rng(3)
    before, now = rng.normal(0, first, 2 * n), rng.normal(0, second, n)
    [found] = report({"x": of(now)}, n, reference={"x": of(before)})
    expected = stats.ttest_ind(np.abs(now), np.abs(before), equal_var=False).pvalue
    assert found.p_value == pytest.approx(float(expected), rel=1e-6)
    low, high = stats.t.interval(0.95, n - 1, np.abs(now).mean(), stats.sem(np.abs(now)))
    assert found.lower == pytest.approx(max(float(low), 0.0), rel=1e-7)
    assert found.upper == pytest.approx(float(high), rel=1e-7)


@pytest.mark.parametrize(
    ("bad", "n", "bad_before", "n_before"), [(3, 100, 0, 1_000), (2, 40, 3, 900), (38, 40, 880, 900)]
)
def test_rare_shares_beside_fisher(bad: int, n: int, bad_before: int, n_before: int) -> None:
    sides = (np.array([float(x)]) for x in (bad, n, bad_before, n_before))
    found = float(rise(*sides).p_value[0])
    table = [[bad, n - bad], [bad_before, n_before - bad_before]]
    exact = float(stats.fisher_exact(table, alternative="greater").pvalue)
    # Conditional on rare events only, so a little on the safe side.
    assert exact <= found * 1.01
    assert found <= 1.5 * exact + 0.02


@pytest.mark.parametrize(("bad", "n", "bad_before", "n_before"), [(60, 1_000, 400, 10_000), (500, 900, 5_000, 10_000)])
def test_shares_beside_pearson(bad: int, n: int, bad_before: int, n_before: int) -> None:
    sides = (np.array([float(x)]) for x in (bad, n, bad_before, n_before))
    table = [[bad, n - bad], [bad_before, n_before - bad_before]]
    expected = float(stats.chi2_contingency(table, correction=False).pvalue) / 2
    assert float(rise(*sides).p_value[0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.skipif(not CASES.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("case", ["nycflights_binary", "bike_regression", "elec2_binary", "creditcard_multiclass"])
def test_known_answers(case: str) -> None:
    """Mean |SHAP| and mean SHAP of every feature and month, and the ranking's change, from float32 values."""
    truth = json.loads((CASES / case / "truth_shap.json").read_text())
    table: Any = importlib.import_module("pyarrow.parquet").read_table(CASES / case / "data.parquet")
    names = list(truth["reference"])
    values = {name: table.column(f"shap__{name}").to_numpy().astype(np.float32) for name in names}
    is_reference = np.array(table.column("period").to_pylist()) == "reference"
    before = {name: of(values[name][is_reference].astype(np.float64)) for name in names}
    times = np.array([str(time)[:7] for time in table.column("occurred_at").to_pylist()])
    for chunk in truth["M"]:
        rows = (times == chunk["chunk"][:7]) & ~is_reference
        found = report(
            {name: of(values[name][rows].astype(np.float64)) for name in names}, int(rows.sum()), reference=before
        )
        for one in found:
            expected, expected_before = chunk["features"][one.feature], truth["reference"][one.feature]
            assert one.mean_absolute == pytest.approx(expected["mean_abs"], rel=1e-6, abs=1e-9)
            assert one.mean == pytest.approx(expected["mean"], rel=1e-5, abs=1e-7)
            assert one.mean_absolute_reference == pytest.approx(expected_before["mean_abs"], rel=1e-6, abs=1e-9)
            assert one.rank == ranks({name: chunk["features"][name]["mean_abs"] for name in names})[one.feature]
        sizes = [
            np.array([[side[name]["mean_abs"] for name in names]]) for side in (truth["reference"], chunk["features"])
        ]
        ndcg = statistics()["attribution_ndcg"].compute(sizes[0][0], sizes[1][0])
        assert ndcg == pytest.approx(float(sk.ndcg_score(*sizes)), abs=1e-9)
