"""Figures of each class of a classifier by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlfoundry.performance.base import Outcomes
from mlfoundry.performance.intervals import Interval, wilson
from mlfoundry.performance.roc_auc import auc_interval, auc_of
from mlfoundry.summaries import Confusion, Summaries


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class against the rest; a figure without rows to divide by, or without scores, is None.

    Parameters
    ----------
    actual, predicted
        Rows, among those with an actual, that turned out to be of the class and that were predicted to be.
    """

    label: str
    actual: int
    predicted: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    f1: float | None
    roc_auc: float | None
    roc_auc_interval: Interval | None


def per_class(summaries: Summaries) -> tuple[ClassFigures, ...]:
    """Every class that occurs, the most frequent first, with Wilson's intervals and DeLong's or Newcombe's of AUC."""
    table = Outcomes(summaries, "multiclass", None).confusion
    order = np.argsort(-table.counts.sum(axis=1), kind="stable").tolist()
    return tuple(_figures(table, place, summaries) for place in order)


def _figures(table: Confusion, place: int, summaries: Summaries) -> ClassFigures:
    label = table.labels[place]
    hits, actual = int(table.counts[place, place]), int(table.counts[place].sum())
    predicted = int(table.counts[:, place].sum())
    scores = summaries.scores.get(label)
    auc = None if scores is None else auc_of(scores)
    return ClassFigures(
        label=label,
        actual=actual,
        predicted=predicted,
        precision=hits / predicted if predicted else None,
        precision_interval=wilson(hits, predicted) if predicted else None,
        recall=hits / actual if actual else None,
        recall_interval=wilson(hits, actual) if actual else None,
        f1=2 * hits / (actual + predicted),
        roc_auc=None if auc is None else auc.value,
        roc_auc_interval=None if auc is None else auc_interval(auc),
    )
