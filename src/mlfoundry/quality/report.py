"""Data quality of all columns: over one window, over many, and what is wrong, the worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeAlias

import numpy as np

from mlfoundry.chance import INDEPENDENT_ROWS, MIN_ROWS, OWN_WINDOWS, benjamini_hochberg, false_alarm_rate
from mlfoundry.columns import parse_column
from mlfoundry.quality.answers import QualitySeries, QualityVerdict
from mlfoundry.quality.base import RULE, STATUSES, ColumnCheck, Measures, Subject
from mlfoundry.quality.found import checks
from mlfoundry.schema import ColumnKind, ModelSchema
from mlfoundry.summaries import ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints

Columns: TypeAlias = Mapping[str, ColumnSummary]
"""Summaries by column key."""
_INSUFFICIENT, _NO_REFERENCE = STATUSES.index("insufficient_data"), STATUSES.index("no_reference")
_NO_SCHEMA = ModelSchema()
_MIN_WINDOWS = 20
"""Fewer windows of the reference say too little of how much windows differ."""


@dataclass(frozen=True, slots=True)
class QualityReference:
    """What columns are compared with.

    Parameters
    ----------
    columns
        Summaries by column.
    windows
        The same rows cut into windows of the length that is judged, where it is known when they happened.
    length_ratio
        How much longer the windows are that are judged, where the reference is too short for as long ones.
    """

    columns: Columns
    windows: Sequence[Columns] = ()
    length_ratio: float = 1.0
    _effects: dict[tuple[str, str], Floats] = field(default_factory=dict[tuple[str, str], Floats], repr=False)

    def effects(self, check: ColumnCheck, subject: Subject) -> Floats:
        """The effects that a check finds in the reference's own windows, ascending; measured at the first question."""
        key = subject.key, check.name
        if key not in self._effects:
            own = check.measure(subject, subject.own_windows) if subject.own_windows else None
            found = np.zeros(0) if own is None else own.effect[(own.n >= MIN_ROWS) & np.isfinite(own.effect)]
            self._effects[key] = np.sort(found)
        return self._effects[key]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One check of one column; arrays by window."""

    check: ColumnCheck
    subject: Subject
    places: Ints
    measures: Measures
    status: Ints
    real: Ints


def report(
    current: Columns,
    *,
    reference: QualityReference | None = None,
    schema: ModelSchema = _NO_SCHEMA,
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
) -> tuple[QualityVerdict, ...]:
    """Check every column of one window.

    Parameters
    ----------
    current
        Summaries of the window.
    reference
        What to compare with; None where there is none.
    schema
        What is allowed.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be.

    Returns
    -------
    One verdict a column and check that has something to say of it, in the order of ``current``.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> before = QualityReference({"dest": CategorySummary({"ATL": 500, "BOS": 500})})
    >>> found = report({"dest": CategorySummary({"ATL": 300, "BOS": 300}, missing=400)}, reference=before)
    >>> print(*(verdict.reason for verdict in found if verdict.status == "breached"))
    40 % of rows have no value, 0 % in the reference
    """
    judged = _judge([current], reference, schema, window_length, false_alarms_per_month)
    return tuple(_verdict(one, current[one.subject.key]) for one in judged)


def series(
    windows: Sequence[Columns],
    *,
    reference: QualityReference | None = None,
    schema: ModelSchema = _NO_SCHEMA,
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
) -> dict[tuple[str, str], QualitySeries]:
    """Check every column of many windows, each by itself: by column and check, as :func:`report` would say.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> before = QualityReference({"dest": CategorySummary({"ATL": 500, "BOS": 500})})
    >>> days = [{"dest": CategorySummary({"ATL": 90, "BOS": 90})}, {"dest": CategorySummary({"ATL": 90}, missing=90)}]
    >>> series(days, reference=before)["dest", "missing_share"].status
    ['ok', 'breached']
    """
    found: dict[tuple[str, str], QualitySeries] = {}
    for one in _judge(windows, reference, schema, window_length, false_alarms_per_month):
        line = QualitySeries(
            value=[None] * len(windows), status=[STATUSES[_INSUFFICIENT]] * len(windows), n=[0] * len(windows)
        )
        values, codes, n = one.measures.value.tolist(), one.status.tolist(), one.measures.n.tolist()
        for window, place in enumerate(one.places.tolist()):
            line.value[place] = values[window] if math.isfinite(values[window]) else None
            line.status[place], line.n[place] = STATUSES[codes[window]], n[window]
        found[one.subject.key, one.check.name] = line
    return found


def _judge(
    windows: Sequence[Columns],
    reference: QualityReference | None,
    schema: ModelSchema,
    length: timedelta | None,
    per_month: float,
) -> list[_Judged]:
    """Every check of every column; those that chance can fool share the budget of their window."""
    keys = dict.fromkeys(key for window in windows for key in window)
    found: list[tuple[ColumnCheck, Subject, Ints, Measures]] = []
    for key in keys:
        places = [place for place, window in enumerate(windows) if key in window]
        summaries = [windows[place][key] for place in places]
        subject = _subject(key, summaries[-1], reference, schema)
        # A column that was monitored as another kind before has nothing in common with what it is now.
        alike = [place for place, one in enumerate(summaries) if _kind(one) == subject.kind]
        summaries, rows = [summaries[place] for place in alike], np.array([places[place] for place in alike], np.int64)
        for check in checks().values():
            if isinstance(check, ColumnCheck) and check.suits(subject):
                found.append((check, subject, rows, _measured(check, subject, summaries, reference)))
    real = _real(found, len(windows), false_alarm_rate(length, per_month=per_month))
    return [
        _Judged(check, subject, rows, measures, _codes(check, measures, stands), stands)
        for (check, subject, rows, measures), stands in zip(found, real, strict=True)
    ]


def _measured(
    check: ColumnCheck, subject: Subject, summaries: Sequence[ColumnSummary], reference: QualityReference | None
) -> Measures:
    """What a check says; an effect that the reference's own windows have too is no more real than their share says."""
    measures = check.measure(subject, summaries)
    if check.compares_with == "rule" or reference is None:
        return measures
    effects = reference.effects(check, subject)
    if len(effects) < _MIN_WINDOWS:
        return measures
    as_large = len(effects) - np.searchsorted(effects, measures.effect)
    ranked = np.where(as_large > 0, (1.0 + as_large) / (1.0 + len(effects)), 0.0)
    return replace(measures, p_value=np.maximum(measures.p_value, ranked), windows=len(effects))


def _subject(key: str, current: ColumnSummary, reference: QualityReference | None, schema: ModelSchema) -> Subject:
    role, name = parse_column(key)
    kind = _kind(current)
    own: tuple[ColumnSummary, ...] = ()
    before = None if reference is None else reference.columns.get(key)
    if before is not None and (_kind(before) != kind or not before.rows):
        before = None
    if reference is not None and before is not None:
        own = tuple(window[key] for window in reference.windows if key in window)
    return Subject(
        key,
        kind,
        reference=before,
        feature=schema.feature(name) if role == "feature" else None,
        own_windows=own,
        length_ratio=1.0 if reference is None else reference.length_ratio,
    )


def _real(found: Sequence[tuple[ColumnCheck, Subject, Ints, Measures]], n_windows: int, alpha: float) -> list[Ints]:
    """Which findings are more than chance, by window; a rule needs no test."""
    p_values = np.full((len(found), n_windows), np.nan)
    for row, (_, _, places, measures) in enumerate(found):
        p_values[row, places] = np.where(_enough(measures), measures.p_value, np.nan)
    stands = benjamini_hochberg(p_values, alpha) if len(found) else np.zeros((0, n_windows), np.bool_)
    return [
        np.where(np.isnan(measures.p_value), measures.value > 0, stands[row, places]).astype(np.int64)
        for row, (_, _, places, measures) in enumerate(found)
    ]


def _enough(measures: Measures) -> Bools:
    return (measures.n >= MIN_ROWS) & (measures.n_reference >= MIN_ROWS) & np.isfinite(measures.value)


def _codes(check: ColumnCheck, measures: Measures, real: Ints) -> Ints:
    sizes, effect = check.sizes, np.nan_to_num(measures.effect, nan=0.0)
    large = (effect >= sizes.watch).astype(np.int64) + (effect >= sizes.breached)
    codes = np.where(real > 0, large, 0)
    if check.compares_with == "rule":
        return np.where(measures.n > 0, codes, _INSUFFICIENT)
    if not measures.n_reference:
        return np.full(len(codes), _NO_REFERENCE)
    return np.where(_enough(measures) & np.isfinite(measures.effect), codes, _INSUFFICIENT)


def _kind(summary: ColumnSummary) -> ColumnKind:
    return "numeric" if isinstance(summary, NumericSummary) else "categorical"


def _verdict(one: _Judged, current: ColumnSummary) -> QualityVerdict:
    """The verdict of the first window."""
    check, measures, subject = one.check, one.measures, one.subject
    value, expected = _number(measures.value), _number(measures.expected)
    status = STATUSES[int(one.status[0])]
    rule, judged = check.compares_with == "rule", status in STATUSES[:3]
    n = int(measures.n[0])
    law = OWN_WINDOWS if measures.windows else INDEPENDENT_ROWS
    return QualityVerdict(
        check=check.name,
        title=check.title,
        column=subject.key,
        role=parse_column(subject.key)[0],
        kind=subject.kind,
        value=value,
        error_bound=_number(measures.error_bound),
        reference_value=_number(measures.reference_value),
        n=n,
        n_reference=measures.n_reference,
        expected=expected if judged else None,
        effect=_number(measures.effect) if judged else None,
        p_value=_number(measures.p_value) if judged else None,
        null=(RULE if rule else law) if judged else None,
        dispersion=measures.dispersion if judged else None,
        watch_at=check.sizes.watch,
        breached_at=check.sizes.breached,
        status=status,
        reason=_reason(one, current, value, expected),
        percent=check.percent,
    )


def _reason(one: _Judged, current: ColumnSummary, value: float | None, expected: float | None) -> str:
    measures, status = one.measures, STATUSES[int(one.status[0])]
    if value is None:
        return "no row has a value" if not measures.n[0] else "what there is cannot be counted from buckets"
    finding = one.check.finding(one.subject, current, value, None if status == "no_reference" else expected)
    if status == "no_reference":
        return f"{finding}; there is no reference to compare with"
    if status == "insufficient_data":
        n, n_reference = int(measures.n[0]), measures.n_reference
        if min(n, n_reference) >= MIN_ROWS or one.check.compares_with == "rule":
            return f"{finding}; the reference cannot foretell it"
        side, rows = ("window", n) if n < MIN_ROWS else ("reference", n_reference)
        return f"{finding}; the {side} has {rows} such rows, {MIN_ROWS} are needed"
    if status == "ok" and value > 0 and one.check.compares_with == "reference":
        return finding + ("; too little to matter" if one.real[0] else "; chance alone can explain it")
    return finding


def _number(values: Floats) -> float | None:
    value = float(values[0])
    return value if math.isfinite(value) else None
