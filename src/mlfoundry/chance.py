"""How much chance is allowed: a budget of false alarms, for one window and over many tests at once."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from mlfoundry.summaries.arrays import Bools, Floats

INDEPENDENT_ROWS = "independent rows"
"""The law that a p-value comes from: rows are drawn independently of each other."""
OWN_WINDOWS = "windows of the reference"
"""The law that a p-value comes from: windows differ as those of the reference do among themselves."""
MIN_ROWS = 30
"""Fewer rows on either side are compared not at all."""
_MONTH = timedelta(days=30)
_MAX_ALPHA = 0.05


def false_alarm_rate(window_length: timedelta | None, *, per_month: float) -> float:
    """The probability of a false alarm that one window may have, so that a month has ``per_month`` of them.

    At most 0.05, which also holds for a window of unknown length.

    Examples
    --------
    >>> round(false_alarm_rate(timedelta(hours=1), per_month=1.0), 6)
    0.001389
    """
    if window_length is None:
        return _MAX_ALPHA
    return min(_MAX_ALPHA, per_month * (window_length / _MONTH))


def benjamini_hochberg(p_values: Floats, alpha: float) -> Bools:
    """Which of several tests (along the first axis) stand at a false discovery rate; NaN is no test.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.9]), 0.05).tolist()
    [True, True, False]
    """
    tests = np.isfinite(p_values)
    filled = np.where(tests, p_values, np.inf)
    ordered = np.sort(filled, axis=0)
    ranks = np.reshape(np.arange(1, len(filled) + 1), (-1, *[1] * (filled.ndim - 1)))
    passed = ordered <= alpha * ranks / np.maximum(tests.sum(axis=0), 1)
    cut = np.where(passed, ordered, -np.inf).max(axis=0, initial=-np.inf)
    return filled <= cut
