"""Answers about projects, runs, models and versions."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any, cast

import msgspec

from mlfoundry.registry import records
from mlfoundry.server.answers import (
    CustomMetricAnswer,
    ModelAnswer,
    ModelVersionAnswer,
    ProjectAnswer,
    RetentionAnswer,
    RunAnswer,
)


def project_answer(project: records.Project) -> ProjectAnswer:
    """A project."""
    fields = _fields(project)
    fields["retention"] = RetentionAnswer(**_fields(project.retention))
    return ProjectAnswer(**fields)


def run_answer(run: records.Run) -> RunAnswer:
    """A run."""
    return RunAnswer(**_fields(run))


def model_answer(model: records.Model) -> ModelAnswer:
    """A model."""
    return ModelAnswer(
        name=model.name,
        model_fqn=str(model.fqn),
        ml_repo=model.fqn.ml_repo,
        created_at=model.created_at,
        updated_at=model.updated_at,
        n_versions=model.n_versions,
        latest_version=model.latest_version,
        archived=model.archived,
    )


def version_answer(
    version: records.ModelVersion, *, n_predictions: int = 0, last_at: datetime | None = None
) -> ModelVersionAnswer:
    """A version, with what the store knows of it: how many predictions, and the last one's time."""
    return ModelVersionAnswer(
        fqn=str(version.fqn),
        model_fqn=str(version.fqn.model),
        ml_repo=version.fqn.model.ml_repo,
        name=version.fqn.model.name,
        version=version.version,
        step=version.step,
        description=version.description,
        metadata=version.metadata,
        framework=version.framework,
        model_schema=None if version.schema is None else cast("dict[str, Any]", msgspec.to_builtins(version.schema)),
        custom_metrics=custom_metric_answers(version),
        default_reference=version.default_reference,
        false_alarms_per_month=version.false_alarms_per_month,
        metrics=version.metrics,
        run_id=version.run_id,
        run_name=version.run_name,
        has_files=version.n_files > 0,
        size_bytes=version.size_bytes,
        created_by=version.created_by,
        created_at=version.created_at,
        updated_at=version.updated_at,
        archived=version.archived,
        n_predictions=n_predictions,
        last_at=last_at,
    )


def custom_metric_answers(version: records.ModelVersion) -> list[CustomMetricAnswer]:
    """The custom metrics of a version."""
    return [
        CustomMetricAnswer(
            name=one.name,
            value_type=one.value_type,
            type=one.type,
            expression=one.expression,
            aggregate=one.aggregate,
            unit=one.unit,
            better=one.better,
        )
        for one in version.custom_metrics
    ]


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
