from __future__ import annotations

import numpy as np
import pytest

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.performance import positive_class, task
from mlfoundry.performance.report import default_metric, metrics, report
from mlfoundry.summaries import Confusion, Grid, Residuals, ScoreTable, Summaries

YES_NO = ("no", "yes")


def binary(counts: list[list[int]], *, predictions: int | None = None) -> Summaries:
    table = Confusion(YES_NO, np.array(counts))
    return Summaries(n=predictions or table.n, n_with_actual=table.n, confusion=table)


def test_without_actuals_a_metric_is_absent_never_zero() -> None:
    for value in report(Summaries(n=50), task="binary", positive_class="yes"):
        assert value.value is None
        assert value.status == "no_actuals"
        assert value.coverage == 0.0


def test_coverage_is_the_share_of_predictions_with_an_actual() -> None:
    [value] = report(
        binary([[40, 10], [5, 45]], predictions=200), task="binary", positive_class="yes", metrics=["recall"]
    )
    assert (value.value, value.n, value.coverage, value.status) == (0.9, 100, 0.5, "ok")
    assert value.method == "Wilson"


def test_few_rows_of_the_rarer_class_are_called_insufficient() -> None:
    [value] = report(binary([[90, 1], [2, 7]]), task="binary", positive_class="yes", metrics=["f1"])
    assert value.status == "insufficient_data"
    assert value.value is not None
    assert "rarer" in (value.reason or "")


def test_nothing_predicted_positive_leaves_precision_absent() -> None:
    [value] = report(binary([[90, 0], [20, 0]]), task="binary", positive_class="yes", metrics=["precision"])
    assert value.value is None
    assert "no row was predicted 'yes'" in (value.reason or "")


def test_one_class_leaves_auc_absent_and_scores_missing_says_so() -> None:
    groups = np.zeros(30, np.int64)
    [table] = ScoreTable.grouped(np.linspace(0.1, 0.9, 30), np.ones(30, np.bool_), groups, 1)
    one = Summaries(
        n=30, n_with_actual=30, confusion=Confusion(YES_NO, np.array([[0, 0], [3, 27]])), scores={"yes": table}
    )
    [auc] = report(one, task="binary", positive_class="yes", metrics=["roc_auc"])
    assert auc.value is None
    assert "compares two classes" in (auc.reason or "")
    [auc] = report(binary([[50, 5], [5, 50]]), task="binary", positive_class="yes", metrics=["roc_auc"])
    assert "no probabilities" in (auc.reason or "")


def test_a_perfect_classifier_has_an_interval_below_one() -> None:
    groups = np.zeros(40, np.int64)
    truth = np.arange(40) >= 20
    [table] = ScoreTable.grouped(np.where(truth, 0.9, 0.1), truth, groups, 1)
    perfect = Summaries(
        n=40, n_with_actual=40, confusion=Confusion(YES_NO, np.array([[20, 0], [0, 20]])), scores={"yes": table}
    )
    [auc] = report(perfect, task="binary", positive_class="yes", metrics=["roc_auc"])
    assert auc.value == 1.0
    assert auc.upper == 1.0
    assert auc.method == "Newcombe"
    assert auc.lower is not None
    assert 0.8 < auc.lower < 1.0


def test_a_perfect_multiclass_model_has_intervals_below_one() -> None:
    groups = np.zeros(90, np.int64)
    truth = np.arange(90) % 3
    tables = {
        label: ScoreTable.grouped(np.where(truth == i, 0.9, 0.05), truth == i, groups, 1)[0]
        for i, label in enumerate("abc")
    }
    perfect = Summaries(
        n=90, n_with_actual=90, confusion=Confusion(("a", "b", "c"), np.eye(3, dtype=np.int64) * 30), scores=tables
    )
    for value in report(perfect, task="multiclass"):
        if value.method in ("none", None):
            assert value.metric.endswith("_micro") or value.value is None
            continue
        assert value.lower is not None
        assert value.upper is not None
        if "false" in value.metric:
            assert (value.value, value.lower) == (0.0, 0.0)
            assert 0 < value.upper < 0.2
        elif value.metric != "log_loss":
            assert value.value == pytest.approx(1.0)
            assert value.upper == pytest.approx(1.0)
            assert 0.8 < value.lower < 1.0


def test_an_error_beyond_range_is_left_out_and_said() -> None:
    predicted = np.append(np.linspace(0, 1, 50), 1e30)
    actual = np.append(np.linspace(0.5, 1, 50), 0.0)
    grid = Grid.lay((predicted - actual)[:50])
    [residuals] = Residuals.grouped(predicted, actual, np.zeros(51, np.int64), 1, grid)
    for value in report(Summaries(n=51, n_with_actual=51, residuals=residuals), task="regression"):
        assert value.value is not None
        if value.metric == "max_error":
            assert abs(value.value - 1e30) <= (value.bound or 0) <= 0.02e30
        else:
            assert value.value <= 1
            assert value.n == 51 or "1 rows are left out" in (value.reason or "")


def test_an_unknown_metric_names_the_nearest_and_a_foreign_one_what_fits() -> None:
    with pytest.raises(NotFound, match="did you mean 'accuracy'"):
        report(Summaries(), task="binary", metrics=["acuracy"])
    with pytest.raises(InvalidInput, match="mae"):
        report(Summaries(), task="regression", metrics=["f1"])


def test_every_metric_has_words_and_a_task_and_defaults_exist() -> None:
    for name, metric in metrics().items():
        assert metric.title
        assert metric.description.endswith(".")
        assert metric.applies_to
        assert name == metric.name
    for kind in ("binary", "multiclass", "regression"):
        assert default_metric(kind) in metrics()


@pytest.mark.parametrize(
    ("classes", "expected"),
    [(("false", "true"), "true"), (("0", "1"), "1"), (("No", "YES"), "YES"), (("negative", "Positive"), "Positive")],
)
def test_the_positive_class_is_the_one_that_says_so(classes: tuple[str, str], expected: str) -> None:
    assert positive_class(None, classes) == expected
    assert positive_class("late", classes) == "late"


@pytest.mark.parametrize("classes", [("late", "on_time"), ("yes", "true"), ()])
def test_else_it_is_asked_for(classes: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match=r"ModelSchema\(positive_class="):
        positive_class(None, classes)


def test_the_task_follows_the_schema_then_the_data() -> None:
    assert task(prediction=None, column_kind=None, classes=(), has_probabilities=False) == "unknown"
    assert task(prediction="numeric", column_kind="numeric", classes=("1",), has_probabilities=False) == "regression"
    three = ("a", "b", "c")
    assert task(prediction=None, column_kind="categorical", classes=three, has_probabilities=False) == "multiclass"
    assert task(prediction=None, column_kind="numeric", classes=("0", "1"), has_probabilities=True) == "binary"
