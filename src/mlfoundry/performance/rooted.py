"""The root of a mean square, with its interval."""

from __future__ import annotations

import math
from dataclasses import replace

from mlfoundry.performance.base import Estimate


def rooted(square: Estimate) -> Estimate:
    """The root of an estimate and of the ends of its interval.

    Examples
    --------
    >>> rooted(Estimate(4.0, None)).value
    2.0
    """
    inner = square.interval
    interval = replace(inner, lower=math.sqrt(inner.lower), upper=math.sqrt(inner.upper)) if inner else None
    return replace(square, value=math.sqrt(square.value), interval=interval)
