"""The copy of a row that is taken at the call, in the caller's own time: as little work as a true copy needs."""

from __future__ import annotations

import sys
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
_PREDICTION_BYTES = 500
_ACTUAL_BYTES = 320
"""A row without its dicts: the snapshot, its id and time, its place in the queue."""
_NUMBER_BYTES = 32
_DICT_HEAD_BYTES = 16  # of the garbage collector, in front of what __sizeof__ counts
_SHARED_REFERENCES = 16
_SMALL: dict[type, int] = {
    float: _NUMBER_BYTES,
    int: _NUMBER_BYTES,
    bool: 0,
    type(None): 0,
    Decimal: 112,
    datetime: 48,
    date: 32,
    uuid.UUID: 96,
}
"""Bytes of the immutable types whose size is known, as the allocator rounds them; numpy's scalar types are added as
they are met."""


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
    size_bytes: int = _ACTUAL_BYTES


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
    size = _PREDICTION_BYTES + _name_bytes(features) * (len(features) + len(shap_values))
    numeric = True
    for values, settle in ((features, _settle_values), (probabilities, _settle_scores), (shap_values, _settle_scores)):
        size += _dict_bytes(values)
        if _are_numbers(values):
            size += _NUMBER_BYTES * len(values)
        else:
            size += settle(values)
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


def _dict_bytes(values: dict[Any, Any]) -> int:
    """What a dict holds beside its names and values."""
    return values.__sizeof__() + _DICT_HEAD_BYTES


def _name_bytes(values: dict[Any, Any]) -> int:
    """What each name holds: nothing where the rows share their names.

    A name that many refer to is one that other rows have too; a program that reads each row from JSON of its own makes
    new ones each time. The first rows to wait count theirs in any case.
    """
    for name in values:
        return 0 if sys.getrefcount(name) > _SHARED_REFERENCES else name.__sizeof__()
    return 0


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
            size += value.__sizeof__() if kind is str else _SMALL[kind]
    except KeyError:
        return _settle_slowly(values)
    return size


def _settle_slowly(values: dict[Any, object]) -> int:
    size = 0
    for key, value in values.items():
        values[key] = settled = _settled(value)
        size += settled.__sizeof__() if isinstance(settled, str) else _SMALL.get(cast("type[Any]", type(settled)), 0)
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
            size += _dict_bytes(inner) + _settle_values(inner)
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
            return copy, _dict_bytes(copy) + _settle_values(copy)
    encoded = raw_json(raw)
    return msgspec.Raw(encoded), len(encoded)
