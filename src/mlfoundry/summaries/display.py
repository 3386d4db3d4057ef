"""Bins for drawing a numeric column: roughly equal widths over where the values lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlfoundry.summaries.arrays import Floats
from mlfoundry.summaries.numeric import NumericSummary

MAX_BINS = 40
_OUTSIDE = 0.005
_FULL_RANGE = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayHistogram:
    """Shares of the numbers between ``edges``, and below and above them; together 1.

    The reference's are None without one. Both are empty when there is no number at all.
    """

    edges: list[float]
    shares: list[float]
    reference_shares: list[float] | None
    below: float
    above: float
    reference_below: float | None
    reference_above: float | None


def display_histogram(
    reference: NumericSummary | None, current: NumericSummary, bins: int = MAX_BINS
) -> DisplayHistogram:
    """A histogram of one window, beside its reference's, in at most ``bins`` bins.

    The edges lie on borders of the current grid, so that every count is exact, and span the central 99 % of both
    windows; all of the range when that is not much wider. A reference on another grid is counted where its buckets
    begin.

    Examples
    --------
    >>> from mlfoundry.summaries.grid import Grid
    >>> values = np.array([1.0, 1.0, 2.0, 4.0])
    >>> [column] = NumericSummary.grouped(values, np.zeros(4, np.int64), 1, Grid.lay(values))
    >>> histogram = display_histogram(None, column)
    >>> histogram.edges[:3], histogram.shares
    ([1.0, 2.0, 4.0], [0.5, 0.25, 0.25])
    """
    filled = [summary for summary in (current, reference) if summary is not None and len(summary.ids)]
    edges = _edges(filled, current, bins) if filled else np.zeros(0)
    shares, below, above = _shares(current, edges)
    of_reference = (None, None, None) if reference is None else _shares(reference, edges)
    return DisplayHistogram(
        edges=edges.tolist(),
        shares=shares,
        reference_shares=of_reference[0],
        below=below,
        above=above,
        reference_below=of_reference[1],
        reference_above=of_reference[2],
    )


def _edges(filled: list[NumericSummary], current: NumericSummary, bins: int) -> Floats:
    lowest = min(float(summary.grid.lower(summary.ids[:1])[0]) for summary in filled)
    highest = max(float(summary.grid.upper(summary.ids[-1:])[0]) for summary in filled)
    low = min(_central(summary, _OUTSIDE)[0] for summary in filled)
    high = max(_central(summary, 1.0 - _OUTSIDE)[1] for summary in filled)
    # Halves, because the whole distance can overflow.
    if highest / 2 - lowest / 2 <= _FULL_RANGE * (high / 2 - low / 2):
        low, high = lowest, highest
    grid = current.grid
    ends = grid.buckets(np.array([low, high]))
    borders = grid.lower(np.arange(ends[0], ends[1] + 2))
    # The upper border of a single value would make a bin of no width.
    borders = borders[np.concatenate([[True], borders[1:] > np.nextafter(borders[:-1], np.inf)])]
    places = np.linspace(0.0, 1.0, bins + 1)
    targets = low * (1.0 - places) + high * places
    right = np.minimum(np.searchsorted(borders, targets), len(borders) - 1)
    left = np.maximum(right - 1, 0)
    edges = np.unique(borders[np.where(targets - borders[left] <= borders[right] - targets, left, right)])
    return _with_last_edge(edges, filled, high)


def _with_last_edge(edges: Floats, filled: list[NumericSummary], high: float) -> Floats:
    """Give the last bin a width that can be seen, where it holds a single value."""
    if len(edges) > 1 and edges[-1] >= high:
        return edges
    width = float(np.median(np.diff(edges))) if len(edges) > 1 else max(abs(float(edges[0])) * 0.01, 1.0)
    last = float(edges[-1]) + width
    for summary in filled:
        lower = summary.grid.lower(summary.ids)
        beyond = lower[lower > max(float(edges[-1]), high)]
        last = min(last, float(beyond[0])) if len(beyond) else last
    return np.append(edges, max(last, high))


def _central(summary: NumericSummary, q: float) -> tuple[float, float]:
    below = np.cumsum(summary.counts)
    place = min(int(np.searchsorted(below, q * float(below[-1]))), len(below) - 1)
    bucket = summary.ids[place : place + 1]
    return float(summary.grid.lower(bucket)[0]), float(summary.grid.upper(bucket)[0])


def _shares(summary: NumericSummary, edges: Floats) -> tuple[list[float], float, float]:
    if not len(edges) or not len(summary.ids):
        return [0.0] * max(len(edges) - 1, 0), 0.0, 0.0
    places = np.searchsorted(edges, summary.grid.lower(summary.ids), side="right")
    rows = np.bincount(places, weights=summary.counts, minlength=len(edges) + 1)
    shares: list[float] = (rows / rows.sum()).tolist()
    return shares[1:-1], shares[0], shares[-1]
