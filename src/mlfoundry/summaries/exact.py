"""Exact sums: every value becomes a whole number of a fixed unit, and whole numbers add without rounding.

So a sum does not depend on the order of its terms, and what was added can be taken away again to the bit.
"""

from __future__ import annotations

import math

import numpy as np

from mlfoundry.summaries.arrays import Floats, Ints

_LIMB_BITS = 26


def exact_sums(units: Floats, groups: Ints, n_groups: int) -> list[int]:
    """Sum whole numbers, given as finite floats, by group; exact for up to 2^27 rows.

    ``units`` are rounded to whole numbers first.

    Examples
    --------
    >>> exact_sums(np.array([1e18, 1.0, -1e18]), np.array([0, 0, 0]), 1)
    [1]
    """
    rest = np.rint(units)
    sums = [0] * n_groups
    shift = 0
    while rest.size and np.any(rest):
        # A limb is below 2^26, so that adding 2^27 of them stays below 2^53, where floats count exactly.
        high = np.trunc(np.ldexp(rest, -_LIMB_BITS))
        limbs = rest - np.ldexp(high, _LIMB_BITS)
        for group, limb in enumerate(np.bincount(groups, weights=limbs, minlength=n_groups).tolist()):
            sums[group] += int(limb) << shift
        rest = high
        shift += _LIMB_BITS
    return sums


def ratio(numerator: int, denominator: int, exponent: int) -> float:
    """``numerator / denominator * 2**exponent``, rounded once; NaN when the denominator is 0."""
    if denominator == 0:
        return math.nan
    try:
        return math.ldexp(numerator / denominator, exponent)
    except OverflowError:
        return math.copysign(math.inf, numerator)
