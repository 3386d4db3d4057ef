"""The answer about which statistics and metrics this server knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from mlfoundry.attribution.found import statistics as attribution_statistics
from mlfoundry.custom_metrics import is_share
from mlfoundry.drift.found import statistics
from mlfoundry.performance import Task
from mlfoundry.performance.report import metrics
from mlfoundry.quality.base import ColumnCheck
from mlfoundry.quality.found import checks
from mlfoundry.schema import CustomMetric
from mlfoundry.server.answers import CatalogueAnswer, CatalogueEntry


def catalogue_answer(custom_metrics: Sequence[CustomMetric] = ()) -> CatalogueAnswer:
    """What the scan found, drift statistics first, and a version's own metrics."""
    drift = [
        CatalogueEntry(
            name=one.name,
            title=one.title,
            description=one.description,
            group="drift",
            applies_to=list(one.applies_to),
            better="lower",
            lower_bound=0.0,
            upper_bound=one.upper_bound,
            percent=False,
        )
        for one in statistics().values()
    ]
    performance = [
        CatalogueEntry(
            name=one.name,
            title=one.title,
            description=one.description,
            group="performance",
            applies_to=list(one.applies_to),
            better=one.better,
            lower_bound=one.lower_bound,
            upper_bound=one.upper_bound,
            percent=one.percent,
        )
        for one in metrics().values()
    ]
    own = [_own_entry(one, one.expression) for one in custom_metrics if one.expression is not None]
    names = {entry.name for entry in own}
    built_in = [entry for entry in performance if entry.name not in names]
    return CatalogueAnswer(entries=drift + built_in + own + _quality() + _attribution())


def _own_entry(metric: CustomMetric, expression: str) -> CatalogueEntry:
    rows = "all predictions" if metric.type == "projection" else "predictions that have an actual"
    if is_share(metric):
        description = f"The share with {expression}, of {rows}."
    else:
        description = f"The {metric.aggregate} of {expression}, over {rows}."
    return CatalogueEntry(
        name=metric.name,
        title=metric.name,
        description=description,
        group="performance",
        applies_to=list(get_args(Task)),
        better=metric.better,
        lower_bound=0.0 if is_share(metric) else None,
        upper_bound=1.0 if is_share(metric) else None,
        percent=is_share(metric),
        expression=expression,
        unit=metric.unit,
    )


def _quality() -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            name=one.name,
            title=one.title,
            description=one.description,
            group="quality",
            applies_to=list(one.applies_to) if isinstance(one, ColumnCheck) else ["rows"],
            better="lower" if one.percent else "none",
            lower_bound=0.0,
            upper_bound=1.0 if one.percent else None,
            percent=one.percent,
        )
        for one in checks().values()
    ]


def _attribution() -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            name=one.name,
            title=one.title,
            description=one.description,
            group="attribution",
            applies_to=["numeric", "categorical"],
            better=one.better,
            lower_bound=0.0,
            upper_bound=1.0,
            percent=False,
        )
        for one in attribution_statistics().values()
    ]
