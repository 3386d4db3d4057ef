"""What a metric says about one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricStatus = Literal["ok", "breached", "insufficient_data", "immature", "no_actuals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """A metric over one window.

    Parameters
    ----------
    metric
        Its name.
    value
        None where there is none; never 0 in place of it.
    lower, upper, method
        A 95 % interval and what made it; the method of a value without an interval is ``none``.
    n
        The rows that it is about: those with an actual, and with a score or whatever else it needs.
    coverage
        Which share of the window's predictions has an actual.
    status, reason
        Whether it can be relied on, and in words why it is missing or weak, or which rows are left out.
    bound
        How far the buckets of the summaries can have moved the value; 0 for one that comes of counts and exact sums.
    expected
        What a faultless model would show with so many rows, for metrics of which that is not 0.
    effective_n
        How many independent rows would be as sure, where it is known how much days differ; else None.
    """

    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    coverage: float | None
    status: MetricStatus
    method: str | None
    reason: str | None
    bound: float | None = None
    expected: float | None = None
    effective_n: float | None = None
