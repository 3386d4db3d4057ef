"""Histograms to look at: even bins with round edges, filled from the buckets of a summary."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlfoundry.summaries.arrays import Floats
from mlfoundry.summaries.numeric import NumericSummary

_ROUND = (1.0, 2.0, 5.0, 10.0)
_TAIL = 0.005
_SMALLEST = 1e-280
_LEAST_RELATIVE = 1e-9
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the numbers of a column: in each bin, below the first edge, and from the last edge on."""

    inside: tuple[float, ...]
    below: float
    above: float


def round_edges(lower: float, upper: float, *, most: int = 40, least_step: float = 0.0) -> list[float]:
    """Edges of at most ``most`` even bins that cover ``lower <= x <= upper``, at multiples of 1, 2 or 5 times 10^k.

    Parameters
    ----------
    lower, upper
        What the bins cover; equal ones are covered by one bin.
    most
        How many bins at most.
    least_step
        No bin is narrower than this; 1 for whole numbers, which would else make a comb.

    Examples
    --------
    >>> round_edges(0.3, 9.7, most=5)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    size = max(abs(lower), abs(upper), _SMALLEST)
    spread = (upper / 2 - lower / 2) / most * 2
    width = max(spread, least_step, size * _LEAST_RELATIVE) if lower < upper else max(size / 10, least_step)
    exponent = math.floor(math.log10(width))
    for exponent_of_step in (exponent, exponent + 1):
        for factor in _ROUND:
            edges = _edges(lower, upper, factor, exponent_of_step)
            if len(edges) - 1 <= most and factor * 10.0**exponent_of_step >= least_step:
                return edges
    return _edges(lower, upper, _ROUND[-1], exponent + 2)


def _edges(lower: float, upper: float, factor: float, exponent: int) -> list[float]:
    # Counting in whole steps and dividing by powers of ten keeps 0.3 from reading 0.30000000000000004.
    def at(count: int) -> float:
        edge = count * factor * 10.0**exponent if exponent >= 0 else count * factor / 10.0**-exponent
        return max(-_LARGEST, min(edge, _LARGEST))

    step = at(1)
    first, last = math.floor(lower / step), math.floor(upper / step) + 1
    # The division rounds, and so may miss by one.
    first -= at(first) > lower
    last += at(last) <= upper < _LARGEST
    return [at(count) for count in range(first, last + 1)]


def edges_for(summaries: Sequence[NumericSummary | None], *, least_step: float = 0.0) -> list[float]:
    """Edges that cover all but the outermost half percent on each side of every summary; none without numbers."""
    filled = [summary for summary in summaries if summary is not None and summary.n]
    ends = [end for summary in filled for end in (summary.quantile(_TAIL), summary.quantile(1 - _TAIL))]
    known = [end for end in ends if end is not None]
    return round_edges(min(known), max(known), least_step=least_step) if known else []


def shares_between(summary: NumericSummary, edges: list[float]) -> Shares:
    """The share of a column's numbers in each bin ``[edges[i], edges[i + 1])``; all 0 without numbers.

    Inside a bucket the numbers are taken as evenly spread; a bucket with a single value lies where that value is.
    """
    if not summary.n:
        return Shares((0.0,) * (len(edges) - 1), 0.0, 0.0)
    before = _shares_before(summary, np.array(edges, np.float64))
    inside = np.maximum(np.diff(before), 0.0)
    return Shares(tuple(inside.tolist()), float(before[0]), max(0.0, float(1.0 - before[-1])))


def _shares_before(summary: NumericSummary, at: Floats) -> Floats:
    lower, upper = summary.grid.lower(summary.ids), summary.grid.upper(summary.ids)
    single = summary.grid.single_value(summary.ids)
    # Halved, so that buckets at both ends of what a float can hold do not overflow.
    width = np.where(single, 1.0, upper / 2 - lower / 2)
    within = np.minimum(np.maximum((at[:, None] / 2 - lower / 2) / width, 0.0), 1.0)
    within = np.where(single, at[:, None] > lower, within)
    # Divided last, so that all of the numbers are a share of exactly 1 and none seem to lie beyond the last edge.
    return within @ summary.counts / summary.n
