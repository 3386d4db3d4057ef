"""Is a share of rows higher than in the reference by more than chance?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlfoundry.special import binomial_lower, binomial_upper, f_tail, normal_tail
from mlfoundry.summaries.arrays import Floats

_MIN_EXPECTED = 5.0
_MIN_WINDOWS = 20
_NEGLIGIBLE = 1.2
_MOST_DEGREES = 1e6


class Evidence(NamedTuple):
    """By window: the squared difference over what chance makes of it (0 for a lower share), and the p-value."""

    ratio: Floats
    p_value: Floats


def rise(bad: Floats, n: Floats, bad_reference: Floats, n_reference: Floats) -> Evidence:
    """The one-sided test that the share of the window is not above the reference's, for independent rows.

    Pearson's two-sample test where at least 5 rows are expected in each of the four cells, else the exact one given
    how many rows of the rarer sort both sides have together (Przyborowski and Wilenski 1940). The rows that the
    reference is said to have need not be whole numbers.

    Examples
    --------
    >>> rise(np.array([30.0, 3.0]), np.array([100.0]), np.array([100.0, 0.0]), np.array([1000.0])).p_value.round(4)
    array([0.    , 0.0008])
    """
    bad, n, bad_reference, n_reference = np.broadcast_arrays(bad, n, bad_reference, n_reference)
    rows = np.maximum(n + n_reference, 1.0)
    pooled = (bad + bad_reference) / rows
    noise = pooled * (1.0 - pooled) * (1.0 / np.maximum(n, 1.0) + 1.0 / np.maximum(n_reference, 1.0))
    difference = bad / np.maximum(n, 1.0) - bad_reference / np.maximum(n_reference, 1.0)
    z = np.maximum(difference, 0.0) / np.sqrt(np.where(noise > 0, noise, 1.0))
    share = n / rows
    rare_bad = binomial_upper(bad, bad + bad_reference, share)
    good, good_reference = n - bad, n_reference - bad_reference
    rare_good = binomial_lower(good, good + good_reference, share)
    exact = np.where(
        pooled < 0.5, np.where(bad > 0, rare_bad, 1.0), np.where(good + good_reference > 0, rare_good, 1.0)
    )
    rarer = np.minimum(pooled, 1.0 - pooled) * np.minimum(n, n_reference)
    p_value = np.where(rarer >= _MIN_EXPECTED, normal_tail(z), exact)
    return Evidence(np.square(z), np.where(difference > 0, p_value, 1.0))


class OwnWindows(NamedTuple):
    """How much shares of the reference's own windows differ.

    ``dispersion`` says how many times more than those of independent rows, ``degrees`` how regularly; ``windows`` is 0
    where there are too few to tell.
    """

    windows: int
    dispersion: float
    degrees: float

    @classmethod
    def of(cls, bad: Floats, n: Floats, length_ratio: float) -> OwnWindows:
        """What the reference's windows tell, each beside the rest.

        ``length_ratio`` is how much longer the windows are that will be judged.
        """
        rest, bad_rest = n.sum() - n, bad.sum() - bad
        used = (n >= 1) & (rest >= 1)
        if used.sum() < _MIN_WINDOWS or bad.sum() <= 0 or bad.sum() >= n.sum():
            return cls(0, 1.0, 1.0)
        n, bad, rest, bad_rest = n[used], bad[used], rest[used], bad_rest[used]
        pooled = (bad + bad_rest) / (n + rest)
        ratio = np.square(bad / n - bad_rest / rest) / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / rest))
        mean, variance = float(ratio.mean()), float(ratio.var(ddof=1))
        # A chi-square over its degrees of freedom has the variance 2 / degrees.
        degrees = min(max(2.0 * mean * mean / variance, 1.0), _MOST_DEGREES) if variance > 0 else _MOST_DEGREES
        dispersion = max(mean, 1.0)
        return cls(len(n), dispersion if dispersion < _NEGLIGIBLE else dispersion * length_ratio, degrees)

    def p_values(self, evidence: Evidence) -> Floats:
        """The p-values, never below those of independent rows."""
        if not self.windows:
            return evidence.p_value
        degrees = np.full_like(evidence.ratio, self.degrees)
        dependent = 0.5 * f_tail(degrees, degrees * self.windows, evidence.ratio / self.dispersion)
        return np.maximum(evidence.p_value, np.where(evidence.ratio > 0, dependent, 1.0))
