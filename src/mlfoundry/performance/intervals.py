"""95 % intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
WILSON = "Wilson"
NORMAL = "normal approximation of the mean"


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds and the name of the method that made them."""

    lower: float
    upper: float
    method: str


def wilson(successes: float, n: float) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927); ``n`` must be above 0.

    Examples
    --------
    >>> interval = wilson(8, 10)
    >>> round(interval.lower, 4), round(interval.upper, 4)
    (0.4902, 0.9433)
    """
    share = successes / n
    spread = Z * Z / n
    center = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At 0 and 1 the bound is exactly the share; rounding must not move it past.
    return Interval(
        min(max(0.0, center - half), share) if successes > 0 else 0.0,
        max(min(1.0, center + half), share) if successes < n else 1.0,
        WILSON,
    )


def normal(value: float, variance: float, *, lower: float = -math.inf, upper: float = math.inf) -> Interval:
    """``value`` plus and minus 1.96 standard errors, kept within the metric's range."""
    half = Z * math.sqrt(max(variance, 0.0))
    return Interval(max(lower, value - half), min(upper, value + half), NORMAL)
