"""95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
WILSON = "Wilson"
MEAN = "Student's t of the mean"


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


def student(degrees: float) -> float:
    """The 97.5 % quantile of Student's t by Fisher and Cornish's series (1960); within 0.1 % from 9 degrees on.

    Examples
    --------
    >>> round(student(9), 3), round(student(1e9), 3)
    (2.262, 1.96)
    """
    z, d = Z, degrees
    return z + (
        (z**3 + z) / (4 * d)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * d**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * d**3)
    )


def of_mean(
    value: float, variance: float, n: int, *, lower: float = -math.inf, upper: float = math.inf
) -> Interval | None:
    """The interval of a mean of ``n`` rows with that variance, kept within the metric's range; None of a single row."""
    if n < 2:
        return None
    half = student(n - 1) * math.sqrt(max(variance, 0.0) / (n - 1))
    return Interval(max(lower, value - half), min(upper, value + half), MEAN)


def logit_interval(value: float, standard_error: float, method: str, *, quantile: float = Z) -> Interval:
    """So many standard errors on either side of the logit of a ``value`` inside (0, 1)."""
    center = math.log(value / (1 - value))
    half = min(quantile * standard_error, 700.0 - abs(center))
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
