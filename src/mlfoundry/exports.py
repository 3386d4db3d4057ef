"""The form of exported rows, which the server writes and the client reads back: one Arrow table, each value exact.

Every column of a version is one column of its type. What does not fit that type lies as JSON in ``exceptions``, and
``names`` says which features, probabilities and SHAP values a row was sent with: so a value that is null and one that
was not sent stay apart. The table's metadata says which column is which; nothing is read out of a column's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from mlfoundry.errors import InvalidInput
from mlfoundry.events import FeatureValue, Shap, Value
from mlfoundry.schema import ModelSchema
from mlfoundry.times import of_micros

FORMAT = 1
METADATA_KEY = b"mlfoundry"
ROWS_HEADER = "x-mlfoundry-rows"
MEDIA_TYPE = "application/vnd.apache.arrow.stream"
FIRST_COLUMNS = ("data_id", "occurred_at", "received_at", "prediction")
LAST_COLUMNS = (
    "actual",
    "actual_occurred_at",
    "actual_received_at",
    "in_future",
    "raw_data",
    "exceptions",
    "names",
)
_NEEDED = ("data_id", "occurred_at", "prediction", "actual", "actual_occurred_at", "raw_data", "exceptions", "names")
ColumnRole = Literal["feature", "probability", "shap_value"]
PREFIX: Mapping[ColumnRole, str] = {"feature": "features", "probability": "probabilities", "shap_value": "shap_values"}
Key = tuple[ColumnRole, str, str]


class ExportedColumn(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a column of the table holds; ``group`` is the class of a SHAP value given per class."""

    column: str
    role: ColumnRole
    name: str
    group: str = ""


class ExportInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the table's metadata says.

    Parameters
    ----------
    format
        Of the table; a reader refuses a later one than it knows.
    model_version_fqn, start, end
        Whose rows these are, and their window.
    model_schema
        The version's schema, with the type of every feature that is known.
    columns
        Those of features, probabilities and SHAP values.
    """

    model_version_fqn: str
    start: datetime
    end: datetime
    model_schema: ModelSchema
    columns: tuple[ExportedColumn, ...]
    format: int = FORMAT

    def encode(self) -> dict[bytes, bytes]:
        """The metadata of the table."""
        return {METADATA_KEY: msgspec.json.encode(self)}

    def places(self) -> dict[Key, str]:
        """The columns of features, probabilities and SHAP values by what they hold."""
        return {(column.role, column.name, column.group): column.column for column in self.columns}

    @classmethod
    def decode(cls, metadata: Mapping[bytes, bytes] | None) -> ExportInfo:
        """Read a table's metadata; raises :class:`InvalidInput` for a table that is no export, or a later format's."""
        text = (metadata or {}).get(METADATA_KEY)
        if text is None:
            raise InvalidInput("this is no export of mlfoundry; tables of another origin go through client.log_table()")
        try:
            known = msgspec.json.decode(text, type=_Format).format
            if known > FORMAT:
                raise InvalidInput(f"the export is of format {known}, this program reads up to {FORMAT}; update it")
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise InvalidInput(f"the export's metadata cannot be read: {error}") from error


class _Format(msgspec.Struct):
    format: int


class Exceptions(msgspec.Struct, omit_defaults=True):
    """Values of one row that do not fit their columns, or have none."""

    prediction: Value | None = None
    actual: Value | None = None
    features: dict[str, FeatureValue] = {}
    probabilities: dict[str, float] = {}
    shap_values: list[tuple[str, str, float]] = []
    """Class (empty where flat), feature, value."""


class Names(msgspec.Struct, frozen=True, array_like=True):
    """What a row was sent with; a SHAP value is a feature, or a class and a feature."""

    features: tuple[str, ...] = ()
    probabilities: tuple[str, ...] = ()
    shap_values: tuple[str | tuple[str, str], ...] = ()


class ExportedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an export, every value as it was sent; ``raw_data`` is JSON."""

    data_id: str
    occurred_at: datetime
    value: Value
    features: dict[str, FeatureValue]
    probabilities: dict[str, float]
    shap_values: Shap
    raw_data: str | None
    actual: Value | None
    actual_occurred_at: datetime | None


def column_names(keys: Sequence[Key]) -> list[str]:
    """A name for each column, such as ``features.age``, none twice.

    Examples
    --------
    >>> column_names([("feature", "age", ""), ("shap_value", "age", "late"), ("shap_value", "late.age", "")])
    ['features.age', 'shap_values.late.age', 'shap_values.late.age~2']
    """
    given: dict[str, None] = {}
    for role, name, group in keys:
        plain = ".".join(part for part in (PREFIX[role], group, name) if part or part is name)
        unique, n = plain, 1
        while unique in given:
            n += 1
            unique = f"{plain}~{n}"
        given[unique] = None
    return list(given)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to read the rows that were sent with the same names: each name with its column, if it has one."""

    features: list[tuple[str, list[Any] | None]]
    probabilities: list[tuple[str, list[Any] | None]]
    shap_values: list[tuple[str, str, list[Any] | None]]


def read_rows(batch: Any, info: ExportInfo) -> Iterator[ExportedRow]:
    """The rows of a record batch of an export.

    Parameters
    ----------
    batch
        A ``pyarrow.RecordBatch`` with all columns.
    info
        The metadata of the table that it belongs to.

    Raises
    ------
    InvalidInput
        The batch lacks a column: the export was of some columns alone.
    """
    held: list[str] = batch.schema.names
    wanted = [*_NEEDED, *(column.column for column in info.columns)]
    missing = [name for name in wanted if name not in held]
    if missing:
        raise InvalidInput(f"the export lacks the column {missing[0]!r}; rows can be made of whole exports alone")
    values = {name: _cells(batch, name) for name in wanted}
    by_key = {key: values[column] for key, column in info.places().items()}
    plans: dict[str, _Plan] = {}
    for index, names in enumerate(values["names"]):
        plan = plans.get(names)
        if plan is None:
            plan = plans[names] = _plan(_NAMES.decode(names), by_key)
        yield _row(index, values, plan)


def _cells(batch: Any, name: str) -> list[Any]:
    column = batch.column(name)
    if name not in ("occurred_at", "actual_occurred_at"):
        return column.to_pylist()
    return [None if micros is None else of_micros(micros) for micros in column.cast("int64").to_pylist()]


_NAMES = msgspec.json.Decoder(Names)
_EXCEPTIONS = msgspec.json.Decoder(Exceptions)
_NONE = Exceptions()


def _plan(names: Names, by_key: Mapping[Key, list[Any]]) -> _Plan:
    pairs = [("", name) if isinstance(name, str) else name for name in names.shap_values]
    return _Plan(
        [(name, by_key.get(("feature", name, ""))) for name in names.features],
        [(name, by_key.get(("probability", name, ""))) for name in names.probabilities],
        [(group, name, by_key.get(("shap_value", name, group))) for group, name in pairs],
    )


def _row(index: int, values: Mapping[str, list[Any]], plan: _Plan) -> ExportedRow:
    text: str | None = values["exceptions"][index]
    odd = _NONE if text is None else _EXCEPTIONS.decode(text)
    features = {name: None if column is None else column[index] for name, column in plan.features}
    probabilities = {
        name: odd.probabilities[name] if column is None else column[index] for name, column in plan.probabilities
    }
    prediction, actual = values["prediction"][index], values["actual"][index]
    return ExportedRow(
        data_id=values["data_id"][index],
        occurred_at=values["occurred_at"][index],
        value=prediction if odd.prediction is None else odd.prediction,
        features=features | odd.features if odd.features else features,
        probabilities=probabilities,
        shap_values=_shap(index, plan, odd),
        raw_data=values["raw_data"][index],
        actual=actual if odd.actual is None else odd.actual,
        actual_occurred_at=values["actual_occurred_at"][index],
    )


def _shap(index: int, plan: _Plan, odd: Exceptions) -> Shap:
    rest = {(group, name): value for group, name, value in odd.shap_values}
    flat: dict[str, float] = {}
    by_class: dict[str, dict[str, float]] = {}
    for group, name, column in plan.shap_values:
        value = cast("float", rest[group, name] if column is None else column[index])
        (by_class.setdefault(group, {}) if group else flat)[name] = value
    return by_class or flat
