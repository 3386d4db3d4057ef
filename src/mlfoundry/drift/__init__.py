"""Drift: how far a window lies from its reference, and whether that is real and large."""

from mlfoundry.drift.answers import DriftBin, DriftSeries, DriftVerdict
from mlfoundry.drift.base import DriftStatistic, Histogram, Sizes
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.decision import DriftStatus
from mlfoundry.drift.found import statistic, statistics
from mlfoundry.drift.history import History, ReadHistory
from mlfoundry.drift.matched import Match, matched_series
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.drift.reference import Reference
from mlfoundry.drift.report import bins, report, series

__all__ = [
    "BinStatistic",
    "Binning",
    "DriftBin",
    "DriftSeries",
    "DriftStatistic",
    "DriftStatus",
    "DriftVerdict",
    "Histogram",
    "History",
    "Match",
    "OrderedStatistic",
    "ReadHistory",
    "Reference",
    "Sizes",
    "bins",
    "matched_series",
    "report",
    "series",
    "statistic",
    "statistics",
]
