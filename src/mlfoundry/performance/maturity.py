"""Whether a window has the actuals that it will have: metrics of a window that has not are of the early ones alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mlfoundry.performance.delay_curve import Cohort, DelayCurve
from mlfoundry.performance.result import MetricValue
from mlfoundry.performance.selection import Selection

MaturityStatus = Literal["mature", "immature"]
Immaturity = Literal["arriving", "delay unknown", "selective"]
MATURE = 0.9
"""A window is mature with so much of the actuals that it will have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """How far a window has got with its actuals.

    Parameters
    ----------
    status
        Immature while more than a tenth of the actuals is still expected, while nobody knows how many are, or where
        they are of some predictions rather than of others.
    cause
        Which of these: ``arriving``, ``delay unknown`` or ``selective``; None of a mature window.
    reason
        The same in words.
    coverage
        The share of predictions that have an actual; None without predictions.
    expected_coverage
        The share that will have one in the end; None while that is unknown.
    mature_at
        When so many of them will be there; None of a window that has them, or while that is unknown.
    """

    status: MaturityStatus
    cause: Immaturity | None = None
    reason: str | None = None
    coverage: float | None = None
    expected_coverage: float | None = None
    mature_at: datetime | None = None


def maturity(cohorts: Sequence[Cohort], curve: DelayCurve, *, selection: Selection | None = None) -> Maturity:
    """Judge a window.

    Parameters
    ----------
    cohorts
        The window, or the steps that it consists of: the finer, the better it is known how old its predictions are.
    curve
        How long actuals of the version take.
    selection
        How coverage differs between scores (see :func:`~mlfoundry.performance.selection.selection`); None where that
        is unknown.

    Notes
    -----
    The actuals that a window will have are those it has and, of each pending prediction, the chance that its actual
    comes later than at its age. So a window is mature whose predictions are older than the longest delay, however few
    ever get one; and one that already has an actual of nine in ten is mature whatever the delay.
    """
    return _judged(cohorts, curve, float(curve.still_to_come(cohorts).sum()), selection)


def maturities(
    cohorts: Sequence[Cohort], curve: DelayCurve, selections: Sequence[Selection | None]
) -> tuple[Maturity, ...]:
    """Judge each of many cohorts as a window of its own; quicker than one by one."""
    to_come = curve.still_to_come(cohorts).tolist()
    given = zip(cohorts, to_come, selections, strict=True)
    return tuple(_judged((cohort,), curve, more, chosen) for cohort, more, chosen in given)


def _judged(cohorts: Sequence[Cohort], curve: DelayCurve, to_come: float, selection: Selection | None) -> Maturity:
    n, arrived = sum(cohort.n for cohort in cohorts), sum(cohort.n_with_actual for cohort in cohorts)
    if not n:
        return Maturity(status="mature")
    coverage = arrived / n
    expected = min((arrived + to_come) / n, 1.0) if curve.has_plateau else None
    wait_s = None
    if expected is not None and coverage < MATURE * expected:
        wait_s = curve.wait_s(cohorts, until=(1 - MATURE) * expected * n)
    known = Maturity(
        status="mature",
        coverage=coverage,
        expected_coverage=expected,
        mature_at=None if wait_s is None else curve.clock + timedelta(seconds=round(wait_s)),
    )
    if selection is not None and selection.is_selective:
        return _immature(known, "selective", f"immature (selective): {selection.words}")
    if coverage >= MATURE * (1.0 if expected is None else expected):
        return known
    if expected is None:
        why = "too few predictions are old enough to tell how many will get an actual"
        return _immature(known, "delay unknown", f"immature (delay unknown): {why}")
    share = f"{_percent(coverage / expected)} of the actuals expected are there" if arrived else "no actual is there"
    return _immature(known, "arriving", f"immature: {share}")


def qualified(values: Iterable[MetricValue], judged: Maturity, *, but: Collection[str] = ()) -> tuple[MetricValue, ...]:
    """Metrics of a window, each that could be relied on called immature where the window is.

    ``but`` are those that need no actuals.
    """
    if judged.status == "mature":
        return tuple(values)
    return tuple(
        replace(value, status="immature", reason="; ".join(filter(None, (judged.reason, value.reason))))
        if value.status == "ok" and value.metric not in but
        else value
        for value in values
    )


def _immature(known: Maturity, cause: Immaturity, reason: str) -> Maturity:
    return replace(known, status="immature", cause=cause, reason=reason)


def _percent(share: float) -> str:
    return f"{int(share * 100)} %"
