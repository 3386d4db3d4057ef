"""What the quality report says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlfoundry.columns import Role
from mlfoundry.quality.base import QualityStatus
from mlfoundry.schema import ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityVerdict:
    """One check of one column, or of all rows, over one window.

    ``value`` is off by at most ``error_bound`` from the one that all events would give; ``reference_value`` is that of
    the reference, and ``expected`` what no fault would show at this ``n``. ``effect`` is what is more than expected: it
    is *large* from ``watch_at`` and ``breached_at`` on (a ``watch_at`` of 0 means: from the first row on). ``p_value``
    says how *real* it is, and ``null`` names the law that it comes from: ``independent rows``, ``windows of the
    reference`` (it is then at least the share of these that have as large an effect; of missing values ``dispersion``
    says how many times more they differ than independent rows would) or ``rule``, where what is counted is not allowed
    at all and chance has no part in it. Of the volume it is the ``weekly rhythm``.
    """

    check: str
    title: str
    column: str | None
    role: Role | None
    kind: ColumnKind | None
    value: float | None
    error_bound: float | None
    reference_value: float | None
    n: int
    n_reference: int
    expected: float | None
    effect: float | None
    p_value: float | None
    null: str | None
    dispersion: float | None
    watch_at: float
    breached_at: float
    status: QualityStatus
    reason: str
    percent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySeries:
    """One check of one column over many windows, in their order."""

    value: list[float | None]
    status: list[QualityStatus]
    n: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuality:
    """One check of one column: over the whole window, and step by step."""

    total: QualityVerdict
    series: QualitySeries


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityIssue:
    """Something that is wrong: the worst first.

    ``severity`` is the effect in units of the size that breaches, so that issues of different checks have an order.
    ``start`` and ``end`` say where it is worst: the window, or a step of it where the window as a whole is less wrong.
    """

    check: str
    title: str
    column: str | None
    status: QualityStatus
    severity: float
    start: datetime
    end: datetime
    value: float | None
    reference_value: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeReport:
    """Rows beside their weekly rhythm, in blocks of some hours.

    Attributes
    ----------
    verdict
        What there is to say of the whole. Its ``value`` counts the rows of the blocks, its ``expected`` those usual.
    hours
        How long a block is; None where there is no rhythm to compare with.
    starts
        When each block begins.
    rows
        Predictions that happened in it.
    expected, lower, upper
        How many are usual, and between which bounds about 95 % of blocks lie.
    status
        Of each block.
    lost
        Predictions that clients say they lost in it; they are in no other figure.
    weeks
        On how many weeks the rhythm rests.
    issues
        Runs of blocks with too few or too many rows, and days, the worst first.
    """

    verdict: QualityVerdict
    hours: int | None
    starts: list[datetime]
    rows: list[int]
    expected: list[float]
    lower: list[float]
    upper: list[float]
    status: list[QualityStatus]
    lost: list[int]
    weeks: int
    issues: list[QualityIssue]
