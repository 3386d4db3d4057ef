"""The table that a scan gives (see :mod:`mlfoundry.exports`): its schema, and rows put into it one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from mlfoundry.batches import flat_shap
from mlfoundry.errors import NotFound
from mlfoundry.events import FeatureValue, StoredRow, Value
from mlfoundry.exports import (
    FIRST_COLUMNS,
    LAST_COLUMNS,
    ColumnRole,
    Exceptions,
    ExportedColumn,
    ExportInfo,
    Key,
    Names,
    column_names,
)
from mlfoundry.schema import Feature, FeatureType, ModelSchema
from mlfoundry.store.catalog import EXACT_IN_FLOAT, Catalog, Column, fits
from mlfoundry.windows import Window

_ROLES: dict[str, ColumnRole] = {"feature": "feature", "score": "probability", "shap": "shap_value"}
_TIME = pa.timestamp("us", "UTC")
_ARROW: dict[FeatureType, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.string(),
    "boolean": pa.bool_(),
}
_FIXED: dict[str, pa.DataType] = {
    "data_id": pa.string(),
    "occurred_at": _TIME,
    "received_at": _TIME,
    "actual_occurred_at": _TIME,
    "actual_received_at": _TIME,
    "in_future": pa.bool_(),
    "raw_data": pa.string(),
    "exceptions": pa.string(),
    "names": pa.dictionary(pa.int32(), pa.string()),
}
_TYPE_OF: dict[type, FeatureType] = {int: "int", float: "float", str: "string", bool: "boolean"}
_NO_RAW_DATA = b"{}"


@dataclass(frozen=True, slots=True)
class ScanColumns:
    """The columns of a scan.

    Parameters
    ----------
    schema
        Of its batches.
    stored
        For each column of features, probabilities and SHAP values, asked for or not: the stored one.
    value_type
        The type of the columns ``prediction`` and ``actual``.
    """

    schema: pa.Schema
    stored: dict[str, Column]
    value_type: dict[str, FeatureType]


def scan_columns(fqn: str, catalog: Catalog, window: Window, columns: Sequence[str] | None) -> ScanColumns:
    """What a scan gives of a version with this catalog.

    Raises
    ------
    NotFound
        There is no column of one of the names.
    """
    ordered = [*catalog.of("score"), *catalog.of("feature"), *catalog.of("shap")]
    keys: list[Key] = [(_ROLES[column.role], column.name, column.group) for column in ordered]
    stored = dict(zip(column_names(keys), ordered, strict=True))
    known = [*FIRST_COLUMNS, *stored, *LAST_COLUMNS]
    for name in columns or ():
        if name not in known:
            raise NotFound("column", name, known=known)
    chosen = known if columns is None else list(dict.fromkeys(columns))
    value_type: dict[str, FeatureType] = {role: _value_type(catalog, role) for role in ("prediction", "actual")}
    fields = [pa.field(name, _arrow_type(name, stored, value_type)) for name in chosen]
    info = ExportInfo(
        model_version_fqn=fqn,
        start=window.start,
        end=window.end,
        model_schema=_known_schema(catalog),
        columns=tuple(
            ExportedColumn(name, _ROLES[column.role], column.name, column.group)
            for name, column in stored.items()
            if name in chosen
        ),
    )
    return ScanColumns(pa.schema(fields, metadata=info.encode()), stored, value_type)


def _value_type(catalog: Catalog, role: str) -> FeatureType:
    own, other = catalog.column("prediction"), catalog.column("actual")
    column = (own or other) if role == "prediction" else (other or own)
    return "string" if column is None else column.type


def _arrow_type(name: str, stored: dict[str, Column], value_type: dict[str, FeatureType]) -> pa.DataType:
    if name in stored:
        column = stored[name]
        return pa.float32() if column.role == "shap" else _ARROW[column.type]
    return _ARROW[value_type[name]] if name in value_type else _FIXED[name]


def _known_schema(catalog: Catalog) -> ModelSchema:
    """The schema, with the features that were learned: a version made with it types every column as this one does."""
    given = catalog.schema or ModelSchema()
    learned = [Feature(c.name, c.type) for c in catalog.of("feature") if c.name and given.feature(c.name) is None]
    return msgspec.structs.replace(
        given, features=(*given.features, *learned), prediction=given.prediction or catalog.prediction_kind
    )


def batch_of(rows: Sequence[StoredRow], columns: ScanColumns) -> pa.RecordBatch:
    """Rows as a batch of a scan, one value at a time: what engines must come to by quicker ways."""
    arrays = [
        pa.array([_value(name, row, columns) for row in rows], field_type)
        for name, field_type in zip(columns.schema.names, columns.schema.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=columns.schema)


def exceptions_text(exceptions: Exceptions) -> str | None:
    """What stands in the column ``exceptions``: null where everything fits."""
    text = msgspec.json.encode(exceptions).decode()
    return None if text == "{}" else text


def _value(name: str, row: StoredRow, columns: ScanColumns) -> object:
    column = columns.stored.get(name)
    if column is None:
        return _fixed(name, row, columns)
    if column.role == "feature":
        value = row.features.get(column.name)
        if not fits(column.type, value):
            return None
        return float(value) if column.type == "float" and isinstance(value, int) else value
    if column.role == "score":
        return row.probabilities.get(column.name)
    return _shap(row).get((column.group, column.name))


def _fixed(name: str, row: StoredRow, columns: ScanColumns) -> object:
    if name == "names":
        names = Names(tuple(row.features), tuple(row.probabilities), flat_shap(row.shap_values)[0])
        return msgspec.json.encode(names).decode()
    if name == "exceptions":
        return exceptions_text(_exceptions(row, columns))
    if name == "raw_data":
        raw = bytes(row.raw_data)
        return None if raw == _NO_RAW_DATA else raw.decode()
    if name in columns.value_type:
        value = row.value if name == "prediction" else row.actual
        return None if _is_odd(value, columns.value_type[name]) else value
    return getattr(row, name)


def _is_odd(value: Value | None, column_type: FeatureType) -> bool:
    return value is not None and _TYPE_OF[type(value)] != column_type


def _exceptions(row: StoredRow, columns: ScanColumns) -> Exceptions:
    held = {(column.role, column.name, column.group): column for column in columns.stored.values()}
    return Exceptions(
        prediction=row.value if _is_odd(row.value, columns.value_type["prediction"]) else None,
        actual=row.actual if _is_odd(row.actual, columns.value_type["actual"]) else None,
        features={
            name: value for name, value in row.features.items() if not _is_kept(value, held.get(("feature", name, "")))
        },
        probabilities={n: score for n, score in row.probabilities.items() if ("score", n, "") not in held},
        shap_values=[
            (group, name, value) for (group, name), value in _shap(row).items() if ("shap", name, group) not in held
        ],
    )


def _is_kept(value: FeatureValue, column: Column | None) -> bool:
    """Whether a column holds exactly this value, or there is none to hold."""
    if value is None:
        return True
    if column is None or not fits(column.type, value):
        return False
    return not (column.type == "float" and isinstance(value, int) and abs(value) > EXACT_IN_FLOAT)


def _shap(row: StoredRow) -> dict[tuple[str, str], float]:
    names, values = flat_shap(row.shap_values)
    pairs = [("", name) if isinstance(name, str) else name for name in names]
    return dict(zip(pairs, values, strict=True))
