"""Custom metrics, read and checked: what their expressions may say of which columns."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sized
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import msgspec

from mlfoundry.columns import column_key
from mlfoundry.errors import InvalidExpression, InvalidInput, LimitExceeded, near
from mlfoundry.expression import Expression, Type, bind, columns_of, parse, type_of_column
from mlfoundry.expression.tree import And, Compare, In, IsNull, Not, Or
from mlfoundry.schema import CustomMetric, ModelSchema

BUILT_IN: Final[Mapping[str, str]] = {
    "log_loss": "log_loss",
    "mean_square_error": "mse",
    "mean_absolute_error": "mae",
}
"""The names that may stand without an expression, and the metrics that they are."""
MAX_CUSTOM_METRICS: Final = 50
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def read_custom_metric(given: CustomMetric | Mapping[str, Any], *, taken: Iterable[str] = ()) -> CustomMetric:
    """Check a custom metric by itself; its type follows from what its expression names.

    Parameters
    ----------
    given
        The metric, as one or as a dict.
    taken
        Names of other metrics, which none with an expression may have.

    Raises
    ------
    InvalidInput
        A field is malformed, the name is taken, or there is no expression and nothing built in of that name.
    InvalidExpression
        The expression is malformed.

    Examples
    --------
    >>> read_custom_metric({"name": "large", "expression": "prediction > 10"}).type
    'projection'
    """
    try:
        metric = msgspec.convert(msgspec.to_builtins(given), CustomMetric)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"custom_metrics: {error}") from error
    if not _NAME.fullmatch(metric.name):
        raise InvalidInput(f"the name of a custom metric has 1 to 64 letters, digits, _ and -; got {metric.name!r}")
    if metric.expression is None:
        return _built_in(metric)
    if metric.name in BUILT_IN or metric.name in set(taken):
        raise InvalidInput(f"{metric.name!r} is the name of a built-in metric; give this one another")
    with _about(metric):
        names_actual = "actual" in columns_of(parsed(metric.expression))
    if names_actual and metric.type == "projection":
        raise InvalidInput(
            f"{metric.name!r} is a projection, which is of predictions alone, but names actual; make it a metric"
        )
    return msgspec.structs.replace(metric, type="metric" if names_actual else "projection")


def read_custom_metrics(
    given: Iterable[CustomMetric | Mapping[str, Any]], *, taken: Iterable[str] = ()
) -> tuple[CustomMetric, ...]:
    """Check the custom metrics of a version: each as by :func:`read_custom_metric`, and that they are not too many."""
    names = tuple(taken)
    metrics = tuple(read_custom_metric(one, taken=names) for one in given)
    seen: set[str] = set()
    for metric in metrics:
        if metric.name in seen:
            raise InvalidInput(f"the custom metric {metric.name!r} stands twice")
        seen.add(metric.name)
    check_number(metrics)
    return metrics


def check_number(metrics: Sized) -> None:
    """Raise :class:`LimitExceeded` when a version would have too many custom metrics."""
    if len(metrics) > MAX_CUSTOM_METRICS:
        raise LimitExceeded(f"{len(metrics)} custom metrics; at most {MAX_CUSTOM_METRICS}", limit="max_custom_metrics")


def columns_of_schema(schema: ModelSchema | None) -> dict[str, Type]:
    """The columns that a schema tells of, by key, as an expression sees them."""
    if schema is None:
        return {}
    features = ((column_key("feature", one.name), one) for one in schema.features)
    types: dict[str, Type] = {key: type_of_column("feature", one.monitored_as, one.type) for key, one in features}
    if schema.prediction is not None:
        found = type_of_column("prediction", schema.prediction, "float")
        types |= {"prediction": found, "actual": found}
    return types


def check_columns(metric: CustomMetric, columns: Mapping[str, Type], *, has_rows: bool) -> None:
    """Check that a version's columns suit a metric.

    Before the first prediction only the schema tells of columns: scores, and the prediction, the actual and features
    where it says nothing of them, are taken on trust.

    Parameters
    ----------
    metric
        What :func:`read_custom_metric` made.
    columns
        The columns there are, by key, and their types.
    has_rows
        Whether there were predictions.

    Raises
    ------
    InvalidExpression
        It names a column that there is not (the nearest is given), or types do not go together.
    """
    if metric.expression is None:
        return
    tree = parsed(metric.expression)
    unknown = [key for key in columns_of(tree) if key not in columns]
    if unknown and not has_rows and all(_may_come(key, columns) for key in unknown):
        return
    with _about(metric):
        bind(tree, columns, wanted="number")


def _may_come(key: str, columns: Mapping[str, Type]) -> bool:
    if key in ("prediction", "actual") or key.startswith("score."):
        return True
    return all(known in ("prediction", "actual") or known.startswith("score.") for known in columns)


@lru_cache(maxsize=1_000)
def parsed(text: str) -> Expression:
    """The tree of an expression; of one that was read before at once."""
    return parse(text)


def is_share(metric: CustomMetric) -> bool:
    """Whether a metric is the share of rows of which a condition holds.

    Examples
    --------
    >>> is_share(CustomMetric("large", expression="prediction > 10"))
    True
    >>> is_share(CustomMetric("cost", expression="(prediction > 10) * 5"))
    False
    """
    if metric.expression is None or metric.aggregate != "mean":
        return False
    return isinstance(parsed(metric.expression), Compare | In | IsNull | Not | And | Or)


def _built_in(metric: CustomMetric) -> CustomMetric:
    if metric.name not in BUILT_IN:
        closest = near(metric.name, BUILT_IN)
        hint = f"; did you mean {closest!r}?" if closest else ""
        raise InvalidInput(
            f"the custom metric {metric.name!r} has no expression; only {', '.join(BUILT_IN)} need none{hint}"
        )
    return metric


@contextmanager
def _about(metric: CustomMetric) -> Generator[None]:
    """Say which metric's expression is wrong: there may be many."""
    try:
        yield
    except InvalidExpression as error:
        raise InvalidExpression(
            f"custom metric {metric.name!r}: {error.problem}", position=error.position, closest=error.closest
        ) from error
