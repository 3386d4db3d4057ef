"""The answer about which statistics and metrics this server knows."""

from __future__ import annotations

from mlfoundry.drift.found import statistics
from mlfoundry.performance.report import metrics
from mlfoundry.server.answers import CatalogueAnswer, CatalogueEntry


def catalogue_answer() -> CatalogueAnswer:
    """What the scan found, statistics first."""
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
    return CatalogueAnswer(entries=drift + performance)
