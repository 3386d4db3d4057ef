"""The checks there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mlfoundry.catalogue import scan
from mlfoundry.quality.base import Check


@cache
def checks() -> Mapping[str, Check]:
    """Every check by its name: this package's and those of installed plug-ins.

    Examples
    --------
    >>> checks()["missing_share"].title
    'Missing values'
    """
    found = scan("mlfoundry.quality", Check)
    return MappingProxyType({name: entry.definition for name, entry in found.items()})
