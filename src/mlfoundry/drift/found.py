"""The drift statistics there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mlfoundry.catalogue import scan
from mlfoundry.drift.base import DriftStatistic
from mlfoundry.errors import NotFound


@cache
def statistics() -> Mapping[str, DriftStatistic]:
    """Every drift statistic by its name: this package's and those of installed plug-ins."""
    found = scan("mlfoundry.drift", DriftStatistic)
    return MappingProxyType({name: entry.definition for name, entry in found.items()})


def statistic(name: str) -> DriftStatistic:
    """The statistic of that name; raises :class:`NotFound` that names the closest.

    Examples
    --------
    >>> statistic("psi").title
    'Population stability index'
    """
    try:
        return statistics()[name]
    except KeyError:
        raise NotFound("drift statistic", name, known=statistics()) from None
