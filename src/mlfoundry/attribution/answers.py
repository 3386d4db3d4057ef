"""What the report of attributions says."""

from __future__ import annotations

from dataclasses import dataclass

from mlfoundry.attribution.base import AttributionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAttribution:
    """The SHAP values of one feature over one window, beside the reference's.

    ``mean_absolute`` and ``mean`` are in the unit of the SHAP values, each with a 95 % interval (Student's t, rows
    taken as independent). ``importance`` is the feature's share of the sum of mean |SHAP| over the features, ``rank``
    its place by it, ``rank_change`` how many places it rose (below 0: fell). ``coverage`` is the share of the window's
    rows that carry a SHAP value of it.

    ``effect`` is the difference of importances: *large* from ``watch_at`` and ``drifted_at`` on, up or down.
    ``p_value`` says how *real* the difference of mean |SHAP| is, by Welch's test; ``real`` whether it is, within the
    budget of false alarms.
    """

    feature: str
    n: int
    coverage: float | None
    mean_absolute: float | None
    lower: float | None
    upper: float | None
    mean: float | None
    mean_lower: float | None
    mean_upper: float | None
    importance: float | None
    rank: int | None
    n_reference: int
    mean_absolute_reference: float | None
    mean_reference: float | None
    importance_reference: float | None
    rank_reference: int | None
    rank_change: int | None
    effect: float | None
    p_value: float | None
    real: bool | None
    null: str | None
    watch_at: float
    drifted_at: float
    status: AttributionStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingComparison:
    """One statistic of all features together, over one window."""

    statistic: str
    title: str
    value: float | None
    watch_at: float
    drifted_at: float
    status: AttributionStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionSeries:
    """One feature over many windows, in their order."""

    mean_absolute: list[float | None]
    mean: list[float | None]
    importance: list[float | None]
    n: list[int]
