"""The statistics of attributions there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from mlfoundry.attribution.base import RankingStatistic
from mlfoundry.catalogue import scan


@cache
def statistics() -> Mapping[str, RankingStatistic]:
    """Every statistic of attributions by its name: this package's and those of installed plug-ins.

    Examples
    --------
    >>> statistics()["attribution_ndcg"].title
    'nDCG of attributions'
    """
    found = scan("mlfoundry.attribution", RankingStatistic)
    return MappingProxyType({name: entry.definition for name, entry in found.items()})
