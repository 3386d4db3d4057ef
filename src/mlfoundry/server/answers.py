"""The shapes of the API's answers; the OpenAPI document and the dashboard's types come from here.

Times are ISO 8601 in UTC, lengths of time are seconds. A list over windows is aligned with ``starts``; a value that
does not exist is null, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mlfoundry.attribution.answers import AttributionSeries, FeatureAttribution, RankingComparison
from mlfoundry.columns import Role
from mlfoundry.drift.answers import DriftBin, DriftSeries, DriftVerdict
from mlfoundry.performance import MetricStatus, MetricValue, Task
from mlfoundry.performance.maturity import Immaturity, Maturity, MaturityStatus
from mlfoundry.performance.per_class import ClassFigures
from mlfoundry.performance.points import CurvePoints
from mlfoundry.quality.answers import ColumnQuality, QualityIssue, QualityVerdict, VolumeReport
from mlfoundry.schema import Aggregate, Better, ColumnKind, MetricType

ReferenceKind = Literal["uploaded", "trailing", "fixed", "version"]
VersionStatus = Literal["ok", "watch", "drifted", "insufficient_data", "no_reference", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowAnswer:
    """The window an answer covers, after snapping."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceAnswer:
    """Which rows an answer is about, where that is not simply all of the window."""

    where: str | None
    exact: bool
    """Whether the window was taken as it is, not snapped."""
    as_of: datetime | None
    reference_sliced: bool | None
    """Whether the filter was applied to the reference too; null where there is no filter or no reference."""
    reference_n: int | None
    """Rows of the reference that stayed; null where it was not filtered."""
    note: str | None
    """What a reader of a comparison should know, such as why the reference could not be sliced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceAnswer:
    """What something is compared with: an uploaded table, or events of a window of this version or another one."""

    name: str
    """As it is asked for: `training`, `trailing:7d`, `2026-01-01/2026-02-01`, or a version's FQN."""
    kind: ReferenceKind
    fqn: str
    """Whose rows they are."""
    window: WindowAnswer | None
    """The times of the events; null for an uploaded one."""
    n: int
    """All of its rows, before any filter."""
    created_at: datetime | None
    """When it was uploaded; null for events."""
    is_default: bool
    """Whether it is meant where a question names none."""
    has_actuals: bool
    has_times: bool
    """Whether it is known when its rows happened, so that its own windows can tell how much windows differ."""
    has_shap: bool
    """Whether its rows may carry SHAP values, so that attributions can be compared."""


# --- registry -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionAnswer:
    """For how many days rows and aggregates are kept; null is for ever."""

    events_days: int | None
    aggregates_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAnswer:
    """An ml_repo."""

    name: str
    tenant: str
    description: str | None
    created_at: datetime
    n_models: int
    n_runs: int
    archived: bool
    retention: RetentionAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswer:
    run_id: str
    run_name: str
    fqn: str
    ml_repo: str
    status: Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]
    started_at: datetime
    ended_at: datetime | None
    created_by: str
    params: dict[str, str]
    metrics: dict[str, float]
    """The latest value of each metric."""
    tags: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    name: str
    model_fqn: str
    ml_repo: str
    created_at: datetime
    updated_at: datetime
    n_versions: int
    latest_version: int
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomMetricAnswer:
    """A metric of a version's own; without an expression it is the built-in one of its name."""

    name: str
    value_type: str
    type: MetricType
    """`metric` is about rows that have an actual, `projection` about every prediction."""
    expression: str | None
    aggregate: Aggregate
    unit: str | None
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionAnswer:
    fqn: str
    model_fqn: str
    ml_repo: str
    name: str
    version: int
    step: int
    description: str | None
    metadata: dict[str, Any]
    framework: str | None
    model_schema: dict[str, Any] | None
    custom_metrics: list[CustomMetricAnswer]
    default_reference: str | None
    """What it is compared with where a question names no reference; null is the first one that was uploaded."""
    false_alarms_per_month: float
    """How many there may be of drift."""
    metrics: dict[str, float]
    run_id: str | None
    run_name: str | None
    has_files: bool
    size_bytes: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    archived: bool
    n_predictions: int
    last_at: datetime | None


# --- monitoring -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSeries:
    """A metric window by window, aligned with the answer's ``starts``."""

    metric: str
    value: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    n: list[int]
    coverage: list[float | None]
    status: list[MetricStatus]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturitySeries:
    """Whether each window has the actuals that it will have, aligned with the answer's ``starts``."""

    status: list[MaturityStatus]
    cause: list[Immaturity | None]
    expected_coverage: list[float | None]
    mature_at: list[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceAnswer:
    window: WindowAnswer
    slice: SliceAnswer | None
    step_s: int | None
    starts: list[datetime]
    task: Task
    positive_class: str | None
    problem: str | None
    """What has to be given before metrics can be computed, such as the positive class."""
    total: list[MetricValue]
    series: list[MetricSeries]
    maturity: Maturity
    """Of the whole window."""
    maturity_series: MaturitySeries
    reference: ReferenceAnswer | None
    reference_values: list[MetricValue]
    """Of the same metrics, where the reference has actuals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesAnswer:
    """Curves of the scores of one class against the rest."""

    window: WindowAnswer
    slice: SliceAnswer | None
    label: str
    """The class."""
    labels: list[str]
    """The classes with scores."""
    current: CurvePoints | None
    """Null without rows that have a score and an actual."""
    maturity: Maturity
    reference: ReferenceAnswer | None
    reference_curves: CurvePoints | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesAnswer:
    """Each class by itself, the most frequent ones first; ``reference_classes`` are the same ones of the reference."""

    window: WindowAnswer
    slice: SliceAnswer | None
    n: int
    n_classes: int
    """Classes that occur, of which at most 200 are listed."""
    classes: list[ClassFigures]
    maturity: Maturity
    reference: ReferenceAnswer | None
    reference_classes: list[ClassFigures]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeAnswer:
    window: WindowAnswer
    slice: SliceAnswer | None
    step_s: int
    starts: list[datetime]
    predictions: list[int]
    with_actual: list[int]
    dropped: list[int]
    """Predictions that clients say they lost in the step, by their own clock; in none of the other numbers."""
    n_predictions: int
    n_with_actual: int
    median_delay_s: float | None
    prediction_rate: list[float | None]
    """Share of predictions that are the positive class, or the mean prediction of a regressor."""
    reference: ReferenceAnswer | None
    prediction_rate_reference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionAnswer:
    """``counts[i][j]``: rows whose actual is ``classes[i]`` and whose prediction is ``classes[j]``."""

    window: WindowAnswer
    slice: SliceAnswer | None
    classes: list[str]
    counts: list[list[int]]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualsAnswer:
    """Prediction less actual: shares of rows between ``edges``, with the reference's where it has actuals."""

    window: WindowAnswer
    slice: SliceAnswer | None
    n: int
    edges: list[float]
    shares: list[float]
    reference: ReferenceAnswer | None
    reference_shares: list[float] | None
    mean: float | None
    median: float | None
    p05: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftColumn:
    total: DriftVerdict
    series: DriftSeries
    importance: float | None
    """The feature's share of the sum of mean |SHAP| in the window."""
    impact: float | None
    """Its drift in units of the size that is drift, times its importance: for ranking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAnswer:
    window: WindowAnswer
    slice: SliceAnswer | None
    step_s: int | None
    starts: list[datetime]
    statistic: str
    reference: ReferenceAnswer | None
    columns: list[DriftColumn]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityAnswer:
    """Data quality: what is wrong, the worst first, and every check."""

    window: WindowAnswer
    slice: SliceAnswer | None
    step_s: int
    starts: list[datetime]
    reference: ReferenceAnswer | None
    issues: list[QualityIssue]
    columns: list[ColumnQuality]
    rows: list[QualityVerdict]
    """What became of the rows that arrived in the window; empty for a part of the rows."""
    volume: VolumeReport | None
    """Null for a part of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionFeature:
    total: FeatureAttribution
    series: AttributionSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionAnswer:
    """How much each feature decides, the most important first."""

    window: WindowAnswer
    slice: SliceAnswer | None
    step_s: int
    starts: list[datetime]
    reference: ReferenceAnswer | None
    n: int
    """All rows of the window, with SHAP values or without."""
    features: list[AttributionFeature]
    rankings: list[RankingComparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A histogram to draw: at most 40 bins between ``edges``; ``below`` and ``above`` hold what lies outside."""

    edges: list[float]
    shares: list[float]
    reference_shares: list[float] | None
    below: float
    above: float
    reference_below: float | None
    reference_above: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFigure:
    """One row of the small table under a histogram, such as mean or p95; text for a category."""

    name: str
    reference: float | str | None
    current: float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAnswer:
    window: WindowAnswer
    slice: SliceAnswer | None
    type: str
    unit: str | None
    reference: ReferenceAnswer | None
    verdict: DriftVerdict
    distribution: Distribution | None
    """Numeric columns only; a categorical one is drawn from ``bins``."""
    bins: list[DriftBin]
    figures: list[ColumnFigure]
    step_s: int
    starts: list[datetime]
    series: DriftSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetVersion:
    fqn: str
    ml_repo: str
    model: str
    version: int
    status: VersionStatus
    task: Task
    predictions: int
    with_actual: int
    coverage: float | None
    metric: MetricValue | None
    metric_reference: float | None
    drifted: int
    watch: int
    columns: int
    first_at: datetime | None
    last_at: datetime | None
    volume: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAnswer:
    window: WindowAnswer
    step_s: int
    versions: list[FleetVersion]
    note: str | None
    """Something every page should say, such as that the demo's times were moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAbout:
    key: str
    role: Role
    name: str
    kind: ColumnKind
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAnswer:
    """Everything a version's page needs before its charts."""

    registered: ModelVersionAnswer
    task: Task
    positive_class: str | None
    classes: list[str]
    columns: list[ColumnAbout]
    references: list[ReferenceAnswer]
    versions: list[int]
    """All versions of the model, newest first."""
    n_predictions: int
    n_actuals: int
    first_at: datetime | None
    last_at: datetime | None
    last_received_at: datetime | None
    has_probabilities: bool
    has_shap: bool
    inbox_rows: int
    """Rows on disk that no chart shows yet."""
    rejected_rows: int
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    data_id: str
    value: str | int | float | bool
    features: dict[str, Any]
    probabilities: dict[str, float]
    shap_values: dict[str, Any]
    raw_data: Any
    occurred_at: datetime
    received_at: datetime
    actual: str | int | float | bool | None
    actual_occurred_at: datetime | None
    actual_received_at: datetime | None
    in_future: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAnswer:
    rows: list[RowAnswer]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FateAnswer:
    kind: Literal["prediction", "actual"]
    state: Literal["stored", "matched", "waiting", "superseded", "duplicate", "conflict", "rejected"]
    received_at: datetime
    occurred_at: datetime | None
    value: str | int | float | bool | None
    reason: str
    batch_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDetailAnswer:
    """One row with everything about it; ``row`` is null when only its actual or a refusal is known."""

    data_id: str
    row: RowAnswer | None
    positions: dict[str, float]
    """For each feature, the share of the reference at or below its number, or the share of its category."""
    position_reference: str | None
    fates: list[FateAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntryAnswer:
    hour: datetime
    kind: Literal["prediction", "actual"]
    state: Literal[
        "stored", "matched", "waiting", "superseded", "duplicate", "conflict", "rejected", "erased", "expired"
    ]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAnswer:
    kind: Literal["prediction", "actual"]
    received_at: datetime
    batch_id: str
    index: int
    path: str
    reason: str
    data_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedAnswer:
    """Rows that clients lost before they got here; ``hour`` is that of the client's clock."""

    hour: datetime
    kind: Literal["prediction", "actual"]
    reason: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAnswer:
    """Every received row in exactly one state. ``totals`` maps ``prediction.stored`` and its kin to rows.

    ``dropped`` is what clients report of rows that they lost; these are in none of the totals.
    """

    totals: dict[str, int]
    hours: list[LedgerEntryAnswer]
    rejected: list[RejectedAnswer]
    dropped: list[DroppedAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """A statistic, a metric or a check that this server knows."""

    name: str
    title: str
    description: str
    group: Literal["drift", "performance", "quality", "attribution"]
    applies_to: list[str]
    """Column kinds for a statistic or a check (`rows` for one of all rows), tasks for a metric."""
    better: Literal["higher", "lower", "none"]
    lower_bound: float | None
    upper_bound: float | None
    percent: bool
    """Whether the value is a share and reads well as a percentage."""
    expression: str | None = None
    """Of a metric of the version's own; null for one that is built in."""
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueAnswer:
    entries: list[CatalogueEntry]
