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
from mlfoundry.drift import Binning, Histogram, OrderedStatistic
from mlfoundry.drift.bins import NumericBins
from mlfoundry.drift.jensen_shannon import JensenShannon
from mlfoundry.drift.kullback_leibler import KullbackLeibler
from mlfoundry.drift.laws import two_sample_chi_square, weighted_bridge
from mlfoundry.drift.line import Line
from mlfoundry.drift.psi import PopulationStabilityIndex
from mlfoundry.drift.table import Table
from mlfoundry.drift.tally import count
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
    found = two_sample_chi_square(a, b[None])
    assert found.p_value[0] == pytest.approx(float(expected.pvalue), rel=1e-9)
    assert found.ratio[0] == pytest.approx(float(expected.statistic) / 7, rel=1e-9)
    histograms = [Histogram(tuple("abcdefgh"), side) for side in (a, b)]
    assert drift.statistic("chi_square").compute(*histograms) == pytest.approx(float(expected.statistic), rel=1e-9)
    association = float(stats.contingency.association(np.vstack([a, b]).astype(int), method="cramer"))
    assert drift.statistic("cramers_v").compute(*histograms) == pytest.approx(association, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_more_statistics_of_shares_beside_their_formulas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.multinomial(1_000, rng.dirichlet(np.ones(9))), rng.multinomial(300, rng.dirichlet(np.ones(9)))
    p, q = a / a.sum(), b / b.sum()
    histograms = [Histogram(tuple("abcdefghi"), side) for side in (a, b)]
    found = {name: drift.statistic(name).compute(*histograms) for name in ("hellinger", "l_infinity")}
    assert found["hellinger"] == pytest.approx(float(distance.euclidean(np.sqrt(p), np.sqrt(q))) / np.sqrt(2), 1e-12)
    assert found["l_infinity"] == pytest.approx(float(distance.chebyshev(p, q)), rel=1e-12)
    # With every bin filled on both sides there is nothing to add.
    a, b = a + 1, b + 1
    histograms = [Histogram(tuple("abcdefghi"), side) for side in (a, b)]
    surprise = float(stats.entropy(b / b.sum(), a / a.sum()))
    assert KullbackLeibler(pseudo_count=0).compute(*histograms) == pytest.approx(surprise, rel=1e-12)


Sampler = Callable[[np.random.Generator, int], Any]

SAMPLES: dict[str, Sampler] = {
    "normal": lambda g, n: g.normal(g.normal(0, 0.2), 1, n),
    "ties": lambda g, n: g.integers(0, 5, n).astype(float),
    "constant": lambda g, n: np.full(n, 3.0),
    "one row": lambda g, n: g.normal(size=1),
    "huge": lambda g, n: g.normal(size=n) * 1e120,
    "tiny": lambda g, n: g.normal(size=n) * 1e-120,
    "far from 0": lambda g, n: 1e9 + g.normal(size=n),
    "heavy tails": lambda g, n: g.standard_cauchy(n),
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", range(4))
def test_statistics_of_order_beside_scipy(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x: Floats = SAMPLES[name](rng, 400)
    y: Floats = SAMPLES[name](rng, 90)

    def exact(key: str) -> float:
        statistic = drift.statistic(key)
        assert isinstance(statistic, OrderedStatistic)
        return statistic.exact(x, y)

    size = float(np.abs(np.concatenate([x, y])).max())
    if len(x) > 1:
        largest = float(stats.ks_2samp(x, y, method="asymp").statistic)
        assert exact("kolmogorov_smirnov") == pytest.approx(largest, abs=1e-12)
    moved = float(stats.wasserstein_distance(x, y))
    assert exact("wasserstein") == pytest.approx(moved, rel=1e-9, abs=1e-15 * size)
    apart = float(stats.energy_distance(x / size, y / size)) * np.sqrt(size)
    assert exact("energy_distance") == pytest.approx(apart, rel=1e-6, abs=1e-7 * np.sqrt(size))
    if len(x) > 1 and name != "constant":
        deviation = float(np.std(x, ddof=1))
        assert exact("normalized_wasserstein") == pytest.approx(moved / deviation, rel=1e-5)
        shift = abs(float(y.mean()) - float(x.mean())) / deviation
        # Means of numbers far from 0 are not exact in floats.
        assert exact("mean_shift") == pytest.approx(shift, rel=1e-5, abs=1e-9)
    if name == "normal":
        found = stats.cramervonmises_2samp(x, y, method="asymptotic")
        assert exact("cramer_von_mises") == pytest.approx(float(found.statistic), rel=1e-9)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("ties", [False, True])
def test_p_values_of_order_beside_scipy(seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=900), rng.normal(0.02 * seed, 1, 300)
    if ties:
        x, y = np.round(x), np.round(y)
    line = Line.of_values(x, y)
    nothing = Table.of_counts(line.reference[0], line.current[0])
    p_values = {
        name: float(drift.statistic(name).figures(nothing, [line]).p_value[0, 0])
        for name in ("kolmogorov_smirnov", "cramer_von_mises", "anderson_darling", "mean_shift")
    }
    assert p_values["mean_shift"] == pytest.approx(float(stats.ttest_ind(x, y, equal_var=False).pvalue), rel=1e-9)
    if not ties:
        asymptotic = float(stats.kstwobign.sf(np.sqrt(900 * 300 / 1200) * float(stats.ks_2samp(x, y).statistic)))
        assert p_values["kolmogorov_smirnov"] == pytest.approx(asymptotic, rel=1e-9)
        von_mises = float(stats.cramervonmises_2samp(x, y, method="asymptotic").pvalue)
        assert p_values["cramer_von_mises"] == pytest.approx(von_mises, rel=0.15, abs=0.02)
    shuffled = stats.PermutationMethod(n_resamples=2_000, rng=np.random.default_rng(1))
    permuted = float(stats.anderson_ksamp([x, y], variant="right", method=shuffled).pvalue)
    assert p_values["anderson_darling"] == pytest.approx(permuted, rel=0.25, abs=0.03)


def test_the_law_of_a_weighted_bridge_beside_drawn_ones() -> None:
    rng = np.random.default_rng(2)
    shares = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    drawn = rng.multinomial(400, shares, 40_000) / 400 - rng.multinomial(400, shares, 40_000) / 400
    value = 200 * (shares * np.square(np.cumsum(drawn, axis=1))).sum(axis=1)
    p_value = weighted_bridge(value, shares, shares).p_value
    for level in (0.1, 0.01, 0.001):
        assert 0.6 <= float((p_value < level).mean()) / level <= 1.5


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
    a, b = count(bins, [cells])[0], count(bins, [window])[0]
    x, y = exact_counts(reference, current)
    psi, exact_psi = (float(PopulationStabilityIndex().values(*pair)) for pair in ((a, b), (x, y)))
    js, exact_js = (float(JensenShannon().values(*pair)) for pair in ((a, b), (x, y)))
    assert exact_psi > 0.01, "the case shows nothing"
    assert psi == pytest.approx(exact_psi, rel=0.02, abs=0.002)
    assert js == pytest.approx(exact_js, abs=0.003)
    assert len((cells + window).ids) <= 700
    line, whole = Line.of_summaries(cells, [window]), Line.of_values(reference, current)
    for key, relative, absolute in (("kolmogorov_smirnov", 0.0, 0.004), ("normalized_wasserstein", 0.02, 0.01)):
        statistic = drift.statistic(key)
        assert isinstance(statistic, OrderedStatistic)
        found, exact = float(statistic.values(line)[0]), float(statistic.values(whole)[0])
        assert found == pytest.approx(exact, rel=relative, abs=absolute)
        assert abs(found - exact) <= float(statistic.error_bound(line)[0]) + 1e-9
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
    a, b = count(bins, sides)
    assert float(FLOORED.values(a, b)) == pytest.approx(expected["psi_q10"], abs=1e-9)
    assert float(JensenShannon().values(a, b)) == pytest.approx(expected["js_q10"], abs=1e-9)
    return True
