"""Which metrics a version has: those of its task, and its own."""

from __future__ import annotations

import pytest

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.schema import CustomMetric
from mlfoundry.server.views.subject import Subject
from mlfoundry.summaries import Summaries

COST = CustomMetric("cost", expression="abs(prediction - actual)", aggregate="sum")
ERROR = CustomMetric("error", expression="prediction - actual")
LARGE = CustomMetric("large", expression="prediction > 10", type="projection")
REGRESSOR = Subject("regression", custom={one.name: one for one in (COST, ERROR, LARGE)})


def test_its_own_metrics_come_last_and_in_any_order_that_is_asked_for() -> None:
    names = REGRESSOR.metrics()
    assert names[-3:] == ("cost", "error", "large")
    assert "mae" in names
    asked = REGRESSOR.metrics(["large", "mean_square_error", "cost"])
    assert asked == ("large", "mse", "cost")
    assert [value.metric for value in REGRESSOR.report(Summaries(), asked)] == list(asked)
    assert Subject("unknown", custom={"large": LARGE}).metrics() == ("large",)


def test_an_unknown_name_names_the_nearest_of_either_kind() -> None:
    with pytest.raises(NotFound, match="did you mean 'cost'"):
        REGRESSOR.metrics(["csot"])
    with pytest.raises(NotFound, match="did you mean 'rmse'"):
        REGRESSOR.metrics(["cost", "rmsee"])
    with pytest.raises(InvalidInput, match="makes no sense for a regression model"):
        REGRESSOR.metrics(["f1"])
    undecided = Subject("binary", problem="say which class is positive", custom={"large": LARGE})
    with pytest.raises(InvalidInput, match="say which class"):
        undecided.metrics(["large", "precision"])
    assert undecided.metrics(["large", "accuracy"]) == ("large", "accuracy")


def test_a_reference_is_compared_by_what_does_not_follow_the_number_of_rows() -> None:
    names = ("mae", "cost", "error", "large")
    assert REGRESSOR.comparable(names, has_actuals=True) == ("mae", "error", "large")
    assert REGRESSOR.comparable(names, has_actuals=False) == ("large",)


def test_a_metric_of_its_own_stands_before_a_later_built_in_one_of_its_name() -> None:
    own = CustomMetric("rmse", expression="prediction", type="projection")
    subject = Subject("regression", custom={"rmse": own})
    assert subject.metrics().count("rmse") == 1
    [value] = subject.report(Summaries(), subject.metrics(["rmse"]))
    assert value.reason == "no predictions in this window"
