"""The copy of a row that is taken at the call, in the caller's own time: as little work as a true copy needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from mlfoundry.client.values import Unusable, plain_value, raw_json
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Actual, Prediction, PredictionData

PLAIN = frozenset({str, int, float, bool, type(None)})
_NUMBER = frozenset({int, float})
_ENTRY_BYTES = 64
_ROW_BYTES = 700
_SMALL: dict[type, int] = {
    float: 24,
    int: 28,
    bool: 0,
    type(None): 0,
    Decimal: 104,
    datetime: 48,
    date: 32,
    uuid.UUID: 88,
}
"""Bytes of the immutable types whose size is known; numpy's scalar types are added as they are met."""


class PredictionSnapshot(msgspec.Struct, gc=False):
    """A prediction that no longer shares a dict with the caller.

    ``size_bytes`` is about how much memory it holds; ``numeric`` says that features, probabilities and SHAP values
    were all seen to be plain numbers.
    """

    data_id: str
    occurred_at: Any
    value: Any
    features: dict[Any, Any]
    probabilities: dict[Any, Any]
    shap_values: dict[Any, Any]
    raw_data: Any
    actual_value: Any
    size_bytes: int
    numeric: bool


class ActualSnapshot(msgspec.Struct, gc=False):
    """An actual as it was at the call."""

    data_id: str
    occurred_at: Any
    value: Any
    size_bytes: int = _ROW_BYTES


Snapshot = PredictionSnapshot | ActualSnapshot


def snapshot_prediction(prediction: Prediction | Mapping[str, Any]) -> PredictionSnapshot:
    """Copy a prediction at the call; raises :class:`InvalidInput` where its structure is wrong."""
    given: Prediction = prediction if type(prediction) is Prediction else _read(prediction, Prediction)
    data = given.prediction_data
    if type(data) is not PredictionData:
        data = PredictionData.read(data)
    try:
        features = dict(given.features)
        probabilities = dict(data.probabilities) if data.probabilities else {}
        shap_values = dict(data.shap_values) if data.shap_values else {}
    except (TypeError, ValueError) as error:
        raise InvalidInput("features, probabilities and shap_values must be dicts of name to value") from error
    size = _ROW_BYTES + _ENTRY_BYTES * (len(features) + len(probabilities) + len(shap_values))
    numeric = True
    if not _are_numbers(features):
        size += _settle_values(features)
        numeric = False
    if not _are_numbers(probabilities):
        size += _settle_scores(probabilities)
        numeric = False
    if not _are_numbers(shap_values):
        size += _settle_scores(shap_values)
        numeric = False
    raw = given.raw_data
    if raw:
        raw, raw_size = _settle_raw(raw)
        size += raw_size
    else:
        raw = None
    value = data.value
    if type(value) is not str:
        value = _settled(value)
    actual = given.actual_value
    if actual is not None:
        actual = _settled(actual)
    return PredictionSnapshot(
        given.data_id, given.occurred_at, value, features, probabilities, shap_values, raw, actual, size, numeric
    )


def snapshot_actual(given: Actual | Mapping[str, Any]) -> ActualSnapshot:
    """Copy an actual at the call; raises :class:`InvalidInput` where its structure is wrong."""
    actual = given if type(given) is Actual else _read(given, Actual)
    return ActualSnapshot(actual.data_id, actual.occurred_at, _settled(actual.value))


def _read(given: Any, kind: type[Any]) -> Any:
    name = kind.__name__
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise InvalidInput(f"give mlfoundry.{name} objects or dicts, not {type(given).__name__}")
    try:
        return kind(**cast("Mapping[str, Any]", given))
    except TypeError as error:
        fields = ", ".join(kind.__struct_fields__)
        raise InvalidInput(f"{error}; a {name} has {fields}") from error


def _are_numbers(values: dict[Any, Any]) -> bool:
    """Whether all are plain numbers. A sum tells, five times sooner than a look at each type: what is no number cannot
    be added to one, and numpy's scalars and arrays turn it into one of their own.
    """
    for first in values.values():
        if type(first) not in _NUMBER:
            return False
        break
    try:
        return type(sum(values.values())) in _NUMBER
    except Exception:  # noqa: BLE001  a caller's object may raise anything while it is added
        return False


def _settle_values(values: dict[Any, object]) -> int:
    """Return the bytes the values hold; replace in place what could still change or is too large to keep."""
    size = 0
    try:
        for value in values.values():
            kind = type(value)
            if kind is str:
                size += len(value)  # pyright: ignore[reportArgumentType]
            elif kind is not float:
                size += _SMALL[kind]
    except KeyError:
        return _settle_slowly(values)
    return size


def _settle_slowly(values: dict[Any, object]) -> int:
    size = 0
    for key, value in values.items():
        values[key] = settled = _settled(value)
        size += len(settled) if isinstance(settled, str) else _SMALL.get(cast("type[Any]", type(settled)), 0)
    return size


def _settled(value: object) -> Any:
    kind = type(value)
    if kind is str or kind in _SMALL:
        return value
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == () and kind.__name__ != "ndarray":
        if isinstance(value, str):
            return str(value)
        if getattr(getattr(value, "dtype", None), "kind", "") in "biufM":
            _SMALL[kind] = 32
        return value
    try:
        return plain_value(value, "")
    except InvalidInput as error:
        return Unusable(str(error))


def _settle_scores(named: dict[Any, Any]) -> int:
    """The same for probabilities and SHAP values: values, or one dict of them a class."""
    size = 0
    flat: dict[Any, Any] = {}
    for key, value in named.items():
        if isinstance(value, Mapping):
            named[key] = inner = dict(cast("Mapping[Any, Any]", value))
            size += _ENTRY_BYTES * len(inner) + _settle_values(inner)
        else:
            flat[key] = value
    if flat:
        size += _settle_values(flat)
        named.update(flat)
    return size


def _settle_raw(raw: Any) -> tuple[Any, int]:
    if type(raw) is dict:
        flat = cast("dict[Any, Any]", raw)
        if PLAIN.issuperset(map(type, flat.values())):
            copy = dict(flat)
            return copy, _ENTRY_BYTES * len(copy) + _settle_values(copy)
    encoded = raw_json(raw)
    return msgspec.Raw(encoded), len(encoded)
