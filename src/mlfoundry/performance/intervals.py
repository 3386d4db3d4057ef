"""95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable
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


def logit_normal(value: float, standard_error: float, method: str) -> Interval:
    """1.96 standard errors on either side of the logit of a ``value`` inside (0, 1)."""
    center = math.log(value / (1 - value))
    half = min(Z * standard_error, 700.0 - abs(center))
    return Interval(1 / (1 + math.exp(half - center)), 1 / (1 + math.exp(-half - center)), method)


def combined(parts: Iterable[tuple[float, float, Interval]], method: str) -> Interval:
    """The interval of a weighted sum of independent values, made of theirs (Zou and Donner 2008; Newcombe 1998).

    Parameters
    ----------
    parts
        Weight, value and interval of each.
    method
        What the result is called.

    Examples
    --------
    >>> share = wilson(8, 10)
    >>> mean = combined([(0.5, 0.8, share), (0.5, 0.8, share)], "mean of two")
    >>> share.lower < mean.lower < 0.8 < mean.upper < share.upper
    True
    """
    total = below = above = 0.0
    for weight, value, interval in parts:
        total += weight * value
        down, up = weight * (value - interval.lower), weight * (interval.upper - value)
        if weight < 0:
            down, up = -up, -down
        below += down * down
        above += up * up
    return Interval(total - math.sqrt(below), total + math.sqrt(above), method)
