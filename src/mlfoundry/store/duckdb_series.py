"""Which cells a version keeps, what they are laid by, and which columns they are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mlfoundry.columns import column_key
from mlfoundry.store.base import ReferenceInfo
from mlfoundry.store.catalog import Catalog
from mlfoundry.store.cells import ACTUAL, CONFUSION, DELAYS, RANKS, RESIDUALS, ROWS, Series, has_ranks
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.extract import RESIDUAL
from mlfoundry.store.formulas import formulas_of
from mlfoundry.summaries import (
    Attribution,
    CategorySummary,
    Confusion,
    Delays,
    NumericSummary,
    Ranks,
    Residuals,
    ScoreTable,
)

_COLUMNS_TOGETHER = 100
_OF_EVENTS = ("column", "attribution", "projection")


def series_of(state: VersionState) -> dict[Series, str]:
    """The series that a version keeps cells of, with their variant: what their cells are laid by.

    A numeric column without a grid has none yet.
    """
    found = {ROWS: "", DELAYS: _variant("", Delays.cells_version)}
    numeric: set[str] = set()
    for info in state.catalog.infos():
        series = Series("column", info.key)
        if info.kind == "categorical":
            found[series] = _variant("categories", CategorySummary.cells_version)
            if info.role == "actual":
                found[CONFUSION] = _variant("", Confusion.cells_version)
        else:
            numeric.add(info.key)
            if info.key in state.grids:
                found[series] = _variant(state.grids[info.key].id, NumericSummary.cells_version)
    if CONFUSION in found:
        variant = _variant("", ScoreTable.cells_version)
        found |= {Series("scores", column.name): variant for column in state.catalog.of("score")}
        if has_ranks(score_keys(state.catalog)):
            found[RANKS] = _variant("", Ranks.cells_version)
    if {"prediction", "actual"} <= numeric and RESIDUAL in state.grids:
        found[RESIDUALS] = _variant(state.grids[RESIDUAL].id, Residuals.cells_version)
    found |= {formula.series: formula.variant for formula in formulas_of(state.catalog)}
    variant = _variant("", Attribution.cells_version)
    return found | {Series("attribution", column.name): variant for column in state.catalog.of("shap")}


def _variant(laid_by: str, cells_version: int) -> str:
    """Cells are made anew when another program would make others: a new grid, or a summary that holds more."""
    return laid_by if cells_version == 1 else f"{laid_by}.{cells_version}"


def read_together(wanted: Collection[Series]) -> list[list[Series]]:
    """Series in parts that are made of few columns each, so that a pass over many rows holds few values at once."""
    of_outcomes = [series for series in wanted if series == ACTUAL or series.what not in _OF_EVENTS]
    outcomes = set(of_outcomes)
    alone = [series for series in wanted if series not in outcomes]
    parts = [alone[first : first + _COLUMNS_TOGETHER] for first in range(0, len(alone), _COLUMNS_TOGETHER)]
    return [part for part in (of_outcomes, *parts) if part]


def event_columns(wanted: Iterable[Series]) -> set[str]:
    """The columns whose cells are made of predictions alone."""
    return {series.name for series in wanted if series.what == "column" and series != ACTUAL}


def score_keys(catalog: Catalog) -> list[str]:
    """The keys of all scores."""
    return [column_key("score", column.name) for column in catalog.of("score")]


def outcome_columns(wanted: Iterable[Series], catalog: Catalog) -> set[str]:
    """What outcomes are made of: the actual, and the prediction and the scores that it is compared with."""
    keys: set[str] = set()
    for series in wanted:
        if series == ACTUAL:
            keys.add("actual")
        elif series in (CONFUSION, RESIDUALS):
            keys |= {"prediction", "actual"}
        elif series == RANKS:
            keys |= {"actual", *score_keys(catalog)}
        elif series.what == "scores":
            keys |= {column_key("score", series.name), "actual"}
    return keys


def is_held(series: Series, reference: ReferenceInfo, catalog: Catalog) -> bool:
    """Whether a reference has cells of a series."""
    what, name = series
    if what == "attribution":
        return any(feature == name for feature, _ in reference.attributions)
    if what in ("custom", "projection"):
        return any(formula.series == series for formula in formulas_of(catalog, reference.columns))
    if what == "ranks":
        return "actual" in reference.columns and has_ranks(reference.columns)
    needed = {
        "rows": (),
        "column": (name,),
        "scores": (column_key("score", name), "actual"),
        "confusion": ("prediction", "actual"),
        "residuals": ("prediction", "actual"),
    }
    return what in needed and set(needed[what]) <= set(reference.columns)
