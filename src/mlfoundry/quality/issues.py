"""What is wrong, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlfoundry.quality.answers import QualityIssue, QualitySeries, QualityVerdict
from mlfoundry.quality.base import percent
from mlfoundry.windows import Window

_RANKS = ("breached", "watch")


def issues(
    verdicts: Sequence[QualityVerdict],
    by_step: Mapping[tuple[str, str], QualitySeries],
    window: Window,
    steps: Sequence[Window],
) -> tuple[QualityIssue, ...]:
    """The findings that need a look: breaches before what is worth watching, then by severity.

    A column that is fine over the whole window and not in a few of its steps is listed with the worst of these.
    """
    found: list[QualityIssue] = []
    for verdict in verdicts:
        issue = _of_window(verdict, window) if verdict.status in _RANKS else None
        line = by_step.get((verdict.column or "", verdict.check))
        if line is not None and (issue is None or issue.status == "watch"):
            issue = _of_worst_step(verdict, line, steps, than=issue) or issue
        if issue is not None:
            found.append(issue)
    return ranked(found)


def ranked(found: Sequence[QualityIssue]) -> tuple[QualityIssue, ...]:
    """Issues with the worst first."""
    return tuple(sorted(found, key=lambda one: (_RANKS.index(one.status), -one.severity, one.column or "", one.check)))


def _of_window(verdict: QualityVerdict, window: Window) -> QualityIssue:
    return QualityIssue(
        check=verdict.check,
        title=verdict.title,
        column=verdict.column,
        status=verdict.status,
        severity=(verdict.effect or 0.0) / verdict.breached_at,
        start=window.start,
        end=window.end,
        value=verdict.value,
        reference_value=verdict.reference_value,
        reason=verdict.reason,
    )


def _of_worst_step(
    verdict: QualityVerdict, line: QualitySeries, steps: Sequence[Window], *, than: QualityIssue | None
) -> QualityIssue | None:
    """The issue of the worst step, if that is worse than the window as a whole."""
    wanted = "breached" if "breached" in line.status else "watch"
    places = [place for place, status in enumerate(line.status) if status == wanted]
    if not places or (than is not None and than.status == wanted):
        return None
    # Where many steps stand out and the window does not, steps of the column differ: a day has one weekday.
    if than is None and len(places) > max(1, sum(n > 0 for n in line.n) // 3):
        return None
    worst = max(places, key=lambda place: line.value[place] or 0.0)
    value = line.value[worst] or 0.0
    shown = percent(value) if verdict.percent else f"{value:,.0f}"
    more = f", and so in {len(places) - 1} more" if len(places) > 1 else ""
    return replace(
        _of_window(verdict, steps[worst]),
        status=wanted,
        severity=max(value - (verdict.expected or 0.0), 0.0) / verdict.breached_at if verdict.percent else 1.0,
        value=line.value[worst],
        reason=f"{shown} in this step{more} of {len(steps)}; over the whole time: {verdict.reason}",
    )
