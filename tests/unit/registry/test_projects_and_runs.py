"""Projects, runs and the search for runs."""

import math
import re

import pytest

from mlfoundry.errors import AlreadyExists, InvalidInput, NotFound
from mlfoundry.fqn import RunFqn
from mlfoundry.registry.registry import Registry
from mlfoundry.registry.run_search import RunSearch


def start(registry: Registry, name: str | None = None) -> str:
    return registry.runs.create("flights", name=name, created_by="ann").run_id


def test_a_project_is_made_once(registry: Registry) -> None:
    first = registry.projects.get("flights")
    again = registry.projects.create("flights", description="New York, 2013")
    assert again.created_at == first.created_at
    assert [project.description for project in registry.projects.all()] == ["New York, 2013"]


def test_a_project_without_a_description_keeps_the_earlier_one(registry: Registry) -> None:
    registry.projects.create("flights", description="kept")
    assert registry.projects.create("flights").description == "kept"


def test_an_unknown_project_names_the_closest(registry: Registry) -> None:
    with pytest.raises(NotFound, match="did you mean 'flights'"):
        registry.projects.get("flihgts")


def test_a_run_without_a_name_gets_two_words(registry: Registry) -> None:
    names = {registry.runs.get(start(registry)).run_name for _ in range(30)}
    assert len(names) == 30
    assert all(re.fullmatch(r"[a-z]+-[a-z]+(-\d+)?", name) for name in names)


def test_a_run_name_is_taken_once(registry: Registry) -> None:
    start(registry, "first")
    with pytest.raises(AlreadyExists, match="'first'"):
        start(registry, "first")


def test_a_run_is_found_by_id_name_and_fqn(registry: Registry) -> None:
    run = registry.runs.get(start(registry, "first"))
    assert run.fqn == "default/flights/first"
    assert registry.runs.by_name("flights", "first") == run
    assert registry.runs.by_fqn(RunFqn.parse(run.fqn)) == run
    with pytest.raises(NotFound):
        registry.runs.by_fqn(RunFqn.parse("other/flights/first"))


def test_params_are_set_once_and_tags_replaced(registry: Registry) -> None:
    run_id = start(registry)
    registry.runs.log_params(run_id, {"depth": 3})
    registry.runs.log_params(run_id, {"depth": "3", "rate": 0.1})
    registry.runs.set_tags(run_id, {"stage": "draft"})
    registry.runs.set_tags(run_id, {"stage": "final"})
    run = registry.runs.get(run_id)
    assert run.params == {"depth": "3", "rate": "0.1"}
    assert run.tags == {"stage": "final"}
    with pytest.raises(AlreadyExists, match="'depth' is '3' already"):
        registry.runs.log_params(run_id, {"depth": 4})


def test_the_latest_metric_is_that_of_the_highest_step(registry: Registry) -> None:
    run_id = start(registry)
    registry.runs.log_metrics(run_id, {"auc": 0.8}, step=2)
    registry.runs.log_metrics(run_id, {"auc": 0.7, "loss": math.nan}, step=1)
    assert registry.runs.get(run_id).metrics == {"auc": 0.8}
    history = registry.runs.metric_history(run_id)
    assert [(point.step, point.value) for point in history["auc"]] == [(1, 0.7), (2, 0.8)]
    assert history["loss"][0].value is None


def test_a_run_ends_and_is_deleted(registry: Registry) -> None:
    run_id = start(registry)
    registry.runs.log_metrics(run_id, {"auc": 0.8})
    ended = registry.runs.end(run_id, "FINISHED")
    assert ended.status == "FINISHED"
    assert registry.runs.end(run_id, "FAILED").ended_at == ended.ended_at
    registry.runs.delete(run_id)
    with pytest.raises(NotFound):
        registry.runs.get(run_id)


def test_search_filters_and_orders(registry: Registry) -> None:
    for name, auc in (("low", 0.6), ("high", 0.9), ("middle", 0.8)):
        run_id = start(registry, name)
        registry.runs.log_metrics(run_id, {"auc": auc})
        registry.runs.log_params(run_id, {"depth": 3 if name == "low" else 5})
    start(registry, "empty")

    def names(filter_string: str = "", order_by: str | None = None, max_results: int | None = None) -> list[str]:
        found = registry.runs.search("flights", RunSearch.parse(filter_string, order_by), max_results=max_results)
        return [run.run_name for run in found]

    assert names() == ["empty", "middle", "high", "low"]
    assert names(order_by="metrics.auc desc") == ["high", "middle", "low", "empty"]
    assert names("metrics.auc >= 0.8 AND params.depth = '5'", "metrics.auc asc") == ["middle", "high"]
    assert names("params.depth != 5") == ["low"]
    assert names("attributes.status = 'RUNNING' and run_name = \"low\"") == ["low"]
    assert names(order_by="params.depth desc, metrics.auc") == ["middle", "high", "low", "empty"]
    assert names(max_results=1) == ["empty"]


@pytest.mark.parametrize("bad", ["metrics.auc >", "auc > 1", "metrics.auc > 1 or params.x = 1", "metrics.auc > 1e"])
def test_a_filter_that_cannot_be_read_is_quoted(bad: str) -> None:
    with pytest.raises(InvalidInput):
        RunSearch.parse(bad)


def test_an_order_that_cannot_be_read_is_quoted() -> None:
    with pytest.raises(InvalidInput, match="sideways"):
        RunSearch.parse("", "metrics.auc sideways")
