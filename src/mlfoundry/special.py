"""The functions of scipy that are used here, with types: scipy has none."""

from __future__ import annotations

from typing import Any, cast

from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from mlfoundry.summaries.arrays import Floats

_special = cast("Any", special)


def chi_square_tail(degrees: Floats, value: Floats) -> Floats:
    """The probability that a chi-square variable exceeds the value."""
    return _special.chdtrc(degrees, value)


def f_tail(degrees: Floats, degrees_below: Floats, value: Floats) -> Floats:
    """The probability that an F variable exceeds the value."""
    return _special.fdtrc(degrees, degrees_below, value)


def student_tails(degrees: Floats, value: Floats) -> Floats:
    """The probability that a Student t variable lies farther from 0 than the value, on either side."""
    return 2.0 * _special.stdtr(degrees, -abs(value))


def kolmogorov_tail(value: Floats) -> Floats:
    """The probability that the supremum of a Brownian bridge exceeds the value."""
    return _special.kolmogorov(value)


def error_function(value: Floats) -> Floats:
    """The probability that a normal variable lies within ``value · √2`` standard deviations."""
    return _special.erf(value)


def relative_entropy_terms(p: Floats, q: Floats) -> Floats:
    """p · ln(p / q), 0 where p is 0."""
    return _special.rel_entr(p, q)
