"""Rows into typed Arrow columns and back, every value as it was given.

A predicted or actual value lies in three columns: its type, a number, a text. A feature lies in one column of its
type; a value that does not fit it, and what no column takes, lies as JSON in ``exceptions``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar, cast

import msgspec
import pyarrow as pa

from mlfoundry.events import FLAG_FUTURE, FeatureValue, PredictionRow, Shap, StoredRow, Value
from mlfoundry.labels import class_label
from mlfoundry.schema import FeatureType
from mlfoundry.store.catalog import ACCEPTED, EXACT_IN_FLOAT, Catalog, Column, Layout, is_by_class, shap_names
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
_Cell = TypeVar("_Cell")
_encode = msgspec.json.Encoder().encode


def sql_type(column: Column) -> str:
    """The engine's type of a column."""
    return "FLOAT" if column.role == "shap" else _SQL[column.type]


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column."""
    return pa.float32() if column.role == "shap" else _ARROW[column.type]


def encode_values(prefix: str, values: Sequence[Value | None]) -> dict[str, pa.Array]:
    """Values as the columns ``<prefix>_type``, ``_number`` and ``_text``."""
    types = [None if value is None else _TYPE_CODE[type(value)] for value in values]
    numbers = [
        float(cast("float", value)) if code in (TYPE_INT, TYPE_FLOAT) else None
        for code, value in zip(types, values, strict=True)
    ]
    texts = [_text(code, value) for code, value in zip(types, values, strict=True)]
    return {
        f"{prefix}_type": pa.array(types, pa.uint8()),
        f"{prefix}_number": pa.array(numbers, pa.float64()),
        f"{prefix}_text": pa.array(texts, pa.string()),
    }


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


def encode_columns(
    rows: Sequence[PredictionRow], layouts: Iterable[Layout], catalog: Catalog, exceptions: Exceptions
) -> dict[str, pa.Array]:
    """Features, probabilities and SHAP values of rows, one array a column."""
    shap = [row.shap_values for row in rows]
    flat = cast("list[dict[str, float]]", [{} if is_by_class(values) else values for values in shap])
    arrays: dict[str, pa.Array] = {}
    of_features = catalog.of("feature")
    for column, values in zip(of_features, _transposed([row.features for row in rows], of_features), strict=True):
        arrays[column.ident] = _typed(values, column, exceptions)
    of_scores = catalog.of("score")
    for column, values in zip(of_scores, _transposed([row.probabilities for row in rows], of_scores), strict=True):
        arrays[column.ident] = pa.array(values, pa.float64())
    of_shap = [column for column in catalog.of("shap") if not column.group]
    for column, values in zip(of_shap, _transposed(flat, of_shap), strict=True):
        arrays[column.ident] = pa.array(values, pa.float32())
    for group, columns in _by_class(catalog).items():
        in_class = [values.get(group, {}) if is_by_class(values) else {} for values in shap]
        for column, values in zip(columns, _transposed(in_class, columns), strict=True):
            arrays[column.ident] = pa.array(values, pa.float32())
    for layout in layouts:
        _keep_rest(layout, rows, catalog, exceptions)
    return arrays


def _by_class(catalog: Catalog) -> dict[str, list[Column]]:
    groups: dict[str, list[Column]] = {}
    for column in catalog.of("shap"):
        if column.group:
            groups.setdefault(column.group, []).append(column)
    return groups


def _transposed(rows: Sequence[Mapping[str, _Cell]], columns: Sequence[Column]) -> Sequence[Sequence[_Cell | None]]:
    """The values of each column; rows that hold every name, as nearly all do, are read without a loop in Python."""
    names = [column.name for column in columns]
    if len(names) > 1:
        with contextlib.suppress(KeyError):
            cells = list(chain.from_iterable(map(itemgetter(*names), rows)))
            return [cells[place :: len(names)] for place in range(len(names))]
    return [[row.get(name) for row in rows] for name in names]


def _typed(values: Sequence[FeatureValue], column: Column, exceptions: Exceptions) -> pa.Array:
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


def _keep_rest(layout: Layout, rows: Sequence[PredictionRow], catalog: Catalog, exceptions: Exceptions) -> None:
    """Keep what no column takes: names beyond what a version may have."""
    features = {name for name in layout[0] if catalog.column("feature", name) is None}
    scores = {name for name in layout[1] if catalog.column("score", name) is None}
    shap = {(n, g) for n, g in shap_names(layout) if catalog.column("shap", n, g) is None}
    if not (features or scores or shap):
        return
    for index, row in enumerate(rows):
        for name in features & row.features.keys():
            if row.features[name] is not None:
                exceptions.put(index, "features", name, row.features[name])
        for name in scores & row.probabilities.keys():
            exceptions.put(index, "scores", name, row.probabilities[name])
        for name, group in shap:
            value = _shap_value(row.shap_values, name, group)
            if value is not None:
                exceptions.put(index, "shap", _encode([group, name]).decode(), value)


def _shap_value(shap: Shap, name: str, group: str) -> float | None:
    if is_by_class(shap):
        return shap.get(group, {}).get(name) if group else None
    return None if group else cast("dict[str, float]", shap).get(name)


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
