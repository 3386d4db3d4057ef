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


def normal_tail(value: Floats) -> Floats:
    """The probability that a standard normal variable exceeds the value."""
    return _special.ndtr(-value)


def student_quantile(degrees: Floats, probability: float) -> Floats:
    """The value that a Student t variable stays below with that probability."""
    return _special.stdtrit(degrees, probability)


def binomial_upper(successes: Floats, trials: Floats, probability: Floats) -> Floats:
    """The probability of so many successes or more; 1 for none."""
    return _special.betainc(successes.clip(1e-300), trials - successes + 1.0, probability)


def binomial_lower(successes: Floats, trials: Floats, probability: Floats) -> Floats:
    """The probability of so many successes or fewer; 1 for all of them."""
    return _special.betainc((trials - successes).clip(1e-300), successes + 1.0, 1.0 - probability)


def negative_binomial_lower(successes: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """The probability of so many counts or fewer, with the variance mean + dispersion · mean² (Poisson's for 0)."""
    size = 1.0 / dispersion.clip(1e-12)
    return _special.betainc(size, successes + 1.0, size / (size + mean))
