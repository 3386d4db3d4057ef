"""Definitions are found where they are written, and each name is there once."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from mlfoundry import catalogue
from mlfoundry.catalogue import scan
from mlfoundry.drift import DriftStatistic
from mlfoundry.drift.psi import PopulationStabilityIndex
from mlfoundry.errors import AlreadyExists, InvalidInput
from mlfoundry.performance.base import Metric


class Shape(ABC):
    """What the packages of these tests define."""

    name: str

    @abstractmethod
    def area(self) -> float: ...


class Offered(Shape):
    name = "offered"

    def area(self) -> float:
        return 0.0


SHAPE = """
from {module} import Shape, Offered
class _Helper(Shape):
    name = "helper"
    def area(self): return 0.0
class Square(Shape):
    name = {name!r}
    def area(self): return 1.0
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shapes_of_this_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setitem(sys.modules, "catalogue_shapes", sys.modules[__name__])
    for name in [name for name in sys.modules if name.startswith("shapes_of_this_test")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def define(package: Path, module: str, name: str) -> None:
    (package / f"{module}.py").write_text(SHAPE.format(module="catalogue_shapes", name=name))


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry = EntryPoint("plugin", value, "shapes_of_this_test")

    def entry_points(*, group: str) -> EntryPoints:
        return EntryPoints([entry]).select(group=group)

    monkeypatch.setattr(catalogue, "entry_points", entry_points)


def test_only_what_a_module_defines_itself_is_found(package: Path) -> None:
    define(package, "square", "square")
    found = scan("shapes_of_this_test", Shape)
    assert [(name, entry.source) for name, entry in found.items()] == [("square", "shapes_of_this_test.square")]
    assert found["square"].definition.area() == 1.0


def test_a_name_twice_is_an_error(package: Path) -> None:
    define(package, "square", "same")
    define(package, "circle", "same")
    with pytest.raises(AlreadyExists, match=r"'same'.*shapes_of_this_test\.circle.*shapes_of_this_test\.square"):
        scan("shapes_of_this_test", Shape)


def test_other_distributions_add_theirs(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    define(package, "square", "square")
    offer(monkeypatch, "catalogue_shapes:Offered")
    assert list(scan("shapes_of_this_test", Shape)) == ["offered", "square"]


def test_what_is_offered_must_be_a_definition(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "catalogue_shapes:SHAPE")
    with pytest.raises(InvalidInput, match="concrete Shape"):
        scan(package.name, Shape)


def test_the_statistics_and_metrics_of_this_issue_are_there() -> None:
    drift = scan("mlfoundry.drift", DriftStatistic)
    assert {"psi", "jensen_shannon"} <= set(drift)
    assert drift["psi"].definition == PopulationStabilityIndex()
    metrics = {
        "accuracy",
        "balanced_accuracy",
        "precision",
        "recall",
        "specificity",
        "f1",
        "fbeta",
        "false_positive_rate",
        "false_negative_rate",
        "mcc",
        "cohen_kappa",
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier",
        "expected_calibration_error",
        "score_ks",
        "lift",
        "prevalence",
        "positive_rate",
        "top_k_accuracy",
        "bias",
        "mae",
        "mse",
        "rmse",
        "mape",
        "smape",
        "rmsle",
        "r2",
        "median_absolute_error",
        "max_error",
    }
    for name in ("precision", "recall", "f1", "fbeta", "roc_auc", "average_precision", "specificity"):
        metrics |= {f"{name}_{average}" for average in ("macro", "micro", "weighted")}
    assert metrics <= set(scan("mlfoundry.performance", Metric))
