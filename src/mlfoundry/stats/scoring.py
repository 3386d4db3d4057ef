"""A metric of predictions and actuals at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from mlfoundry.errors import InvalidInput, near
from mlfoundry.labels import class_label
from mlfoundry.performance.base import ErrorMetric, Estimate, Metric, Outcomes
from mlfoundry.performance.positive import positive_class as find_positive_class
from mlfoundry.performance.tasks import Task
from mlfoundry.stats.columns import Categories, Column, HasArray, read_categories, read_numbers, same_length
from mlfoundry.stats.frames import read_frame
from mlfoundry.stats.summarise import classes_of, confusion_of, residuals_of, score_tables
from mlfoundry.summaries import Ranks, Summaries
from mlfoundry.summaries.arrays import Bools, Floats

Label: TypeAlias = str | int | float | bool
ScoresByClass: TypeAlias = Mapping[Any, Column] | HasArray | Sequence[Sequence[float]]
"""The scores of every class: columns by class, a DataFrame with a column a class, or rows by ``classes``."""
_PAIRS = (("0", "1"), ("false", "true"), ("-1", "1"))


def errors_value(metric: Metric, y_true: Column, y_pred: Column) -> float:
    """A metric of a regressor; rows without a finite number on either side are left out."""
    actual, predicted = read_numbers(y_true, "y_true"), read_numbers(y_pred, "y_pred")
    same_length(len(actual), len(predicted), ("y_true", "y_pred"))
    with np.errstate(over="ignore", invalid="ignore"):
        present = np.isfinite(predicted - actual)
    actual, predicted = actual[present], predicted[present]
    if not len(actual):
        return float("nan")
    if isinstance(metric, ErrorMetric):
        return metric.exact(np.abs(predicted - actual))
    return _value(metric, Summaries(residuals=residuals_of(predicted, actual)), "regression", None)


def classes_value(metric: Metric, y_true: Column, y_pred: Column, *, positive_class: Label | None = None) -> float:
    """A metric of actual and predicted classes; rows without either are left out."""
    actual, predicted = read_categories(y_true, "y_true"), read_categories(y_pred, "y_pred")
    same_length(len(actual), len(predicted), ("y_true", "y_pred"))
    confusion = confusion_of(actual, predicted)
    if not confusion.n:
        return float("nan")
    task, positive = _task(metric, confusion.labels), None
    if metric.applies_to == ("binary",):
        positive = _positive(positive_class, confusion.labels)
    return _value(metric, Summaries(confusion=confusion), task, positive)


def scores_value(metric: Metric, y_true: Column, y_score: Column, *, positive_class: Label | None = None) -> float:
    """A metric of the scores of the positive class; rows without an actual or a score are left out."""
    actual, scores = read_categories(y_true, "y_true"), read_numbers(y_score, "y_score")
    same_length(len(actual), len(scores), ("y_true", "y_score"))
    present = (actual.codes >= 0) & ~np.isnan(scores)
    if not present.any():
        return float("nan")
    positive = _positive(positive_class, classes_of([actual]))
    is_positive = (np.array([*(label == positive for label in actual.labels), False], np.bool_))[actual.codes]
    kept = {positive: scores[present]}
    _check_probabilities(metric, kept)
    tables = score_tables(kept, {positive: is_positive[present]}, with_losses=metric.takes == "probabilities")
    return _value(metric, Summaries(scores=tables), "binary", positive)


def scores_by_class_value(
    metric: Metric, y_true: Column, y_score: ScoresByClass, *, classes: Sequence[Label] | None = None
) -> float:
    """A metric of the scores of all classes; rows without an actual, or without any one of the scores, are left out."""
    actual = read_categories(y_true, "y_true")
    scores = _scores_by_class(y_score, classes, actual)
    for values in scores.values():
        same_length(len(actual), len(values), ("y_true", "y_score"))
    present = (actual.codes >= 0) & np.all([~np.isnan(values) for values in scores.values()], axis=0)
    if not present.any():
        return float("nan")
    labels = np.array(actual.labels, np.object_)[actual.codes[present]]
    kept = {label: values[present] for label, values in scores.items()}
    _check_probabilities(metric, kept)
    is_class: dict[str, Bools] = {label: (labels == label).astype(np.bool_) for label in kept}
    tables = score_tables(kept, is_class, with_losses=metric.takes == "probabilities")
    return _value(metric, Summaries(scores=tables, ranks=_ranks(kept, is_class)), "multiclass", None)


def is_by_class(y_score: Any) -> bool:
    """Whether scores are given for every class, and not as one column."""
    if isinstance(y_score, Mapping) or hasattr(y_score, "columns"):
        return True
    if isinstance(y_score, (list, tuple)):
        first: object = next(iter(y_score), None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return isinstance(first, (list, tuple))
    return getattr(y_score, "ndim", 1) == 2


def _ranks(scores: Mapping[str, Floats], is_class: Mapping[str, Bools]) -> Ranks:
    columns = list(scores.values())
    rows = len(columns[0])
    place = np.full(rows, len(columns))
    for number, own in enumerate(is_class.values()):
        place[own] = number
    return Ranks.grouped(columns, place, np.zeros(rows, np.int64), 1)[0]


def _scores_by_class(given: Any, classes: Sequence[Label] | None, actual: Categories) -> dict[str, Floats]:
    if isinstance(given, Mapping) or hasattr(given, "columns"):
        columns: Mapping[str, Column] = read_frame(given, "y_score")
        named = {label: read_numbers(column, f"y_score[{label!r}]") for label, column in columns.items()}
        wanted = list(named) if classes is None else [class_label(label) for label in classes]
        absent = [label for label in wanted if label not in named]
        if absent:
            raise InvalidInput(f"y_score has no column of the class {absent[0]!r}; it has {', '.join(named)}")
        named = {label: named[label] for label in wanted}
    else:
        named = _by_place(given, classes, actual)
    unknown = sorted(set(actual.labels) - set(named))
    if unknown:
        raise InvalidInput(f"y_true has the class {unknown[0]!r}, of which there are no scores; {_say(named)}")
    return named


def _by_place(given: Any, classes: Sequence[Label] | None, actual: Categories) -> dict[str, Floats]:
    matrix = np.asarray(given, np.float64)
    if matrix.ndim != 2:
        raise InvalidInput(f"y_score has {matrix.ndim} dimensions; it needs a row for each row and a column a class")
    labels = _in_order(actual.labels) if classes is None else [class_label(label) for label in classes]
    if len(set(labels)) != matrix.shape[1]:
        raise InvalidInput(
            f"y_score has {matrix.shape[1]} columns for {len(set(labels))} classes; name the class of each: classes=[…]"
        )
    return {label: np.ascontiguousarray(matrix[:, place]) for place, label in enumerate(labels)}


def _in_order(labels: Sequence[str]) -> list[str]:
    """Ascending, whole numbers by their size, as scikit-learn orders classes."""
    numbers = all(label.lstrip("-").isdigit() for label in labels)
    return sorted(labels, key=(lambda label: (int(label), label)) if numbers else (lambda label: (0, label)))


def _say(named: Mapping[str, Floats]) -> str:
    return f"there are those of {', '.join(map(repr, list(named)[:6]))}"


def _check_probabilities(metric: Metric, scores: Mapping[str, Floats]) -> None:
    if metric.takes != "probabilities":
        return
    for values in scores.values():
        bad = (values < 0.0) | (values > 1.0)
        if bad.any():
            worst = float(values[bad][0])
            raise InvalidInput(f"y_score holds {worst:g}, which is no probability; {metric.name} needs some of 0 to 1")


def _positive(declared: Label | None, classes: Sequence[str]) -> str:
    if declared is not None:
        positive = class_label(declared)
        if positive not in classes and len(classes) > 1:
            closest = near(positive, classes)
            hint = f"; did you mean {closest!r}?" if closest else f"; there are {', '.join(map(repr, classes[:6]))}"
            raise InvalidInput(f"no row is of the positive_class {positive!r}{hint}")
        return positive
    for pair in _PAIRS:
        if set(classes) <= set(pair):
            return pair[1]
    try:
        return find_positive_class(None, classes)
    except InvalidInput as error:
        shown = ", ".join(repr(label[:40]) for label in classes[:6])
        raise InvalidInput(
            f"the classes are {shown}; say which is the positive one: positive_class={classes[0][:40]!r}"
        ) from error


def _task(metric: Metric, classes: Sequence[str]) -> Task:
    if len(metric.applies_to) == 1:
        return metric.applies_to[0]
    return "binary" if len(classes) <= 2 else "multiclass"


def _value(metric: Metric, summaries: Summaries, task: Task, positive: str | None) -> float:
    found = metric.estimate(Outcomes(summaries, task, positive))
    return found.value if isinstance(found, Estimate) else float("nan")
