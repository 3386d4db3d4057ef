"""The wire form of a request, as msgspec reads it, and what its errors mean to people.

A row is an object, or an array ``[layout, data_id, occurred_at, value, [features], [probabilities], [shap_values],
raw_data, actual_value]`` whose names stand once a request, in one of the envelope's layouts.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mlfoundry.errors import InvalidInput
from mlfoundry.events import Kind

MAX_NAME_BYTES = 256
_FLOAT32 = 3.4028234663852886e38
_Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Probability = Annotated[float, Meta(ge=-1e-6, le=1 + 1e-6)]  # a float32 softmax may miss 1 by its rounding
_ShapValue = Annotated[float, Meta(ge=-_FLOAT32, le=_FLOAT32)]
_DataId = Annotated[str, Meta(min_length=1, max_length=256)] | _Int64
_Value = str | _Int64 | float | bool
_FeatureValue = str | _Int64 | float | bool | None
_ShapEntry = _ShapValue | dict[str, _ShapValue | None] | None
_LayoutNumber = Annotated[int, Meta(ge=0)]
_Time = str | int | float | None
ROW_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, InvalidInput, RecursionError)
NO_RAW_DATA = msgspec.Raw(b"{}")
_ARRAY_START = ord("[")


class WireDrop(msgspec.Struct, forbid_unknown_fields=True):
    """Rows that the sender dropped within an hour of its clock, for a reason such as ``queue_full``."""

    kind: Kind
    reason: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    hour: Annotated[datetime, Meta(tz=True)]
    rows: Annotated[int, Meta(ge=1, le=2**53)]


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """A request; rows and layouts are left raw, so that a bad one spoils no other."""

    batch_id: str
    model_version_fqn: str
    rows: list[msgspec.Raw]
    layouts: list[msgspec.Raw] = []
    dropped: Annotated[list[WireDrop], Meta(max_length=1_000)] = []


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """The names of the values in rows that are arrays."""

    features: tuple[str, ...] = ()
    probabilities: tuple[str, ...] = ()
    shap_values: tuple[str, ...] = ()


class WirePredictionData(msgspec.Struct, forbid_unknown_fields=True):
    """``prediction_data`` of a row that is an object."""

    value: _Value
    probabilities: dict[str, _Probability] | None = None
    shap_values: dict[str, _ShapEntry] | None = None


class WirePrediction(msgspec.Struct, forbid_unknown_fields=True):
    """A prediction that is an object."""

    data_id: _DataId
    features: dict[str, _FeatureValue]
    prediction_data: WirePredictionData
    occurred_at: _Time = None
    raw_data: msgspec.Raw = NO_RAW_DATA
    actual_value: _FeatureValue = None


class ArrayPrediction(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A prediction that is an array; ``raw_data`` null is none."""

    layout: _LayoutNumber
    data_id: _DataId
    occurred_at: _Time
    value: _Value
    features: list[_FeatureValue]
    probabilities: list[_Probability]
    shap_values: list[_ShapValue | None]
    raw_data: msgspec.Raw = NO_RAW_DATA
    actual_value: _FeatureValue = None


class WireActual(msgspec.Struct, forbid_unknown_fields=True):
    """An actual."""

    data_id: _DataId
    value: _Value
    occurred_at: _Time = None


class _Named(msgspec.Struct):
    data_id: str | int


ENVELOPE = msgspec.json.Decoder(Envelope)
LAYOUT = msgspec.json.Decoder(Layout)
PREDICTION = msgspec.json.Decoder(WirePrediction)
ARRAY_PREDICTION = msgspec.json.Decoder(ArrayPrediction)
ACTUAL = msgspec.json.Decoder(WireActual)
_NAMED = msgspec.json.Decoder(_Named)
_CELLS = msgspec.json.Decoder(list[msgspec.Raw])
_ID = msgspec.json.Decoder(str | int)
_NUMBER = msgspec.json.Decoder(_LayoutNumber)
_RAW_MAPPING = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Where msgspec's path ends in [...], the key at fault is looked for among these.
_MAPPINGS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("features",), _FeatureValue),
    (("prediction_data", "probabilities"), _Probability),
    (("prediction_data", "shap_values"), _ShapEntry),
)
_PLACES = (
    "$[0]",
    "$.data_id",
    "$.occurred_at",
    "$.prediction_data.value",
    "$.features",
    "$.prediction_data.probabilities",
    "$.prediction_data.shap_values",
    "$.raw_data",
    "$.actual_value",
)
_ARRAY_PATH = re.compile(r"\$\[(\d+)\](?:\[(\d+)\])?")


def is_array(raw: msgspec.Raw) -> bool:
    """Whether a row is in the array form."""
    return memoryview(raw)[0] == _ARRAY_START


def layout_number(raw: msgspec.Raw) -> int | None:
    """Which layout a row names; None if it is no array or names none."""
    try:
        return _NUMBER.decode(_CELLS.decode(raw)[0]) if is_array(raw) else None
    except (*ROW_ERRORS, IndexError):
        return None


def names_at(layout: Layout, place: int) -> tuple[str, ...]:
    """The names of the values that stand at a place of an array row."""
    return {4: layout.features, 5: layout.probabilities, 6: layout.shap_values}.get(place, ())


def split_error(error: Exception) -> tuple[str, str]:
    """Reason and path of an error."""
    if isinstance(error, InvalidInput):
        return str(error).removesuffix(f" (at {error.path})"), error.path
    if isinstance(error, UnicodeDecodeError):  # the body was UTF-8, so this byte is the judge's: half a surrogate pair
        return "a string holds half of a surrogate pair, which is no character", ""
    reason, _, path = str(error).partition(" - at `")
    return reason, path.removesuffix("`")


def data_id_of(raw: msgspec.Raw) -> str | None:
    """The data_id of a row that could not be read, where at least that can be."""
    try:
        found = _ID.decode(_CELLS.decode(raw)[1]) if is_array(raw) else _NAMED.decode(raw).data_id
    except (*ROW_ERRORS, IndexError):
        return None
    return str(found)[:256]


def readable_path(raw: msgspec.Raw, path: str, layout: Layout | None) -> str:
    """A path of msgspec as one that the sender knows: names in place of ``[...]`` and of places in an array."""
    if is_array(raw):
        return _path_in_array(path, layout)
    if not path.endswith("[...]"):
        return path
    for keys, value_type in _MAPPINGS:
        place = "$." + ".".join(keys)
        if not path.startswith(f"{place}["):
            continue
        inner: bytes | msgspec.Raw = raw
        for key in keys:
            inner = _RAW_MAPPING.decode(inner)[key]
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(value_type)
        for name, value in _RAW_MAPPING.decode(inner).items():
            try:
                decoder.decode(value)
            except ROW_ERRORS:
                return f"{place}.{name[:MAX_NAME_BYTES]}"
    return path


def _path_in_array(path: str, layout: Layout | None) -> str:
    found = _ARRAY_PATH.fullmatch(path)
    if found is None or int(found[1]) >= len(_PLACES):
        return path
    place = int(found[1])
    if found[2] is None:
        return _PLACES[place]
    names = names_at(layout, place) if layout else ()
    index = int(found[2])
    return f"{_PLACES[place]}.{names[index][:MAX_NAME_BYTES]}" if index < len(names) else f"{_PLACES[place]}[{index}]"
