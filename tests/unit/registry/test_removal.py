"""Archive, delete and retain: projects, models, versions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlfoundry.errors import Deleted, InvalidInput, NotFound
from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.registry.records import NewVersion, Retention
from mlfoundry.registry.registry import Registry, run_files, version_files

MODEL = ModelFqn.parse("model:default/flights/late")
FIRST = ModelVersionFqn.parse("model:default/flights/late:1")


def register(registry: Registry, name: str = "late") -> ModelVersionFqn:
    return registry.models.create_version("flights", NewVersion(name=name)).fqn


def put(registry: Registry, owner: str) -> None:
    with registry.files.write(owner, "model.bin") as upload:
        upload.write(b"weights")
        upload.commit()


def archive_version(registry: Registry, *, archived: bool) -> None:
    registry.models.archive_version(FIRST, archived=archived)


def archive_model(registry: Registry, *, archived: bool) -> None:
    registry.models.archive_model(MODEL, archived=archived)


def archive_project(registry: Registry, *, archived: bool) -> None:
    registry.projects.archive("flights", archived=archived)


@pytest.mark.parametrize("archive", [archive_version, archive_model, archive_project])
def test_what_is_archived_is_hidden_in_lists_and_nowhere_else(registry: Registry, archive: Callable[..., None]) -> None:
    register(registry)
    archive(registry, archived=True)
    assert registry.models.all_versions() == []
    assert [one.fqn for one in registry.models.all_versions(archived=True)] == [FIRST]
    assert registry.models.version(FIRST).fqn == FIRST
    assert register(registry).version == 2
    archive(registry, archived=False)
    assert len(registry.models.all_versions()) == 2


def test_lists_show_archived_ones_when_asked(registry: Registry) -> None:
    register(registry)
    registry.models.archive_version(FIRST, archived=True)
    assert registry.models.versions(MODEL) == []
    assert [one.archived for one in registry.models.versions(MODEL, archived=True)] == [True]
    registry.models.archive_model(MODEL, archived=True)
    assert registry.models.models("flights") == []
    assert [one.archived for one in registry.models.models("flights", archived=True)] == [True]
    registry.projects.archive("flights", archived=True)
    assert registry.projects.all() == []
    assert [one.archived for one in registry.projects.all(archived=True)] == [True]


def test_a_deleted_model_takes_its_versions_along_and_keeps_their_numbers(registry: Registry) -> None:
    register(registry)
    registry.models.delete_model(MODEL)
    assert registry.models.models("flights", archived=True) == []
    assert registry.projects.get("flights").n_models == 0
    with pytest.raises(NotFound, match="no model"):
        registry.models.versions(MODEL)
    with pytest.raises(Deleted):
        registry.models.version(FIRST)
    assert register(registry).version == 2
    assert [one.version for one in registry.models.versions(MODEL)] == [2]
    with pytest.raises(Deleted):
        registry.models.version(FIRST)


def test_a_deleted_project_is_gone_and_one_of_its_name_begins_empty(registry: Registry) -> None:
    register(registry)
    registry.runs.create("flights", name="first", created_by="ann")
    registry.projects.retain("flights", Retention(events_days=3))
    registry.projects.delete("flights")
    assert registry.projects.all(archived=True) == []
    with pytest.raises(NotFound, match="no ml_repo"):
        registry.projects.get("flights")
    assert registry.models.deleted() == {str(FIRST)}
    made = registry.projects.create("flights")
    assert (made.n_models, made.n_runs, made.retention) == (0, 0, Retention())
    assert register(registry).version == 2


def test_a_sweep_deletes_files_and_may_be_repeated(registry: Registry) -> None:
    register(registry)
    run = registry.runs.create("flights", created_by="ann")
    owners = [version_files(FIRST), run_files(run.run_id)]
    for owner in owners:
        put(registry, owner)
    registry.sweep()
    assert all(registry.files.list(owner) for owner in owners)
    registry.projects.delete("flights")
    for _ in range(2):
        registry.sweep()
        assert not any(registry.files.list(owner) for owner in owners)
    with pytest.raises(NotFound):
        registry.runs.get(run.run_id)


def test_retention_is_kept(registry: Registry) -> None:
    assert registry.projects.get("flights").retention == Retention()
    registry.projects.retain("flights", Retention(events_days=30, aggregates_days=400))
    assert registry.projects.get("flights").retention == Retention(events_days=30, aggregates_days=400)
    registry.projects.retain("flights", Retention())
    assert registry.projects.get("flights").retention == Retention()


@pytest.mark.parametrize(
    ("days", "words"),
    [((0, None), "1 to 36,500"), ((40_000, None), "1 to"), ((30, 29), "at least as long"), ((None, 30), "at least")],
)
def test_a_retention_that_makes_no_sense_is_refused(
    registry: Registry, days: tuple[int | None, int | None], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        registry.projects.retain("flights", Retention(events_days=days[0], aggregates_days=days[1]))
