"""Too few or too many rows for the time of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from mlfoundry.chance import benjamini_hochberg, false_alarm_rate
from mlfoundry.quality.answers import QualityIssue, QualityVerdict, VolumeReport
from mlfoundry.quality.base import STATUSES, Check, QualityStatus, Sizes
from mlfoundry.quality.issues import ranked
from mlfoundry.quality.rhythm import MIN_WEEKS, WEEK_HOURS, Rhythm, weekly_rhythm
from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.windows import HOUR

_DAY_HOURS = 24
_DAY_SIZES = Sizes(np.log2(1.5), 1.0)
_MOST_ISSUES = 5
RHYTHM = "weekly rhythm"
"""The law that the p-value comes from: counts vary about the usual ones as they did in the weeks before."""


@dataclass(frozen=True, slots=True)
class Volume(Check):
    """Rows by hours beside those that are usual at this time of the week.

    The effect is the binary logarithm of their ratio, half a row added to both: half and twice as many are worth a
    look, a quarter and four times as many are a breach; for a whole day two thirds and half, or one and a half times
    and twice as many. What is usual, and how far it varies, see :func:`~mlfoundry.quality.rhythm.weekly_rhythm`.
    """

    name: ClassVar[str] = "volume"
    title: ClassVar[str] = "Volume"
    description: ClassVar[str] = "Rows by hour beside those that are usual at this time of the week."
    percent: ClassVar[bool] = False
    sizes: ClassVar[Sizes] = Sizes(1.0, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Blocks of hours beside their rhythm."""

    rhythm: Rhythm
    sizes: Sizes
    rows: Floats
    lost: Floats
    mean: Floats

    @classmethod
    def of(cls, hourly: Floats, lost: Floats, rhythm: Rhythm, sizes: Sizes) -> _Blocks:
        n = len(hourly) // rhythm.hours
        kept = n * rhythm.hours
        rows, gone = (np.reshape(side[:kept], (n, rhythm.hours)).sum(axis=1) for side in (hourly, lost))
        return cls(rhythm, sizes, rows, gone, rhythm.mean[np.arange(n) % len(rhythm.mean)])

    @property
    def effect(self) -> Floats:
        """The binary logarithm of the ratio of rows to usual ones."""
        return np.log2((self.rows + 0.5) / (self.mean + 0.5))

    def p_values(self) -> Floats:
        """How likely counts as far from usual are."""
        tails = np.minimum(self.rhythm.low_tail(self.rows, self.mean), self.rhythm.high_tail(self.rows, self.mean))
        return np.minimum(2.0 * tails, 1.0)

    def codes(self, real: Bools) -> Ints:
        """Places in :data:`STATUSES`."""
        size = np.abs(self.effect)
        return np.where(real, (size >= self.sizes.watch).astype(np.int64) + (size >= self.sizes.breached), 0)


def volume_report(
    hourly: Floats,
    history: Floats,
    start: datetime,
    *,
    lost: Floats,
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
) -> VolumeReport:
    """Judge rows by hour against those of the weeks before.

    Parameters
    ----------
    hourly
        Rows of each whole hour from ``start`` on.
    history
        Rows by hour of the whole weeks before ``start``, the oldest first.
    lost
        Rows that clients say they lost, by the hours of ``hourly``.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be.

    Examples
    --------
    >>> from mlfoundry.times import as_utc
    >>> week = np.full(168, 100.0)
    >>> gap = np.concatenate([np.full(20, 100.0), np.zeros(4)])
    >>> found = volume_report(gap, np.tile(week, 4), as_utc("2026-03-02"), lost=np.zeros(24))
    >>> found.verdict.status, found.issues[0].reason
    ('breached', 'no rows from 2026-03-02 20:00 to 2026-03-03 00:00 UTC, about 400 are usual')
    """
    rhythm = weekly_rhythm(history)
    if rhythm is None or len(hourly) < rhythm.hours:
        used = np.reshape(history, (-1, WEEK_HOURS)).sum(axis=1) > 0
        return _unknown(hourly, int(used.sum()) if rhythm is None else None)
    blocks = [_Blocks.of(hourly, lost, rhythm, Volume.sizes)]
    days = weekly_rhythm(history, hours=_DAY_HOURS)
    if days is not None and rhythm.hours < _DAY_HOURS <= len(hourly):
        blocks.append(_Blocks.of(hourly, lost, days, _DAY_SIZES))
    alpha = false_alarm_rate(window_length, per_month=false_alarms_per_month)
    p_values = np.concatenate([one.p_values() for one in blocks])
    ends = np.cumsum([len(one.rows) for one in blocks])[:-1]
    codes = [
        one.codes(real) for one, real in zip(blocks, np.split(benjamini_hochberg(p_values, alpha), ends), strict=True)
    ]
    found = ranked([issue for one, code in zip(blocks, codes, strict=True) for issue in _issues(one, code, start)])
    shown = blocks[0]
    lower, upper = rhythm.band(shown.mean)
    return VolumeReport(
        verdict=_verdict(shown, found, float(p_values.min())),
        hours=rhythm.hours,
        starts=[start + place * rhythm.hours * HOUR for place in range(len(shown.rows))],
        rows=shown.rows.astype(np.int64).tolist(),
        expected=shown.mean.tolist(),
        lower=lower.tolist(),
        upper=upper.tolist(),
        status=[STATUSES[code] for code in codes[0].tolist()],
        lost=shown.lost.astype(np.int64).tolist(),
        weeks=rhythm.weeks,
        issues=list(found[:_MOST_ISSUES]),
    )


def _unknown(hourly: Floats, weeks: int | None) -> VolumeReport:
    """Nothing to compare with."""
    reason = (
        "the window has no whole block of hours"
        if weeks is None
        else f"there are {weeks} whole weeks with rows before the window; {MIN_WEEKS} are needed"
    )
    verdict = _of_all(
        value=float(hourly.sum()), expected=None, effect=None, p_value=None, status="insufficient_data", reason=reason
    )
    return VolumeReport(
        verdict=verdict,
        hours=None,
        starts=[],
        rows=[],
        expected=[],
        lower=[],
        upper=[],
        status=[],
        lost=[],
        weeks=weeks or 0,
        issues=[],
    )


def _verdict(blocks: _Blocks, found: Sequence[QualityIssue], p_value: float) -> QualityVerdict:
    rows, usual = float(blocks.rows.sum()), float(blocks.mean.sum())
    if found:
        status, effect, reason = found[0].status, found[0].severity * Volume.sizes.breached, found[0].reason
    else:
        status, effect = STATUSES[0], abs(float(np.log2((rows + 0.5) / (usual + 0.5))))
        reason = f"{rows:,.0f} rows, about {usual:,.0f} are usual; no hours stand out"
    return _of_all(value=rows, expected=usual, effect=effect, p_value=p_value, status=status, reason=reason)


def _of_all(
    *,
    value: float,
    expected: float | None,
    effect: float | None,
    p_value: float | None,
    status: QualityStatus,
    reason: str,
) -> QualityVerdict:
    return QualityVerdict(
        check=Volume.name,
        title=Volume.title,
        column=None,
        role=None,
        kind=None,
        value=value,
        error_bound=0.0,
        reference_value=expected,
        n=int(value),
        n_reference=0 if expected is None else round(expected),
        expected=expected,
        effect=effect,
        p_value=p_value,
        null=None if expected is None else RHYTHM,
        dispersion=None,
        watch_at=Volume.sizes.watch,
        breached_at=Volume.sizes.breached,
        status=status,
        reason=reason,
        percent=False,
    )


def _issues(blocks: _Blocks, codes: Ints, start: datetime) -> list[QualityIssue]:
    """Runs of blocks that stand out on the same side."""
    side = np.where(codes > 0, np.sign(blocks.effect), 0.0)
    borders = np.flatnonzero(np.diff(side, prepend=0.0, append=0.0))
    runs = [(first, end) for first, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True) if side[first]]
    return [_issue(blocks, codes, start, first, end) for first, end in runs]


def _issue(blocks: _Blocks, codes: Ints, start: datetime, first: int, end: int) -> QualityIssue:
    rows, usual = float(blocks.rows[first:end].sum()), float(blocks.mean[first:end].sum())
    lost = int(blocks.lost[first:end].sum())
    length = blocks.rhythm.hours * HOUR
    begins, ends = start + first * length, start + end * length
    shown = f"{rows:,.0f} rows" if rows else "no rows"
    reason = f"{shown} from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC, about {usual:,.0f} are usual"
    return QualityIssue(
        check=Volume.name,
        title=Volume.title,
        column=None,
        status=STATUSES[int(codes[first:end].max())],
        severity=float(np.abs(blocks.effect[first:end]).max()) / blocks.sizes.breached,
        start=begins,
        end=ends,
        value=rows,
        reference_value=usual,
        reason=reason + (f"; clients say they lost {lost:,} in this time" if lost else ""),
    )
