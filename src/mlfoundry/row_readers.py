"""Readers that make one row of the wire into one that the server accepts, or say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import FLAG_FUTURE, FLAG_TIME_DEFAULTED, ActualRow, FeatureValue, PredictionRow, Shap, Value
from mlfoundry.limits import Limits
from mlfoundry.times import as_utc, to_micros
from mlfoundry.wire import (
    ACTUAL,
    ARRAY_PREDICTION,
    LAYOUT,
    MAX_NAME_BYTES,
    NO_RAW_DATA,
    PREDICTION,
    ROW_ERRORS,
    ArrayPrediction,
    Layout,
    WirePrediction,
    is_array,
    layout_number,
    split_error,
)

_RAW_DATA: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_Cell = TypeVar("_Cell")


class PredictionReader:
    """Reads the prediction rows of one batch."""

    def __init__(self, limits: Limits, received_at: int, layouts: list[msgspec.Raw]) -> None:
        self._limits = limits
        self._received_at = received_at
        self._future_from = received_at + int(limits.future_tolerance_s * 1e6)
        self._known_names: set[str] = set()  # names are measured once a batch, not once a row
        self._raw_layouts = layouts
        self._layouts: dict[int, Layout] = {}

    def __call__(self, index: int, raw: msgspec.Raw) -> PredictionRow:
        if is_array(raw):
            return self._read_array(index, raw)
        wire = PREDICTION.decode(raw)
        answer = wire.prediction_data
        probabilities = answer.probabilities or {}
        shap_values = _checked_shap(answer.shap_values) if answer.shap_values else {}
        names = wire.features.keys() | probabilities.keys() | shap_values.keys()
        if not names <= self._known_names:
            self._learn(names)
        return self._row(index, wire, answer.value, wire.features, probabilities, shap_values)

    def _read_array(self, index: int, raw: msgspec.Raw) -> PredictionRow:
        wire = ARRAY_PREDICTION.decode(raw)
        layout = self._layouts.get(wire.layout) or self._learn_layout(wire.layout)
        size = memoryview(raw).nbytes + memoryview(self._raw_layouts[wire.layout]).nbytes
        if size > self._limits.max_row_bytes:
            raise row_too_large(size, self._limits)
        if bytes(wire.raw_data) == b"null":
            wire.raw_data = NO_RAW_DATA
        shap_values = wire.shap_values
        by_name = _zipped(layout.shap_values, shap_values, "$.prediction_data.shap_values")
        return self._row(
            index,
            wire,
            wire.value,
            _zipped(layout.features, wire.features, "$.features"),
            _zipped(layout.probabilities, wire.probabilities, "$.prediction_data.probabilities"),
            _checked_shap(by_name) if None in shap_values else cast("Shap", by_name),
        )

    def _row(  # noqa: PLR0917  called twice a row at most; keywords would cost
        self,
        index: int,
        wire: WirePrediction | ArrayPrediction,
        value: Value,
        features: dict[str, FeatureValue],
        probabilities: dict[str, float],
        shap_values: Shap,
    ) -> PredictionRow:
        given, raw_data = wire.occurred_at, wire.raw_data
        occurred_at = self._received_at if given is None else _micros(given)
        return PredictionRow(
            index=index,
            data_id=str(wire.data_id),
            value=value,
            features=features,
            probabilities=probabilities,
            shap_values=shap_values,
            occurred_at=occurred_at,
            raw_data="{}" if raw_data is NO_RAW_DATA else _checked_raw_data(raw_data, self._limits.max_nesting),
            actual_value=wire.actual_value,
            flags=(FLAG_TIME_DEFAULTED if given is None else 0)
            | (FLAG_FUTURE if occurred_at > self._future_from else 0),
        )

    def layout_of(self, raw: msgspec.Raw) -> Layout | None:
        """The layout of a row that was refused, where it can be read."""
        try:
            number = layout_number(raw)
            return None if number is None else self._layouts.get(number) or self._learn_layout(number)
        except InvalidInput:
            return None

    def _learn_layout(self, number: int) -> Layout:
        if number >= len(self._raw_layouts):
            raise InvalidInput(f"there is no layout {number}; the request has {len(self._raw_layouts)}", path="$[0]")
        try:
            layout = LAYOUT.decode(self._raw_layouts[number])
        except ROW_ERRORS as error:
            raise InvalidInput(f"layout {number}: {split_error(error)[0]}", path="$[0]") from error
        self._learn({*layout.features, *layout.probabilities, *layout.shap_values})
        self._layouts[number] = layout
        return layout

    def _learn(self, names: set[str]) -> None:
        for name in names - self._known_names:
            _check_name(name)
        self._known_names |= names


class ActualReader:
    """Reads the actual rows of one batch."""

    def __init__(self, received_at: int) -> None:
        self._received_at = received_at

    def __call__(self, index: int, raw: msgspec.Raw) -> ActualRow:
        wire = ACTUAL.decode(raw)
        occurred_at = self._received_at if wire.occurred_at is None else _micros(wire.occurred_at)
        return ActualRow(index=index, data_id=str(wire.data_id), value=wire.value, occurred_at=occurred_at)

    def layout_of(self, raw: msgspec.Raw) -> Layout | None:
        """Actuals have none."""
        del raw


def _zipped(names: tuple[str, ...], values: list[_Cell], path: str) -> dict[str, _Cell]:
    if len(names) != len(values):
        raise InvalidInput(f"{len(values)} values for the {len(names)} names of the layout", path=path)
    return dict(zip(names, values, strict=True))


def row_too_large(size_bytes: int, limits: Limits) -> LimitExceeded:
    return LimitExceeded(f"{size_bytes:,} bytes; at most {limits.max_row_bytes:,} a row", limit="max_row_bytes")


def _check_name(name: str) -> None:
    if not name:
        raise InvalidInput(f"a name is empty; it has 1 to {MAX_NAME_BYTES} bytes")
    if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
        raise LimitExceeded(f"the name {name[:40]!r}... has more than {MAX_NAME_BYTES} bytes", limit="max_name_bytes")


def _micros(value: str | int | float) -> int:
    try:
        return to_micros(as_utc(value))
    except InvalidInput as error:
        raise InvalidInput(str(error), path="$.occurred_at") from error


def _checked_shap(given: Mapping[str, float | dict[str, float | None] | None]) -> Shap:
    """SHAP values, flat or per class but not both; a null (NaN at the sender) is left out."""
    types = set(map(type, given.values()))
    if types == {float}:
        return cast("Shap", given)
    if dict not in types:
        return {name: value for name, value in given.items() if isinstance(value, float)}
    if types != {dict}:
        raise InvalidInput(
            "some values stand by feature and some by class; give one of the two", path="$.prediction_data.shap_values"
        )
    by_class = cast("Mapping[str, dict[str, float | None]]", given)
    for name in {name for values in by_class.values() for name in values}:
        _check_name(name)
    kept = {
        label: {name: value for name, value in values.items() if value is not None}
        for label, values in by_class.items()
    }
    return {label: values for label, values in kept.items() if values}


def _checked_raw_data(raw: msgspec.Raw, max_nesting: int) -> str:
    text = bytes(raw)
    try:
        value = _RAW_DATA.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(split_error(error)[0], path="$.raw_data") from error
    if text.count(b"{") + text.count(b"[") > max_nesting and _deeper_than(value, max_nesting):
        raise LimitExceeded(f"nested deeper than {max_nesting}", limit="max_nesting", path="$.raw_data")
    return text.decode()


def _deeper_than(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper_than(item, levels - 1) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper_than(item, levels - 1) for item in cast("list[object]", value))
    return False
