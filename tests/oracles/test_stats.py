"""``mlfoundry.stats`` beside scikit-learn and scipy: exact, as the rows are all there."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from mlfoundry import stats
from mlfoundry.stats.summarise import numeric_summary
from mlfoundry.summaries import Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

# Without types of their own.
pd: Any = importlib.import_module("pandas")
scipy: Any = importlib.import_module("scipy.stats")
spatial: Any = importlib.import_module("scipy.spatial.distance")
sk: Any = importlib.import_module("sklearn.metrics")

KNOWN = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers"
Sampler = Callable[[np.random.Generator, int], Any]
SCORES: dict[str, Sampler] = {
    "smooth": lambda g, n: g.random(n),
    "ties": lambda g, n: np.round(g.random(n), 1),
    "constant": lambda g, n: np.full(n, 0.3),
    "near 0": lambda g, n: 1e-12 * g.random(n),
    "near 1": lambda g, n: 1.0 - 1e-12 * g.random(n),
    "ends": lambda g, n: g.integers(0, 2, n).astype(float),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("rate", [0.5, 0.01])
def test_scores_beside_scikit_learn(name: str, rate: float) -> None:
    rng = np.random.default_rng(7)
    truth = rng.random(3_000) < rate
    score = np.minimum(SCORES[name](rng, 3_000) + np.where(truth, 1e-13, 0.0), 1.0)
    assert stats.roc_auc(truth, score) == pytest.approx(sk.roc_auc_score(truth, score), abs=1e-12)
    assert stats.average_precision(truth, score) == pytest.approx(sk.average_precision_score(truth, score), abs=1e-12)
    assert stats.brier(truth, score) == pytest.approx(sk.brier_score_loss(truth, score), rel=1e-12)
    assert stats.log_loss(truth, score) == pytest.approx(sk.log_loss(truth, score), rel=1e-12)
    distance = scipy.ks_2samp(score[truth], score[~truth], method="asymp").statistic
    assert stats.score_ks(truth, score) == pytest.approx(float(distance), abs=1e-12)


def test_scores_need_not_be_probabilities() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(500) < 0.4
    score = rng.normal(size=500) * 1e200 + truth
    score[:5] = [np.inf, -np.inf, np.inf, 0.0, -0.0]
    shown = np.minimum(np.maximum(score, -1e300), 1e300)
    assert stats.roc_auc(truth, score) == pytest.approx(sk.roc_auc_score(truth, shown), abs=1e-12)
    assert stats.average_precision(truth, score) == pytest.approx(sk.average_precision_score(truth, shown), abs=1e-12)


def test_calibration_and_lift_by_hand() -> None:
    rng = np.random.default_rng(5)
    score = rng.permutation(np.linspace(0.0005, 0.9995, 1_000))
    truth = rng.random(1_000) < score**2
    order = np.argsort(score)
    bins = np.array_split(order, 10)
    error = sum(abs(truth[each].mean() - score[each].mean()) for each in bins) / 10
    assert stats.expected_calibration_error(truth, score) == pytest.approx(error, abs=1e-12)
    bins = np.array_split(order, 4)
    error = sum(abs(truth[each].mean() - score[each].mean()) for each in bins) / 4
    assert stats.expected_calibration_error(truth, score, bins=4) == pytest.approx(error, abs=1e-12)
    assert stats.lift(truth, score) == pytest.approx(truth[order[-100:]].mean() / truth.mean(), rel=1e-12)
    assert stats.lift(truth, score, share=0.25) == pytest.approx(truth[order[-250:]].mean() / truth.mean(), rel=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize("n", [1, 2, 40, 2_000])
def test_classes_beside_scikit_learn(n_classes: int, n: int) -> None:
    rng = np.random.default_rng(n * n_classes)
    actual, predicted = rng.integers(n_classes, size=n), rng.integers(n_classes, size=n)
    predicted = np.where(rng.random(n) < 0.5, actual, predicted)
    assert stats.accuracy(actual, predicted) == pytest.approx(sk.accuracy_score(actual, predicted), rel=1e-12)
    for average in ("macro", "micro", "weighted"):
        for key, oracle, more in (
            ("precision", sk.precision_score, {}),
            ("recall", sk.recall_score, {}),
            ("f1", sk.f1_score, {}),
            ("fbeta", sk.fbeta_score, {"beta": 0.5}),
        ):
            # scikit-learn calls three figures one, and so they are, of all rows.
            expected = oracle(actual, predicted, average=average, zero_division=0, **more)
            found = getattr(stats, f"{key}_{average}")(actual, predicted, **more)
            assert found == pytest.approx(float(expected), rel=1e-12, abs=1e-15), (key, average)
    if len(np.unique(actual)) > 1 and len(np.unique(predicted)) > 1:
        assert stats.mcc(actual, predicted) == pytest.approx(sk.matthews_corrcoef(actual, predicted), abs=1e-12)
        assert stats.cohen_kappa(actual, predicted) == pytest.approx(sk.cohen_kappa_score(actual, predicted), abs=1e-12)
        known = np.isin(predicted, actual)
        if known.all():
            balanced = sk.balanced_accuracy_score(actual, predicted)
            assert stats.balanced_accuracy(actual, predicted) == pytest.approx(balanced, rel=1e-12)
    if n_classes == 2 and n > 2:
        for beta in (0.5, 1.0, 3.0):
            expected = sk.fbeta_score(actual, predicted, beta=beta)
            assert stats.fbeta(actual, predicted, beta=beta) == pytest.approx(expected, rel=1e-12)
        for positive in (0, 1):
            expected = sk.precision_score(actual, predicted, pos_label=positive)
            assert stats.precision(actual, predicted, positive_class=positive) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_scores_of_many_classes_beside_scikit_learn(ties: bool) -> None:
    rng = np.random.default_rng(2)
    actual = rng.integers(4, size=2_000)
    raw: Any = rng.gamma(1.0 + np.eye(4)[actual], size=(2_000, 4))
    scores: Any = raw / raw.sum(axis=1, keepdims=True)
    if ties:
        scores = cast("Any", np.round(scores, 1))
    binary = np.eye(4)[actual]
    for average in ("macro", "micro", "weighted"):
        auc = sk.roc_auc_score(binary, scores, average=average)
        assert getattr(stats, f"roc_auc_{average}")(actual, scores) == pytest.approx(auc, abs=1e-12)
        precision = sk.average_precision_score(binary, scores, average=average)
        assert getattr(stats, f"average_precision_{average}")(actual, scores) == pytest.approx(precision, abs=1e-12)
    if not ties:
        assert stats.log_loss(actual, scores) == pytest.approx(sk.log_loss(actual, scores), rel=1e-12)
        for k in (1, 2, 3):
            expected = sk.top_k_accuracy_score(actual, scores, k=k)
            assert stats.top_k_accuracy(actual, scores, k=k) == pytest.approx(expected, rel=1e-12)


ACTUALS: dict[str, tuple[Sampler, float]] = {
    "usual": (lambda g, n: g.lognormal(size=n), 1.0),
    "ties": (lambda g, n: g.poisson(3.0, n).astype(float), 1.0),
    "tiny": (lambda g, n: 1e-150 * g.lognormal(size=n), 1e-150),
    "huge": (lambda g, n: 1e150 * g.lognormal(size=n), 1e150),
    "one outlier": (lambda g, n: np.append(g.lognormal(size=n - 1), 1e13), 1.0),
    "one row": (lambda g, n: g.lognormal(size=1), 1.0),
    "two rows": (lambda g, n: g.lognormal(size=2), 1.0),
}


@pytest.mark.parametrize("name", ACTUALS)
def test_errors_beside_scikit_learn(name: str) -> None:
    draw, size = ACTUALS[name]
    rng = np.random.default_rng(11)
    actual = draw(rng, 999)
    predicted = actual * (1 + 0.1 * rng.normal(size=len(actual))) + 0.01 * size
    predicted = np.abs(predicted)
    oracles: dict[str, Callable[[Floats, Floats], float]] = {
        "bias": lambda y, p: float((p - y).mean()),
        "mae": sk.mean_absolute_error,
        "mse": sk.mean_squared_error,
        "rmse": sk.root_mean_squared_error,
        "max_error": sk.max_error,
        "median_absolute_error": sk.median_absolute_error,
        "rmsle": sk.root_mean_squared_log_error,
        "smape": lambda y, p: float((2 * np.abs(p - y) / (np.abs(y) + np.abs(p))).mean()),
    }
    if len(actual) > 1:
        oracles["r2"] = sk.r2_score
    if (actual > 1e-14).all():
        oracles["mape"] = sk.mean_absolute_percentage_error
    for key, oracle in oracles.items():
        expected = float(oracle(actual, predicted))
        tolerance = 1e-9 * abs(float(np.abs(predicted - actual).mean())) if key == "bias" else 0.0
        if key == "rmsle":
            tolerance = 1e-12  # errors without a unit are summed in units of 2^-80
        assert getattr(stats, key)(actual, predicted) == pytest.approx(expected, rel=1e-9, abs=tolerance), key


def test_infinite_values_are_no_values() -> None:
    x = np.array([1.0, 2.0, np.inf, 3.0, np.nan, -np.inf])
    for key in ("kolmogorov_smirnov", "wasserstein", "energy_distance", "cramer_von_mises"):
        assert getattr(stats, key)(x, x[:4] + 1) == getattr(stats, key)([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    assert stats.mae([1.0, 2.0, np.inf], [1.5, np.inf, 3.0]) == 0.5


KNOWN_KEYS = {"kolmogorov_smirnov": "ks_stat", "wasserstein": "wasserstein", "energy_distance": "energy"}
NUMBERS: dict[str, Sampler] = {
    "normal": lambda g, n: g.normal(g.normal(0, 0.2), 1, n),
    "ties": lambda g, n: g.integers(0, 5, n).astype(float),
    "constant": lambda g, n: np.full(n, 3.0),
    "one row": lambda g, n: g.normal(size=1),
    "huge": lambda g, n: g.normal(size=n) * 1e120,
    "tiny": lambda g, n: g.normal(size=n) * 1e-120,
    "heavy tails": lambda g, n: g.standard_cauchy(n),
    "holes": lambda g, n: np.where(g.random(n) < 0.3, np.nan, g.normal(size=n)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_where_numbers_lie_beside_scipy(name: str) -> None:
    rng = np.random.default_rng(23)
    x, y = NUMBERS[name](rng, 700), NUMBERS[name](rng, 300)
    a, b = x[np.isfinite(x)], y[np.isfinite(y)]
    size = float(np.abs(np.concatenate([a, b])).max())
    distance = float(scipy.ks_2samp(a, b, method="asymp").statistic) if len(a) > 1 else 1.0
    assert stats.kolmogorov_smirnov(x, y) == pytest.approx(distance, abs=1e-12)
    assert stats.wasserstein(x, y) == pytest.approx(float(scipy.wasserstein_distance(a, b)), rel=1e-9)
    energy = float(scipy.energy_distance(a / size, b / size)) * np.sqrt(size)
    assert stats.energy_distance(x, y) == pytest.approx(energy, rel=1e-6, abs=1e-7 * np.sqrt(size))
    if name in ("normal", "huge", "tiny", "holes", "heavy tails"):
        of_mises = float(scipy.cramervonmises_2samp(a, b, method="asymptotic").statistic)
        assert stats.cramer_von_mises(x, y) == pytest.approx(of_mises, rel=1e-9)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("seed", range(3))
def test_a_sorted_summary_is_the_counted_one(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample, values = NUMBERS[name](rng, 2_000), NUMBERS[name](rng, 5_000) * 3
    values[: len(values) // 50] = np.inf
    values[-1] = 1e300
    grid = Grid.lay(sample)
    [counted] = NumericSummary.grouped(values, np.zeros(len(values), np.int64), 1, grid)
    assert numeric_summary(values, grid, with_moments=True) == counted


def test_shares_beside_scipy() -> None:
    rng = np.random.default_rng(1)
    k = rng.choice(12, 5_000, p=rng.dirichlet(np.ones(12))), rng.choice(12, 900, p=rng.dirichlet(np.ones(12)))
    a, b = (np.bincount(side, minlength=12) for side in k)
    x, y = ([f"k{code:02d}" for code in side] for side in k)
    p, q = a / a.sum(), b / b.sum()
    assert stats.jensen_shannon(x, y) == pytest.approx(float(spatial.jensenshannon(p, q, 2)), abs=1e-12)
    assert stats.total_variation(x, y) == pytest.approx(float(np.abs(p - q).sum() / 2), abs=1e-12)
    used = (a + b) > 0
    found = scipy.chi2_contingency(np.vstack([a, b])[:, used], correction=False)
    assert stats.chi_square(x, y) == pytest.approx(float(found.statistic), rel=1e-9)
    floored = [np.maximum(side, 1e-4) for side in (p, q)]
    jeffreys = float(((floored[1] - floored[0]) * np.log(floored[1] / floored[0])).sum())
    assert stats.psi(x, y, pseudo_count=0, floor=1e-4) == pytest.approx(jeffreys, rel=1e-9)


@pytest.mark.skipif(not KNOWN.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("case", sorted(path.name for path in (KNOWN / "cases").glob("*")))
def test_real_drift_beside_its_known_answers(case: str) -> None:
    frame = pd.read_parquet(KNOWN / "cases" / case / "data.parquet")
    truth = json.loads((KNOWN / "cases" / case / "truth_drift.json").read_text())
    before, after = (frame[frame["period"] == period] for period in ("reference", "analysis"))
    [whole] = truth["all"]
    compared = 0
    for column, kind in truth["types"].items():
        expected, sides = whole["columns"][column], (before[column], after[column])
        if kind != "numeric":
            texts = [side.astype(object).where(side.notna(), None).map(_text) for side in sides]
            for key, known in (("jensen_shannon", "js"), ("total_variation", "tvd"), ("l_infinity", "l_inf")):
                # Categories that the reference has not are one bin, of which the largest difference alone may be made.
                if known in expected and not (key == "l_infinity" and stats.unseen_share(*texts)):
                    found = getattr(stats, key)(*texts, missing_bin=False, categories=10_000)
                    assert found == pytest.approx(expected[known], abs=1e-9), (column, key)
                    compared += 1
            continue
        for key, known in (
            ("kolmogorov_smirnov", "ks_stat"),
            ("wasserstein", "wasserstein"),
            ("energy_distance", "energy"),
        ):
            if expected.get(known) is not None:
                assert getattr(stats, key)(*sides) == pytest.approx(expected[known], rel=1e-6, abs=1e-9), (column, key)
                compared += 1
        if expected.get("psi_q10") is not None:
            edges = np.unique(np.quantile(before[column].dropna().to_numpy(float), np.linspace(0, 1, 11)))
            options: dict[str, Any] = {"edges": edges, "outer_bins": False, "missing_bin": False}
            found = stats.psi(*sides, pseudo_count=0, floor=1e-4, **options)
            assert found == pytest.approx(expected["psi_q10"], abs=1e-9), column
            assert stats.jensen_shannon(*sides, **options) == pytest.approx(expected["js_q10"], abs=1e-9), column
    assert compared >= 4


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


PERFORMANCE_KEYS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "specificity": "specificity",
    "f1": "f1",
    "balanced_accuracy": "balanced_accuracy",
    "mcc": "mcc",
    "cohen_kappa": "kappa",
    "prevalence": "base_rate",
    "positive_rate": "positive_rate",
    "brier": "brier",
    "log_loss": "log_loss",
    "roc_auc": "roc_auc",
    "average_precision": "average_precision",
    "score_ks": "ks_class",
    "precision_macro": "precision_macro",
    "recall_macro": "recall_macro",
    "f1_macro": "f1_macro",
    "precision_weighted": "precision_weighted",
    "recall_weighted": "recall_weighted",
    "f1_weighted": "f1_weighted",
    "roc_auc_macro": "roc_auc_ovr_macro",
    "roc_auc_weighted": "roc_auc_ovr_weighted",
    "bias": "bias",
    "mae": "mae",
    "mse": "mse",
    "rmse": "rmse",
    "r2": "r2",
    "mape": "mape",
    "smape": "smape",
    "median_absolute_error": "medae",
    "max_error": "max_error",
}


@pytest.mark.skipif(not KNOWN.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("case", sorted(path.name for path in (KNOWN / "cases").glob("*")))
def test_real_performance_beside_its_known_answers(case: str) -> None:
    """Every month of every case: what scikit-learn says of the same rows, to the last digits."""
    frame = pd.read_parquet(KNOWN / "cases" / case / "data.parquet")
    truth = json.loads((KNOWN / "cases" / case / "truth_performance.json").read_text())
    frame = frame[(frame["period"] == "analysis") & frame["actual"].notna()]
    month = frame["occurred_at"].dt.strftime("%Y-%m")
    chunks = [(truth["analysis_all"], frame), *((one, frame[month == one["chunk"]]) for one in truth.get("M", ()))]
    compared = 0
    for expected, rows in chunks:
        if expected["n_actuals"] != len(rows):
            continue
        scores: Any = rows.get("proba")
        if scores is None:
            named: list[str] = [name for name in rows if name.startswith("proba__")]
            scores = rows[named].rename(columns={name: name.removeprefix("proba__") for name in named})
        for key, known in PERFORMANCE_KEYS.items():
            # What is of one class alone has no share of it, which scikit-learn calls 0.
            if expected.get(known) is None or (known in ("precision", "f1", "mcc", "kappa") and not expected[known]):
                continue
            function = getattr(stats, key)
            given = inspect.signature(function).parameters
            answers = {"y_true": rows["actual"], "y_pred": rows["prediction"], "y_score": scores}
            found = function(*(answers[name] for name in given if name in answers))
            assert found == pytest.approx(expected[known], rel=1e-9, abs=1e-12), (key, expected.get("chunk"))
            compared += 1
    assert compared >= 9


@pytest.mark.skipif(not KNOWN.exists(), reason="the known answers are not here")
def test_what_another_tool_asserts_in_its_own_tests() -> None:
    """Evidently's expected values, for what is defined the same way or can be asked for with arguments."""
    known = json.loads((KNOWN / "expected" / "evidently_tests.json").read_text())
    compared = 0
    for one in known["upstream"]:
        sides = one["reference"], one["current"]
        if one["kind"] == "cat" and one["method"] == "hellinger":
            found = stats.hellinger(*sides, kind="categorical")
        elif one["kind"] == "cat" and one["method"] == "psi":
            found = stats.psi(*sides, kind="categorical", pseudo_count=0, floor=1e-4)
        elif one["method"] == "ed":
            found = stats.energy_distance(*sides)
        else:
            continue
        assert found == pytest.approx(one["expected"], abs=one["abs_tol"]), one
        compared += 1
    assert compared >= 6
    golden = known["golden_categorical"]
    sides = [
        [label for label, rows in golden[f"{side}_counts"].items() for _ in range(rows)]
        for side in ("reference", "current")
    ]
    scores = {one["method"]: one["score"] for one in golden["results"]}
    floor: dict[str, Any] = {"pseudo_count": 0, "floor": 1e-4}
    assert stats.hellinger(*sides) == pytest.approx(scores["hellinger"], abs=1e-9)
    assert stats.jensen_shannon(*sides) == pytest.approx(scores["jensenshannon"] / np.sqrt(np.log(2)), abs=1e-9)
    assert stats.psi(*sides, **floor) == pytest.approx(scores["psi"], abs=1e-4)
    golden = known["golden_numeric"]
    sides = [golden["reference"], golden["current"]]
    scores = {one["method"]: one["score"] for one in golden["results"]}
    assert stats.energy_distance(*sides) == pytest.approx(scores["ed"], abs=1e-9)
    in_deviations = scores["wasserstein"] * float(np.std(sides[0]))
    assert stats.wasserstein(*sides) == pytest.approx(in_deviations, rel=1e-9)
    edges = np.histogram_bin_edges(np.concatenate(sides), "sturges")
    edges[-1] = np.nextafter(edges[-1], np.inf)
    options: dict[str, Any] = {"edges": edges, "outer_bins": False, "missing_bin": False}
    assert stats.psi(*sides, **floor, **options) == pytest.approx(scores["psi"], rel=0.01)
    assert stats.hellinger(*sides, **options) == pytest.approx(scores["hellinger"], rel=0.01)
