"""The columns of some rows as arrays: the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlfoundry.columns import Role, column_key, parse_column
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Value
from mlfoundry.labels import class_label
from mlfoundry.store.base import OutcomePart
from mlfoundry.store.time_columns import usual_times
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
RESIDUAL = "features.residual"
"""The key of the residuals' grid. No column has it: the key of a feature ``residual`` is ``residual``."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A categorical column: a code a row (-1 for none) and the label of each code."""

    codes: Ints
    labels: tuple[str, ...]


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
    custom, projections
        What custom metrics are for each row (NaN for none), by name; those that are about predictions alone apart.
    """

    groups: Ints
    windows: tuple[Window | None, ...]
    numbers: dict[str, Floats] = field(default_factory=dict[str, Floats])
    labels: dict[str, Labels] = field(default_factory=dict[str, Labels])
    misfits: dict[str, Bools] = field(default_factory=dict[str, Bools])
    has_actual: Bools | None = None
    delay_s: Floats | None = None
    attributions: dict[str, Floats] = field(default_factory=dict[str, Floats])
    custom: dict[str, Floats] = field(default_factory=dict[str, Floats])
    projections: dict[str, Floats] = field(default_factory=dict[str, Floats])


def labels_from(codes: Ints, values: Sequence[Value]) -> Labels:
    """A categorical column of codes into distinct values; values of one class label become one."""
    places: dict[str, int] = {}
    table = [places.setdefault(class_label(value), len(places)) for value in values]
    if len(places) == len(table):
        return Labels(codes, tuple(places))
    return Labels(np.array([*table, -1], np.int64)[codes], tuple(places))


def time_numbers(texts: Sequence[str | None] | pa.Array) -> tuple[Floats, Bools]:
    """Times as seconds since 1970 (NaN for none), and which texts were no time."""
    usual = usual_times(texts)
    if usual is not None:
        return usual, np.zeros(len(texts), np.bool_)
    if isinstance(texts, pa.Array):
        texts = texts.to_pylist()
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


_NEEDED: dict[OutcomePart, tuple[Role, ...]] = {
    "scores": ("score", "actual"),
    "ranks": ("score", "actual"),
    "confusion": ("prediction", "actual"),
    "residuals": ("prediction", "actual"),
    "attribution": ("prediction",),  # SHAP values by class are those of the predicted one
    "delays": (),
    "custom": (),  # computed where the rows lie
    "projection": (),
}


def needed_columns(columns: Sequence[str], known: Sequence[str], outcomes: Iterable[OutcomePart]) -> tuple[str, ...]:
    """The columns to read: those wanted and known, and those that the outcomes are made of."""
    wanted = set(map(normal_key, columns))
    roles = {role for part in outcomes for role in _NEEDED[part]}
    return tuple(key for key in known if key in wanted or parse_column(key)[0] in roles)


def normal_key(key: str) -> str:
    """The one key of a column: ``features.age`` is ``age``."""
    return column_key(*parse_column(key))
