"""Rows into typed Arrow columns and back, every value as it was given.

A predicted or actual value lies in three columns: its type, a number, a text. A feature lies in one column of its
type; a value that does not fit it, and what no column takes, lies as JSON in ``exceptions``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Literal, cast

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlfoundry.batches import Layout, PredictionBlock, array_type
from mlfoundry.events import FLAG_FUTURE, FeatureValue, PredictionRow, Shap, StoredRow, Value
from mlfoundry.labels import class_label
from mlfoundry.schema import FeatureType
from mlfoundry.store.catalog import ACCEPTED, EXACT_IN_FLOAT, Catalog, Column, shap_names
from mlfoundry.store.rules import shown_float32
from mlfoundry.times import of_micros

MAX_LAYOUTS = 4_096
TYPE_STR, TYPE_INT, TYPE_FLOAT, TYPE_BOOL = range(4)
_TYPE_CODE: dict[type, int] = {str: TYPE_STR, int: TYPE_INT, float: TYPE_FLOAT, bool: TYPE_BOOL}
_ARROW: dict[FeatureType, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.string(),
    "boolean": pa.bool_(),
}
_SQL: dict[FeatureType, str] = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "timestamp": "VARCHAR",
    "boolean": "BOOLEAN",
}
MICROS = pa.timestamp("us")
_NoneType = type(None)
Values = Sequence[FeatureValue]
_encode = msgspec.json.Encoder().encode


def sql_type(column: Column) -> str:
    """The engine's type of a column."""
    return "FLOAT" if column.role == "shap" else _SQL[column.type]


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column."""
    return pa.float32() if column.role == "shap" else _ARROW[column.type]


def encode_values(prefix: str, values: Sequence[Value | None]) -> dict[str, pa.Array]:
    """Values as the columns ``<prefix>_type``, ``_number`` and ``_text``."""
    kinds = set(map(type, values))
    numbers, texts = pa.nulls(len(values), pa.float64()), pa.nulls(len(values), pa.string())
    if kinds == {str}:
        types, texts = pa.array(np.full(len(values), TYPE_STR, np.uint8)), pa.array(values, pa.string())
    elif kinds == {float}:
        types, numbers = pa.array(np.full(len(values), TYPE_FLOAT, np.uint8)), pa.array(values, pa.float64())
    else:
        codes = [None if value is None else _TYPE_CODE[type(value)] for value in values]
        pairs = list(zip(codes, values, strict=True))
        types = pa.array(codes, pa.uint8())
        numbers = pa.array(
            [float(cast("float", value)) if code in (TYPE_INT, TYPE_FLOAT) else None for code, value in pairs],
            pa.float64(),
        )
        texts = pa.array([_text(code, value) for code, value in pairs], pa.string())
    return {f"{prefix}_type": types, f"{prefix}_number": numbers, f"{prefix}_text": texts}


def _text(code: int | None, value: Value | None) -> str | None:
    if value is None or code == TYPE_FLOAT:
        return None
    if code == TYPE_INT and abs(cast("int", value)) <= EXACT_IN_FLOAT:
        return None
    return class_label(value)


def decode_value(code: int | None, number: float | None, text: str | None) -> Value | None:
    """The value of the three columns."""
    if code is None:
        return None
    if code == TYPE_STR:
        return cast("str", text)
    if code == TYPE_BOOL:
        return text == "true"
    if code == TYPE_INT:
        return int(text) if text is not None else int(cast("float", number))
    return cast("float", number)


class Exceptions:
    """What does not fit a column, by row."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}

    def put(self, row: int, part: str, name: str, value: object) -> None:
        """Keep one value of a row."""
        self._rows.setdefault(row, {}).setdefault(part, {})[name] = value

    def put_layout(self, row: int, layout: Layout) -> None:
        """Keep the names of a row whose layout has no number."""
        self._rows.setdefault(row, {})["layout"] = layout

    def array(self, n: int) -> pa.Array:
        """One JSON text a row, null where everything fits."""
        texts = [None] * n if not self._rows else [self._text(row) for row in range(n)]
        return pa.array(texts, pa.string())

    def _text(self, row: int) -> str | None:
        given = self._rows.get(row)
        return None if given is None else _encode(given).decode()


def encode_columns(blocks: Sequence[PredictionBlock], catalog: Catalog, exceptions: Exceptions) -> dict[str, pa.Array]:
    """Features, probabilities and SHAP values of the rows of blocks, one array a column."""
    arrays: dict[str, pa.Array] = {}
    given = _by_name(blocks, 0)
    for column in catalog.of("feature"):
        arrays[column.ident] = _typed(_pieces(given, column.name, blocks), column, exceptions)
    given = _by_name(blocks, 1)
    for column in catalog.of("score"):
        arrays[column.ident] = _floats(_pieces(given, column.name, blocks), np.float64)
    given = _by_name(blocks, 2)
    for column in catalog.of("shap"):
        key = (column.group, column.name) if column.group else column.name
        arrays[column.ident] = _floats(_pieces(given, key, blocks), np.float32)
    _keep_rest(blocks, catalog, exceptions)
    return arrays


_Given = dict[Any, dict[int, Values]]
"""For each name the values in those blocks, by their place, that hold it."""


def _by_name(blocks: Sequence[PredictionBlock], part: Literal[0, 1, 2]) -> _Given:
    given: _Given = {}
    for place, block in enumerate(blocks):
        columns = (block.features, block.probabilities, block.shap_values)[part]
        for name, values in zip(block.layout[part], columns, strict=True):
            given.setdefault(name, {})[place] = values
    return given


def _pieces(given: _Given, name: object, blocks: Sequence[PredictionBlock]) -> list[Values]:
    """The values of a name, block by block; None in rows without it."""
    values = given.get(name, {})
    if len(values) == len(blocks):
        return list(values.values())
    return [values[place] if place in values else (None,) * len(block) for place, block in enumerate(blocks)]


def _joined(pieces: Sequence[Values], dtype: type[np.float64 | np.int64]) -> NDArray[Any]:
    return np.concatenate([np.frombuffer(cast("bytes", piece), dtype) for piece in pieces])


def _are(pieces: Sequence[Values], code: Literal["d", "q"]) -> bool:
    return all(array_type(piece) == code for piece in pieces)


def _floats(pieces: Sequence[Values], dtype: type[np.float64 | np.float32]) -> pa.Array:
    if _are(pieces, "d"):
        return pa.array(_joined(pieces, np.float64).astype(dtype, copy=False))
    return pa.array(list(chain.from_iterable(pieces)), pa.float64() if dtype is np.float64 else pa.float32())


def _typed(pieces: Sequence[Values], column: Column, exceptions: Exceptions) -> pa.Array:
    if column.type == "float" and _are(pieces, "d"):
        return pa.array(_joined(pieces, np.float64))
    if column.type == "int" and _are(pieces, "q"):
        return pa.array(_joined(pieces, np.int64))
    values = list(chain.from_iterable(pieces))
    types = set(map(type, values))
    types.discard(_NoneType)
    target = arrow_type(column)
    if types <= ACCEPTED[column.type]:
        try:
            return pa.array(values, target)
        except pa.ArrowInvalid:
            pass  # an int that no float64 holds
    fitting = [_fitted(row, value, column, exceptions) for row, value in enumerate(values)]
    return pa.array(fitting, target)


def _fitted(row: int, value: FeatureValue, column: Column, exceptions: Exceptions) -> FeatureValue:
    """The value as its column holds it: a float for an int, None for what does not fit."""
    if value is None:
        return None
    if type(value) not in ACCEPTED[column.type]:
        exceptions.put(row, "columns", column.ident, value)
        return None
    if column.type == "float" and isinstance(value, int):
        if abs(value) > EXACT_IN_FLOAT:
            exceptions.put(row, "columns", column.ident, value)
        return float(value)
    return value


def _keep_rest(blocks: Sequence[PredictionBlock], catalog: Catalog, exceptions: Exceptions) -> None:
    """Keep what no column takes: names beyond what a version may have, and features of which no value was ever seen."""
    start = 0
    for block in blocks:
        names, scores, _ = block.layout
        for name, values in zip(names, block.features, strict=True):
            if catalog.column("feature", name) is None:
                for place, value in enumerate(values, start):
                    if value is not None:
                        exceptions.put(place, "features", name, value)
        for name, values in zip(scores, block.probabilities, strict=True):
            if catalog.column("score", name) is None:
                for place, value in enumerate(values, start):
                    exceptions.put(place, "scores", name, value)
        for (name, group), values in zip(shap_names(block.layout), block.shap_values, strict=True):
            if catalog.column("shap", name, group) is None:
                key = _encode([group, name]).decode()
                for place, value in enumerate(values, start):
                    exceptions.put(place, "shap", key, value)
        start += len(block)


class RowDecoder:
    """Makes rows of the columns that :func:`encode_columns` wrote."""

    def __init__(self, fqn: str, catalog: Catalog, layouts: Sequence[Layout], table: pa.Table) -> None:
        self._fqn = fqn
        self._catalog = catalog
        self._layouts = layouts
        names: list[str] = table.column_names
        self._columns: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in names}
        self.n: int = table.num_rows

    def seq(self, index: int) -> int:
        """The number of an event."""
        return self._columns["seq"][index]

    def prediction(self, index: int) -> PredictionRow:
        """The prediction of an event."""
        column = self._columns
        exceptions: dict[str, Any] = msgspec.json.decode(column["exceptions"][index] or "{}")
        layout = self._layout(index, exceptions)
        return PredictionRow(
            index=index,
            data_id=column["data_id"][index],
            value=cast("Value", self._value("v", index)),
            features=self._features(index, layout, exceptions),
            probabilities=self._scores(index, layout, exceptions),
            shap_values=self._shap(index, layout, exceptions),
            occurred_at=column["occurred_at"][index],
            raw_data=column["raw_data"][index] or "{}",
            flags=column["flags"][index],
        )

    def stored(self, index: int) -> StoredRow:
        """An event with its actual."""
        row = self.prediction(index)
        known_at: int | None = self._columns["known_at"][index]
        known_received_at: int | None = self._columns["known_received_at"][index]
        return StoredRow(
            data_id=row.data_id,
            model_version_fqn=self._fqn,
            value=row.value,
            features=row.features,
            probabilities=row.probabilities,
            shap_values=row.shap_values,
            raw_data=msgspec.Raw(row.raw_data.encode()),
            occurred_at=of_micros(row.occurred_at),
            received_at=of_micros(self._columns["received_at"][index]),
            actual=self._value("a", index),
            actual_occurred_at=None if known_at is None else of_micros(known_at),
            actual_received_at=None if known_received_at is None else of_micros(known_received_at),
            in_future=bool(row.flags & FLAG_FUTURE),
        )

    def _value(self, prefix: str, index: int) -> Value | None:
        column = self._columns
        return decode_value(
            column[f"{prefix}_type"][index], column[f"{prefix}_number"][index], column[f"{prefix}_text"][index]
        )

    def _layout(self, index: int, exceptions: Mapping[str, Any]) -> Layout:
        no: int | None = self._columns["layout"][index]
        return self._layouts[no] if no is not None else decode_layout(_encode(exceptions["layout"]))

    def _features(self, index: int, layout: Layout, exceptions: Mapping[str, Any]) -> dict[str, FeatureValue]:
        misfits, rest = exceptions.get("columns", {}), exceptions.get("features", {})
        features: dict[str, FeatureValue] = {}
        for name in layout[0]:
            column = self._catalog.column("feature", name)
            if column is None:
                features[name] = rest.get(name)
            else:
                ident = column.ident
                features[name] = misfits[ident] if ident in misfits else self._columns[ident][index]
        return features

    def _scores(self, index: int, layout: Layout, exceptions: Mapping[str, Any]) -> dict[str, float]:
        scores: dict[str, float] = {}
        for name in layout[1]:
            column = self._catalog.column("score", name)
            scores[name] = exceptions["scores"][name] if column is None else self._columns[column.ident][index]
        return scores

    def _shap(self, index: int, layout: Layout, exceptions: Mapping[str, Any]) -> Shap:
        flat: dict[str, float] = {}
        by_class: dict[str, dict[str, float]] = {}
        for name, group in shap_names(layout):
            column = self._catalog.column("shap", name, group)
            if column is None:
                value = exceptions["shap"][_encode([group, name]).decode()]
            else:
                value = cast("float", shown_float32(self._columns[column.ident][index]))
            if group:
                by_class.setdefault(group, {})[name] = value
            else:
                flat[name] = value
        return by_class or flat


_LAYOUT = msgspec.json.Decoder(tuple[tuple[str, ...], tuple[str, ...], tuple[str | tuple[str, str], ...]])


def encode_layout(layout: Layout) -> str:
    """A layout as JSON."""
    return _encode(layout).decode()


def decode_layout(text: str | bytes) -> Layout:
    """A layout from JSON."""
    return cast("Layout", _LAYOUT.decode(text))
