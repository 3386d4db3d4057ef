"""Columns at hand as summaries, so that the statistics of a server's cells say the same of them.

All rows being there, a sort does what a store does by counting, and faster; and where buckets would blur a figure they
are the distinct values instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.stats.columns import Categories, Numbers
from mlfoundry.summaries import (
    CategorySummary,
    ColumnSummary,
    Confusion,
    Grid,
    Moments,
    NumericSummary,
    Residuals,
    ScoreTable,
)
from mlfoundry.summaries.arrays import Bools, Floats, Ints

_MOST_CLASSES = 2_000
_ACTUAL_RANGE = 2.0**-31
_AT_A_TIME = 32_768
_LOWEST = float(np.finfo(np.float64).min)


def no_values() -> Floats:
    """An empty array of numbers."""
    return np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class ExactScores(ScoreTable):
    """A score table whose bins are the distinct scores: nothing but ties is lost."""

    scores: Floats = field(default_factory=no_values)

    def bounds(self) -> tuple[Floats, Floats]:
        return self.scores, self.scores


def column_summary(column: Numbers | Categories, grid: Grid | None = None, *, with_moments: bool) -> ColumnSummary:
    """The summary of a whole column; numbers on the grid given, or on one of their own.

    Without moments mean and standard deviation are unknown, which statistics of bins do not need.
    """
    if isinstance(column, Categories):
        counts = np.bincount(column.codes + 1, minlength=len(column.labels) + 1).tolist()
        named = {label: rows for label, rows in zip(column.labels, counts[1:], strict=True) if rows}
        return CategorySummary(named, counts[0])
    return numeric_summary(column.values, grid or Grid.lay(column.values), with_moments=with_moments)


def numeric_summary(values: Floats, grid: Grid, *, with_moments: bool) -> NumericSummary:
    """The same summary as :meth:`~mlfoundry.summaries.NumericSummary.grouped` makes of one group, by a sort.

    Examples
    --------
    >>> values = np.array([3.0, 1.0, np.nan, 2.0])
    >>> grid = Grid.lay(values)
    >>> whole = NumericSummary.grouped(values, np.zeros(4, np.int64), 1, grid)[0]
    >>> numeric_summary(values, grid, with_moments=True) == whole
    True
    """
    ordered = finite(np.sort(values))
    ids, counts = bucket_counts(ordered, grid)
    frame = grid.frame
    moments = Moments.empty(frame)
    for part in _parts(len(ordered)) if with_moments else ():
        [found] = Moments.grouped(ordered[part], np.zeros(len(ordered[part]), np.int64), 1, frame)
        moments = moments + found
    return NumericSummary(grid, ids, counts, moments, len(values) - len(ordered))


def finite(ordered: Floats) -> Floats:
    """The finite ones of sorted numbers."""
    first, last = np.searchsorted(ordered, np.array([_LOWEST, np.inf])).tolist()
    return ordered[first:last]


def bucket_counts(ordered: Floats, grid: Grid) -> tuple[Ints, Ints]:
    """Which buckets of the grid sorted numbers fall into, and how many into each."""
    starts = np.searchsorted(ordered, grid.borders)
    inside = np.diff(starts)
    filled = np.flatnonzero(inside)
    parts = [
        np.unique(grid.buckets(tail), return_counts=True) for tail in (ordered[: starts[0]], ordered[starts[-1] :])
    ]
    ids = np.concatenate([parts[0][0], filled, parts[1][0]])
    return ids.astype(np.int64), np.concatenate([parts[0][1], inside[filled], parts[1][1]]).astype(np.int64)


def confusion_of(actual: Categories, predicted: Categories) -> Confusion:
    """Rows by actual and predicted class, those that have both."""
    labels = sorted({*actual.labels, *predicted.labels})
    if len(labels) > _MOST_CLASSES:
        raise InvalidInput(
            f"{len(labels):,} classes are too many for a confusion matrix; where the predictions are scores, "
            "compare them with a threshold first: y_score >= 0.5"
        )
    places = {label: place for place, label in enumerate(labels)}
    both = (actual.codes >= 0) & (predicted.codes >= 0)
    sides = [
        np.array([places[label] for label in side.labels], np.int64)[side.codes[both]] for side in (actual, predicted)
    ]
    k = len(labels)
    counts = np.bincount(sides[0] * k + sides[1], minlength=k * k)
    return Confusion(tuple(labels), np.reshape(counts, (k, k)).astype(np.int64))


def score_tables(
    scores: Mapping[str, Floats], is_class: Mapping[str, Bools], *, with_losses: bool
) -> dict[str, ScoreTable]:
    """The scores of each class as tables of distinct scores, the same ones for all classes; there must be no NaN."""
    distinct = np.unique(np.concatenate([no_values(), *scores.values()]))
    tables: dict[str, ScoreTable] = {}
    for label, values in scores.items():
        own = is_class[label]
        positive, negative = (_rows_by_value(values[side], distinct) for side in (own, ~own))
        ids = np.flatnonzero(positive + negative)
        sums = ScoreTable()
        for part in _parts(len(values)) if with_losses else ():
            [found] = ScoreTable.grouped(values[part], own[part], np.zeros(len(values[part]), np.int64), 1)
            sums = sums + found
        tables[label] = ExactScores(
            ids,
            positive[ids],
            negative[ids],
            sums.of_positive,
            sums.of_negative,
            sums.score_sum,
            scores=distinct[ids],
        )
    return tables


def _rows_by_value(values: Floats, distinct: Floats) -> Ints:
    return np.diff(np.searchsorted(np.sort(values), distinct, side="right"), prepend=0).astype(np.int64)


def residuals_of(predicted: Floats, actual: Floats) -> Residuals:
    """Residuals in a fixed point that all of them, and the actuals, fit into; both sides are finite.

    What is read off buckets is of no use here: there is next to none.
    """
    with np.errstate(over="ignore"):
        largest = float(np.max(np.abs(predicted - actual), initial=0.0))
    size = max(largest, float(np.max(np.abs(actual), initial=0.0)) * _ACTUAL_RANGE, float(np.finfo(np.float64).tiny))
    grid = Grid([-min(size, _HALF), min(size, _HALF)])
    whole = Residuals.empty(grid)
    for part in _parts(len(actual)):
        groups = np.zeros(len(actual[part]), np.int64)
        whole = whole + Residuals.grouped(predicted[part], actual[part], groups, 1, grid)[0]
    return whole


def _parts(rows: int) -> Iterator[slice]:
    """Runs of rows that fit into a processor's cache; sums being exact, parts add up to the very same."""
    return (slice(start, start + _AT_A_TIME) for start in range(0, rows, _AT_A_TIME))


_HALF = float(np.finfo(np.float64).max) / 2


def classes_of(columns: Sequence[Categories]) -> tuple[str, ...]:
    """All class labels, in alphabetical order."""
    return tuple(sorted({label for column in columns for label in column.labels}))
