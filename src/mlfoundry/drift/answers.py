"""What the drift report says."""

from __future__ import annotations

from dataclasses import dataclass

from mlfoundry.columns import Role
from mlfoundry.drift.bins import Special
from mlfoundry.drift.decision import DriftStatus
from mlfoundry.schema import ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftVerdict:
    """One column over one window against its reference.

    ``expected`` is what no drift would show at these n, and ``effect`` the value freed of it (for distances, whose
    squares add, by squares); it is *large* from ``watch_at`` and ``drifted_at`` on. ``p_value`` says how *real* it is;
    ``null`` names the law it comes from. ``n`` and ``n_reference`` count all rows, with a value or without.
    """

    column: str
    role: Role
    kind: ColumnKind
    statistic: str
    value: float | None
    status: DriftStatus
    reason: str | None
    reference: str | None
    n_reference: int
    n: int
    expected: float | None
    effect: float | None
    p_value: float | None
    null: str | None
    watch_at: float | None
    drifted_at: float | None
    missing_share: float | None
    missing_share_reference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSeries:
    """One column over many windows, in their order."""

    value: list[float | None]
    status: list[DriftStatus]
    n: list[int]


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
