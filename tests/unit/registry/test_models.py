"""Models, versions, and what may change in a schema."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlfoundry.custom_metrics import MAX_CUSTOM_METRICS
from mlfoundry.errors import Deleted, InvalidInput, LimitExceeded, NotFound
from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.registry.records import ModelVersion, NewVersion
from mlfoundry.registry.registry import Registry
from mlfoundry.schema import CustomMetric, read_schema

AGE: dict[str, Any] = {"name": "age", "type": "int"}


def create(registry: Registry, schema: dict[str, Any] | None = None, **fields: Any) -> ModelVersion:
    given = None if schema is None else read_schema(schema)
    return registry.models.create_version("flights", NewVersion(name="late", schema=given, **fields))


def fqn(text: str) -> ModelVersionFqn:
    return ModelVersionFqn.parse(text)


def test_versions_count_up_and_latest_is_the_newest(registry: Registry) -> None:
    assert [str(create(registry).fqn) for _ in range(2)] == [
        "model:default/flights/late:1",
        "model:default/flights/late:2",
    ]
    assert registry.models.version(fqn("model:default/flights/late:latest")).version == 2
    assert [version.version for version in registry.models.versions(ModelFqn.parse("model:default/flights/late"))] == [
        2,
        1,
    ]
    (model,) = registry.models.models("flights")
    assert (model.n_versions, model.latest_version) == (2, 2)


def test_a_deleted_version_is_gone_and_its_number_stays_taken(registry: Registry) -> None:
    first = create(registry)
    registry.models.delete_version(first.fqn)
    with pytest.raises(Deleted, match="was deleted"):
        registry.models.version(first.fqn)
    assert registry.models.deleted() == {str(first.fqn)}
    assert registry.models.models("flights")[0].n_versions == 0
    assert create(registry).version == 2


def test_an_unknown_version_names_the_closest(registry: Registry) -> None:
    create(registry)
    with pytest.raises(NotFound, match="did you mean 'model:default/flights/late:1'"):
        registry.models.version(fqn("model:default/flights/lat:1"))
    with pytest.raises(NotFound, match="did you mean 'model:default/flights/late'"):
        registry.models.versions(ModelFqn.parse("model:default/flights/lat"))


def test_a_version_carries_its_run_and_the_runs_metrics(registry: Registry) -> None:
    run = registry.runs.create("flights", name="first", created_by="ann")
    registry.runs.log_metrics(run.run_id, {"auc": 0.9})
    version = create(registry, run_id=run.run_id)
    assert (version.run_name, version.metrics) == ("first", {"auc": 0.9})
    registry.runs.delete(run.run_id)
    assert registry.models.version(version.fqn).run_id is None


def test_a_run_of_another_project_is_refused(registry: Registry) -> None:
    registry.projects.create("loans")
    run = registry.runs.create("loans", created_by="ann")
    with pytest.raises(InvalidInput, match="belongs to the ml_repo 'loans'"):
        create(registry, run_id=run.run_id)


def test_a_type_does_not_change_between_versions(registry: Registry) -> None:
    create(registry, {"features": [AGE], "prediction": "categorical"})
    create(registry, {"features": [{"name": "sex", "type": "string"}]})
    with pytest.raises(InvalidInput, match="'age' is 'int' in version 1"):
        create(registry, {"features": [{"name": "age", "type": "float"}]})
    with pytest.raises(InvalidInput, match="prediction is 'categorical' in version 1"):
        create(registry, {"prediction": "numeric"})
    assert registry.models.models("flights")[0].n_versions == 2


def test_within_a_version_a_schema_only_grows(registry: Registry) -> None:
    version = create(registry, {"features": [{**AGE, "categories": ["a"]}], "classes": ["no"]}).fqn
    grown: dict[str, Any] = {
        "features": [{**AGE, "unit": "years", "categories": ["a", "b"]}, {"name": "sex", "type": "string"}],
        "prediction": "categorical",
        "classes": ["no", "yes"],
        "positive_class": "yes",
    }
    updated = registry.models.update_version(version, schema=read_schema(grown), description="seen")
    assert updated.schema == read_schema(grown)
    assert updated.description == "seen"
    features: list[dict[str, Any]] = grown["features"]
    worse_ones: list[dict[str, Any]] = [
        {**grown, "features": features[:1]},
        {**grown, "features": [{**AGE, "unit": "months", "categories": ["a", "b"]}, features[1]]},
        {**grown, "features": [{**features[0], "categories": ["a"]}, features[1]]},
        {**grown, "features": [{**features[0], "kind": "categorical"}, features[1]]},
        {**grown, "positive_class": "no"},
        {**grown, "classes": ["yes"]},
        {**grown, "prediction": "numeric"},
    ]
    for worse in worse_ones:
        with pytest.raises(InvalidInput, match="register a new version"):
            registry.models.update_version(version, schema=read_schema(worse))
    assert registry.models.version(version).schema == read_schema(grown)


def test_custom_metrics_are_put_replaced_and_removed_up_to_a_number(registry: Registry) -> None:
    cost = CustomMetric("cost", expression="prediction", type="projection")
    version = create(registry, custom_metrics=(cost,))
    assert registry.models.version(version.fqn).custom_metrics == (cost,)
    dearer = CustomMetric("cost", expression="prediction * 2", type="projection", unit="EUR")
    large = CustomMetric("large", expression="prediction > 1", type="projection")
    registry.models.put_custom_metric(version.fqn, large)
    assert registry.models.put_custom_metric(version.fqn, dearer).custom_metrics == (dearer, large)
    assert registry.models.remove_custom_metric(version.fqn, "cost").custom_metrics == (large,)
    with pytest.raises(NotFound, match="no custom metric 'lagre'; did you mean 'large'"):
        registry.models.remove_custom_metric(version.fqn, "lagre")
    for no in range(MAX_CUSTOM_METRICS - 1):
        registry.models.put_custom_metric(version.fqn, CustomMetric(f"m{no}", expression="1"))
    with pytest.raises(LimitExceeded, match="at most 50"):
        registry.models.put_custom_metric(version.fqn, CustomMetric("more", expression="1"))
    assert len(registry.models.version(version.fqn).custom_metrics) == MAX_CUSTOM_METRICS


def test_custom_metrics_that_are_put_at_once_all_stay(registry: Registry) -> None:
    version = create(registry)
    metrics = [CustomMetric(f"m{no}", expression="prediction", type="projection") for no in range(12)]

    def put(metric: CustomMetric) -> None:
        registry.models.put_custom_metric(version.fqn, metric)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(put, metrics))
    assert {one.name for one in registry.models.version(version.fqn).custom_metrics} == {one.name for one in metrics}
