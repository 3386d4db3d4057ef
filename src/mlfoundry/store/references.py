"""An uploaded reference table, checked and brought to a version's column types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from mlfoundry.columns import column_key
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.events import Value
from mlfoundry.schema import FeatureType
from mlfoundry.store.base import ReferenceColumns
from mlfoundry.store.catalog import Catalog, Column
from mlfoundry.times import as_utc, to_micros, to_text

_ARROW: dict[FeatureType, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "timestamp": pa.string(),
}
_Arrow = pa.Array | pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class ReferenceRows:
    """The rows of a reference: features, scores and SHAP values by their stored column, the rest as Python objects."""

    n: int
    columns: dict[Column, _Arrow]
    predictions: list[Value | None]
    actuals: list[Value | None]
    times: list[int | None]
    keys: tuple[str, ...]
    attributions: tuple[tuple[str, str], ...] = ()
    new_columns: list[Column] = field(default_factory=list[Column])


def read_reference(table: pa.Table, roles: ReferenceColumns, catalog: Catalog) -> ReferenceRows:
    """Check a table and bring it to the types of a version; the catalog learns what is new to it.

    Raises
    ------
    InvalidInput
        A column is absent, its values do not fit the version's type, or there are no rows.
    """
    if table.num_rows == 0:
        raise InvalidInput("a reference needs at least one row")
    new: list[Column] = []
    columns: dict[Column, _Arrow] = {}
    keys: list[str] = []
    for name in roles.features:
        given = _column(table, name)
        column = _feature(catalog, name, given, new)
        if column is not None:
            columns[column] = _converted(name, given, column.type)
            keys.append(column_key("feature", name))
    for label, name in roles.probabilities.items():
        added = catalog.add("score", label, "", "float")
        new += [added] if added is not None else []
        column = catalog.column("score", label)
        if column is not None:
            columns[column] = _converted(name, _column(table, name), "float")
            keys.append(column_key("score", label))
    predictions = _values(table, roles.prediction)
    actuals = _values(table, roles.actual)
    new += catalog.learn_reference(_distinct(predictions), _distinct(actuals))
    keys += [key for key, values in (("prediction", predictions), ("actual", actuals)) if _distinct(values)]
    times = _times(table, roles.occurred_at)
    shap = _shap_columns(table, roles, catalog, new)
    attributions = tuple((column.name, column.group) for column in shap)
    return ReferenceRows(table.num_rows, columns | shap, predictions, actuals, times, tuple(keys), attributions, new)


def _shap_columns(
    table: pa.Table, roles: ReferenceColumns, catalog: Catalog, new: list[Column]
) -> dict[Column, _Arrow]:
    """SHAP values by their stored column, as float32 like those of events."""
    named: list[tuple[str, str, str]] = []
    for name, given in roles.shap_values.items():
        named += [(name, "", given)] if isinstance(given, str) else [(one, name, own) for one, own in given.items()]
    if any(label for _, label, _ in named) and roles.prediction is None:
        raise InvalidInput("SHAP values per class are those of the predicted one: name the column of the prediction")
    columns: dict[Column, _Arrow] = {}
    for feature, label, name in named:
        added = catalog.add("shap", feature, label, "float")
        new += [added] if added is not None else []
        column = catalog.column("shap", feature, label)
        if column is not None:
            columns[column] = _converted(name, _column(table, name), "float").cast(pa.float32(), safe=False)
    return columns


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if table.column_names.count(name) != 1:
        if name in table.column_names:
            raise InvalidInput(f"the table has more than one column {name!r}")
        raise NotFound("column of the table", name, known=table.column_names)
    column = table.column(name)
    if pt.is_dictionary(column.type):
        dictionary: Any = column.type
        return column.cast(dictionary.value_type)
    return column


def _feature(catalog: Catalog, name: str, given: pa.ChunkedArray, new: list[Column]) -> Column | None:
    known = catalog.column("feature", name)
    if known is None:
        found = _feature_type(name, given.type)
        known = None if found is None else catalog.add("feature", name, "", found)
        new += [known] if known is not None else []
    return known


def _feature_type(name: str, given: pa.DataType) -> FeatureType | None:
    if pt.is_null(given):
        return None
    if pt.is_boolean(given):
        return "boolean"
    if pt.is_integer(given):
        return "int"
    if pt.is_floating(given) or pt.is_decimal(given):
        return "float"
    if pt.is_timestamp(given) or pt.is_date(given):
        return "timestamp"
    if _is_text(given):
        return "string"
    raise InvalidInput(f"the column {name!r} is of the type {given}; a feature is a number, a bool, a text or a time")


def _is_text(given: pa.DataType) -> bool:
    return pt.is_string(given) or pt.is_large_string(given) or pt.is_string_view(given)


def _converted(name: str, given: pa.ChunkedArray, wanted: FeatureType) -> _Arrow:
    """The column in the version's type; an int may become a float, a float that holds integers an int."""
    if pt.is_null(given.type):
        return pa.nulls(len(given), _ARROW[wanted])
    found = _feature_type(name, given.type)
    if wanted == "timestamp" and found == "timestamp":
        return pa.array([_time_text(value) for value in given.to_pylist()], pa.string())
    alike = found == wanted or {found, wanted} == {"int", "float"} or (wanted == "timestamp" and found == "string")
    if alike:
        finite = _finite_only(given) if pt.is_floating(given.type) else given
        try:
            return finite.cast(_ARROW[wanted], safe=wanted != "float")
        except pa.ArrowInvalid:
            pass  # a fraction, or an integer beyond 64 bits, in a column of ints
    raise InvalidInput(f"the column {name!r} is {given.type}, but this version's {name!r} is {wanted}")


def _finite_only(given: pa.ChunkedArray) -> pa.ChunkedArray:
    """NaN and infinities are missing values."""
    nothing = pa.nulls(1, given.type)
    result: pa.ChunkedArray = pc.if_else(pc.is_finite(given), given, nothing[0])  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]
    return result


def _time_text(value: Any) -> str | None:
    return None if value is None else to_text(as_utc(value))


def _values(table: pa.Table, name: str | None) -> list[Value | None]:
    if name is None:
        return [None] * table.num_rows
    column = _column(table, name)
    if pt.is_null(column.type):
        return [None] * table.num_rows
    if _feature_type(name, column.type) == "timestamp":
        raise InvalidInput(f"the column {name!r} holds times; a prediction is a number, a bool or a text")
    if pt.is_decimal(column.type):
        column = column.cast(pa.float64())
    return (_finite_only(column) if pt.is_floating(column.type) else column).to_pylist()


def _distinct(values: Sequence[Value | None]) -> list[Value]:
    kept = {(type(value), value): value for value in values if value is not None}
    return list(kept.values())


def _times(table: pa.Table, name: str | None) -> list[int | None]:
    if name is None:
        return [None] * table.num_rows
    values: list[Any] = _column(table, name).to_pylist()
    return [None if value is None else to_micros(as_utc(value)) for value in values]
