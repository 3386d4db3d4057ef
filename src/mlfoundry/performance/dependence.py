"""Intervals that allow for rows that depend on each other: days differ although nothing has changed.

Rows of one day share their weather, their campaign, their outage, so that a week is worth far fewer independent rows
than it has. How many, the window's own days tell: the more they differ than so many rows make them, the fewer.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mlfoundry.performance.intervals import Z, student
from mlfoundry.performance.report import metrics
from mlfoundry.performance.result import MetricValue
from mlfoundry.windows import DAY

_FEWEST_BLOCKS = 7
_BLOCKS = 10
"""About so many blocks of whole days, so that neighbouring ones are nearly independent in long windows."""
_MEASURED = ("ok", "immature")


@dataclass(frozen=True, slots=True)
class _Block:
    """A metric over some days: its value and its standard error if rows were independent."""

    value: float
    error: float


def with_dependence(
    total: Iterable[MetricValue],
    steps: Sequence[Sequence[MetricValue]],
    starts: Sequence[datetime],
    *,
    but: Collection[str] = (),
) -> tuple[MetricValue, ...]:
    """Widen the intervals of a window's metrics by as much as its days differ more than chance makes them.

    Parameters
    ----------
    total
        Metrics of the window.
    steps, starts
        The same metrics of its steps, or some of them, the others being left as they are; and when each step begins.
        At least 7 of these must lie on days of their own.
    but
        Metrics that are left as they are: sums, whose days differ by their number of rows.

    Notes
    -----
    Batch means (Conway 1963): the window is cut into about ten blocks of whole days, and D is the mean of χ² of their
    values over its degrees of freedom, at least 1. The interval is that of n / D rows, with Student's t of the blocks.
    A metric that has moved within the window is no single value, and has a wide interval.
    """
    over_time = {own[0].metric: own for own in zip(*steps, strict=True)}
    return tuple(
        _widened(value, _blocks(over_time[value.metric], starts))
        if value.metric in over_time and value.metric not in but
        else value
        for value in total
    )


def _widened(value: MetricValue, blocks: Sequence[_Block]) -> MetricValue:
    if value.value is None or value.lower is None or value.upper is None or len(blocks) < _FEWEST_BLOCKS:
        return value
    degrees = len(blocks) - 1
    weights = [1 / block.error**2 for block in blocks]
    mean = math.fsum(w * block.value for w, block in zip(weights, blocks, strict=True)) / math.fsum(weights)
    dispersion = math.fsum(w * (b.value - mean) ** 2 for w, b in zip(weights, blocks, strict=True)) / degrees
    if dispersion <= 1.0:
        return replace(value, effective_n=float(value.n))
    factor = math.sqrt(dispersion) * student(degrees) / Z
    lower, upper = _stretched(value.value, value.lower, value.upper, factor)
    metric = metrics().get(value.metric)
    if metric is not None and metric.lower_bound is not None:
        lower = max(lower, metric.lower_bound)
    if metric is not None and metric.upper_bound is not None:
        upper = min(upper, metric.upper_bound)
    return replace(
        value,
        lower=lower,
        upper=upper,
        method=f"{value.method}, effective n",
        effective_n=value.n / dispersion,
    )


def _stretched(value: float, lower: float, upper: float, factor: float) -> tuple[float, float]:
    """An interval so many times as wide; on the logit scale, which keeps it in range, where it lies inside 0 and 1."""
    if 0.0 < lower < value < upper < 1.0:
        at, low, high = (math.log(x / (1 - x)) for x in (value, lower, upper))
        return _share(at + factor * (low - at)), _share(at + factor * (high - at))
    return value + factor * (lower - value), value + factor * (upper - value)


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -700.0), 700.0)))


def _blocks(steps: Sequence[MetricValue], starts: Sequence[datetime]) -> list[_Block]:
    """The steps joined to blocks of whole days, as many as there should be."""
    if not starts:
        return []
    days = (starts[-1] - starts[0]) // DAY + 1
    length = max(days // _BLOCKS, 1)
    parts: dict[int, list[tuple[float, float, int]]] = {}
    midnight = starts[0].replace(hour=0, minute=0, second=0, microsecond=0)
    for step, start in zip(steps, starts, strict=True):
        if step.value is not None and step.lower is not None and step.upper is not None and step.status in _MEASURED:
            error = (step.upper - step.lower) / (2 * Z)
            parts.setdefault((start - midnight) // DAY // length, []).append((step.value, error, step.n))
    return [block for own in parts.values() if (block := _joined(own)).error > 0]


def _joined(steps: Sequence[tuple[float, float, int]]) -> _Block:
    n = sum(rows for _, _, rows in steps)
    value = math.fsum(rows * value for value, _, rows in steps) / n
    return _Block(value, math.sqrt(math.fsum((rows * error) ** 2 for _, error, rows in steps)) / n)
