"""Exact sums: every value becomes a whole number of a fixed unit, and whole numbers add without rounding.

So a sum does not depend on the order of its terms, and what was added can be taken away again to the bit. See
:func:`mlfoundry.summaries.cells.sum_cells`.
"""

from __future__ import annotations

import math

import numpy as np

from mlfoundry.summaries.arrays import Floats

_SPLITTER = 2.0**27 + 1
_LEAST, _MOST = -1022, 1023
"""The exponents of two that are floats."""


def scaled(values: Floats, exponent: int) -> Floats:
    """``values * 2**exponent``, each rounded once; several times as quick as ``np.ldexp``.

    Examples
    --------
    >>> scaled(np.array([1.0, -3.0]), -1).tolist()
    [0.5, -1.5]
    """
    with np.errstate(over="ignore"):
        return values * 2.0**exponent if _LEAST <= exponent <= _MOST else np.ldexp(values, exponent)


def ratio(numerator: int, denominator: int, exponent: int) -> float:
    """``numerator / denominator * 2**exponent``, rounded once; NaN when the denominator is 0."""
    if denominator == 0:
        return math.nan
    try:
        return math.ldexp(numerator / denominator, exponent)
    except OverflowError:
        return math.copysign(math.inf, numerator)


def square_rest(values: Floats) -> Floats:
    """What a float's square loses to rounding, exactly (Dekker 1971).

    The variance of values that lie far from 0 is a small part of their mean square.
    """
    scaled = values * _SPLITTER
    high = scaled - (scaled - values)
    low = values - high
    return ((high * high - values * values) + 2.0 * high * low) + low * low
