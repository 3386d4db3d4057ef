"""When is it drift? When it is real, and large, within a budget of false alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.special import chi_square_tail
from mlfoundry.summaries.arrays import Bools, Floats

DriftStatus = Literal["ok", "watch", "drifted", "insufficient_data", "no_reference"]
INDEPENDENT_ROWS = "independent rows"
"""The law that a p-value comes from: rows are drawn independently of each other."""
MIN_ROWS = 30
"""Fewer rows on either side are judged not at all."""
_MONTH = timedelta(days=30)
_MAX_ALPHA = 0.05
_MIN_EXPECTED = 5.0
_RARE = 5.0


def two_sample_p(reference: Floats, current: Floats, pooled: Bools | None = None) -> Floats:
    """Pearson's two-sample chi-square test that both come from one distribution.

    Cells where fewer than 5 rows are expected on either side, and those of which the reference itself holds no more
    than 5, are pooled. The latter matters for *unseen*, *below* and *above*: the reference has none of them by
    construction, and would look different from its own next rows.

    Parameters
    ----------
    reference
        Counts by bin.
    current
        Counts with bins along the last axis.
    pooled
        Bins that are pooled in any case.

    Returns
    -------
    p-values, of the shape of ``current`` without its last axis; 1 where fewer than two cells are left.

    Examples
    --------
    >>> reference, current = np.array([500.0, 500.0]), np.array([[50.0, 50.0], [80.0, 20.0]])
    >>> two_sample_p(reference, current).round(6).tolist()
    [1.0, 0.0]
    """
    apart = np.ones(current.shape[-1], np.bool_) if pooled is None else ~pooled
    a, b = _pool(np.broadcast_to(reference, current.shape), current, apart)
    n, m, both = a.sum(axis=-1), b.sum(axis=-1), a + b
    differences = a / np.maximum(n, 1.0)[..., None] - b / np.maximum(m, 1.0)[..., None]
    chi_square = n * m * (np.square(differences) / np.where(both > 0, both, 1.0)).sum(axis=-1)
    degrees = (both > 0).sum(axis=-1) - 1
    return np.where(degrees > 0, chi_square_tail(np.maximum(degrees, 1), chi_square), 1.0)


def _pool(reference: Floats, current: Floats, apart: Bools) -> tuple[Floats, Floats]:
    """Both sides with one more cell at the end, which takes those that are too small to be tested."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    rows = reference + current
    smaller = np.minimum(n, m) / np.maximum(n + m, 1.0)
    kept = apart & (rows * smaller >= _MIN_EXPECTED) & (reference > _RARE)
    rest = np.where(kept, 0.0, rows).sum(axis=-1, keepdims=True)
    # What is left over and itself too small joins the smallest cell that is kept.
    alone = rest * smaller >= _MIN_EXPECTED
    smallest = np.argmin(np.where(kept, rows, np.inf), axis=-1, keepdims=True)
    places = np.arange(int(current.shape[-1]))
    joins = kept & (places == smallest) & ~alone

    def pool(side: Floats) -> Floats:
        left = np.where(kept, 0.0, side).sum(axis=-1, keepdims=True)
        cells = np.where(kept, side, 0.0) + np.where(joins, left, 0.0)
        return np.concatenate([cells, np.where(alone | ~kept.any(axis=-1, keepdims=True), left, 0.0)], axis=-1)

    return pool(reference), pool(current)


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


def status(*, effect: float, real: bool, sizes: Sizes) -> DriftStatus:
    """The status of a column of which enough rows are known: real and large, real and worth a look, or neither.

    Examples
    --------
    >>> status(effect=0.3, real=True, sizes=Sizes(0.1, 0.25)), status(effect=0.3, real=False, sizes=Sizes(0.1, 0.25))
    ('drifted', 'ok')
    """
    if not real or not effect >= sizes.watch:
        return "ok"
    return "drifted" if effect >= sizes.drifted else "watch"
