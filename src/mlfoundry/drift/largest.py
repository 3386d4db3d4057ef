"""The largest of several random differences."""

from __future__ import annotations

import math

import numpy as np

from mlfoundry.special import error_function
from mlfoundry.summaries.arrays import Floats

_STEPS = 40
_REACH = 5.0
_NEGLIGIBLE = 1e-9
"""A variable this much smaller than the largest is never the largest."""


def mean_of_largest(deviations: Floats) -> Floats:
    """The mean of the largest absolute value of independent normal variables with these standard deviations.

    The variables lie along the last axis. The mean is the integral of the probability that the largest is larger.

    Examples
    --------
    >>> round(float(mean_of_largest(np.array([1.0]))), 2)
    0.8
    """
    largest = deviations.max(axis=-1, initial=0.0)
    step = _REACH / _STEPS
    counts = deviations > largest[..., None] * _NEGLIGIBLE
    scaled = largest[..., None] / np.where(counts, deviations * math.sqrt(2.0), 1.0)
    mean = np.zeros_like(largest)
    for place in range(_STEPS):
        within = np.where(counts, error_function((place + 0.5) * step * scaled), 1.0)
        mean += 1.0 - within.prod(axis=-1)
    return mean * step * largest
