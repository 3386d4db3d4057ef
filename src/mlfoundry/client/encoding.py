"""Rows on their way to the server: the snapshot taken at the call, its JSON, and the body of a batch."""

from __future__ import annotations

import gzip
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from mlfoundry.client.values import Unusable, plain_label, plain_name, plain_value, raw_json
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import Actual, Prediction, PredictionData

MAX_ROW_BYTES = 256 * 1024
MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 7 * 1024 * 1024
"""Of JSON. The server takes 8 MiB on the wire and 32 MiB decoded; gzip never makes it more, so both hold."""

_ENTRY_BYTES = 64
_ROW_BYTES = 700
_GZIP_LEVEL = 1
_PLAIN = frozenset({str, int, float, bool, type(None)})
_NUMBER = frozenset({int, float, type(None)})
_TEXT = frozenset({str})
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


class DataWire(msgspec.Struct, gc=False):
    """``prediction_data`` as it travels."""

    value: Any
    probabilities: dict[Any, Any]
    shap_values: dict[Any, Any]


class PredictionWire(msgspec.Struct, omit_defaults=True, gc=False):
    """A prediction as it travels."""

    data_id: str
    features: dict[Any, Any]
    prediction_data: DataWire
    occurred_at: Any = None
    raw_data: Any = None
    actual_value: Any = None


class ActualWire(msgspec.Struct, omit_defaults=True, gc=False):
    """An actual as it travels."""

    data_id: str
    value: Any
    occurred_at: Any = None


Wire = PredictionWire | ActualWire
Snapshot = tuple[Wire, int]
"""A row that no longer shares a dict with the caller, and about how many bytes of memory it holds."""

_ENCODER = msgspec.json.Encoder()


def snapshot_prediction(prediction: Prediction | Mapping[str, Any]) -> Snapshot:
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
    size = _ROW_BYTES + _settle_values(features)
    if probabilities:
        size += _settle_scores(probabilities)
    if shap_values:
        size += _settle_scores(shap_values)
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
    data = DataWire(value, probabilities, shap_values)
    return PredictionWire(given.data_id, features, data, given.occurred_at, raw, actual), size


def snapshot_actual(given: Actual | Mapping[str, Any]) -> Snapshot:
    """Copy an actual at the call; raises :class:`InvalidInput` where its structure is wrong."""
    actual = given if type(given) is Actual else _read(given, Actual)
    return ActualWire(actual.data_id, _settled(actual.value), actual.occurred_at), _ROW_BYTES


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


def _settle_values(values: dict[Any, object]) -> int:
    """Return the bytes the values hold; replace in place what could still change or is too large to keep."""
    size = _ENTRY_BYTES * len(values)
    try:
        for value in values.values():
            kind = type(value)
            if kind is str:
                size += len(value)  # pyright: ignore[reportArgumentType]
            elif kind is not float:
                size += _SMALL[kind]
    except KeyError:
        size += _settle_slowly(values)
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
    """The same for probabilities and SHAP values: numbers, or one such dict a class."""
    size = _ENTRY_BYTES * len(named)
    if type(next(iter(named.values()))) is float:  # then all are numbers: a look at each costs as much as the copy
        return size
    for key, value in named.items():
        if isinstance(value, Mapping):
            named[key] = inner = dict(cast("Mapping[Any, Any]", value))
            size += _settle_values(inner)
    return size


def _settle_raw(raw: Any) -> tuple[Any, int]:
    if type(raw) is dict:
        flat = cast("dict[Any, Any]", raw)
        if _PLAIN.issuperset(map(type, flat.values())):
            copy = dict(flat)
            return copy, _settle_values(copy)
    encoded = raw_json(raw)
    return msgspec.Raw(encoded), len(encoded)


def encode_row(row: Wire) -> bytes:
    """Return a row's JSON; raises :class:`InvalidInput` that names the bad value."""
    if isinstance(row, PredictionWire) and row.raw_data is not None and type(row.raw_data) is not msgspec.Raw:
        row.raw_data = msgspec.Raw(raw_json(row.raw_data))
    try:
        if not _is_plain(row):
            row = _clean_prediction(row) if isinstance(row, PredictionWire) else _clean_actual(row)
        encoded = _ENCODER.encode(row)
    except UnicodeEncodeError as error:
        raise InvalidInput("text that is no valid Unicode cannot be sent") from error
    if len(encoded) > MAX_ROW_BYTES:
        raise LimitExceeded(
            f"the row has {len(encoded):,} bytes; at most {MAX_ROW_BYTES:,}", limit="row_bytes", path="$"
        )
    return encoded


def _is_plain(row: Wire) -> bool:
    if isinstance(row, ActualWire):
        return type(row.value) in _PLAIN and type(row.occurred_at) is datetime
    data = row.prediction_data
    return (
        _PLAIN.issuperset(map(type, row.features.values()))
        and _TEXT.issuperset(map(type, row.features))
        and type(data.value) in _PLAIN
        and _are_plain_scores(data.probabilities)
        and _are_plain_scores(data.shap_values)
        and type(row.occurred_at) is datetime
        and type(row.actual_value) in _PLAIN
    )


def _are_plain_scores(scores: dict[Any, Any]) -> bool:
    if not _TEXT.issuperset(map(type, scores)):
        return False
    if _NUMBER.issuperset(map(type, scores.values())):
        return True
    return all(type(inner) is dict and _are_plain_scores(cast("dict[Any, Any]", inner)) for inner in scores.values())


def _clean_prediction(row: PredictionWire) -> PredictionWire:
    data = row.prediction_data
    return PredictionWire(
        row.data_id,
        {plain_name(k, "$.features"): plain_value(v, f"$.features.{k}") for k, v in row.features.items()},
        DataWire(
            plain_value(data.value, "$.prediction_data.value"),
            {
                plain_label(k, "$.prediction_data.probabilities"): _number(v, f"$.prediction_data.probabilities.{k}")
                for k, v in data.probabilities.items()
            },
            _clean_shap(data.shap_values, "$.prediction_data.shap_values"),
        ),
        _time(row.occurred_at),
        row.raw_data,
        plain_value(row.actual_value, "$.actual_value"),
    )


def _clean_actual(row: ActualWire) -> ActualWire:
    return ActualWire(row.data_id, plain_value(row.value, "$.value"), _time(row.occurred_at))


def _clean_shap(values: dict[Any, Any], path: str) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, value in values.items():
        if type(value) is dict:
            inner = cast("dict[Any, Any]", value)
            cleaned[plain_label(key, path)] = _clean_shap(inner, f"{path}.{key}")
        else:
            cleaned[plain_name(key, path)] = _number(value, f"{path}.{key}")
    return cleaned


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


def batch_body(batch_id: str, fqn: str, rows: Sequence[bytes], *, compress: bool = True) -> bytes:
    """The body of one request, gzipped unless told otherwise."""
    head = _ENCODER.encode({"batch_id": batch_id, "model_version_fqn": fqn})[:-1]
    body = b"".join((head, b',"rows":[', b",".join(rows), b"]}"))
    return gzip.compress(body, _GZIP_LEVEL, mtime=0) if compress else body
