"""What the registry gives back: plain frozen values, free of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.schema import CustomMetric, ModelSchema

RunStatus = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many days a project's rows and its aggregates are kept; None is for ever."""

    events_days: int | None = None
    aggregates_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An ml_repo and how much is in it."""

    name: str
    tenant: str
    description: str | None
    created_at: datetime
    n_models: int
    n_runs: int
    archived: bool
    retention: Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run; ``metrics`` holds the latest value of each."""

    run_id: str
    run_name: str
    fqn: str
    ml_repo: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    created_by: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One logged value of a metric; None where it was NaN or infinite."""

    step: int
    value: float | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model and its newest version's number (0 when all were deleted)."""

    name: str
    fqn: ModelFqn
    created_at: datetime
    updated_at: datetime
    n_versions: int
    latest_version: int
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A model version.

    ``default_reference`` is what it is compared with unless a question names another: None is the first reference that
    was uploaded. ``false_alarms_per_month`` is how many there may be of drift.
    """

    fqn: ModelVersionFqn
    version: int
    step: int
    description: str | None
    metadata: dict[str, Any]
    framework: str | None
    schema: ModelSchema | None
    custom_metrics: tuple[CustomMetric, ...]
    default_reference: str | None
    false_alarms_per_month: float
    metrics: dict[str, float]
    run_id: str | None
    run_name: str | None
    n_files: int
    size_bytes: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What it takes to register a model version."""

    name: str
    schema: ModelSchema | None = None
    framework: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    custom_metrics: tuple[CustomMetric, ...] = ()
    run_id: str | None = None
    step: int = 0
    created_by: str = "unknown"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a version or a run, by its path inside it."""

    path: str
    size_bytes: int
