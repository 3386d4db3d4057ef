"""Readers that make one row of the wire into one that the server accepts, or say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import modf
from typing import Any, cast

import msgspec

from mlfoundry.batches import BlockBuilder, PredictionBlock, flat_shap
from mlfoundry.batches import Layout as Names
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import FLAG_FUTURE, FLAG_TIME_DEFAULTED, ActualRow, FeatureValue, Shap, Value
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

_PLAIN_FROM, _PLAIN_BELOW = -6e10, 1e11
"""Numbers that are seconds within the years 1 to 9999."""
_RAW_DATA: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class _KnownLayout:
    """A layout of the request, and what is asked of it for each row."""

    def __init__(self, layout: Layout, raw: msgspec.Raw, builder: BlockBuilder) -> None:
        self.layout = layout
        self.builder = builder
        self.size_bytes = memoryview(raw).nbytes
        self.lengths = (len(layout.features), len(layout.probabilities), len(layout.shap_values))


class PredictionReader:
    """Reads the prediction rows of one batch and gathers them, by the names they hold."""

    def __init__(self, limits: Limits, received_at: int, layouts: list[msgspec.Raw]) -> None:
        self._limits = limits
        self._received_at = received_at
        self._future_from = received_at + int(limits.future_tolerance_s * 1e6)
        self._known_names: set[str] = set()  # names are measured once a batch, not once a row
        self._raw_layouts = layouts
        self._layouts: dict[int, _KnownLayout] = {}
        self._builders: dict[Names, BlockBuilder] = {}
        self._last = BlockBuilder(((), (), ()))  # most rows hold the names of the one before

    def __call__(self, index: int, raw: msgspec.Raw) -> None:
        """Take in one row; raises one of ``ROW_ERRORS`` where it is not as it must be."""
        if is_array(raw):
            self._read_array(index, raw)
        else:
            self._read_object(index, raw)

    def blocks(self) -> tuple[PredictionBlock, ...]:
        """What was taken in."""
        return tuple(block for builder in self._builders.values() if builder.data_ids for block in builder.build())

    def _read_object(self, index: int, raw: msgspec.Raw) -> None:
        wire = PREDICTION.decode(raw)
        answer, features = wire.prediction_data, wire.features
        probabilities, shap = answer.probabilities or {}, answer.shap_values or {}
        if dict in map(type, shap.values()):
            shap_names, shap_values = flat_shap(_checked_by_class(shap))
        else:
            shap_names, shap_values = tuple(shap), cast("list[float | None]", [*shap.values()])
        names = (tuple(features), tuple(probabilities), shap_names)
        if names != self._last.layout or not self._builders:
            self._last = self._builder(names)
        self._add(self._last, index, wire, answer.value, [*features.values()], [*probabilities.values()], shap_values)

    def _read_array(self, index: int, raw: msgspec.Raw) -> None:
        wire = ARRAY_PREDICTION.decode(raw)
        known = self._layouts.get(wire.layout) or self._learn_layout(wire.layout)
        features, probabilities, shap_values = wire.features, wire.probabilities, wire.shap_values
        size = memoryview(raw).nbytes + known.size_bytes
        if size > self._limits.max_row_bytes:
            raise row_too_large(size, self._limits)
        if (len(features), len(probabilities), len(shap_values)) != known.lengths:
            raise _wrong_length(wire, known.layout)
        if bytes(wire.raw_data) == b"null":
            wire.raw_data = NO_RAW_DATA
        self._add(known.builder, index, wire, wire.value, features, probabilities, shap_values)

    def _add(  # noqa: PLR0917  called once a row; keywords would cost
        self,
        builder: BlockBuilder,
        index: int,
        wire: WirePrediction | ArrayPrediction,
        value: Value,
        features: list[FeatureValue],
        probabilities: list[float],
        shap_values: Sequence[float | None],
    ) -> None:
        given, raw_data = wire.occurred_at, wire.raw_data
        occurred_at = self._received_at if given is None else _micros(given)
        text = "{}" if raw_data is NO_RAW_DATA else _checked_raw_data(raw_data, self._limits.max_nesting)
        flags = (FLAG_TIME_DEFAULTED if given is None else 0) | (FLAG_FUTURE if occurred_at > self._future_from else 0)
        builder.add(
            index,
            str(wire.data_id),
            value,
            features,
            probabilities,
            shap_values,
            occurred_at,
            text,
            wire.actual_value,
            flags,
        )

    def _builder(self, names: Names) -> BlockBuilder:
        builder = self._builders.get(names)
        if builder is None:
            features, classes, shap_names = names
            flat = (name for given in shap_names for name in ((given,) if isinstance(given, str) else given))
            self._learn({*features, *classes, *flat})
            builder = self._builders[names] = BlockBuilder(names)
        return builder

    def layout_of(self, raw: msgspec.Raw) -> Layout | None:
        """The layout of a row that was refused, where it can be read."""
        try:
            number = layout_number(raw)
            return None if number is None else (self._layouts.get(number) or self._learn_layout(number)).layout
        except InvalidInput:
            return None

    def _learn_layout(self, number: int) -> _KnownLayout:
        if number >= len(self._raw_layouts):
            raise InvalidInput(f"there is no layout {number}; the request has {len(self._raw_layouts)}", path="$[0]")
        raw = self._raw_layouts[number]
        try:
            layout = LAYOUT.decode(raw)
        except ROW_ERRORS as error:
            raise InvalidInput(f"layout {number}: {split_error(error)[0]}", path="$[0]") from error
        builder = self._builder((layout.features, layout.probabilities, layout.shap_values))
        self._layouts[number] = known = _KnownLayout(layout, raw, builder)
        return known

    def _learn(self, names: set[str]) -> None:
        for name in names - self._known_names:
            _check_name(name)
        self._known_names |= names


class ActualReader:
    """Reads the actual rows of one batch and gathers them."""

    def __init__(self, received_at: int) -> None:
        self._received_at = received_at
        self.rows: list[ActualRow] = []

    def __call__(self, index: int, raw: msgspec.Raw) -> None:
        """Take in one row; raises one of ``ROW_ERRORS`` where it is not as it must be."""
        wire = ACTUAL.decode(raw)
        occurred_at = self._received_at if wire.occurred_at is None else _micros(wire.occurred_at)
        self.rows.append(ActualRow(index=index, data_id=str(wire.data_id), value=wire.value, occurred_at=occurred_at))

    def layout_of(self, raw: msgspec.Raw) -> Layout | None:
        """Actuals have none."""
        del raw


def _wrong_length(wire: ArrayPrediction, layout: Layout) -> InvalidInput:
    given = (
        (layout.shap_values, wire.shap_values, "$.prediction_data.shap_values"),
        (layout.features, wire.features, "$.features"),
        (layout.probabilities, wire.probabilities, "$.prediction_data.probabilities"),
    )
    names, values, path = next(part for part in given if len(part[0]) != len(part[1]))
    return InvalidInput(f"{len(values)} values for the {len(names)} names of the layout", path=path)


def row_too_large(size_bytes: int, limits: Limits) -> LimitExceeded:
    return LimitExceeded(f"{size_bytes:,} bytes; at most {limits.max_row_bytes:,} a row", limit="max_row_bytes")


def _check_name(name: str) -> None:
    if not name:
        raise InvalidInput(f"a name is empty; it has 1 to {MAX_NAME_BYTES} bytes")
    if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
        raise LimitExceeded(f"the name {name[:40]!r}... has more than {MAX_NAME_BYTES} bytes", limit="max_name_bytes")


def _micros(value: str | int | float) -> int:
    if type(value) is float and _PLAIN_FROM < value < _PLAIN_BELOW:  # what as_utc makes of seconds, without the objects
        part, whole = modf(value)
        return int(whole) * 1_000_000 + round(part * 1e6)
    try:
        return to_micros(as_utc(value))
    except InvalidInput as error:
        raise InvalidInput(str(error), path="$.occurred_at") from error


def _checked_by_class(given: Mapping[str, float | dict[str, float | None] | None]) -> Shap:
    """SHAP values of which some stand by class: all must; a null (NaN at the sender) is left out."""
    if set(map(type, given.values())) != {dict}:
        raise InvalidInput(
            "some values stand by feature and some by class; give one of the two", path="$.prediction_data.shap_values"
        )
    by_class = cast("Mapping[str, dict[str, float | None]]", given)
    return {label: {name: value for name, value in of.items() if value is not None} for label, of in by_class.items()}


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
