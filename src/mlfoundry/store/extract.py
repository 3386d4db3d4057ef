"""The columns of some rows as arrays, and the summaries made of them: the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlfoundry.columns import column_key, parse_column
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Value
from mlfoundry.labels import class_label
from mlfoundry.summaries import (
    Attribution,
    CategorySummary,
    ColumnSummary,
    Confusion,
    Delays,
    Grid,
    NumericSummary,
    Residuals,
    ScoreTable,
    Summaries,
)
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
RESIDUAL = "features.residual"
"""The key of the residuals' grid. No column has it: the key of a feature ``residual`` is ``residual``."""
_MAX_CONFUSION_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class Labels:
    """A categorical column: a code a row (-1 for none) and the label of each code."""

    codes: Ints
    labels: tuple[str, ...]

    def recoded(self, labels: Sequence[str]) -> Ints:
        """The codes under other labels, which must hold these."""
        places = {label: place for place, label in enumerate(labels)}
        table = np.array([*(places[label] for label in self.labels), -1], np.int64)
        return table[self.codes]


@dataclass(slots=True)
class Extract:
    """Rows as arrays.

    Parameters
    ----------
    groups
        The step that each row falls in.
    windows
        The window of each step; None for a reference.
    numbers, labels
        The columns by key, numeric (NaN is none) and categorical.
    misfits
        By key, whether a row's value was of a wrong type; absent where none was.
    has_actual
        Whether each row has an actual; None where that was not asked.
    delay_s
        How long after the prediction the actual became known.
    attributions
        SHAP values by feature.
    """

    groups: Ints
    windows: tuple[Window | None, ...]
    numbers: dict[str, Floats] = field(default_factory=dict[str, Floats])
    labels: dict[str, Labels] = field(default_factory=dict[str, Labels])
    misfits: dict[str, Bools] = field(default_factory=dict[str, Bools])
    has_actual: Bools | None = None
    delay_s: Floats | None = None
    attributions: dict[str, Floats] = field(default_factory=dict[str, Floats])


def summarise(
    extract: Extract, columns: Sequence[str], grids: Mapping[str, Grid], *, outcomes: bool
) -> tuple[Summaries, ...]:
    """Summaries of each step.

    Parameters
    ----------
    extract
        The rows. With ``outcomes`` it holds the prediction, the actual and the scores too, wanted or not.
    columns
        The keys wanted.
    grids
        The grid of each numeric column, and of the residuals.
    outcomes
        Whether confusion, scores, residuals, delays and attributions are wanted.
    """
    n_groups = len(extract.windows)
    by_column = {
        key: _column(extract, key, grids) for key in columns if key in extract.numbers or key in extract.labels
    }
    n = np.bincount(extract.groups, minlength=n_groups).tolist()
    has_actual = extract.has_actual
    with_actual = [0] * n_groups
    if has_actual is not None:
        with_actual = np.bincount(extract.groups[has_actual], minlength=n_groups).tolist()
    made = _outcomes(extract, grids) if outcomes and has_actual is not None else _Outcomes()
    return tuple(
        Summaries(
            window=extract.windows[g],
            n=n[g],
            n_with_actual=with_actual[g],
            columns={key: parts[g] for key, parts in by_column.items()},
            confusion=made.confusion[g] if made.confusion else None,
            scores={label: parts[g] for label, parts in made.scores.items()},
            residuals=made.residuals[g] if made.residuals else None,
            delays=made.delays[g] if made.delays else None,
            attributions={name: parts[g] for name, parts in made.attributions.items()},
        )
        for g in range(n_groups)
    )


def _column(extract: Extract, key: str, grids: Mapping[str, Grid]) -> Sequence[ColumnSummary]:
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
        return NumericSummary.grouped(values if kept is None else values[kept], groups, n_groups, grids[key], errors)
    column = extract.labels[key]
    codes = column.codes if kept is None else column.codes[kept]
    return CategorySummary.grouped(codes, column.labels, groups, n_groups, errors)


@dataclass(slots=True)
class _Outcomes:
    confusion: list[Confusion] | None = None
    scores: dict[str, list[ScoreTable]] = field(default_factory=dict[str, "list[ScoreTable]"])
    residuals: list[Residuals] | None = None
    delays: list[Delays] | None = None
    attributions: dict[str, list[Attribution]] = field(default_factory=dict[str, "list[Attribution]"])


def _outcomes(extract: Extract, grids: Mapping[str, Grid]) -> _Outcomes:
    made = _Outcomes()
    groups, n_groups = extract.groups, len(extract.windows)
    if extract.delay_s is not None:
        made.delays = Delays.grouped(extract.delay_s, groups, n_groups)
    made.attributions = {
        name: Attribution.grouped(values, groups, n_groups) for name, values in extract.attributions.items()
    }
    if "prediction" in extract.numbers and "actual" in extract.numbers:
        predicted, actual = extract.numbers["prediction"], extract.numbers["actual"]
        made.residuals = Residuals.grouped(predicted, actual, groups, n_groups, grids[RESIDUAL])
    if "actual" in extract.labels:
        made.scores = _scores(extract, extract.labels["actual"])
        if "prediction" in extract.labels:
            made.confusion = _confusion(extract, extract.labels["prediction"], extract.labels["actual"])
    return made


def _confusion(extract: Extract, predicted: Labels, actual: Labels) -> list[Confusion] | None:
    labels = tuple(sorted({*predicted.labels, *actual.labels}))
    n_groups = len(extract.windows)
    if n_groups * len(labels) ** 2 > _MAX_CONFUSION_CELLS:
        return None  # a dense table a step would not fit into memory
    return Confusion.grouped(predicted.recoded(labels), actual.recoded(labels), labels, extract.groups, n_groups)


def _scores(extract: Extract, actual: Labels) -> dict[str, list[ScoreTable]]:
    tables: dict[str, list[ScoreTable]] = {}
    for key, scores in extract.numbers.items():
        role, label = parse_column(key)
        if role != "score":
            continue
        kept = (actual.codes >= 0) & ~np.isnan(scores)
        code = actual.labels.index(label) if label in actual.labels else -2
        # A float32 softmax may miss 0 or 1 by its rounding; the judgement let no more than that pass.
        clipped = np.minimum(np.maximum(scores[kept], 0.0), 1.0)
        tables[label] = ScoreTable.grouped(
            clipped, actual.codes[kept] == code, extract.groups[kept], len(extract.windows)
        )
    return tables


def labels_from(codes: Ints, values: Sequence[Value]) -> Labels:
    """A categorical column of codes into distinct values; values of one class label become one."""
    places: dict[str, int] = {}
    table = [places.setdefault(class_label(value), len(places)) for value in values]
    return Labels(np.array([*table, -1], np.int64)[codes], tuple(places))


def time_numbers(texts: Sequence[str | None]) -> tuple[Floats, Bools]:
    """Times as seconds since 1970 (NaN for none), and which texts were no time."""
    seconds = np.full(len(texts), np.nan)
    misfits = np.zeros(len(texts), np.bool_)
    for row, text in enumerate(texts):
        if text is None:
            continue
        try:
            seconds[row] = to_micros(as_utc(text)) / 1e6
        except InvalidInput:
            misfits[row] = True
    return seconds, misfits


def needed_columns(columns: Sequence[str], known: Sequence[str], *, outcomes: bool) -> tuple[str, ...]:
    """The columns to read: those wanted and known, and for outcomes the prediction, the actual and the scores."""
    wanted = set(map(normal_key, columns))
    if outcomes:
        wanted.update(key for key in known if parse_column(key)[0] != "feature")
    return tuple(key for key in known if key in wanted)


def normal_key(key: str) -> str:
    """The one key of a column: ``features.age`` is ``age``."""
    return column_key(*parse_column(key))
