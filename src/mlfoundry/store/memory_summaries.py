"""Rows in memory as arrays, value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from mlfoundry.batches import JudgedBatch
from mlfoundry.events import FeatureValue, PredictionRow
from mlfoundry.expression import Expression, Value, evaluate
from mlfoundry.expression.times import micros_of_text
from mlfoundry.labels import class_label
from mlfoundry.store.base import ColumnInfo, SummaryRequest
from mlfoundry.store.catalog import Catalog, fits, is_by_class, stored_column
from mlfoundry.store.extract import RESIDUAL, Extract, Floats, labels_from, time_numbers
from mlfoundry.store.formulas import Formula, formulas_of
from mlfoundry.store.reference_steps import cut_hours
from mlfoundry.store.references import ReferenceRows
from mlfoundry.store.rules import HOUR_MICROS, KnownActual, as_float32, bound_condition, cut_of, windows_of
from mlfoundry.times import to_micros
from mlfoundry.windows import Window


@dataclass(frozen=True, slots=True)
class Event:
    """A stored prediction with its number and the batch that brought it."""

    seq: int
    row: PredictionRow
    batch: JudgedBatch


_Matched = tuple[Event, KnownActual | None]
_ValueOf = Callable[[str], Value | None]


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
    infos: Sequence[ColumnInfo],
    catalog: Catalog,
    *,
    request: SummaryRequest | None = None,
) -> Extract:
    """Events with their actuals as arrays: those of a request, without one all of them in one group."""
    windows: tuple[Window, ...] | None = None
    groups, kept = [0] * len(matched), matched
    if request is not None:
        windows = windows_of(request)
        groups, kept = _grouped(_holding(matched, request.where, catalog), windows, *cut_of(request, windows))
    extract = Extract(groups=np.array(groups, np.int64), windows=windows or (None,))
    extract.has_actual = np.array([actual is not None for _, actual in kept], np.bool_)
    extract.delay_s = np.array([_delay_s(event.row, actual) for event, actual in kept], np.float64)
    for info in infos:
        _put(extract, info, catalog, [_value(info, event.row, actual) for event, actual in kept])
    if request is not None and "attribution" in request.outcomes:
        names = dict.fromkeys(column.name for column in catalog.of("shap"))
        extract.attributions = {
            name: np.array([_attribution(event.row, name) for event, _ in kept], np.float64) for name in names
        }
    if request is not None:
        known = {info.key: info for info in catalog.infos()}
        rows = [_values_of(event.row, actual, known) for event, actual in kept]
        _compute(extract, formulas_of(catalog, wanted=request.outcomes), rows)
    return extract


def _holding(matched: Sequence[_Matched], where: Expression | None, catalog: Catalog) -> Sequence[_Matched]:
    """The events of which a condition holds."""
    if where is None:
        return matched
    infos = {info.key: info for info in catalog.infos()}
    condition = bound_condition(where, infos.values())
    return [(event, actual) for event, actual in matched if evaluate(condition, _values_of(event.row, actual, infos))]


def _values_of(row: PredictionRow, actual: KnownActual | None, infos: Mapping[str, ColumnInfo]) -> _ValueOf:
    """The values of a row as an expression asks for them."""
    return lambda key: _meant(infos[key], _value(infos[key], row, actual))


def _compute(extract: Extract, formulas: Iterable[Formula], rows: Sequence[_ValueOf]) -> None:
    """Put what formulas are for each row into the arrays."""
    for formula in formulas:
        found = [evaluate(formula.bound, value_of) for value_of in rows]
        values = np.array([np.nan if value is None else float(value) for value in found], np.float64)
        (extract.projections if formula.is_projection else extract.custom)[formula.series.name] = values


def _meant(info: ColumnInfo, value: FeatureValue) -> FeatureValue:
    """A value as an expression sees it; one of a wrong type is missing."""
    if value is None or not _is_fitting(info, value):
        return None
    wanted = info.expression_type
    if wanted == "label":
        return class_label(value)
    if wanted == "time":
        return micros_of_text(cast("str", value))
    return float(value) if wanted == "float" else value


def extract_reference(
    rows: ReferenceRows,
    infos: Sequence[ColumnInfo],
    catalog: Catalog,
    *,
    condition: Expression | None = None,
    request: SummaryRequest | None = None,
) -> Extract:
    """A reference as arrays: its rows of which a bound condition holds, in one group or in the steps of a request."""
    outcomes = () if request is None else request.outcomes
    kept, formulas = list(range(rows.n)), formulas_of(catalog, rows.keys, wanted=outcomes)
    columns: dict[str, list[FeatureValue]] = {}
    if condition is not None or formulas:
        columns = {info.key: [_meant(info, v) for v in _held(rows, info, catalog)] for info in catalog.infos()}
    if condition is not None:
        kept = [row for row in kept if evaluate(condition, lambda key, row=row: columns[key][row])]
    extract = Extract(groups=np.zeros(len(kept), np.int64), windows=(None,))
    if request is not None and request.step is not None:
        hours = np.array([(rows.times[row] or 0) // HOUR_MICROS for row in kept], np.int64)
        timed, groups, windows = cut_hours(hours, request.step, request.since)
        kept = [row for row, in_a_step in zip(kept, timed.tolist(), strict=True) if in_a_step]
        extract = Extract(groups=groups, windows=windows)
    extract.has_actual = np.array([rows.actuals[row] is not None for row in kept], np.bool_)
    extract.delay_s = np.full(len(kept), np.nan)
    for info in infos:
        if info.key in rows.keys:
            values = _held(rows, info, catalog)
            _put(extract, info, catalog, [values[row] for row in kept])
    _compute(extract, formulas, [lambda key, row=row: columns[key][row] for row in kept])
    extract.attributions = _attributions_held(rows, catalog, kept)
    return extract


def _attributions_held(rows: ReferenceRows, catalog: Catalog, kept: Sequence[int]) -> dict[str, Floats]:
    """SHAP values by feature of some rows of a reference; those of the predicted class where they are per class."""
    found: dict[str, Floats] = {}
    for column in catalog.of("shap"):
        if column in rows.columns:
            values = rows.columns[column].to_pylist()
            own = found.setdefault(column.name, np.full(len(kept), np.nan))
            for place, row in enumerate(kept):
                is_it = not column.group or column.group == _label_of(rows.predictions[row])
                if is_it and values[row] is not None and np.isnan(own[place]):
                    own[place] = values[row]
    return found


def _label_of(value: FeatureValue) -> str | None:
    return None if value is None else class_label(value)


def _held(rows: ReferenceRows, info: ColumnInfo, catalog: Catalog) -> Sequence[FeatureValue]:
    """The values of one column of a reference; none where it does not have it."""
    if info.key not in rows.keys:
        return ()
    if info.role in ("prediction", "actual"):
        return rows.predictions if info.role == "prediction" else rows.actuals
    return rows.columns[stored_column(catalog, info)].to_pylist()


def _grouped(
    matched: Sequence[_Matched], windows: tuple[Window, ...], origin: int, step: int
) -> tuple[list[int], Sequence[_Matched]]:
    """The events within the windows, and in which of them each lies."""
    start, end = to_micros(windows[0].start), to_micros(windows[-1].end)
    kept = [(event, actual) for event, actual in matched if start <= event.row.occurred_at < end]
    return [(event.row.occurred_at - origin) // step for event, _ in kept], kept


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
