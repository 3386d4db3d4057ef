"""Rows in memory as arrays, value by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from mlfoundry.batches import JudgedBatch
from mlfoundry.events import FeatureValue, PredictionRow
from mlfoundry.labels import class_label
from mlfoundry.store.base import ColumnInfo
from mlfoundry.store.catalog import Catalog, fits, is_by_class
from mlfoundry.store.extract import RESIDUAL, Extract, Floats, labels_from, time_numbers
from mlfoundry.store.references import ReferenceRows
from mlfoundry.store.rules import KnownActual, as_float32
from mlfoundry.times import to_micros
from mlfoundry.windows import Window


@dataclass(frozen=True, slots=True)
class Event:
    """A stored prediction with its number and the batch that brought it."""

    seq: int
    row: PredictionRow
    batch: JudgedBatch


_Matched = tuple[Event, KnownActual | None]


def numeric_keys(catalog: Catalog) -> list[str]:
    """The keys of everything that has a grid."""
    keys = [info.key for info in catalog.infos() if info.kind == "numeric"]
    return [*keys, RESIDUAL] if {"prediction", "actual"} <= set(keys) else keys


def sample(extract: Extract, key: str) -> Floats:
    """The values of a numeric column, or the residuals, without those that are missing."""
    if key != RESIDUAL:
        values = extract.numbers.get(key, np.zeros(0))
    elif {"prediction", "actual"} <= extract.numbers.keys():
        values = extract.numbers["prediction"] - extract.numbers["actual"]
    else:
        values = np.zeros(0)
    return values[~np.isnan(values)]


def extract_events(
    matched: Sequence[_Matched],
    windows: tuple[Window, ...] | None,
    infos: Sequence[ColumnInfo],
    catalog: Catalog,
    *,
    shap: bool,
) -> Extract:
    """Events with their actuals as arrays; without windows, all of them in one group."""
    groups, kept = _grouped(matched, windows)
    extract = Extract(groups=np.array(groups, np.int64), windows=windows or (None,))
    extract.has_actual = np.array([actual is not None for _, actual in kept], np.bool_)
    extract.delay_s = np.array([_delay_s(event.row, actual) for event, actual in kept], np.float64)
    for info in infos:
        _put(extract, info, catalog, [_value(info, event.row, actual) for event, actual in kept])
    if shap:
        names = dict.fromkeys(column.name for column in catalog.of("shap"))
        extract.attributions = {
            name: np.array([_attribution(event.row, name) for event, _ in kept], np.float64) for name in names
        }
    return extract


def extract_reference(rows: ReferenceRows, infos: Sequence[ColumnInfo], catalog: Catalog) -> Extract:
    """A reference as arrays."""
    extract = Extract(groups=np.zeros(rows.n, np.int64), windows=(None,))
    extract.has_actual = np.array([value is not None for value in rows.actuals], np.bool_)
    extract.delay_s = np.full(rows.n, np.nan)
    for info in infos:
        if info.key not in rows.keys:
            continue
        if info.role in ("prediction", "actual"):
            values: list[FeatureValue] = list(rows.predictions if info.role == "prediction" else rows.actuals)
        else:
            column = catalog.column("score" if info.role == "score" else "feature", info.name)
            values = rows.columns[column].to_pylist() if column is not None else []
        _put(extract, info, catalog, values)
    return extract


def _grouped(matched: Sequence[_Matched], windows: tuple[Window, ...] | None) -> tuple[list[int], Sequence[_Matched]]:
    if windows is None:
        return [0] * len(matched), matched
    start = to_micros(windows[0].start)
    step = to_micros(windows[0].end) - start
    places = [(event.row.occurred_at - start) // step for event, _ in matched]
    inside = [0 <= place < len(windows) for place in places]
    kept = [item for item, is_inside in zip(matched, inside, strict=True) if is_inside]
    return [place for place, is_inside in zip(places, inside, strict=True) if is_inside], kept


def _delay_s(row: PredictionRow, actual: KnownActual | None) -> float:
    return np.nan if actual is None else (actual.occurred_at - row.occurred_at) / 1e6


def _value(info: ColumnInfo, row: PredictionRow, actual: KnownActual | None) -> FeatureValue:
    if info.role == "prediction":
        return row.value
    if info.role == "actual":
        return None if actual is None else actual.value
    if info.role == "score":
        return row.probabilities.get(info.name)
    return row.features.get(info.name)


def _attribution(row: PredictionRow, name: str) -> float:
    shap = row.shap_values
    values = shap.get(class_label(row.value), {}) if is_by_class(shap) else cast("dict[str, float]", shap)
    return as_float32(values[name]) if name in values else np.nan


def _is_fitting(info: ColumnInfo, value: FeatureValue) -> bool:
    if info.role in ("prediction", "actual"):  # a class is a class whatever its type; a number must be one
        return info.kind == "categorical" or not isinstance(value, (str, bool))
    return fits(info.type, value)


def _put(extract: Extract, info: ColumnInfo, catalog: Catalog, values: list[FeatureValue]) -> None:
    """Put a column into the arrays: its numbers or labels, and which values did not fit."""
    misfits = np.array([not _is_fitting(info, value) for value in values], np.bool_)
    fitting = [None if bad else value for value, bad in zip(values, misfits.tolist(), strict=True)]
    if info.kind == "categorical":
        distinct = {(type(value), value): value for value in fitting if value is not None}
        places = {key: place for place, key in enumerate(distinct)}
        codes = [-1 if value is None else places[type(value), value] for value in fitting]
        extract.labels[info.key] = labels_from(np.array(codes, np.int64), list(distinct.values()))
    elif info.type == "timestamp" and info.role == "feature":
        extract.numbers[info.key], no_times = time_numbers(cast("list[str | None]", fitting))
        misfits = misfits | no_times
    else:
        numbers = [np.nan if value is None else float(value) for value in fitting]
        extract.numbers[info.key] = np.array(numbers, np.float64)
    if misfits.any():
        extract.misfits[info.key] = misfits
