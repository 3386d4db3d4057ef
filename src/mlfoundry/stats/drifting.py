"""A drift statistic of two columns at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlfoundry.drift import Binning, DriftStatistic, OrderedStatistic
from mlfoundry.drift.reference import Baseline
from mlfoundry.errors import InvalidInput
from mlfoundry.schema import ColumnKind
from mlfoundry.stats.columns import Categories, Column, Numbers, read_column
from mlfoundry.stats.summarise import column_summary
from mlfoundry.summaries import Grid
from mlfoundry.summaries.arrays import Floats

_KEY = "column"


def drift_value(
    statistic: DriftStatistic,
    reference: Column,
    current: Column,
    *,
    kind: ColumnKind | None = None,
    binning: Binning | None = None,
) -> float:
    """How far one column lies from another; NaN where either has no values.

    Raises
    ------
    InvalidInput
        The columns are of different kinds, or not of one that the statistic is for.
    """
    kinds = statistic.applies_to
    before, after = read_pair(reference, current, kind or (kinds[0] if len(kinds) == 1 else None))
    if isinstance(statistic, OrderedStatistic):
        assert isinstance(before, Numbers)
        assert isinstance(after, Numbers)
        return statistic.exact(_numbers(before), _numbers(after))
    return _of_bins(statistic, before, after, binning or Binning())


def read_pair(
    reference: Column, current: Column, kind: ColumnKind | None, names: tuple[str, str] = ("reference", "current")
) -> tuple[Numbers | Categories, Numbers | Categories]:
    """Both columns, of one kind; one without any value is of the other's."""
    before, after = read_column(reference, names[0], kind), read_column(current, names[1], kind)
    if type(before) is type(after):
        return before, after
    for empty, other in ((before, after), (after, before)):
        if isinstance(empty, Numbers) and isinstance(other, Categories) and np.isnan(empty.values).all():
            nothing = Categories(np.full(len(empty), -1, np.int64), ())
            return (nothing, after) if empty is before else (before, nothing)
    kinds = ["numbers" if isinstance(side, Numbers) else "categories" for side in (before, after)]
    raise InvalidInput(
        f"{names[0]} holds {kinds[0]} and {names[1]} {kinds[1]}; where numbers are names of categories, "
        "say kind='categorical'"
    )


def options_of(given: Mapping[str, Any]) -> Binning:
    """How to cut bins, from keyword arguments: ``bins`` is their count."""
    named = {("count" if name == "bins" else name): value for name, value in given.items()}
    if named.get("count", 1) < 1:
        raise InvalidInput(f"bins is at least 1, not {named['count']}")
    if named.get("edges") is not None:
        named["edges"] = tuple(_edges(named["edges"]).tolist())
    return replace(Binning(), **named)


def _edges(given: Any) -> Floats:
    edges = np.asarray(given, np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not (np.isfinite(edges).all() and (edges[1:] > edges[:-1]).all()):
        raise InvalidInput("edges are two or more finite numbers in ascending order")
    return edges


def _numbers(column: Numbers) -> Floats:
    return column.values[np.isfinite(column.values)]


def _of_bins(
    statistic: DriftStatistic, before: Numbers | Categories, after: Numbers | Categories, binning: Binning
) -> float:
    grid = None
    if isinstance(before, Numbers):
        # On borders of their own, edges that are given are kept to the last digit.
        grid = Grid(binning.edges) if binning.edges else Grid.lay(before.values)
    sides = [column_summary(side, grid, with_moments=False) for side in (before, after)]
    baseline = Baseline.of({_KEY: sides[0]}, [_KEY], statistic.binning(binning))
    _, figures = baseline.measured(slice(0, 1), [[sides[1]]], statistic)
    return float(figures.value[0, 0])
