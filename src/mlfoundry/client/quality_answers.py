"""The server's answers about data quality and attributions, as the client reads them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from mlfoundry.client.answers import Row, Span, windows
from mlfoundry.client.results import Reference, Slice

QUALITY_COLUMNS = (
    "start",
    "end",
    "column",
    "check",
    "value",
    "reference_value",
    "status",
    "n",
    "n_reference",
    "reason",
)
VOLUME_COLUMNS = ("start", "end", "rows", "expected", "lower", "upper", "status", "lost")
ATTRIBUTION_COLUMNS = (
    "start",
    "end",
    "feature",
    "mean_absolute",
    "lower",
    "upper",
    "mean",
    "importance",
    "rank",
    "rank_change",
    "importance_reference",
    "coverage",
    "status",
    "n",
    "n_reference",
)


class QualityVerdict(msgspec.Struct, frozen=True):
    """One check over the whole time."""

    check: str
    column: str | None
    value: float | None
    reference_value: float | None
    status: str
    n: int
    n_reference: int
    reason: str


class QualitySeries(msgspec.Struct, frozen=True):
    """One check of one column window by window."""

    value: list[float | None]
    status: list[str]
    n: list[int]


class ColumnQuality(msgspec.Struct, frozen=True):
    """One check of one column."""

    total: QualityVerdict
    series: QualitySeries


class QualityIssue(msgspec.Struct, frozen=True):
    """Something that is wrong."""

    status: str
    column: str | None
    check: str
    value: float | None
    reference_value: float | None
    start: datetime
    end: datetime
    reason: str


class Volume(msgspec.Struct, frozen=True):
    """Rows beside their weekly rhythm."""

    verdict: QualityVerdict
    hours: int | None
    starts: list[datetime]
    rows: list[int]
    expected: list[float]
    lower: list[float]
    upper: list[float]
    status: list[str]
    lost: list[int]

    def block_rows(self) -> list[Row]:
        """One row a block of hours."""
        length = timedelta(hours=self.hours or 0)
        ends = [start + length for start in self.starts]
        columns = (self.starts, ends, self.rows, self.expected, self.lower, self.upper, self.status, self.lost)
        return list(zip(*columns, strict=True))


class Quality(msgspec.Struct, frozen=True):
    """Answer of ``/quality``."""

    window: Span
    starts: list[datetime]
    step_s: int
    issues: list[QualityIssue]
    columns: list[ColumnQuality]
    rows: list[QualityVerdict]
    volume: Volume | None = None
    slice: Slice | None = None
    reference: Reference | None = None

    def total_rows(self) -> list[Row]:
        """One row a check: of the columns, of the rows, and of their number."""
        verdicts = [*(one.total for one in self.columns), *self.rows, *([self.volume.verdict] if self.volume else [])]
        return [_row((self.window.start, self.window.end), one, one.value, one.status, one.n) for one in verdicts]

    def window_rows(self) -> list[Row]:
        """One row a window, column and check."""
        return [
            _row(ends, one.total, one.series.value[i], one.series.status[i], one.series.n[i], reason=None)
            for i, ends in enumerate(windows(self.starts, self.step_s, self.window, self.slice))
            for one in self.columns
        ]


class FeatureAttribution(msgspec.Struct, frozen=True):
    """The SHAP values of one feature over the whole time."""

    feature: str
    mean_absolute: float | None
    lower: float | None
    upper: float | None
    mean: float | None
    importance: float | None
    rank: int | None
    rank_change: int | None
    importance_reference: float | None
    coverage: float | None
    status: str
    n: int
    n_reference: int


class AttributionSeries(msgspec.Struct, frozen=True):
    """The same window by window."""

    mean_absolute: list[float | None]
    mean: list[float | None]
    importance: list[float | None]
    n: list[int]


class AttributionFeature(msgspec.Struct, frozen=True):
    """A feature."""

    total: FeatureAttribution
    series: AttributionSeries


class Ranking(msgspec.Struct, frozen=True):
    """A statistic of all features together."""

    statistic: str
    value: float | None
    status: str
    watch_at: float
    drifted_at: float
    reason: str


class Attribution(msgspec.Struct, frozen=True):
    """Answer of ``/attribution``."""

    window: Span
    starts: list[datetime]
    step_s: int
    features: list[AttributionFeature]
    rankings: list[Ranking]
    slice: Slice | None = None
    reference: Reference | None = None

    def total_rows(self) -> list[Row]:
        """One row a feature."""
        ends = (self.window.start, self.window.end)
        return [(*ends, *msgspec.structs.astuple(one.total)) for one in self.features]

    def window_rows(self) -> list[Row]:
        """One row a window and feature; what is known of the whole time alone is None."""
        return [
            _feature_row(ends, one, i)
            for i, ends in enumerate(windows(self.starts, self.step_s, self.window, self.slice))
            for one in self.features
        ]


def _feature_row(ends: tuple[datetime, datetime], feature: AttributionFeature, window: int) -> Row:
    """One window of a feature, in the order of the fields of :class:`FeatureAttribution`."""
    s, total = feature.series, feature.total
    sizes = (s.mean_absolute[window], None, None, s.mean[window], s.importance[window], None, None)
    return (*ends, total.feature, *sizes, total.importance_reference, None, None, s.n[window], total.n_reference)


def _row(
    ends: tuple[datetime, datetime],
    verdict: QualityVerdict,
    value: float | None,
    status: str,
    n: int,
    *,
    reason: str | None = "",
) -> Row:
    why = verdict.reason if reason == "" else reason
    about = (verdict.column, verdict.check, value, verdict.reference_value, status, n, verdict.n_reference, why)
    return (*ends, *about)
