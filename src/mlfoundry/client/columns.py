"""Slices of an Arrow table made into rows of the wire, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

from mlfoundry.client.results import import_arrow
from mlfoundry.client.values import plain_label
from mlfoundry.errors import InvalidInput

_CALL = "log_table()"


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Which columns of a table are what; ``probabilities`` and ``shap_values`` map a class, a feature to its column."""

    data_id: str
    occurred_at: str | None
    features: tuple[str, ...]
    prediction: str | None
    probabilities: Mapping[str, str]
    shap_values: Mapping[str, str]
    actual: str | None
    actual_at: str | None

    def all(self) -> list[str]:
        """Every column named, once each."""
        single = (self.data_id, self.occurred_at, self.prediction, self.actual, self.actual_at)
        several = (*self.features, *self.probabilities.values(), *self.shap_values.values())
        return list(dict.fromkeys(name for name in (*single, *several) if name is not None))

    @property
    def layout(self) -> dict[str, Any]:
        """The names of the values of a row that is an array."""
        return {
            "features": self.features,
            "probabilities": tuple(self.probabilities),
            "shap_values": tuple(self.shap_values),
        }


def choose_columns(
    names: Sequence[str],
    *,
    data_id: str,
    occurred_at: str | None,
    features: Sequence[str] | None,
    prediction: str | None,
    probabilities: Mapping[Any, str] | None,
    shap_values: Mapping[str, str] | None,
    actual: str | None,
    actual_at: str | None,
) -> TableColumns:
    """Check the names against the table's; features are, unless given, all columns that are nothing else."""
    if prediction is None and actual is None:
        raise InvalidInput("name the column of the prediction, of the actual, or both")
    if actual_at is not None and actual is None:
        raise InvalidInput("actual_at needs the column of the actual")
    scores = {plain_label(label, "$.probabilities"): column for label, column in (probabilities or {}).items()}
    shap: dict[str, Any] = dict(shap_values or {})
    if not all(isinstance(column, str) for column in shap.values()):
        raise InvalidInput("shap_values maps a feature to its column; by class they go through log_predictions")
    others = {data_id, occurred_at, prediction, actual, actual_at, *scores.values(), *shap.values()}
    chosen = tuple(features) if features is not None else tuple(name for name in names if name not in others)
    columns = TableColumns(data_id, occurred_at, chosen, prediction, scores, shap, actual, actual_at)
    missing = [name for name in columns.all() if name not in names]
    if missing:
        raise InvalidInput(f"the table has no column {missing[0]!r}; it has {', '.join(map(repr, names))}")
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


def slices(reader: Any, names: Sequence[str], rows: int) -> Iterator[Any]:
    """The named columns, at most ``rows`` at a time, each in a type that JSON has."""
    for batch in reader:
        chosen = batch.select(list(names))
        for start in range(0, chosen.num_rows, rows):
            yield _jsonable(chosen.slice(start, rows))


def prediction_rows(part: Any, columns: TableColumns, now: datetime) -> list[tuple[Any, ...]]:
    """The rows of a slice as arrays of values, of the one layout 0."""
    assert columns.prediction is not None
    values = {name: part.column(name).to_pylist() for name in columns.all()}
    count = part.num_rows

    def zipped(names: Sequence[str]) -> Iterator[Any]:
        return zip(*(values[name] for name in names), strict=True) if names else repeat((), count)

    carried = columns.actual if columns.actual_at is None else None
    return list(
        zip(
            repeat(0, count),
            values[columns.data_id],
            values[columns.occurred_at] if columns.occurred_at else repeat(now, count),
            values[columns.prediction],
            zipped(columns.features),
            zipped(list(columns.probabilities.values())),
            zipped(list(columns.shap_values.values())),
            repeat(None, count),
            values[carried] if carried else repeat(None, count),
            strict=True,
        )
    )


def actual_rows(part: Any, columns: TableColumns, now: datetime) -> list[dict[str, Any]]:
    """The actuals of a slice, where they are known and do not travel with their predictions."""
    if columns.actual is None or (columns.prediction is not None and columns.actual_at is None):
        return []
    ids, values = part.column(columns.data_id).to_pylist(), part.column(columns.actual).to_pylist()
    times: Iterable[Any] = (
        part.column(columns.actual_at).to_pylist() if columns.actual_at else repeat(now, part.num_rows)
    )
    return [
        {"data_id": data_id, "value": value, "occurred_at": now if at is None else at}
        for data_id, value, at in zip(ids, values, times, strict=True)
        if value is not None
    ]


def _jsonable(part: Any) -> Any:
    pa = import_arrow(_CALL)
    arrays = [_plain_array(pa, name, column) for name, column in zip(part.schema.names, part.columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=part.schema.names)


def _plain_array(pa: Any, name: str, array: Any) -> Any:
    kinds = pa.types
    if kinds.is_dictionary(array.type):
        array = array.dictionary_decode()
    if kinds.is_decimal(array.type) or kinds.is_float16(array.type):
        return array.cast(pa.float64())
    if kinds.is_timestamp(array.type):  # nanoseconds would come out as a type of pandas
        return array.cast(pa.timestamp("us", array.type.tz), safe=False)
    plain = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_date, kinds.is_null)
    text = (kinds.is_string, kinds.is_large_string, getattr(kinds, "is_string_view", kinds.is_string))
    if any(is_kind(array.type) for is_kind in (*plain, *text)):
        return array
    raise InvalidInput(f"column {name!r} is of type {array.type}; a row holds text, numbers, booleans and times")
