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
from mlfoundry.performance.tasks import Task
from mlfoundry.summaries import Confusion, Grid, Residuals, ScoreTable, Summaries

# Without types of their own.
sk: Any = importlib.import_module("sklearn.metrics")
pd: Any = importlib.import_module("pandas")

CASES = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers" / "cases"


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
    return Summaries(n=len(actual), n_with_actual=len(actual), confusion=confusion, scores=tables)


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
        "precision": sk.precision_score(truth, predicted),
        "recall": sk.recall_score(truth, predicted),
        "f1": sk.f1_score(truth, predicted),
        "log_loss": sk.log_loss(truth, score),
    }
    for name, expected in exact.items():
        assert ours[name].value == pytest.approx(expected, rel=1e-12), name
    auc = float(sk.roc_auc_score(truth, score))
    assert ours["roc_auc"].value == pytest.approx(auc, abs=0.0005)
    for value in ours.values():
        assert value.status == "ok"
        assert value.lower is not None
        assert value.value is not None
        assert value.upper is not None
        assert value.lower <= value.value <= value.upper


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
        "precision_macro": sk.precision_score(actual, predicted, average="macro"),
        "recall_macro": sk.recall_score(actual, predicted, average="macro"),
        "f1_macro": sk.f1_score(actual, predicted, average="macro"),
        "log_loss": sk.log_loss(actual, probabilities),
    }
    for name, expected in exact.items():
        assert ours[name].value == pytest.approx(expected, rel=1e-9), name
    expected_auc = sk.roc_auc_score(actual, probabilities, multi_class="ovr", average="macro")
    assert ours["roc_auc_macro"].value == pytest.approx(float(expected_auc), abs=0.0005)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_a_regressor_beside_scikit_learn(scale: float) -> None:
    rng = np.random.default_rng(3)
    actual = rng.lognormal(size=50_000) * scale
    predicted = actual * (1 + 0.2 * rng.normal(size=50_000)) + 0.1 * scale
    ours = values(regressed(actual, predicted), "regression")
    assert ours["mae"].value == pytest.approx(float(sk.mean_absolute_error(actual, predicted)), rel=1e-9)
    assert ours["rmse"].value == pytest.approx(float(sk.root_mean_squared_error(actual, predicted)), rel=1e-9)


def intervals_cover(metric: str, truth_value: float, draw: Any, runs: int) -> float:
    hits = 0
    for seed in range(runs):
        value = draw(seed)[metric]
        hits += value.lower <= truth_value <= value.upper
    return hits / runs


@pytest.mark.parametrize(("n", "base_rate"), [(2_000, 0.3), (400, 0.05)])
def test_auc_intervals_cover_the_truth(n: int, base_rate: float) -> None:
    truth, score = binary_data(2_000_000, base_rate, seed=99)
    expected = float(sk.roc_auc_score(truth, score))

    def draw(seed: int) -> dict[str, MetricValue]:
        drawn_truth, drawn_score = binary_data(n, base_rate, seed)
        label = np.array(["no", "yes"])[drawn_truth.astype(int)]
        return values(classified(label, label, {"yes": drawn_score}), "binary", "yes")

    assert intervals_cover("roc_auc", expected, draw, 300) >= 0.92


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
@pytest.mark.parametrize("case", ["nycflights_binary", "elec2_binary", "creditcard_multiclass", "bike_regression"])
def test_real_cases_beside_their_known_answers(case: str) -> None:
    frame = pd.read_parquet(CASES / case / "data.parquet")
    frame = frame[(frame["period"] == "analysis") & frame["actual"].notna()]
    truth: dict[str, Any] = json.loads((CASES / case / "truth_performance.json").read_text())["analysis_all"]
    names = {"accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1": "f1", "roc_auc": "roc_auc"}
    names |= {"log_loss": "log_loss", "mae": "mae", "rmse": "rmse"}
    if case.endswith("regression"):
        ours = values(regressed(frame["actual"].to_numpy(float), frame["prediction"].to_numpy(float)), "regression")
    elif case.endswith("multiclass"):
        scores = {c.removeprefix("proba__"): frame[c].to_numpy(float) for c in frame if c.startswith("proba__")}
        actual, predicted = frame["actual"].astype(str).to_numpy(), frame["prediction"].astype(str).to_numpy()
        ours = values(classified(actual, predicted, scores), "multiclass")
        names = {name: name for name in ("accuracy", "precision_macro", "recall_macro", "f1_macro", "log_loss")}
        names["roc_auc_macro"] = "roc_auc_ovr_macro"
    else:
        actual = frame["actual"].astype(int).astype(str).to_numpy()
        predicted = frame["prediction"].astype(int).astype(str).to_numpy()
        ours = values(classified(actual, predicted, {"1": frame["proba"].to_numpy(float)}), "binary", "1")
    compared = [(name, key) for name, key in names.items() if name in ours and truth.get(key) is not None]
    assert len(compared) >= 2, truth.keys()
    for name, key in compared:
        tolerance = 5e-4 if name.startswith("roc_auc") else 1e-9
        assert ours[name].value == pytest.approx(truth[key], abs=tolerance), (name, truth)
