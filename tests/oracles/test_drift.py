"""Drift statistics beside scipy's, on generated data, on real cases, and from cells beside from events."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.drift import Binning, Histogram
from mlfoundry.drift.bins import NumericBins
from mlfoundry.drift.decision import two_sample_p
from mlfoundry.drift.jensen_shannon import JensenShannon
from mlfoundry.drift.psi import PopulationStabilityIndex
from mlfoundry.drift.total_variation import TotalVariation
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

# Without types of their own.
pd: Any = importlib.import_module("pandas")
stats: Any = importlib.import_module("scipy.stats")
special: Any = importlib.import_module("scipy.special")
distance: Any = importlib.import_module("scipy.spatial.distance")

CASES = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers" / "cases"
FLOORED = PopulationStabilityIndex(pseudo_count=0, floor=1e-4)


def summary(values: Floats, grid: Grid) -> NumericSummary:
    return NumericSummary.grouped(values, np.zeros(len(values), np.int64), 1, grid)[0]


@pytest.mark.parametrize("seed", range(20))
def test_statistics_beside_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 40))
    a, b = rng.multinomial(1_000, rng.dirichlet(np.ones(k))), rng.multinomial(300, rng.dirichlet(np.ones(k)))
    p, q = a / a.sum(), b / b.sum()
    labels = tuple(map(str, range(k)))
    reference, current = Histogram(labels, a), Histogram(labels, b)
    assert JensenShannon().compute(reference, current) == pytest.approx(float(distance.jensenshannon(p, q, 2)), 1e-12)
    assert TotalVariation().compute(reference, current) == pytest.approx(float(distance.cityblock(p, q)) / 2, 1e-12)
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    jeffreys = float((special.rel_entr(p, q) + special.rel_entr(q, p)).sum())
    assert FLOORED.compute(reference, current) == pytest.approx(jeffreys, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_the_two_sample_test_beside_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(8, 20.0))
    a, b = rng.multinomial(5_000, shares).astype(float), rng.multinomial(900, shares).astype(float)
    expected = stats.chi2_contingency(np.vstack([a, b]), correction=False)
    assert two_sample_p(a, b[None])[0] == pytest.approx(float(expected.pvalue), rel=1e-9)


Draw = Callable[[np.random.Generator, int], Any]
Move = Callable[[Floats], Floats]


def shifted(draw: Draw, move: Move) -> tuple[Draw, Move]:
    return draw, move


COLUMNS: dict[str, tuple[Draw, Move]] = {
    "normal": shifted(lambda g, n: g.normal(size=n), lambda x: x + 0.4),
    "year": shifted(lambda g, n: g.integers(1990, 2026, n).astype(float), lambda x: x + 2),
    "unix time": shifted(lambda g, n: 1.7e9 + g.integers(0, 90 * 86_400, n), lambda x: x + 15 * 86_400),
    "latitude": shifted(lambda g, n: 40.7 + g.normal(0, 0.03, n), lambda x: x + 0.015),
    "zip code": shifted(lambda g, n: g.integers(10_000, 99_999, n).astype(float), lambda x: np.sort(x)[len(x) // 7 :]),
    "pressure": shifted(lambda g, n: np.round(g.normal(1017, 7, n), 1), lambda x: x - 5),
    "pH": shifted(lambda g, n: np.round(g.normal(7.0, 0.25, n), 2), lambda x: np.round(x + 0.1, 2)),
    "zero-inflated": shifted(
        lambda g, n: np.where(g.random(n) < 0.9, 0.0, g.lognormal(size=n)), lambda x: np.append(x, x[x > 0])
    ),
    "Poisson": shifted(lambda g, n: g.poisson(4.0, n).astype(float), lambda x: np.append(x, x[::3] + 1)),
    "Pareto": shifted(lambda g, n: g.pareto(1.0, n) + 1, lambda x: x**1.2),
    "log-normal": shifted(lambda g, n: g.lognormal(0, 2, n), lambda x: x * 1.8),
    "sentinel": shifted(
        lambda g, n: np.where(g.random(n) < 0.1, -999.0, g.normal(size=n)),
        lambda x: np.append(x, np.full(len(x) // 20, -999.0)),
    ),
}


def exact_counts(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """Bins by hand, from the values: heavy ones apart, the rest cut where the mass is nearest to a tenth."""
    distinct, rows = np.unique(reference, return_counts=True)
    heavy = rows > 0.05 * len(reference)
    light, mass = distinct[~heavy], np.cumsum(rows[~heavy]) - rows[~heavy]
    count = max(1, min(10, int(rows[~heavy].sum() / (0.005 * len(reference)))))
    targets = np.arange(1, count) / count * rows[~heavy].sum()
    cuts = [light[np.abs(mass - target).argmin()] for target in targets] if len(light) else []
    ends = [reference.min(), np.nextafter(reference.max(), np.inf)]
    edges = np.unique(np.concatenate([cuts, distinct[heavy], np.nextafter(distinct[heavy], np.inf), ends]))
    before, after = (
        np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1).astype(float)
        for side in (reference, current)
    )
    return before, after


@pytest.mark.parametrize("name", COLUMNS)
def test_cells_beside_events_on_hard_columns(name: str) -> None:
    draw, move = COLUMNS[name]
    rng = np.random.default_rng(17)
    reference, current = draw(rng, 50_000), move(draw(rng, 50_000))
    grid = Grid.lay(reference)
    cells, window = summary(reference, grid), summary(current, grid)
    bins = NumericBins.cut(cells, Binning(missing_bin=False))
    a, b = bins.counts([cells])[0], bins.counts([window])[0]
    x, y = exact_counts(reference, current)
    psi, exact_psi = (float(PopulationStabilityIndex().values(*pair)) for pair in ((a, b), (x, y)))
    js, exact_js = (float(JensenShannon().values(*pair)) for pair in ((a, b), (x, y)))
    assert exact_psi > 0.01, "the case shows nothing"
    assert psi == pytest.approx(exact_psi, rel=0.02, abs=0.002)
    assert js == pytest.approx(exact_js, abs=0.003)
    assert len((cells + window).ids) <= 700
    # With the same edges there is no difference at all.
    by_hand = np.histogram(current, np.concatenate([[-np.inf], bins.edges, [np.inf]]))[0]
    assert by_hand.tolist() == b.tolist()


@pytest.mark.skipif(not CASES.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("case", ["nycflights_binary", "bike_regression", "creditcard_multiclass"])
def test_real_cases_beside_their_known_answers(case: str) -> None:
    frame = pd.read_parquet(CASES / case / "data.parquet")
    truth = json.loads((CASES / case / "truth_drift.json").read_text())
    reference, current = (frame[frame["period"] == period] for period in ("reference", "analysis"))
    [whole] = truth["all"]
    compared = 0
    for column, kind in truth["types"].items():
        expected = whole["columns"][column]
        if kind == "numeric":
            compared += _numeric_case(reference[column], current[column], expected)
        elif "psi" in expected:
            sides = [category_counts(side[column]) for side in (reference, current)]
            labels = tuple(sorted({*sides[0], *sides[1]}))
            histograms = [Histogram(labels, [side.get(label, 0) for label in labels]) for side in sides]
            assert JensenShannon().compute(*histograms) == pytest.approx(expected["js"], abs=1e-9)
            assert FLOORED.compute(*histograms) == pytest.approx(expected["psi"], abs=1e-9)
            assert TotalVariation().compute(*histograms) == pytest.approx(expected["tvd"], abs=1e-9)
            compared += 1
            # Unseen ones in one bin do not change the distance.
            found = drift.report(
                {column: CategorySummary(sides[0])},
                {column: CategorySummary(sides[1])},
                statistic="jensen_shannon",
                binning=Binning(missing_bin=False),
            )
            assert found[0].value == pytest.approx(expected["js"], abs=1e-9)
    assert compared >= 8


def category_counts(values: Any) -> dict[str, int]:
    return {str(label): int(rows) for label, rows in values.dropna().astype(str).value_counts().items()}


def _numeric_case(reference: Any, current: Any, expected: dict[str, float]) -> bool:
    if expected.get("psi_q10") is None:
        return False
    before, after = (side.dropna().to_numpy(float) for side in (reference, current))
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)))
    binning = Binning(edges=tuple(edges.tolist()), outer_bins=False, missing_bin=False)
    grid = Grid(edges)
    sides = [summary(values, grid) for values in (before, after)]
    bins = NumericBins.cut(sides[0], binning)
    a, b = bins.counts(sides)
    assert float(FLOORED.values(a, b)) == pytest.approx(expected["psi_q10"], abs=1e-9)
    assert float(JensenShannon().values(a, b)) == pytest.approx(expected["js_q10"], abs=1e-9)
    return True
