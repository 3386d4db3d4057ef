"""Data quality: what is wrong with columns, with rows, and with how many of them there are."""

from mlfoundry.quality.answers import ColumnQuality, QualityIssue, QualitySeries, QualityVerdict
from mlfoundry.quality.base import Check, ColumnCheck, QualityStatus, Sizes, Subject
from mlfoundry.quality.found import checks
from mlfoundry.quality.report import QualityReference, report, series
from mlfoundry.quality.rows import RowCheck, RowCounts

__all__ = [
    "Check",
    "ColumnCheck",
    "ColumnQuality",
    "QualityIssue",
    "QualityReference",
    "QualitySeries",
    "QualityStatus",
    "QualityVerdict",
    "RowCheck",
    "RowCounts",
    "Sizes",
    "Subject",
    "checks",
    "report",
    "series",
]
