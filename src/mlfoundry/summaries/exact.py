"""Exact sums: every value becomes a whole number of a fixed unit, and whole numbers add without rounding.

So a sum does not depend on the order of its terms, and what was added can be taken away again to the bit. See
:func:`mlfoundry.summaries.cells.sum_cells`.
"""

from __future__ import annotations

import math


def ratio(numerator: int, denominator: int, exponent: int) -> float:
    """``numerator / denominator * 2**exponent``, rounded once; NaN when the denominator is 0."""
    if denominator == 0:
        return math.nan
    try:
        return math.ldexp(numerator / denominator, exponent)
    except OverflowError:
        return math.copysign(math.inf, numerator)
