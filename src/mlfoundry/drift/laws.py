"""How likely chance alone is to make two windows of independent rows differ as much as they do.

Each law returns the *ratio* of a squared difference to what chance makes of it on average (1 without drift, for
independent rows), and the p-value. Rows that depend on each other make the ratio larger, whatever the law; see
:mod:`mlfoundry.drift.dependence`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mlfoundry.special import chi_square_tail, kolmogorov_tail, student_tails
from mlfoundry.summaries.arrays import Bools, Floats

_MIN_EXPECTED = 5.0
_RARE = 5.0
_SURELY = 20.0
_FEWEST, _SMALLEST_SHARE = 10.0, 0.01
"""Of fewer rows, or a smaller share of their side, it is not worth while to tell luck from a change."""
_TINY = float(np.finfo(np.float64).tiny)
_KOLMOGOROV_MEAN_SQUARE = math.pi**2 / 12.0


class Evidence(NamedTuple):
    """By window: the ratio to what chance makes of it, and the p-value for independent rows."""

    ratio: Floats
    p_value: Floats


def two_sample_chi_square(reference: Floats, current: Floats, pooled: Bools | None = None) -> Evidence:
    """Pearson's two-sample chi-square test that both come from one distribution.

    Cells where fewer than 5 rows are expected on either side, and those of which the reference itself holds no more
    than 5, are pooled. The latter matters for *unseen*, *below* and *above*: the reference has none of them by
    construction, and would look different from its own next rows. A cell is no small one where the side with fewer rows
    has so many in it that they never come of the few expected (a chance below exp(-20)), such as half of a day's rows
    without a value beside a million that all have one.

    Parameters
    ----------
    reference, current
        Counts with bins along the last axis; other axes broadcast.
    pooled
        Bins that are pooled in any case.

    Returns
    -------
    Chi-square over its degrees of freedom, and the p-value; 0 and 1 where fewer than two cells are left.

    Examples
    --------
    >>> reference, current = np.array([500.0, 500.0]), np.array([[50.0, 50.0], [80.0, 20.0]])
    >>> two_sample_chi_square(reference, current).p_value.round(6).tolist()
    [1.0, 0.0]
    """
    apart = np.ones(current.shape[-1], np.bool_) if pooled is None else ~pooled
    a, b = _pool(np.broadcast_to(reference, current.shape), current, apart)
    n, m, both = a.sum(axis=-1), b.sum(axis=-1), a + b
    differences = a / np.maximum(n, 1.0)[..., None] - b / np.maximum(m, 1.0)[..., None]
    chi_square = n * m * (np.square(differences) / np.where(both > 0, both, 1.0)).sum(axis=-1)
    degrees = (both > 0).sum(axis=-1) - 1.0
    tested = degrees > 0
    degrees = np.maximum(degrees, 1.0)
    return Evidence(
        np.where(tested, chi_square / degrees, 0.0), np.where(tested, chi_square_tail(degrees, chi_square), 1.0)
    )


def _pool(reference: Floats, current: Floats, apart: Bools) -> tuple[Floats, Floats]:
    """Both sides with one more cell at the end, which takes those that are too small to be tested."""
    n, m = reference.sum(axis=-1, keepdims=True), current.sum(axis=-1, keepdims=True)
    rows = reference + current
    smaller = np.minimum(n, m) / np.maximum(n + m, 1.0)
    fewer, own = np.minimum(n, m), np.where(n < m, reference, current)
    kept = apart & _tested(own, rows * smaller, fewer) & (reference > _RARE)
    rest, of_rest = (np.where(kept, 0.0, side).sum(axis=-1, keepdims=True) for side in (rows, own))
    # What is left over and itself too small joins the smallest cell that is kept.
    alone = _tested(of_rest, rest * smaller, fewer)
    smallest = np.argmin(np.where(kept, rows, np.inf), axis=-1, keepdims=True)
    places = np.arange(int(current.shape[-1]))
    joins = kept & (places == smallest) & ~alone

    def pool(side: Floats) -> Floats:
        left = np.where(kept, 0.0, side).sum(axis=-1, keepdims=True)
        cells = np.where(kept, side, 0.0) + np.where(joins, left, 0.0)
        return np.concatenate([cells, np.where(alone | ~kept.any(axis=-1, keepdims=True), left, 0.0)], axis=-1)

    return pool(reference), pool(current)


def _tested(own: Floats, expected: Floats, side: Floats) -> Bools:
    """Whether cells are large enough, going by the side with fewer rows: how many it has there, expects, and in all.

    Chernoff's bound: ``own`` rows or more come of ``expected`` ones with a chance below exp(-(own ln(own / expected) -
    (own - expected))). Rows without any drift therefore never pass by it, and false alarms stay what they are.
    """
    expected = np.maximum(expected, _TINY)
    surprise = own * np.log(np.maximum(own, _TINY) / expected) - (own - expected)
    seen = own >= np.maximum(_FEWEST, _SMALLEST_SHARE * side)
    return (expected >= _MIN_EXPECTED) | (seen & (own > expected) & (surprise >= _SURELY))


def kolmogorov(distance: Floats, rows: Floats) -> Evidence:
    """Kolmogorov's law of the largest difference of two distribution functions.

    ``rows`` is nm / (n + m). With ties the law is on the safe side: it asks for more than it has to.
    """
    ratio = rows * np.square(distance) / _KOLMOGOROV_MEAN_SQUARE
    return Evidence(ratio, kolmogorov_tail(np.sqrt(rows) * distance))


def weighted_bridge(value: Floats, shares: Floats, weights: Floats) -> Evidence:
    """The law of a weighted sum of squared differences of two distribution functions, ties or not.

    Times nm / (n + m) the sum is that of ``weights`` · (Brownian bridge)² at the cumulated ``shares``: a sum of
    chi-squares, which is taken as the one chi-square that has its mean, variance and skewness (Imhof 1961).

    Parameters
    ----------
    value
        The sum, times nm / (n + m).
    shares
        Shares of both sides taken together, by point along the last axis.
    weights
        Those of the points.
    """
    mean, square, cube = _traces(np.cumsum(shares, axis=-1), weights)
    some = cube > 0
    square, cube = np.where(some, square, 1.0), np.where(some, cube, 1.0)
    degrees = np.minimum(square**3 / cube**2, 1e6)
    standard = degrees + (value - mean) * np.sqrt(degrees / square)
    p_value = chi_square_tail(degrees, np.maximum(standard, 0.0))
    return Evidence(np.where(some, value / np.maximum(mean, _TINY), 0.0), np.where(some, p_value, 1.0))


def _traces(below: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """The traces of the first three powers of the bridge's covariance, H(s)(1 - H(t)) for s <= t, under the weights.

    Sums over ordered pairs and triples are cumulated sums, so that no matrix is made.
    """
    above = np.maximum(1.0 - below, 0.0)
    diagonal = weights * below * above
    lower, upper = weights * np.square(below), weights * np.square(above)
    before = np.cumsum(lower, axis=-1) - lower
    behind = upper.sum(axis=-1, keepdims=True) - np.cumsum(upper, axis=-1)
    pairs = (before * upper).sum(axis=-1)
    square = np.square(diagonal).sum(axis=-1) + 2.0 * pairs
    apart = (before * diagonal * behind).sum(axis=-1)
    first_two = (lower * diagonal * behind).sum(axis=-1)
    last_two = (before * diagonal * upper).sum(axis=-1)
    cube = (diagonal**3).sum(axis=-1) + 3.0 * (first_two + last_two) + 6.0 * apart
    return diagonal.sum(axis=-1), square, cube


def welch(difference: Floats, variances: tuple[Floats, Floats], rows: tuple[Floats, Floats]) -> Evidence:
    """Welch's test of two means whose variances need not be equal."""
    parts = [variance / np.maximum(n, 1.0) for variance, n in zip(variances, rows, strict=True)]
    whole = parts[0] + parts[1]
    known = whole > 0
    with np.errstate(over="ignore"):  # a difference of more deviations than a float can count
        ratio = np.square(difference) / np.where(known, whole, 1.0)
    square = np.where(known, ratio, np.where(difference != 0, np.inf, 0.0))
    # From shares of the whole, whose squares do not overflow.
    shares = [part / np.where(known, whole, 1.0) for part in parts]
    per_degree = sum(np.square(share) / np.maximum(n - 1.0, 1.0) for share, n in zip(shares, rows, strict=True))
    degrees = np.where(known, 1.0 / np.where(known, per_degree, 1.0), 1.0)
    return Evidence(square, student_tails(degrees, np.sqrt(square)))
