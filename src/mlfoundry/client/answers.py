"""The server's answers as the client reads them: fields it does not know are left alone, as versions may differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from mlfoundry.client.results import InferenceRow, Maturity, Reference, Slice
from mlfoundry.events import Fate

PERFORMANCE_COLUMNS = ("start", "end", "metric", "value", "lower", "upper", "n", "coverage", "status")
TOTAL_COLUMNS = (*PERFORMANCE_COLUMNS, "method", "bound", "expected", "reason", "effective_n")
DRIFT_COLUMNS = (
    "start",
    "end",
    "column",
    "kind",
    "statistic",
    "value",
    "status",
    "reference",
    "n_reference",
    "n",
)
_WHY = ("error_bound", "expected", "effect", "p_value", "null", "chunks", "dispersion", "effective_n", "reason")
DRIFT_TOTAL_COLUMNS = (*DRIFT_COLUMNS, *_WHY)
Row = tuple[Any, ...]


class Span(msgspec.Struct, frozen=True):
    """The time that an answer covers."""

    start: datetime
    end: datetime


class Metric(msgspec.Struct, frozen=True):
    """A metric over the whole time."""

    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    coverage: float | None
    status: str
    method: str | None = None
    bound: float | None = None
    expected: float | None = None
    reason: str | None = None
    effective_n: float | None = None


class MetricSeries(msgspec.Struct, frozen=True):
    """A metric window by window."""

    metric: str
    value: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    n: list[int]
    coverage: list[float | None]
    status: list[str]


class Performance(msgspec.Struct, frozen=True):
    """Answer of ``/performance``."""

    window: Span
    starts: list[datetime]
    task: str
    total: list[Metric]
    series: list[MetricSeries]
    step_s: int | None = None
    slice: Slice | None = None
    positive_class: str | None = None
    problem: str | None = None
    maturity: Maturity | None = None
    reference: Reference | None = None
    reference_values: list[Metric] = []

    def reference_rows(self) -> list[Row]:
        """One row a metric of the reference."""
        window = self.reference.window if self.reference else None
        ends = (window.start, window.end) if window else (None, None)
        return [(*ends, *msgspec.structs.astuple(metric)) for metric in self.reference_values]

    def total_rows(self) -> list[Row]:
        """One row a metric."""
        ends = (self.window.start, self.window.end)
        return [(*ends, *msgspec.structs.astuple(metric)) for metric in self.total]

    def window_rows(self) -> list[Row]:
        """One row a window and metric."""
        return [
            (start, end, s.metric, *(column[i] for column in (s.value, s.lower, s.upper, s.n, s.coverage, s.status)))
            for i, (start, end) in enumerate(windows(self.starts, self.step_s, self.window, self.slice))
            for s in self.series
        ]


class Verdict(msgspec.Struct, frozen=True):
    """A column over the whole time."""

    column: str
    kind: str
    statistic: str
    value: float | None
    status: str
    reference: str | None
    n_reference: int
    n: int
    error_bound: float | None = None
    expected: float | None = None
    effect: float | None = None
    p_value: float | None = None
    null: str | None = None
    chunks: int | None = None
    dispersion: float | None = None
    effective_n: float | None = None
    reason: str | None = None


class DriftSeries(msgspec.Struct, frozen=True):
    """A column window by window."""

    value: list[float | None]
    status: list[str]
    n: list[int]


class DriftColumn(msgspec.Struct, frozen=True):
    """A column's drift."""

    total: Verdict
    series: DriftSeries


class Drift(msgspec.Struct, frozen=True):
    """Answer of ``/drift``."""

    window: Span
    starts: list[datetime]
    columns: list[DriftColumn]
    step_s: int | None = None
    slice: Slice | None = None
    reference: Reference | None = None

    def total_rows(self) -> list[Row]:
        """One row a column."""
        ends = (self.window.start, self.window.end)
        return [
            (
                *_drift_row(ends, c.total, c.total.value, c.total.status, c.total.n),
                *(getattr(c.total, name) for name in _WHY),
            )
            for c in self.columns
        ]

    def window_rows(self) -> list[Row]:
        """One row a window and column."""
        return [
            _drift_row(ends, c.total, c.series.value[i], c.series.status[i], c.series.n[i])
            for i, ends in enumerate(windows(self.starts, self.step_s, self.window, self.slice))
            for c in self.columns
        ]


class LedgerEntry(msgspec.Struct, frozen=True):
    """Rows of one hour, kind and state."""

    hour: datetime
    kind: str
    state: str
    n: int


class Rejected(msgspec.Struct, frozen=True):
    """A row that was refused."""

    kind: str
    received_at: datetime
    data_id: str | None
    path: str
    reason: str


class Dropped(msgspec.Struct, frozen=True):
    """Rows that clients lost before the server got them."""

    hour: datetime
    kind: str
    reason: str
    n: int


class Ledger(msgspec.Struct, frozen=True):
    """Answer of ``/ledger``."""

    totals: dict[str, int]
    hours: list[LedgerEntry]
    rejected: list[Rejected]
    dropped: list[Dropped] = []


class RowDetail(msgspec.Struct, frozen=True):
    """Answer of ``/row``."""

    fates: tuple[Fate, ...]


class Rows(msgspec.Struct, frozen=True):
    """Answer of ``/rows``."""

    rows: list[InferenceRow]
    next_cursor: str | None = None


class Version(msgspec.Struct, frozen=True):
    """Answer of ``/version``, as far as it is needed."""

    inbox_rows: int = 0


def columns_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of a struct's fields."""
    return kind.__struct_fields__


def tuples(entries: Sequence[msgspec.Struct]) -> list[Row]:
    """Structs as tuples."""
    return [msgspec.structs.astuple(entry) for entry in entries]


def windows(
    starts: Sequence[datetime], step_s: int | None, window: Span, asked: Slice | None
) -> list[tuple[datetime, datetime]]:
    """The steps of an answer; those at the edges of an exact window end with it."""
    step = timedelta(seconds=step_s or 0)
    if asked is None or not asked.exact or not starts:
        return [(start, start + step) for start in starts]
    return list(zip(starts, [*starts[1:], min(starts[-1] + step, window.end)], strict=True))


def _drift_row(ends: tuple[datetime, datetime], verdict: Verdict, value: float | None, status: str, n: int) -> Row:
    about = (verdict.column, verdict.kind, verdict.statistic)
    return (*ends, *about, value, status, verdict.reference, verdict.n_reference, n)
