"""Proportions of rows, and averages of them over classes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.base import Absent, Estimate
from mlfoundry.performance.intervals import Interval, Z, wilson
from mlfoundry.summaries import Confusion

DELTA = "delta method on the confusion matrix"
Floats = NDArray[np.float64]


def proportion(successes: int, n: int, *, when_none: str) -> Estimate | Absent:
    """``successes / n`` with Wilson's interval; absent with the given reason when ``n`` is 0."""
    return Estimate(successes / n, wilson(successes, n)) if n else Absent(when_none)


def class_average(values: Floats, confusion: Confusion, gradient: Floats) -> Estimate:
    """The plain mean of a value per class, with an interval by the delta method.

    ``gradient[i, j]`` is how that mean moves with ``counts[i, j]``. The means averaged here do not move when all counts
    grow alike, so the multinomial variance is the sum of ``counts * gradient**2``. Where every class is wholly right or
    wholly wrong that is 0; then each class is as uncertain as Wilson's interval of none among its rows.
    """
    value = float(values.mean())
    half = Z * math.sqrt(float((confusion.counts * gradient**2).sum()))
    if half == 0.0:
        half = float((Z * Z / (confusion.counts.sum(axis=1) + Z * Z)).mean())
    return Estimate(value, Interval(max(0.0, value - half), min(1.0, value + half), DELTA))


def over(numerator: Floats, denominator: Floats) -> Floats:
    """Element-wise quotient, 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
