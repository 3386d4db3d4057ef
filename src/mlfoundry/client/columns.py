"""Tables made into Arrow streams of the wire, a slice at a time: all that the client knows of Arrow's form of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from mlfoundry.client.results import import_arrow
from mlfoundry.client.values import plain_label
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Kind

_CALL = "log_table()"
HEADERS = {"content-type": "application/vnd.apache.arrow.stream"}


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Which columns of a table are what; ``probabilities`` maps a class to its column, ``shap_values`` a feature, or a
    class and in it a feature.
    """

    data_id: str
    occurred_at: str | None
    features: tuple[str, ...]
    prediction: str | None
    probabilities: Mapping[str, str]
    shap_values: Mapping[str, str | Mapping[str, str]]
    actual: str | None
    actual_at: str | None

    def values(self) -> list[str]:
        """The columns that hold values rather than times, once each."""
        single = (self.data_id, self.prediction, self.actual)
        several = (*self.features, *self.probabilities.values(), *_leaves(self.shap_values))
        return list(dict.fromkeys(name for name in (*single, *several) if name is not None))

    def all(self) -> list[str]:
        """Every column named, once each."""
        times = [name for name in (self.occurred_at, self.actual_at) if name is not None]
        return list(dict.fromkeys((*self.values(), *times)))


@dataclass(frozen=True, slots=True)
class TableBatch:
    """Rows of one kind as they travel: a record batch, and which of its columns is what."""

    kind: Kind
    records: Any
    columns: Mapping[str, Any]

    def __len__(self) -> int:
        return self.records.num_rows

    @property
    def size_bytes(self) -> int:
        """How much it is before compression."""
        return self.records.nbytes

    def halves(self) -> tuple[TableBatch, TableBatch]:
        """Two batches of half the rows each."""
        middle = len(self) // 2
        first, second = self.records.slice(0, middle), self.records.slice(middle)
        return replace(self, records=first), replace(self, records=second)

    def body(self, batch_id: str, fqn: str) -> tuple[bytes, Mapping[str, str]]:
        """The Arrow stream of one request, each buffer compressed by itself, and its headers."""
        pa = import_arrow(_CALL)
        envelope = {"batch_id": batch_id, "model_version_fqn": fqn, "columns": self.columns}
        schema = self.records.schema.with_metadata({"mlfoundry": msgspec.json.encode(envelope)})
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, schema, options=options) as writer:
            writer.write_batch(self.records.replace_schema_metadata(schema.metadata))
        return sink.getvalue().to_pybytes(), HEADERS


def choose_columns(
    names: Sequence[str],
    *,
    data_id: str,
    occurred_at: str | None,
    features: Sequence[str] | None,
    prediction: str | None,
    probabilities: Mapping[Any, str] | None,
    shap_values: Mapping[Any, str | Mapping[str, str]] | None,
    actual: str | None,
    actual_at: str | None,
) -> TableColumns:
    """Check the names against the table's; features are, unless given, all columns that are nothing else."""
    if prediction is None and actual is None:
        raise InvalidInput("name the column of the prediction, of the actual, or both")
    if actual_at is not None and actual is None:
        raise InvalidInput("actual_at needs the column of the actual")
    scores = {plain_label(label, "$.probabilities"): column for label, column in (probabilities or {}).items()}
    shap = _shap_columns(shap_values or {})
    others = {data_id, occurred_at, prediction, actual, actual_at, *scores.values(), *_leaves(shap)}
    chosen = tuple(features) if features is not None else tuple(name for name in names if name not in others)
    columns = TableColumns(data_id, occurred_at, chosen, prediction, scores, shap, actual, actual_at)
    found = Counter(names)
    for name in columns.all():
        if not found[name]:
            raise InvalidInput(f"the table has no column {name!r}; it has {', '.join(map(repr, names))}")
        if found[name] > 1:
            raise InvalidInput(f"the table has {found[name]} columns called {name!r}")
    return columns


def open_stream(table: Any) -> tuple[Any, int | None]:
    """A reader of record batches, and how many rows there are where that is known."""
    pa = import_arrow(_CALL)
    if isinstance(table, Mapping):
        table = pa.table(table)
    if not hasattr(table, "__arrow_c_stream__"):
        raise InvalidInput(
            f"a {type(table).__name__} does not offer the Arrow stream interface; give a pandas (2.2 or later), polars "
            "or pyarrow table, a reader of record batches, or a dict of columns"
        )
    total = len(table) if hasattr(table, "__len__") else None
    return pa.RecordBatchReader.from_stream(table), total


def slices(reader: Any, columns: TableColumns, rows: int) -> Iterator[Any]:
    """The named columns, at most ``rows`` at a time, each of a type that rows have."""
    pa = import_arrow(_CALL)
    values, names = set(columns.values()), columns.all()
    for batch in reader:
        for start in range(0, batch.num_rows, rows):
            part = batch.slice(start, rows)
            arrays = [_plain_array(pa, name, part.column(name), keeps_times=name not in values) for name in names]
            yield pa.RecordBatch.from_arrays(arrays, names=names)


def predictions_of(part: Any, columns: TableColumns) -> TableBatch | None:
    """The predictions of a slice; None where the table has none."""
    if columns.prediction is None:
        return None
    travels = {
        "data_id": columns.data_id,
        "value": columns.prediction,
        "occurred_at": columns.occurred_at,
        "features": columns.features,
        "probabilities": columns.probabilities,
        "shap_values": columns.shap_values,
        "actual_value": columns.actual if columns.actual_at is None else None,
    }
    return _batch("prediction", part, travels)


def actuals_of(part: Any, columns: TableColumns) -> TableBatch | None:
    """The actuals of a slice where they are known, unless they travel with their predictions."""
    if columns.actual is None or (columns.prediction is not None and columns.actual_at is None):
        return None
    values = part.column(columns.actual)
    floats = import_arrow(_CALL).types.is_floating(values.type)
    known = _compute().is_finite(values) if floats else values.is_valid()
    travels = {"data_id": columns.data_id, "value": columns.actual, "occurred_at": columns.actual_at}
    return _batch("actual", part.filter(known), travels)


def rows_of(batch: TableBatch) -> list[dict[str, Any]]:
    """The same as dicts of the fields of :class:`Prediction` or :class:`Actual`."""
    columns = batch.columns
    by_column = {name: batch.records.column(name).to_pylist() for name in batch.records.schema.names}
    places = range(len(batch))
    rows: list[dict[str, Any]] = [
        {field: by_column[name][i] for field, name in columns.items() if isinstance(name, str)} for i in places
    ]
    if batch.kind == "prediction":
        for i, row in enumerate(rows):
            row["features"] = {name: by_column[name][i] for name in columns["features"]}
            row["prediction_data"] = {
                "value": row.pop("value"),
                "probabilities": _picked(columns["probabilities"], by_column, i),
                "shap_values": _picked(columns["shap_values"], by_column, i),
            }
    return rows


def _picked(named: Mapping[str, Any], by_column: Mapping[str, Sequence[Any]], place: int) -> dict[str, Any]:
    return {
        key: by_column[of][place] if isinstance(of, str) else _picked(of, by_column, place) for key, of in named.items()
    }


def _batch(kind: Kind, part: Any, travels: Mapping[str, Any]) -> TableBatch:
    columns = {field: of for field, of in travels.items() if of is not None}
    names = dict.fromkeys(name for of in columns.values() for name in ((of,) if isinstance(of, str) else _leaves(of)))
    return TableBatch(kind, part.select(list(names)), columns)


def _leaves(named: Mapping[str, Any] | Sequence[str]) -> Iterator[str]:
    """The columns that are named, at any depth."""
    for of in named.values() if isinstance(named, Mapping) else named:
        if isinstance(of, str):
            yield of
        else:
            yield from _leaves(of)


def _shap_columns(given: Mapping[Any, Any]) -> dict[str, str | Mapping[str, str]]:
    by_class = [isinstance(of, Mapping) for of in given.values()]
    if not any(by_class):
        return dict(given)
    if not all(by_class):
        raise InvalidInput("shap_values maps features to columns, or every class to such a mapping")
    return {plain_label(label, "$.shap_values"): dict(of) for label, of in given.items()}


def _plain_array(pa: Any, name: str, array: Any, *, keeps_times: bool) -> Any:  # noqa: PLR0911  one line a type
    """A column as it travels: dictionaries spelled out, decimals as floats, times as text unless they say when."""
    kinds = pa.types
    if kinds.is_dictionary(array.type):
        return _plain_array(pa, name, array.dictionary, keeps_times=keeps_times).take(array.indices)
    if kinds.is_decimal(array.type):
        return array.cast(pa.string()).cast(pa.float64())  # Arrow's own way to a float may miss it by a hair
    if kinds.is_float16(array.type):
        return array.cast(pa.float32())
    if kinds.is_timestamp(array.type):
        array = _in_micros(pa, array)
        return array if keeps_times else _as_text(pa, name, array)
    if kinds.is_date(array.type):
        return array.cast(pa.timestamp("s")) if keeps_times else _as_text(pa, name, array)
    if getattr(kinds, "is_string_view", kinds.is_string)(array.type):
        return array.cast(pa.string())
    plain = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_null, kinds.is_string)
    if any(is_kind(array.type) for is_kind in (*plain, kinds.is_large_string)):
        return array
    raise InvalidInput(f"column {name!r} is of type {array.type}; a row holds text, numbers, booleans and times")


def _in_micros(pa: Any, array: Any) -> Any:
    """Times in microseconds; what is finer is cut off as Python's datetime does, toward the past."""
    if array.type.unit != "ns":
        return array
    compute, nanos = _compute(), array.cast(pa.int64())
    micros = compute.divide(nanos, 1_000)
    before = compute.less(nanos, compute.multiply(micros, 1_000)).cast(pa.int64())
    return compute.subtract(micros, before).cast(pa.timestamp("us", array.type.tz))


def _as_text(pa: Any, name: str, array: Any) -> Any:
    """Times as ``log_predictions`` writes those of a feature."""
    try:
        return pa.array([None if at is None else at.isoformat() for at in array.to_pylist()], pa.string())
    except (ValueError, OverflowError, KeyError, pa.ArrowException) as error:
        raise InvalidInput(f"column {name!r} holds a time that has no text: {error}") from error


def _compute() -> Any:
    import pyarrow.compute as pc  # pyright: ignore[reportMissingTypeStubs]

    return pc
