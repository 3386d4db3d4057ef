"""Every metric beside scikit-learn's, on generated data and on real cases."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlfoundry.performance.report import report
from mlfoundry.performance.result import MetricValue
from mlfoundry.performance.roc_auc import auc_interval, auc_of
from mlfoundry.performance.tasks import Task
from mlfoundry.summaries import Confusion, Grid, Ranks, Residuals, ScoreTable, Summaries

# Without types of their own.
sk: Any = importlib.import_module("sklearn.metrics")
stats: Any = importlib.import_module("scipy.stats")
pd: Any = importlib.import_module("pandas")

CASES = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers" / "cases"
CASE_NAMES = [
    "nycflights_binary",
    "elec2_binary",
    "employment_binary_asis",
    "carloan_binary_asis",
    "creditcard_multiclass",
    "bike_regression",
    "carprice_regression_asis",
]


def classified(
    actual: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], scores: dict[str, np.ndarray[Any, Any]]
) -> Summaries:
    labels = sorted({*actual.tolist(), *predicted.tolist()})
    groups = np.zeros(len(actual), np.int64)
    code = {label: place for place, label in enumerate(labels)}
    [confusion] = Confusion.grouped(
        np.array([code[label] for label in predicted]), np.array([code[label] for label in actual]), labels, groups, 1
    )
    tables = {label: ScoreTable.grouped(values, actual == label, groups, 1)[0] for label, values in scores.items()}
    place = {label: no for no, label in enumerate(scores)}
    own = np.array([place.get(label, len(scores)) for label in actual], np.int64)
    [ranks] = Ranks.grouped(list(scores.values()), own, groups, 1)
    return Summaries(n=len(actual), n_with_actual=len(actual), confusion=confusion, scores=tables, ranks=ranks)


def regressed(actual: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> Summaries:
    groups = np.zeros(len(actual), np.int64)
    [residuals] = Residuals.grouped(predicted, actual, groups, 1, Grid.lay(predicted - actual))
    return Summaries(n=len(actual), n_with_actual=len(actual), residuals=residuals)


def values(summaries: Summaries, task: Task, positive: str | None = None) -> dict[str, MetricValue]:
    return {value.metric: value for value in report(summaries, task=task, positive_class=positive)}


def binary_data(n: int, base_rate: float, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < base_rate
    score = 1 / (1 + np.exp(-(rng.normal(size=n) + 1.5 * truth + np.log(base_rate / (1 - base_rate)))))
    return truth, score


@pytest.mark.parametrize("base_rate", [0.5, 0.1, 0.01, 0.0005])
def test_a_classifier_beside_scikit_learn(base_rate: float) -> None:
    truth, score = binary_data(200_000, base_rate, seed=7)
    predicted = score > np.quantile(score, 1 - base_rate)
    label = np.array(["no", "yes"])
    ours = values(
        classified(label[truth.astype(int)], label[predicted.astype(int)], {"yes": score, "no": 1 - score}),
        "binary",
        "yes",
    )
    exact: dict[str, float] = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "precision": sk.precision_score(truth, predicted),
        "recall": sk.recall_score(truth, predicted),
        "specificity": sk.recall_score(truth, predicted, pos_label=0),
        "false_positive_rate": 1 - sk.recall_score(truth, predicted, pos_label=0),
        "false_negative_rate": 1 - sk.recall_score(truth, predicted),
        "f1": sk.f1_score(truth, predicted),
        "fbeta": sk.fbeta_score(truth, predicted, beta=2),
        "mcc": sk.matthews_corrcoef(truth, predicted),
        "cohen_kappa": sk.cohen_kappa_score(truth, predicted),
        "log_loss": sk.log_loss(truth, score),
        "brier": sk.brier_score_loss(truth, score),
        "prevalence": truth.mean(),
        "positive_rate": predicted.mean(),
    }
    for name, expected in exact.items():
        assert ours[name].value == pytest.approx(float(expected), rel=1e-12), name
        assert ours[name].bound == 0.0
    binned: dict[str, tuple[float, float]] = {
        "roc_auc": (sk.roc_auc_score(truth, score), 0.0005),
        "average_precision": (sk.average_precision_score(truth, score), 0.001),
        "score_ks": (stats.ks_2samp(score[truth], score[~truth], method="asymp").statistic, 0.003),
        "lift": (truth[np.argsort(-score)[: len(truth) // 10]].mean() / truth.mean(), 0.01),
        "expected_calibration_error": (calibration_error(truth, score), 0.001),
    }
    for name, (expected, tolerance) in binned.items():
        within(ours[name], float(expected), tolerance)
    assert set(ours) == {*exact, *binned}
    for value in ours.values():
        assert value.status == "ok"
        assert value.value is not None
        if value.metric != "expected_calibration_error":
            assert value.lower is not None
            assert value.upper is not None
            assert value.lower <= value.value <= value.upper


def within(ours: MetricValue, expected: float, tolerance: float) -> None:
    """As near as asked, and within the stated bound."""
    assert ours.value is not None
    assert ours.bound is not None
    assert abs(ours.value - expected) <= tolerance, ours
    assert abs(ours.value - expected) <= ours.bound + 1e-12, ours


def calibration_error(truth: np.ndarray[Any, Any], score: np.ndarray[Any, Any]) -> float:
    """Ten bins of equally many rows, by hand."""
    parts = np.array_split(np.argsort(score), 10)
    return sum(len(part) * abs(truth[part].mean() - score[part].mean()) for part in parts) / len(truth)


def test_ties_in_scores_count_half() -> None:
    truth = np.array([True, False, True, False] * 25)
    score = np.array([0.5, 0.5, 0.75, 0.25] * 25)
    label = np.array(["no", "yes"])[truth.astype(int)]
    ours = values(classified(label, label, {"yes": score}), "binary", "yes")
    assert ours["roc_auc"].value == pytest.approx(float(sk.roc_auc_score(truth, score)), abs=1e-15)


@pytest.mark.parametrize("n_classes", [3, 12])
def test_many_classes_beside_scikit_learn(n_classes: int) -> None:
    rng = np.random.default_rng(n_classes)
    labels = np.array([f"class {i:02d}" for i in range(n_classes)])
    actual = rng.integers(n_classes, size=20_000)
    raw = rng.normal(size=(20_000, n_classes))
    raw[np.arange(20_000), actual] += 1.0
    probabilities = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    scores = {str(label): probabilities[:, i] for i, label in enumerate(labels)}
    ours = values(classified(labels[actual], labels[predicted], scores), "multiclass")
    exact: dict[str, float] = {
        "accuracy": sk.accuracy_score(actual, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(actual, predicted),
        "mcc": sk.matthews_corrcoef(actual, predicted),
        "cohen_kappa": sk.cohen_kappa_score(actual, predicted),
        "log_loss": sk.log_loss(actual, probabilities),
        "top_k_accuracy": sk.top_k_accuracy_score(actual, probabilities, k=2),
    }
    columns = sk.multilabel_confusion_matrix(actual, predicted).astype(float)
    support = np.bincount(actual)
    for average in ("macro", "micro", "weighted"):
        exact[f"precision_{average}"] = sk.precision_score(actual, predicted, average=average)
        exact[f"recall_{average}"] = sk.recall_score(actual, predicted, average=average)
        exact[f"f1_{average}"] = sk.f1_score(actual, predicted, average=average)
        exact[f"fbeta_{average}"] = sk.fbeta_score(actual, predicted, beta=2, average=average)
        exact[f"false_negative_rate_{average}"] = 1 - sk.recall_score(actual, predicted, average=average)
        table = columns.sum(axis=0)[None] if average == "micro" else columns
        rates = table[:, 0, 1] / table[:, 0].sum(axis=1)
        rate = np.average(rates, weights=support if average == "weighted" else None)
        exact[f"false_positive_rate_{average}"] = float(rate)
        exact[f"specificity_{average}"] = float(1 - rate)
    for name, expected in exact.items():
        assert ours[name].value == pytest.approx(expected, rel=1e-9), name
    binary = np.eye(n_classes)[actual]
    for average in ("macro", "micro", "weighted"):
        auc = float(sk.roc_auc_score(binary, probabilities, average=average))
        within(ours[f"roc_auc_{average}"], auc, 0.0005)
        precision = float(sk.average_precision_score(binary, probabilities, average=average))
        within(ours[f"average_precision_{average}"], precision, 0.001)
    assert len(ours) == len(exact) + 6


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_a_regressor_beside_scikit_learn(scale: float) -> None:
    rng = np.random.default_rng(3)
    actual = rng.lognormal(size=50_000) * scale
    predicted = np.abs(actual * (1 + 0.2 * rng.normal(size=50_000)) + 0.1 * scale)
    ours = values(regressed(actual, predicted), "regression")
    exact: dict[str, float] = {
        "bias": float((predicted - actual).mean()),
        "mae": sk.mean_absolute_error(actual, predicted),
        "mse": sk.mean_squared_error(actual, predicted),
        "rmse": sk.root_mean_squared_error(actual, predicted),
        "mape": sk.mean_absolute_percentage_error(actual, predicted),
        "smape": float(np.mean(2 * np.abs(predicted - actual) / (np.abs(predicted) + np.abs(actual)))),
        "rmsle": sk.root_mean_squared_log_error(actual, predicted),
        "r2": sk.r2_score(actual, predicted),
    }
    for name, expected in exact.items():
        assert ours[name].value == pytest.approx(float(expected), rel=1e-9), name
    within(ours["median_absolute_error"], float(sk.median_absolute_error(actual, predicted)), 0.003 * scale)
    largest = float(sk.max_error(actual, predicted))
    within(ours["max_error"], largest, 0.03 * largest)
    assert set(ours) == {*exact, "median_absolute_error", "max_error"}


@pytest.mark.parametrize(("center", "spread"), [(1.7e9, 1e5), (1e6, 1e-2), (-3e4, 1.0), (0.0, 1e-200), (1e150, 1e144)])
def test_actuals_far_from_0_and_of_any_size(center: float, spread: float) -> None:
    rng = np.random.default_rng(4)
    actual = center + spread * rng.normal(size=20_000)
    predicted = actual + 0.3 * spread * rng.normal(size=20_000)
    ours = values(regressed(actual, predicted), "regression")
    error = (predicted - actual) / spread
    assert ours["mae"].value == pytest.approx(float(np.abs(error).mean()) * spread, rel=1e-9)
    scaled = (actual - center) / spread
    explained = 1 - float((error**2).sum() / ((scaled - scaled.mean()) ** 2).sum())
    assert ours["r2"].value == pytest.approx(explained, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e100, 1e200, 1e300])
def test_errors_whose_squares_are_no_numbers(scale: float) -> None:
    rng = np.random.default_rng(9)
    actual, error = rng.normal(size=1_000) * scale, rng.normal(size=1_000)
    ours = values(regressed(actual, actual + error * scale), "regression")
    assert ours["mae"].value == pytest.approx(float(np.abs(error).mean()) * scale, rel=1e-6)
    within(ours["max_error"], float(np.abs(error).max()) * scale, 0.03 * 4 * scale)
    for value in ours.values():
        numbers = [value.value, value.lower, value.upper]
        assert all(np.isfinite(number) for number in numbers if number is not None), value
        assert value.value is not None or value.reason
    assert (ours["mse"].value is None) == (scale > 1e150)


@pytest.mark.parametrize("kind", ["constant", "equal", "zeros", "one row", "infinite", "negative"])
def test_a_regressor_with_odd_rows(kind: str) -> None:
    rng = np.random.default_rng(8)
    actual, predicted = rng.normal(5, 1, 200), rng.normal(5, 1, 200)
    if kind == "constant":
        actual = np.full(200, 5.0)
    elif kind == "equal":
        predicted = actual
    elif kind == "zeros":
        actual[:50] = 0.0
        predicted[:20] = 0.0
    elif kind == "one row":
        actual, predicted = actual[:1], predicted[:1]
    elif kind == "infinite":
        actual[:3], predicted[3:6] = np.inf, -np.inf
    else:
        actual[:5] = -2.0
    ours = values(regressed(actual, predicted), "regression")
    kept = np.isfinite(actual) & np.isfinite(predicted)
    y, p = actual[kept], predicted[kept]
    assert ours["mae"].value == pytest.approx(float(sk.mean_absolute_error(y, p)), rel=1e-9, abs=1e-12)
    within(ours["median_absolute_error"], float(sk.median_absolute_error(y, p)), 0.1)
    within(ours["max_error"], float(sk.max_error(y, p)), 0.2)
    defined = y != 0
    relative = float(sk.mean_absolute_percentage_error(y[defined], p[defined]))
    assert ours["mape"].value == pytest.approx(relative, rel=1e-9, abs=1e-15)
    assert ours["mape"].n == int(defined.sum())
    log = (y > -1) & (p > -1)
    assert ours["rmsle"].n == int(log.sum())
    assert ours["rmsle"].value == pytest.approx(
        float(np.sqrt(np.mean((np.log1p(y[log]) - np.log1p(p[log])) ** 2))), rel=1e-9, abs=1e-15
    )
    assert ours["smape"].n == int((np.abs(y) + np.abs(p) > 0).sum())
    if kind in ("constant", "one row"):
        assert ours["r2"].value is None
        assert "no variance" in (ours["r2"].reason or "")
    else:
        assert ours["r2"].value == pytest.approx(float(sk.r2_score(y, p)), rel=1e-9)
    assert (ours["mae"].status == "insufficient_data") == (kind == "one row")
    assert "50 rows are left out" in (ours["mape"].reason or "") or kind != "zeros"


@pytest.mark.parametrize("kind", ["one class", "constant score", "rounded", "ends", "tiny", "one row"])
def test_a_classifier_with_odd_rows(kind: str) -> None:
    truth, score = binary_data(5_000, 0.2, seed=3)
    if kind == "one class":
        truth = np.zeros(5_000, np.bool_)
    elif kind == "constant score":
        score = np.full(5_000, 0.2)
    elif kind == "rounded":
        score = np.round(score, 1)
    elif kind == "ends":
        score = np.where(score > 0.5, 1.0, np.where(score < 0.1, 0.0, score))
    elif kind == "tiny":
        score = score * 1e-300
    else:
        truth, score = np.zeros(1, np.bool_), score[:1]
    predicted = score >= np.quantile(score, 0.8)
    label = np.array(["no", "yes"])
    ours = values(classified(label[truth.astype(int)], label[predicted.astype(int)], {"yes": score}), "binary", "yes")
    assert ours["accuracy"].value == pytest.approx(float((truth == predicted).mean()))
    assert ours["brier"].value == pytest.approx(float(np.mean((truth - score) ** 2)), rel=1e-12)
    assert ours["log_loss"].value == pytest.approx(float(sk.log_loss(truth, score, labels=[False, True])), rel=1e-12)
    if not truth.any():
        assert {name for name, value in ours.items() if value.value is None} == {
            "balanced_accuracy",
            "recall",
            "false_negative_rate",
            "mcc",
            "roc_auc",
            "average_precision",
            "score_ks",
            "lift",
        }
        assert all(value.status == "insufficient_data" for value in ours.values())
        return
    within(ours["roc_auc"], float(sk.roc_auc_score(truth, score)), 0.0005)
    within(ours["average_precision"], float(sk.average_precision_score(truth, score)), 0.002)
    within(ours["score_ks"], float(stats.ks_2samp(score[truth], score[~truth], method="asymp").statistic), 0.003)
    assert ours["cohen_kappa"].value == pytest.approx(float(sk.cohen_kappa_score(truth, predicted)), abs=1e-12)
    assert ours["mcc"].value is None or ours["mcc"].value == pytest.approx(
        float(sk.matthews_corrcoef(truth, predicted)), abs=1e-12
    )


def intervals_cover(metric: str, truth_value: float, draw: Any, runs: int) -> float:
    hits = 0
    for seed in range(runs):
        value = draw(seed)[metric]
        hits += value.lower <= truth_value <= value.upper
    return hits / runs


@pytest.mark.parametrize("distance", [0.5, 1.5, 3.0])
@pytest.mark.parametrize(("n", "positives"), [(100, 10), (1_000, 10), (400, 40), (1_000, 300)])
def test_auc_intervals_cover_the_truth(n: int, positives: int, distance: float) -> None:
    runs = 400
    rng = np.random.default_rng(11)
    truth = np.tile(np.arange(n) < positives, runs)
    score = 1 / (1 + np.exp(-(rng.normal(size=n * runs) + distance * truth)))
    expected = float(stats.norm.cdf(distance / np.sqrt(2)))
    intervals = [
        auc_interval(auc)
        for auc in map(auc_of, ScoreTable.grouped(score, truth, np.repeat(np.arange(runs), n), runs))
        if auc is not None
    ]
    assert len(intervals) == runs
    # 93 % asked; 0.8 % is the standard error of the share with so many runs.
    assert sum(interval.lower <= expected <= interval.upper for interval in intervals) / runs >= 0.93 - 0.008


@pytest.mark.parametrize("base_rate", [0.5, 0.1, 0.01, 0.002, 0.0005])
def test_metrics_from_bins_are_near_enough_at_any_base_rate(base_rate: float) -> None:
    truth, score = binary_data(500_000, base_rate, seed=12)
    [table] = ScoreTable.grouped(score, truth, np.zeros(len(truth), np.int64), 1)
    confusion = Confusion(("no", "yes"), np.array([[table.n_negative, 0], [0, table.n_positive]]))
    ours = values(
        Summaries(n=table.n, n_with_actual=table.n, confusion=confusion, scores={"yes": table}), "binary", "yes"
    )
    within(ours["roc_auc"], float(sk.roc_auc_score(truth, score)), 0.0005)
    within(ours["average_precision"], float(sk.average_precision_score(truth, score)), 0.001)
    assert ours["log_loss"].value == pytest.approx(float(sk.log_loss(truth, score)), rel=1e-12)
    assert ours["brier"].value == pytest.approx(float(sk.brier_score_loss(truth, score)), rel=1e-12)


def test_macro_intervals_cover_the_truth() -> None:
    weights = np.array([[40, 8, 2], [5, 20, 5], [1, 4, 15]], float)
    shares = weights / weights.sum()
    precision = shares.diagonal() / shares.sum(axis=0)
    recall = shares.diagonal() / shares.sum(axis=1)
    expected = {
        "precision_macro": precision.mean(),
        "recall_macro": recall.mean(),
        "f1_macro": (2 * shares.diagonal() / (shares.sum(axis=0) + shares.sum(axis=1))).mean(),
    }

    def draw(seed: int) -> dict[str, MetricValue]:
        counts = np.reshape(np.random.default_rng(seed).multinomial(800, shares.ravel()), (3, 3))
        return values(Summaries(n=800, n_with_actual=800, confusion=Confusion(("a", "b", "c"), counts)), "multiclass")

    for metric, truth_value in expected.items():
        assert 0.92 <= intervals_cover(metric, float(truth_value), draw, 400) <= 0.98, metric


@pytest.mark.skipif(not CASES.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("case", CASE_NAMES)
def test_real_cases_beside_their_known_answers(case: str) -> None:
    frame = pd.read_parquet(CASES / case / "data.parquet")
    frame = frame[(frame["period"] == "analysis") & frame["actual"].notna()]
    truth: dict[str, Any] = json.loads((CASES / case / "truth_performance.json").read_text())["analysis_all"]
    names = {name: name for name in truth}
    names |= {"mae": "mae", "median_absolute_error": "medae", "score_ks": "ks_class", "cohen_kappa": "kappa"}
    names |= {"prevalence": "base_rate", "roc_auc_macro": "roc_auc_ovr_macro"}
    names |= {"roc_auc_weighted": "roc_auc_ovr_weighted"}
    if "regression" in case:
        ours = values(regressed(frame["actual"].to_numpy(float), frame["prediction"].to_numpy(float)), "regression")
    elif "multiclass" in case:
        scores = {c.removeprefix("proba__"): frame[c].to_numpy(float) for c in frame if c.startswith("proba__")}
        actual, predicted = frame["actual"].astype(str).to_numpy(), frame["prediction"].astype(str).to_numpy()
        ours = values(classified(actual, predicted, scores), "multiclass")
    else:
        actual = frame["actual"].astype(int).astype(str).to_numpy()
        predicted = frame["prediction"].astype(int).astype(str).to_numpy()
        ours = values(classified(actual, predicted, {"1": frame["proba"].to_numpy(float)}), "binary", "1")
    compared = [(name, key) for name, key in names.items() if name in ours and truth.get(key) is not None]
    assert len(compared) >= 8, truth.keys()
    for name, key in compared:
        bound = ours[name].bound
        assert bound is not None
        assert ours[name].value == pytest.approx(truth[key], rel=1e-9, abs=bound + 1e-12), (name, truth)
        if name.startswith(("roc_auc", "average_precision")):
            assert ours[name].value == pytest.approx(truth[key], abs=0.0005 if "roc" in name else 0.001)
