"""Snapshots made into JSON, in the sending thread, and the bodies that carry it.

Most rows travel as arrays of values; the names stand once a batch, in a *layout*. Only what has no such form (SHAP
values by class) travels as an object.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, cast

import msgspec

from mlfoundry.client.snapshot import PLAIN, ActualSnapshot, PredictionSnapshot, Snapshot
from mlfoundry.client.values import plain_label, plain_name, plain_value, raw_json
from mlfoundry.errors import InvalidInput, LimitExceeded

MAX_ROW_BYTES = 256 * 1024
_MAX_LAYOUTS = 256
_NUMBER = frozenset({int, float, type(None)})
_TEXT = frozenset({str})
_ENCODER = msgspec.json.Encoder()
Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Of features, classes and SHAP values."""


class Layout(msgspec.Struct, frozen=True, eq=False):
    """The names of a row's values, as JSON; one object for all rows that share them."""

    json: bytes


class EncodedRow(msgspec.Struct, frozen=True):
    """One row ready to be sent.

    ``json`` is a whole object or, with a layout, an array without its head: ``[`` and the layout's number are written
    when the batch is. ``size_bytes`` is its share of the buffer's bound.
    """

    data_id: str
    json: bytes
    size_bytes: int
    layout: Layout | None = None


class RowEncoder:
    """Encodes rows; knows the layouts it met, so that usual rows share one. Used by one thread."""

    def __init__(self) -> None:
        self._layouts: dict[Names, Layout] = {}
        self._last: tuple[Names, Layout] | None = None

    def encode(self, row: Snapshot) -> EncodedRow:
        """Return a row's JSON; raises :class:`InvalidInput` that names the bad value."""
        try:
            encoded = self._actual(row) if isinstance(row, ActualSnapshot) else self._prediction(row)
        except UnicodeEncodeError as error:
            raise InvalidInput("text that is no valid Unicode cannot be sent") from error
        size = len(encoded.json) + (len(encoded.layout.json) if encoded.layout else 0)
        if size > MAX_ROW_BYTES:
            raise LimitExceeded(
                f"the row has {size:,} bytes; at most {MAX_ROW_BYTES:,}", limit="max_row_bytes", path="$"
            )
        return encoded

    def _actual(self, row: ActualSnapshot) -> EncodedRow:
        value = row.value if type(row.value) in PLAIN else plain_value(row.value, "$.value")
        fields = {"data_id": row.data_id, "value": value, "occurred_at": _time(row.occurred_at)}
        return EncodedRow(row.data_id, _ENCODER.encode(fields), row.size_bytes)

    def _prediction(self, row: PredictionSnapshot) -> EncodedRow:
        names = (tuple(row.features), tuple(row.probabilities), tuple(row.shap_values))
        if self._last is not None and self._last[0] == names and row.numeric and _are_fields_plain(row):
            layout = self._last[1]
        else:
            if not _is_plain(row):
                row = _clean_prediction(row)
            if _by_class(row.shap_values):
                return EncodedRow(row.data_id, _ENCODER.encode(_as_object(row)), row.size_bytes)
            layout = self._layout((tuple(row.features), tuple(row.probabilities), tuple(row.shap_values)))
        try:
            values = _ENCODER.encode(_as_array(row))
        except TypeError:  # something that adds like a number and is none
            values = _ENCODER.encode(_as_array(_clean_prediction(row)))
        return EncodedRow(row.data_id, values[1:], row.size_bytes, layout)

    def _layout(self, names: Names) -> Layout:
        layout = self._layouts.get(names)
        if layout is None:
            features, probabilities, shap_values = names
            fields = {"features": features, "probabilities": probabilities, "shap_values": shap_values}
            layout = Layout(_ENCODER.encode(fields))
            if len(self._layouts) >= _MAX_LAYOUTS:  # names that never repeat must not pile up
                self._layouts.clear()
            self._layouts[names] = layout
        self._last = names, layout
        return layout


def _are_fields_plain(row: PredictionSnapshot) -> bool:
    return type(row.value) in PLAIN and type(row.occurred_at) is datetime and type(row.actual_value) in PLAIN


def _is_plain(row: PredictionSnapshot) -> bool:
    return (
        _are_fields_plain(row)
        and _TEXT.issuperset(map(type, row.features))
        and _TEXT.issuperset(map(type, row.probabilities))
        and PLAIN.issuperset(map(type, row.features.values()))
        and _NUMBER.issuperset(map(type, row.probabilities.values()))
        and _are_plain_scores(row.shap_values)
    )


def _are_plain_scores(scores: dict[Any, Any]) -> bool:
    if not _TEXT.issuperset(map(type, scores)):
        return False
    if _NUMBER.issuperset(map(type, scores.values())):
        return True
    return all(type(inner) is dict and _are_plain_scores(cast("dict[Any, Any]", inner)) for inner in scores.values())


def _by_class(shap_values: dict[str, Any]) -> bool:
    return dict in map(type, shap_values.values())


def _clean_prediction(row: PredictionSnapshot) -> PredictionSnapshot:
    return PredictionSnapshot(
        row.data_id,
        _time(row.occurred_at),
        plain_value(row.value, "$.prediction_data.value"),
        {plain_name(k, "$.features"): plain_value(v, f"$.features.{k}") for k, v in row.features.items()},
        {
            plain_label(k, "$.prediction_data.probabilities"): _number(v, f"$.prediction_data.probabilities.{k}")
            for k, v in row.probabilities.items()
        },
        _clean_shap(row.shap_values, "$.prediction_data.shap_values"),
        row.raw_data,
        plain_value(row.actual_value, "$.actual_value"),
        row.size_bytes,
        False,
    )


def _clean_shap(values: dict[Any, Any], path: str) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, value in values.items():
        if type(value) is dict:
            inner = cast("dict[Any, Any]", value)
            cleaned[plain_label(key, path)] = _clean_shap(inner, f"{path}.{key}")
        else:
            cleaned[plain_name(key, path)] = _number(value, f"{path}.{key}")
    return cleaned


def _as_array(row: PredictionSnapshot) -> tuple[Any, ...]:
    return (
        row.data_id,
        row.occurred_at,
        row.value,
        [*row.features.values()],
        [*row.probabilities.values()],
        [*row.shap_values.values()],
        _raw(row.raw_data),
        row.actual_value,
    )


def _as_object(row: PredictionSnapshot) -> dict[str, Any]:
    data: dict[str, Any] = {"value": row.value, "shap_values": row.shap_values}
    if row.probabilities:
        data["probabilities"] = row.probabilities
    fields = {
        "data_id": row.data_id,
        "features": row.features,
        "prediction_data": data,
        "occurred_at": row.occurred_at,
        "raw_data": _raw(row.raw_data),
        "actual_value": row.actual_value,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _raw(raw: Any) -> msgspec.Raw | None:
    return raw if raw is None or type(raw) is msgspec.Raw else msgspec.Raw(raw_json(raw))


def _number(value: Any, path: str) -> float | int | None:
    number = plain_value(value, path)
    if number is not None and not isinstance(number, (int, float)):
        raise InvalidInput(f"must be a number, not {type(value).__name__}", path=path)
    return number if number is None or math.isfinite(number) else None


def _time(value: Any) -> Any:
    if type(value) is datetime:
        return value
    text = plain_value(value, "$.occurred_at")
    if text is None:
        raise InvalidInput("a time cannot be missing", path="$.occurred_at")
    return text
