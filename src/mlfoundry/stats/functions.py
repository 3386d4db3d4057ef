"""A function for every drift statistic and every metric that the scans find, each with a signature of its own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from inspect import Parameter, Signature
from typing import Any

from mlfoundry.drift import Binning, BinStatistic, DriftStatistic, statistics
from mlfoundry.performance.base import Metric
from mlfoundry.performance.report import metrics
from mlfoundry.stats import drifting, scoring

_REQUIRED = Parameter.POSITIONAL_OR_KEYWORD
_OPTION = Parameter.KEYWORD_ONLY
_SECTION = re.compile(r"\n\n(\w+)\n-+\n")
_TEXTS = {
    "reference": "What normal looks like: a list, an array, a column. None, NaN and infinities are no values.",
    "current": "What is compared with it.",
    "kind": "``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.",
    "y_true": "What turned out; rows without it are left out.",
    "y_pred": "What was predicted.",
    "y_score": "The score of the positive class.",
    "positive_class": "Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.",
    "classes": "The class of each column of an array; by default those of ``y_true`` in ascending order.",
    "bins": "Quantile bins of a numeric reference, besides values that alone hold much of it.",
}
_RETURNS = "The value; NaN where there are no rows to tell it from, never 0."
_BY_CLASS = "The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array."


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its key, how it is called, and whether it is mlfoundry's own or a plug-in's."""

    name: str
    call: Callable[..., float]
    signature: Signature
    is_own: bool


def functions() -> Iterator[Function]:
    """The functions of all statistics and metrics."""
    for name, statistic in statistics().items():
        yield _drift_function(name, type(statistic))
    for name, metric in metrics().items():
        yield _metric_function(name, metric)


def _drift_function(name: str, of: type[DriftStatistic]) -> Function:
    settings = _settings(of)
    has_bins = issubclass(of, BinStatistic) and of.by_bin
    cutting = {option.name: option for option in _binning_options()} if has_bins else {}
    parameters = [_required("reference", "Column"), _required("current", "Column"), *settings, *cutting.values()]
    if len(of.applies_to) > 1:
        parameters.append(Parameter("kind", _OPTION, default=None, annotation="ColumnKind | None"))

    def call(given: dict[str, Any]) -> float:
        statistic = of(**_take(given, settings))
        binning = drifting.options_of(_take(given, cutting.values())) if cutting else None
        return drifting.drift_value(statistic, binning=binning, **given)

    return _function(name, of, parameters, call, _docs(Binning) if cutting else {})


def _metric_function(name: str, metric: Metric) -> Function:
    of, settings = type(metric), _settings(type(metric))
    required, options, value = _way(metric)

    def call(given: dict[str, Any]) -> float:
        return value(of(**_take(given, settings)), **given)

    parameters = [*required, *settings, *options]
    return _function(name, of, parameters, call, {})


def _way(metric: Metric) -> tuple[list[Parameter], list[Parameter], Callable[..., float]]:
    """What a metric is given: required parameters, options, and what makes the value of them."""
    y_true, y_pred = _required("y_true", "Column"), _required("y_pred", "Column")
    positive = Parameter("positive_class", _OPTION, default=None, annotation="Label | None")
    classes = Parameter("classes", _OPTION, default=None, annotation="Sequence[Label] | None")
    takes = metric.takes
    if takes == "errors":
        return [y_true, y_pred], [], scoring.errors_value
    if takes in ("scores", "probabilities"):
        if metric.applies_to == ("binary",):
            return [y_true, _required("y_score", "Column")], [positive], scoring.scores_value
        if "binary" not in metric.applies_to:
            return [y_true, _required("y_score", "ScoresByClass")], [classes], scoring.scores_by_class_value
        return [y_true, _required("y_score", "Column | ScoresByClass")], [positive, classes], _either
    options = [positive] if metric.applies_to == ("binary",) else []
    if takes in ("actual", "predicted"):
        return [y_true if takes == "actual" else y_pred], options, _one_side
    return [y_true, y_pred], options, scoring.classes_value


def _one_side(metric: Metric, *, positive_class: Any, **given: Any) -> float:
    [classes] = given.values()
    return scoring.classes_value(metric, classes, classes, positive_class=positive_class)


def _either(metric: Metric, y_true: Any, y_score: Any, *, positive_class: Any, classes: Any) -> float:
    if scoring.is_by_class(y_score):
        return scoring.scores_by_class_value(metric, y_true, y_score, classes=classes)
    return scoring.scores_value(metric, y_true, y_score, positive_class=positive_class)


def _function(
    name: str,
    of: type[Any],
    parameters: list[Parameter],
    work: Callable[[dict[str, Any]], float],
    texts: Mapping[str, str],
) -> Function:
    signature = Signature(parameters, return_annotation="float")

    def call(*args: Any, **kwargs: Any) -> float:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return work(dict(bound.arguments))

    call.__name__ = call.__qualname__ = name
    call.__module__ = "mlfoundry.stats"
    call.__doc__ = _doc(of, parameters, {**_TEXTS, **texts, **_docs(of)})
    call.__signature__ = signature  # type: ignore[attr-defined]
    return Function(name, call, signature, of.__module__.startswith("mlfoundry."))


def _required(name: str, annotation: str) -> Parameter:
    return Parameter(name, _REQUIRED, annotation=annotation)


def _settings(of: type[Any]) -> list[Parameter]:
    if of.__init__ is object.__init__:
        return []
    return [one.replace(kind=_OPTION) for one in inspect.signature(of).parameters.values()]


def _binning_options() -> list[Parameter]:
    names = {"count": "bins"}
    types = {"edges": "Sequence[float] | None"}
    return [
        Parameter(names.get(one.name, one.name), _OPTION, default=one.default, annotation=types.get(one.name, one.type))
        for one in fields(Binning)
    ]


def _take(given: dict[str, Any], parameters: Any) -> dict[str, Any]:
    return {one.name: given.pop(one.name) for one in parameters}


def _docs(of: type[Any]) -> dict[str, str]:
    """What a class's docstring says of its parameters."""
    parts = _SECTION.split(inspect.getdoc(of) or "")
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    found: dict[str, str] = {}
    names: list[str] = []
    for line in sections.get("Parameters", "").splitlines():
        if line and not line.startswith(" "):
            names = line.split(", ")
        for name in names if line.startswith(" ") else []:
            found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found


def _doc(of: type[Any], parameters: list[Parameter], texts: Mapping[str, str]) -> str:
    lines = [_SECTION.split(inspect.getdoc(of) or "")[0], "", "Parameters", "----------"]
    for one in parameters:
        text = _BY_CLASS if one.annotation == "ScoresByClass" else texts.get(one.name, "")
        lines += [one.name, f"    {text}"]
    return "\n".join([*lines, "", "Returns", "-------", _RETURNS])
