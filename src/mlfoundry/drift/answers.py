"""What the drift report says."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlfoundry.columns import Role
from mlfoundry.drift.bins import Special
from mlfoundry.drift.decision import DriftStatus
from mlfoundry.schema import ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftVerdict:
    """One column over one window against its reference.

    ``value`` is off by at most ``error_bound`` from the one that all events would give. ``expected`` is what no drift
    would show at these n, and ``effect`` the value freed of it (for distances, whose squares add, by squares); it is
    *large* from ``watch_at`` and ``drifted_at`` on. ``p_value`` says how *real* it is; ``null`` names the law it comes
    from. Where that is the reference's own windows, ``chunks`` counts them, ``dispersion`` says how many times more
    they differ than independent rows would, and ``effective_n`` how many of those the ``n`` are worth. ``n`` and
    ``n_reference`` count all rows, with a value or without.
    """

    column: str
    role: Role
    kind: ColumnKind
    statistic: str
    value: float | None
    error_bound: float | None
    status: DriftStatus
    reason: str | None
    reference: str | None
    n_reference: int
    n: int
    expected: float | None
    effect: float | None
    p_value: float | None
    null: str | None
    chunks: int | None
    dispersion: float | None
    effective_n: float | None
    watch_at: float | None
    drifted_at: float | None
    missing_share: float | None
    missing_share_reference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSeries:
    """One column over many windows, in their order; ``expected`` is what no drift would show at their n."""

    value: list[float | None]
    status: list[DriftStatus]
    n: list[int]
    expected: list[float | None] = field(default_factory=list[float | None])


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftBin:
    """A bin of the statistic: ``[lower, upper)`` of a numeric column, or a category, or a special bin.

    ``contribution`` is its share of the statistic, where the statistic is a sum over bins.
    """

    label: str
    special: Special | None
    lower: float | None
    upper: float | None
    reference_share: float
    share: float
    contribution: float | None
