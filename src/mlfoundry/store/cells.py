"""Which cells the rows of a version have, and the summaries that cells say: the same for events and for kept cells.

Everything that a summary holds belongs to a :class:`Series`. What depends on predictions alone (*events*) and what
comes with their actuals (*outcomes*) are made apart, because a store books them at different times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from mlfoundry.columns import column_key, parse_column
from mlfoundry.store.base import OutcomePart
from mlfoundry.store.extract import RESIDUAL, Extract, Ints, Labels
from mlfoundry.summaries import (
    Attribution,
    CategorySummary,
    ColumnSummary,
    Confusion,
    CustomSums,
    Delays,
    Dictionary,
    Grid,
    NumericSummary,
    Ranks,
    Residuals,
    ScoreTable,
    Summaries,
)
from mlfoundry.summaries.cells import Cells, add_cells, by_group, join_cells, no_cells
from mlfoundry.windows import Window

What: TypeAlias = Literal["rows", "column"] | OutcomePart
_N, _WITH_ACTUAL = 0, 1
_FEWEST_RANKED = 3


class Series(NamedTuple):
    """What some cells are about: a column by its key, the scores of a class, the attributions of a feature, ..."""

    what: What
    name: str = ""


ROWS = Series("rows")
CONFUSION = Series("confusion")
RESIDUALS = Series("residuals")
RANKS = Series("ranks")
DELAYS = Series("delays")
ACTUAL = Series("column", "actual")
Grids = Mapping[str, Grid]
Dictionaries = Mapping[str, Dictionary]


def dictionary_key(column: str) -> str:
    """Whose dictionary a column has: predictions and actuals share theirs."""
    return "prediction" if column == "actual" else column


def learned(dictionaries: Dictionaries, extract: Extract) -> dict[str, Dictionary]:
    """The dictionaries with the categories of these rows, in the order in which they stand there."""
    known = dict(dictionaries)
    for key, column in extract.labels.items():
        owner = dictionary_key(key)
        known[owner] = known.get(owner, Dictionary()).learned(column.labels)
    return known


def event_cells(
    extract: Extract, wanted: Collection[Series], grids: Grids, dictionaries: Dictionaries
) -> Iterator[tuple[Series, Cells]]:
    """The cells of rows as predictions, of those series that are wanted."""
    groups, n_groups = extract.groups, len(extract.windows)
    if ROWS in wanted:
        yield ROWS, _row_cells(groups, n_groups, _N)
    for key in (*extract.numbers, *extract.labels):
        series = Series("column", key)
        if series in wanted and series != ACTUAL:
            yield series, _column_cells(extract, key, grids, dictionaries)
    for name, values in extract.attributions.items():
        series = Series("attribution", name)
        if series in wanted:
            yield series, Attribution.cells(values, groups, n_groups)
    for name, values in extract.projections.items():
        series = Series("projection", name)
        if series in wanted:
            yield series, CustomSums.cells(values, groups, n_groups)


def outcome_cells(
    extract: Extract, wanted: Collection[Series], grids: Grids, dictionaries: Dictionaries
) -> Iterator[tuple[Series, Cells]]:
    """The cells of rows that have an actual, of those series that are wanted."""
    has_actual = extract.has_actual
    if has_actual is None:
        return
    groups, n_groups = extract.groups, len(extract.windows)
    if ROWS in wanted:
        yield ROWS, _row_cells(groups[has_actual], n_groups, _WITH_ACTUAL)
    if ACTUAL in wanted and ("actual" in extract.numbers or "actual" in extract.labels):
        yield ACTUAL, _column_cells(extract, "actual", grids, dictionaries)
    if DELAYS in wanted and extract.delay_s is not None:
        yield DELAYS, Delays.cells(extract.delay_s, groups, n_groups)
    if RESIDUALS in wanted and {"prediction", "actual"} <= extract.numbers.keys():
        predicted, actual = extract.numbers["prediction"], extract.numbers["actual"]
        yield RESIDUALS, Residuals.cells(predicted, actual, groups, n_groups, grids[RESIDUAL])
    if CONFUSION in wanted and {"prediction", "actual"} <= extract.labels.keys():
        predicted, actual = (_codes(extract.labels[key], key, dictionaries) for key in ("prediction", "actual"))
        yield CONFUSION, Confusion.cells(predicted, actual, groups, n_groups)
    if RANKS in wanted and "actual" in extract.labels:
        yield RANKS, _rank_cells(extract, extract.labels["actual"])
    for name, values in extract.custom.items():
        series = Series("custom", name)
        if series in wanted:
            yield series, CustomSums.cells(values[has_actual], groups[has_actual], n_groups)
    yield from _score_cells(extract, wanted)


def _row_cells(groups: Ints, n_groups: int, bucket: int) -> Cells:
    counts = np.bincount(groups, minlength=n_groups)
    found = np.flatnonzero(counts)
    return Cells(found, np.full(len(found), bucket), counts[found].astype(np.int64))


def _column_cells(extract: Extract, key: str, grids: Grids, dictionaries: Dictionaries) -> Cells:
    groups, n_groups = extract.groups, len(extract.windows)
    # A row without an actual is not one whose actual is missing: it may still come.
    kept = extract.has_actual if key == "actual" else None
    if kept is not None:
        groups = groups[kept]
    misfit = extract.misfits.get(key)
    errors = None
    if misfit is not None:
        errors = np.bincount(groups[misfit if kept is None else misfit[kept]], minlength=n_groups).astype(np.int64)
    if key in extract.numbers:
        values = extract.numbers[key]
        return NumericSummary.cells(values if kept is None else values[kept], groups, n_groups, grids[key], errors)
    codes = _codes(extract.labels[key], key, dictionaries)
    return CategorySummary.cells(codes if kept is None else codes[kept], groups, n_groups, errors)


def _codes(column: Labels, key: str, dictionaries: Dictionaries) -> Ints:
    table = dictionaries[dictionary_key(key)].codes(column.labels)
    return np.concatenate([table, [-1]])[column.codes]


def score_classes(columns: Iterable[str]) -> list[str]:
    """The classes whose scores are among some columns."""
    return [name for role, name in map(parse_column, columns) if role == "score"]


def has_ranks(columns: Iterable[str]) -> bool:
    """Whether these columns give the actual class a place: between two scores the confusion says it."""
    return len(score_classes(columns)) >= _FEWEST_RANKED


def _rank_cells(extract: Extract, actual: Labels) -> Cells:
    classes = score_classes(extract.numbers)
    scores = [extract.numbers[column_key("score", name)] for name in classes]
    places = [classes.index(label) if label in classes else len(classes) for label in actual.labels]
    return Ranks.cells(scores, np.array([*places, -1], np.int64)[actual.codes], extract.groups, len(extract.windows))


def _score_cells(extract: Extract, wanted: Collection[Series]) -> Iterator[tuple[Series, Cells]]:
    actual = extract.labels.get("actual")
    if actual is None:
        return
    for key, scores in extract.numbers.items():
        role, label = parse_column(key)
        if role != "score" or Series("scores", label) not in wanted:
            continue
        kept = (actual.codes >= 0) & ~np.isnan(scores)
        code = actual.labels.index(label) if label in actual.labels else -2
        # A float32 softmax may miss 0 or 1 by its rounding; the judgement let no more than that pass.
        clipped = np.minimum(np.maximum(scores[kept], 0.0), 1.0)
        is_class = actual.codes[kept] == code
        yield Series("scores", label), ScoreTable.cells(clipped, is_class, extract.groups[kept], len(extract.windows))


def series_wanted(extract: Extract, columns: Iterable[str], outcomes: Collection[OutcomePart]) -> list[Series]:
    """The series that a summary of these rows has."""
    present = extract.numbers.keys() | extract.labels.keys()
    wanted = [ROWS, *(Series("column", key) for key in columns if key in present)]
    if extract.has_actual is None:
        return wanted
    possible = [DELAYS, *(Series("attribution", name) for name in extract.attributions)]
    possible += [Series("custom", name) for name in extract.custom]
    possible += [Series("projection", name) for name in extract.projections]
    if {"prediction", "actual"} <= extract.numbers.keys():
        possible.append(RESIDUALS)
    if "actual" in extract.labels:
        possible += [Series("scores", name) for name in score_classes(extract.numbers)]
        if has_ranks(extract.numbers):
            possible.append(RANKS)
        if "prediction" in extract.labels:
            possible.append(CONFUSION)
    return wanted + [series for series in possible if series.what in outcomes]


def summarise(
    extract: Extract,
    columns: Sequence[str],
    grids: Grids,
    dictionaries: Dictionaries,
    outcomes: Collection[OutcomePart],
) -> tuple[Summaries, ...]:
    """Summaries of each step of some rows.

    Parameters
    ----------
    extract
        The rows, with the columns that the outcomes are made of, wanted or not.
    columns
        The keys wanted.
    grids
        The grid of each numeric column, and of the residuals.
    dictionaries
        The dictionary of each categorical column, as far as there is one.
    outcomes
        Which of confusion, scores, ranks, residuals, delays, attributions and custom metrics are wanted.
    """
    dictionaries = learned(dictionaries, extract)
    wanted = series_wanted(extract, columns, outcomes)
    added = {series: add_cells(made) for series, made in cells_of(extract, wanted, grids, dictionaries).items()}
    return read_cells(added, extract.windows, grids, dictionaries, categorical=extract.labels)


def cells_of(
    extract: Extract, wanted: Collection[Series], grids: Grids, dictionaries: Dictionaries
) -> dict[Series, Cells]:
    """The cells of rows, as predictions and with their actuals, of the series that are wanted, each of them once."""
    cells = {series: no_cells() for series in wanted}
    for series, made in event_cells(extract, wanted, grids, dictionaries):
        cells[series] = made
    for series, made in outcome_cells(extract, wanted, grids, dictionaries):
        cells[series] = made if series != ROWS else join_cells((cells[ROWS], made))
    return cells


def read_cells(
    cells: Mapping[Series, Cells],
    windows: Sequence[Window | None],
    grids: Grids,
    dictionaries: Dictionaries,
    *,
    categorical: Collection[str],
) -> tuple[Summaries, ...]:
    """The summaries that cells say, which are added up and in order; a series that is given may have no cells.

    ``categorical`` are the keys of the columns that have a dictionary; the others have a grid.
    """
    n_groups = len(windows)
    rows = by_group(cells[ROWS], n_groups)
    n = [_count(group.ids, group.counts, _N) for group in rows]
    with_actual = [_count(group.ids, group.counts, _WITH_ACTUAL) for group in rows]
    columns: dict[str, list[ColumnSummary]] = {}
    scores: dict[str, list[ScoreTable]] = {}
    attributions: dict[str, list[Attribution]] = {}
    custom: dict[str, list[CustomSums]] = {}
    confusion: Sequence[Confusion | None] | None = None
    residuals: Sequence[Residuals | None] = [None] * n_groups
    delays: Sequence[Delays | None] = [None] * n_groups
    ranks: Sequence[Ranks | None] = [None] * n_groups
    for series, own in cells.items():
        what, name = series
        if series == CONFUSION:
            confusion = Confusion.of(own, n_groups, dictionaries["prediction"].labels if len(own.groups) else ())
        elif series != ROWS:
            groups = by_group(own, n_groups)
            if what == "column":
                counted = zip(groups, with_actual if name == "actual" else n, strict=True)
                if name in categorical:
                    known = dictionaries.get(dictionary_key(name))
                    labels = (known or Dictionary()).names
                    columns[name] = [CategorySummary.of(group, count, labels) for group, count in counted]
                else:
                    columns[name] = [NumericSummary.of(group, count, grids[name]) for group, count in counted]
            elif what == "scores":
                scores[name] = [ScoreTable.of(group) for group in groups]
            elif what == "attribution":
                attributions[name] = [Attribution.of(group) for group in groups]
            elif what in ("custom", "projection"):
                custom[name] = [CustomSums.of(group) for group in groups]
            elif what == "delays":
                delays = [Delays.of(group) for group in groups]
            elif what == "ranks":
                ranks = [Ranks.of(group) for group in groups]
            else:
                counted = zip(groups, n, strict=True)
                residuals = [Residuals.of(group, count, grids[RESIDUAL]) for group, count in counted]
    return tuple(
        Summaries(
            window=windows[g],
            n=n[g],
            n_with_actual=with_actual[g],
            columns={key: parts[g] for key, parts in columns.items()},
            confusion=confusion[g] if confusion is not None else None,
            scores={label: parts[g] for label, parts in scores.items()},
            ranks=ranks[g],
            residuals=residuals[g],
            delays=delays[g],
            attributions={name: parts[g] for name, parts in attributions.items()},
            custom={name: parts[g] for name, parts in custom.items()},
        )
        for g in range(n_groups)
    )


def _count(ids: Ints, counts: Ints, bucket: int) -> int:
    return int(counts[ids == bucket].sum())
