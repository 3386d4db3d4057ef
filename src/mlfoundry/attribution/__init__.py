"""Attribution: how much each feature decides, and whether that has changed."""

from mlfoundry.attribution.answers import AttributionSeries, FeatureAttribution, RankingComparison
from mlfoundry.attribution.base import AttributionStatus, RankingStatistic, Sizes
from mlfoundry.attribution.found import statistics
from mlfoundry.attribution.impact import impact
from mlfoundry.attribution.importance import importances
from mlfoundry.attribution.report import rankings, report, series

__all__ = [
    "AttributionSeries",
    "AttributionStatus",
    "FeatureAttribution",
    "RankingComparison",
    "RankingStatistic",
    "Sizes",
    "impact",
    "importances",
    "rankings",
    "report",
    "series",
    "statistics",
]
