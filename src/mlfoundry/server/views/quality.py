"""The answer about data quality: columns, rows, and how many of them there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from mlfoundry.drift import Reference
from mlfoundry.quality.answers import ColumnQuality, QualityVerdict, VolumeReport
from mlfoundry.quality.arrivals import rows_report
from mlfoundry.quality.issues import issues, ranked
from mlfoundry.quality.report import QualityReference, report, series
from mlfoundry.quality.rhythm import WEEK_HOURS
from mlfoundry.quality.rows import RowCounts, RowKind
from mlfoundry.quality.volume import volume_report
from mlfoundry.server.answers import QualityAnswer
from mlfoundry.server.views.comparison import Comparison, compare, slice_answer
from mlfoundry.server.views.question import Question
from mlfoundry.summaries.arrays import Floats
from mlfoundry.times import EPOCH
from mlfoundry.windows import HOUR, Window

_BEFORE = timedelta(days=28)
"""How far back rows are compared with."""
_MOST_WEEKS = 8
_MOST_WINDOWS = 60
"""Each check measures as many windows of the reference; more say little more."""
_LONGEST = timedelta(days=28)
"""Of a longer window the volume is judged at its end."""


def quality_answer(question: Question, step: timedelta, *, reference: str | None) -> QualityAnswer:
    """What is wrong with the columns, over the window and step by step, with the rows, and with their number."""
    known = compare(question, reference)
    budget = question.version.false_alarms_per_month
    total, steps = question.total(), question.series(step)
    by_step = series(
        [summaries.columns for summaries in steps],
        reference=_reference(question, known, step),
        schema=question.schema,
        window_length=step,
        false_alarms_per_month=budget,
    )
    covered = question.covered
    verdicts = report(
        total.columns,
        reference=_reference(question, known, covered.length),
        schema=question.schema,
        window_length=covered.length,
        false_alarms_per_month=budget,
    )
    whole = question.slice.condition is None and question.slice.as_of is None
    rows = _rows(question) if whole else ()
    volume = _volume(question) if whole else None
    windows = [summaries.window or question.covered for summaries in steps]
    found = issues([*verdicts, *rows], by_step, covered, windows)
    return QualityAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        reference=known.answer() if known else None,
        issues=list(ranked([*found, *(volume.issues if volume else ())])),
        columns=[
            ColumnQuality(total=verdict, series=by_step[verdict.column or "", verdict.check]) for verdict in verdicts
        ],
        rows=list(rows),
        volume=volume,
    )


def _reference(question: Question, known: Comparison | None, length: timedelta) -> QualityReference | None:
    """The reference with its own windows of a length, as far as it is known when its rows happened."""
    if known is None:
        return None
    ready = known.ready()
    return question.parts.references.get((ready, length), lambda: _made_ready(ready, length))


def _made_ready(reference: Reference, length: timedelta) -> QualityReference:
    cut = None if reference.history is None else reference.history.cut(length)
    if cut is None:
        return QualityReference(reference.columns)
    return QualityReference(reference.columns, cut.windows[-_MOST_WINDOWS:], cut.length_ratio)


def _rows(question: Question) -> tuple[QualityVerdict, ...]:
    rows, before = _row_counts(question)
    return rows_report(
        rows,
        before,
        window_length=question.covered.length,
        false_alarms_per_month=question.version.false_alarms_per_month,
    )


def _row_counts(question: Question) -> tuple[RowCounts, RowCounts]:
    """What became of the rows of the window, and of those of the four weeks before."""
    window = question.covered
    earlier = replace(question, window=Window(window.start - _BEFORE, window.start))
    return _counts_of(question), _counts_of(earlier)


def _counts_of(question: Question) -> RowCounts:
    store, window = question.parts.store, question.covered
    states: Counter[tuple[RowKind, str]] = Counter()
    for entry in store.ledger(question.fqn, window):
        states[entry.kind, entry.state] += entry.n
    lost: Counter[RowKind] = Counter()
    for drop in store.dropped(question.fqn, window):
        lost[drop.kind] += drop.rows
    return RowCounts(states, lost, question.total(columns=(), outcomes=("delays",)).delays)


def _volume(question: Question) -> VolumeReport | None:
    """Rows by hour beside the weeks before; None where no whole hour of the window is over yet."""
    now = question.parts.clock()
    start = question.covered.start
    end = min(question.covered.end, now - (now - EPOCH) % HOUR)
    start = max(start, end - _LONGEST)
    if start >= end or question.info.first_at is None:
        return None
    known = start - (question.info.first_at - (question.info.first_at - EPOCH) % HOUR)
    weeks = max(min(known // (WEEK_HOURS * HOUR), _MOST_WEEKS), 0)
    judged = Window(start, end)
    history = Window(start - weeks * WEEK_HOURS * HOUR, start) if weeks else None
    return volume_report(
        _hourly(question, judged),
        np.zeros(0) if history is None else _hourly(question, history),
        start,
        lost=_lost(question, judged),
        window_length=judged.length,
        false_alarms_per_month=question.version.false_alarms_per_month,
    )


def _hourly(question: Question, window: Window) -> Floats:
    steps = replace(question, window=window).series(HOUR, columns=())
    return np.array([summaries.n for summaries in steps], np.float64)


def _lost(question: Question, window: Window) -> Floats:
    """Predictions that clients say they lost, by hour of their own clock."""
    lost = np.zeros(window.length // HOUR)
    for drop in question.parts.store.dropped(question.fqn, window):
        if drop.kind == "prediction" and _is_in(drop.hour, window):
            lost[(drop.hour - window.start) // HOUR] += drop.rows
    return lost


def _is_in(hour: datetime, window: Window) -> bool:
    return window.start <= hour < window.end
