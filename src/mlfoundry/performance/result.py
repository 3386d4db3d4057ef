"""What a metric says about one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricStatus = Literal["ok", "breached", "insufficient_data", "immature", "no_actuals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """A metric over one window.

    ``lower`` and ``upper`` bound a 95 % interval made by ``method``; ``n`` is how many rows had an actual and
    ``coverage`` which share of the window's predictions that is. ``reason`` says in words why a value is missing or
    weak.
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
