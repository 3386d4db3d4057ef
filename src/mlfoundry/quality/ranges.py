"""How many numbers of a column lie outside a range, as far as its buckets can tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlfoundry.summaries import ColumnSummary, Grid, NumericSummary


def outside(lower: float | None, upper: float | None) -> Callable[[ColumnSummary], tuple[int, int]]:
    """What counts the numbers below ``lower`` and above ``upper``: those that are, and those that may be.

    The latter lie in a bucket that holds a limit and numbers on both sides of it. Limits themselves are inside.

    Examples
    --------
    >>> values = np.arange(1000.0)
    >>> [summary] = NumericSummary.grouped(values, np.zeros(1000, np.int64), 1, Grid.lay(values))
    >>> outside(0.0, 511.0)(summary)
    (488, 3)
    """
    places: dict[str, tuple[int | None, bool, int | None, bool]] = {}

    def count(summary: ColumnSummary) -> tuple[int, int]:
        if not isinstance(summary, NumericSummary) or not summary.n:
            return 0, 0
        if summary.grid.id not in places:
            places[summary.grid.id] = _places(summary.grid, lower, upper)
        low, splits_low, high, splits_high = places[summary.grid.id]
        ids, counts = summary.ids, summary.counts
        certain = unsure = 0
        if low is not None:
            place = int(np.searchsorted(ids, low))
            certain += int(counts[:place].sum())
            unsure += _at(summary, place, low) if splits_low else 0
        if high is not None:
            place = int(np.searchsorted(ids, high))
            inside = _at(summary, place, high)
            certain += int(counts[place:].sum()) - inside
            unsure += inside if splits_high and not (low == high and splits_low) else 0
        return certain, unsure

    return count


def ends(summary: NumericSummary) -> tuple[float, float]:
    """The ends of the outermost buckets that hold a number: no number lies outside. There must be one."""
    first, last = summary.ids[:1], summary.ids[-1:]
    return float(summary.grid.lower(first)[0]), float(np.nextafter(summary.grid.upper(last)[0], -np.inf))


def _at(summary: NumericSummary, place: int, bucket: int) -> int:
    return int(summary.counts[place]) if place < len(summary.ids) and summary.ids[place] == bucket else 0


def _places(grid: Grid, lower: float | None, upper: float | None) -> tuple[int | None, bool, int | None, bool]:
    """The buckets that hold the limits, and whether they hold numbers on the wrong side of them too."""
    low = high = None
    splits_low = splits_high = False
    if lower is not None:
        bucket = grid.buckets(np.array([lower]))
        low, splits_low = int(bucket[0]), float(grid.lower(bucket)[0]) < lower
    if upper is not None:
        bucket = grid.buckets(np.array([upper]))
        high, splits_high = int(bucket[0]), float(grid.upper(bucket)[0]) > float(np.nextafter(upper, np.inf))
    return low, splits_low, high, splits_high
