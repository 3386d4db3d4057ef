"""Proportions of rows, and how sure a figure made of a confusion matrix is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.base import Absent, Estimate
from mlfoundry.performance.intervals import Interval, Z, wilson
from mlfoundry.summaries import Confusion

DELTA = "delta method on the confusion matrix"
Floats = NDArray[np.float64]
Counts = NDArray[np.int64] | Floats


def proportion(successes: int, n: int, *, when_none: str) -> Estimate | Absent:
    """``successes / n`` with Wilson's interval; absent with the given reason when ``n`` is 0."""
    return Estimate(successes / n, wilson(successes, n)) if n else Absent(when_none)


def wilson_bounds(successes: Counts, n: Counts) -> tuple[Floats, Floats]:
    """The ends of Wilson's interval of each of many proportions; every ``n`` must be above 0."""
    share = successes / n
    spread = Z * Z / n
    center = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(np.maximum(share * (1 - share), 0.0) / n + spread / (4 * n)) / (1 + spread)
    return np.minimum(np.maximum(center - half, 0.0), share), np.maximum(np.minimum(center + half, 1.0), share)


def delta(value: float, confusion: Confusion, gradient: Floats, *, lower: float = 0.0) -> Interval:
    """The interval of a figure of a confusion matrix by the delta method, kept within ``lower`` and 1.

    ``gradient[i, j]`` is how the figure moves with the share of rows in that place; it may be off by a constant, since
    shares add up to 1. Where every class is wholly right or wholly wrong the variance is 0; then each class is as
    uncertain as Wilson's interval of none among its rows.
    """
    n = confusion.n
    shares = confusion.counts / n
    # Taken from its mean before it is squared: gradients of rare classes are large.
    away = gradient - float((shares * gradient).sum())
    half = Z * math.sqrt(float((shares * away**2).sum()) / n)
    if half <= 1e-12:
        half = float((Z * Z / (confusion.counts.sum(axis=1) + Z * Z)).mean())
    return Interval(max(lower, value - half), min(1.0, value + half), DELTA)


def over(numerator: Floats, denominator: Floats) -> Floats:
    """Element-wise quotient, 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator != 0)
