"""What a custom metric may be called and say, and how one that is wrong is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mlfoundry.custom_metrics import (
    MAX_CUSTOM_METRICS,
    check_columns,
    columns_of_schema,
    read_custom_metric,
    read_custom_metrics,
)
from mlfoundry.errors import InvalidExpression, InvalidInput, LimitExceeded
from mlfoundry.expression import Type
from mlfoundry.schema import CustomMetric, Feature, ModelSchema

REGRESSOR = ModelSchema(features=(Feature("amount", "float"), Feature("country", "string")), prediction="numeric")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "a b", "expression": "1"}, "letters, digits"),
        ({"name": "é", "expression": "1"}, "letters, digits"),
        ({"name": "x" * 65, "expression": "1"}, "letters, digits"),
        ({"name": "log_los"}, "did you mean 'log_loss'"),
        ({"name": "f1", "expression": "1"}, "the name of a built-in metric"),
        ({"name": "mean_absolute_error", "expression": "1"}, "the name of a built-in metric"),
        ({"name": "p", "expression": "actual > 1", "type": "projection"}, "names actual; make it a metric"),
        ({"name": "p", "expression": "1", "aggregate": "median"}, "aggregate"),
        ({"expression": "1"}, "name"),
        ({"name": "p", "expression": "prediction >"}, r"custom metric 'p': .* \(position 13\)"),
        ({"name": "p", "expression": "().__class__"}, "custom metric 'p'"),
        ({"name": "p", "expression": "open('x')"}, "no function 'open'"),
        ({"name": "p", "expression": "(" * 60 + "1" + ")" * 60}, "50 levels deep"),
        ({"name": "p", "expression": "-" * 1_000 + "1"}, "50 levels deep"),
        ({"name": "p", "expression": "1 + " * 900 + "1"}, "2,000 are the most"),
        ({"name": "p", "expression": "1 + " * 400 + "1"}, "50 levels deep"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_custom_metric(fields, taken=["f1"])


def test_the_type_follows_from_what_is_named() -> None:
    assert read_custom_metric(CustomMetric("m", expression="prediction > 1")).type == "projection"
    assert read_custom_metric(CustomMetric("m", expression="features.actual > 1")).type == "projection"
    assert read_custom_metric(CustomMetric("m", expression="actual > 1")).type == "metric"
    assert read_custom_metric({"name": "log_loss", "type": "metric", "value_type": "float"}).expression is None


def test_a_name_stands_once_and_there_are_not_too_many() -> None:
    with pytest.raises(InvalidInput, match="'m' stands twice"):
        read_custom_metrics([CustomMetric("m", expression="1"), CustomMetric("m", expression="2")])
    with pytest.raises(LimitExceeded, match="at most 50"):
        read_custom_metrics(CustomMetric(f"m{no}", expression="1") for no in range(MAX_CUSTOM_METRICS + 1))


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("abs(prediction - actual) * amuont", r"no column 'amuont' \(position 28\); did you mean amount\?"),
        ("country * 2", r"country is a text; a number is needed here"),
        ("amount + (prediction == 'late')", "prediction is a number, but 'late' is a text"),
    ],
)
def test_columns_that_do_not_suit_are_named(expression: str, says: str) -> None:
    metric = read_custom_metric(CustomMetric("m", expression=expression))
    for has_rows in (False, True):
        with pytest.raises(InvalidExpression, match=says):
            check_columns(metric, columns_of_schema(REGRESSOR), has_rows=has_rows)


def test_what_the_documentation_shows_is_read() -> None:
    classifier: dict[str, Type] = {"prediction": "label", "actual": "label", "score.late": "float"}
    for text in (
        '(prediction == "late") * 5 + (prediction != "late" and actual == "late") * 50',
        "score.late > 0.9",
    ):
        check_columns(read_custom_metric(CustomMetric("m", expression=text)), classifier, has_rows=True)


def test_before_the_first_row_what_the_schema_does_not_say_is_taken_on_trust() -> None:
    metric = read_custom_metric(CustomMetric("m", expression="amount * score.late + (prediction == actual)"))
    only_amount: dict[str, Type] = {"amount": "float"}
    check_columns(metric, only_amount, has_rows=False)
    check_columns(metric, columns_of_schema(None), has_rows=False)
    with pytest.raises(InvalidExpression, match=r"no column 'score\.late'"):
        check_columns(metric, only_amount, has_rows=True)
    classifier = ModelSchema(prediction="categorical", features=(Feature("x", "int", kind="categorical"),))
    assert columns_of_schema(classifier) == {"x": "int", "prediction": "label", "actual": "label"}
