"""Drift: how far a window lies from its reference, and whether that is real and large."""

from mlfoundry.drift.answers import DriftBin, DriftSeries, DriftVerdict
from mlfoundry.drift.base import DriftStatistic, Histogram, Sizes
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.decision import DriftStatus
from mlfoundry.drift.found import statistic, statistics
from mlfoundry.drift.report import bins, report, series

__all__ = [
    "Binning",
    "DriftBin",
    "DriftSeries",
    "DriftStatistic",
    "DriftStatus",
    "DriftVerdict",
    "Histogram",
    "Sizes",
    "bins",
    "report",
    "series",
    "statistic",
    "statistics",
]
