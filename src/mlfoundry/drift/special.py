"""The functions of scipy that are used here, with types: scipy has none."""

from __future__ import annotations

from typing import Any, cast

from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from mlfoundry.summaries.arrays import Floats, Ints

_special = cast("Any", special)


def chi_square_tail(degrees: Ints, value: Floats) -> Floats:
    """The probability that a chi-square variable exceeds the value."""
    return _special.chdtrc(degrees, value)


def relative_entropy_terms(p: Floats, q: Floats) -> Floats:
    """p · ln(p / q), 0 where p is 0."""
    return _special.rel_entr(p, q)
