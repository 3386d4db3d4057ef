"""The judgement of rows that come as an Arrow stream: column by column, with the verdicts that JSON would get.

What is plainly good, as nearly all is, stays in columns. A row that may be bad, or that holds what only a row can say
(a SHAP value left out), is written as JSON and judged as such, so that there is one set of rules and of reasons.
"""

from __future__ import annotations

import dataclasses
import sys
from array import array
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Protocol, cast

import msgspec
import numpy as np

from mlfoundry.arrow_columns import (
    MAX_ID,
    Bools,
    Ints,
    Times,
    are_between,
    are_ids,
    are_there,
    are_values,
    as_column,
    as_floats,
    as_ints,
    is_text,
    is_time,
    plain,
    some_of,
    text_bytes,
)
from mlfoundry.arrow_stream import check_limit, read_stream
from mlfoundry.batches import JudgedBatch, PredictionBlock
from mlfoundry.errors import InvalidInput
from mlfoundry.events import FLAG_FUTURE, FLAG_TIME_DEFAULTED, ActualRow, Kind, Rejection
from mlfoundry.limits import Limits
from mlfoundry.row_readers import row_too_large
from mlfoundry.wire import MAX_NAME_BYTES, split_error

_METADATA = b"mlfoundry"
_AT_A_TIME_BYTES = 16 * 2**20
_CELL_BYTES = 8
_MAX_FLOAT32 = 3.4e38
_VALUE_BYTES = 30  # of a number and what surrounds it, in JSON
_ESCAPED = 6  # bytes that JSON may need for one
_ROW_BYTES = 300


class JudgeRows(Protocol):
    """Judges a request whose rows are JSON."""

    def __call__(self, body: bytes, kind: Kind, /, *, limits: Limits, received_at: int) -> JudgedBatch: ...


class TableColumns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which column of a table is what. A feature is called what its column is; classes map to columns, and so do
    features to those of their SHAP values, or classes to such mappings.
    """

    data_id: str
    value: str
    occurred_at: str | None = None
    features: tuple[str, ...] = ()
    probabilities: dict[str, str] = {}
    shap_values: dict[str, str | dict[str, str]] = {}
    actual_value: str | None = None

    def shap(self) -> tuple[tuple[str, ...] | tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Names of SHAP values (by class and feature where they are given so) and their columns."""
        by_class = [(key, inner) for key, inner in self.shap_values.items() if isinstance(inner, dict)]
        if not by_class:
            return tuple(self.shap_values), tuple(cast("dict[str, str]", self.shap_values).values())
        if len(by_class) < len(self.shap_values):
            raise InvalidInput("some SHAP values stand by feature and some by class", path="$.columns.shap_values")
        named = [((label, name), column) for label, inner in by_class for name, column in inner.items()]
        return tuple(name for name, _ in named), tuple(column for _, column in named)

    def all(self) -> Iterator[str]:
        """Every column, once for each thing that it is."""
        yield from (self.data_id, self.value)
        yield from (name for name in (self.occurred_at, self.actual_value) if name is not None)
        yield from (*self.features, *self.probabilities.values(), *self.shap()[1])

    def names(self) -> Iterator[str]:
        """The names that its rows hold, of features and of classes."""
        yield from (*self.features, *self.probabilities)
        for name in self.shap()[0]:
            yield from (name,) if isinstance(name, str) else name


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    batch_id: str
    model_version_fqn: str
    columns: TableColumns


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def judge_table(body: bytes, kind: Kind, *, limits: Limits, received_at: int, judge_rows: JudgeRows) -> JudgedBatch:
    """Judge a request that is an Arrow stream.

    Parameters
    ----------
    body
        The stream. Its schema's metadata holds, under ``mlfoundry``, JSON of ``batch_id``, ``model_version_fqn`` and
        ``columns`` (see :class:`TableColumns`).
    kind, limits, received_at
        As for rows in JSON.
    judge_rows
        Judges those.

    Raises
    ------
    InvalidInput
        The stream or what it says of itself is malformed; nothing of it may be stored.
    LimitExceeded
        It is larger than a limit, which ``.limit`` names.
    """
    records = read_stream(body, limits)
    envelope = _read_envelope(records.schema.metadata or {})
    table = _Table(records, envelope.columns, kind, limits, received_at)
    head = {"batch_id": envelope.batch_id, "model_version_fqn": envelope.model_version_fqn}
    no_limit = dataclasses.replace(limits, max_body_bytes=sys.maxsize)  # the stream was held to it, and rows are
    batch = judge_rows(msgspec.json.encode({**head, "rows": []}), kind, limits=no_limit, received_at=received_at)
    blocks, actuals, rejected = table.plain_blocks(), table.plain_actuals(), table.oversized()
    for some in table.doubtful():
        rows = msgspec.json.encode({**head, "rows": table.as_json(some)})
        part = judge_rows(rows, kind, limits=no_limit, received_at=received_at)
        index_of = some.tolist().__getitem__
        replace = msgspec.structs.replace
        blocks += [replace(block, indices=array("q", map(index_of, block.indices))) for block in part.blocks]
        actuals += [replace(row, index=index_of(row.index)) for row in part.actuals]
        rejected += [replace(why, index=index_of(why.index)) for why in part.rejected]
    by_index = attrgetter("index")
    return msgspec.structs.replace(
        batch,
        blocks=tuple(blocks),
        actuals=tuple(sorted(actuals, key=by_index)),
        rejected=tuple(sorted(rejected, key=by_index)),
        decoded_bytes=table.size_bytes,
    )


def _read_envelope(metadata: dict[bytes, bytes]) -> _Envelope:
    if _METADATA not in metadata:
        raise InvalidInput("the stream's schema has no metadata 'mlfoundry', which says what its columns are")
    try:
        return _ENVELOPE.decode(metadata[_METADATA])
    except msgspec.ValidationError as error:
        reason, path = split_error(error)
        raise InvalidInput(f"{reason}; it is {{batch_id, model_version_fqn, columns}}", path=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"the metadata 'mlfoundry' is no JSON: {error}") from error


class _Table:
    """The rows of one request, and which of them are plainly good."""

    def __init__(self, batch: Any, columns: TableColumns, kind: Kind, limits: Limits, received_at: int) -> None:
        self._kind = kind
        self._columns = columns
        self._shap_names, self._shap_columns = columns.shap()
        self._limits = limits
        self._received_at = received_at
        uses = [*columns.all()]
        if kind == "actual" and len(uses) > 2 + (columns.occurred_at is not None):
            raise InvalidInput("an actual has data_id, value and occurred_at", path="$.columns")
        if len(set(columns.features)) < len(columns.features):
            raise InvalidInput("a feature stands there twice", path="$.columns.features")
        self._arrays = {name: plain(batch, name) for name in uses}
        self._n: int = batch.num_rows
        self._refuse_other_times(uses)
        self._text_bytes: Ints = np.zeros(self._n, np.int64)
        for name in uses:
            self._text_bytes += text_bytes(self._arrays[name])
        # By use, not by column: however often one is named, and however little it takes, its values are made each time.
        self.size_bytes = _CELL_BYTES * len(uses) * self._n + int(self._text_bytes.sum())
        check_limit("max_body_bytes", self.size_bytes, limits.max_body_bytes, "bytes in columns")
        given = None if columns.occurred_at is None else self._arrays[columns.occurred_at]
        self._times = Times(given, self._n, received_at)
        self._json_bytes = self._measure_json()
        self._is_good = self._find_good()

    def doubtful(self) -> list[Ints]:
        """The rows to be judged as JSON, some at a time."""
        places = np.flatnonzero(~self._is_good & (self._text_bytes <= self._limits.max_row_bytes))
        groups = np.cumsum(self._json_bytes[places]) // _AT_A_TIME_BYTES
        return np.split(places, np.flatnonzero(np.diff(groups)) + 1) if len(places) else []

    def oversized(self) -> list[Rejection]:
        """Rows whose text alone is more than a row may have."""
        ids = self._arrays[self._columns.data_id]
        places: list[int] = np.flatnonzero(self._text_bytes > self._limits.max_row_bytes).tolist()
        return [
            Rejection(i, "$", str(row_too_large(int(self._text_bytes[i]), self._limits)), _id_text(ids[i].as_py()))
            for i in places
        ]

    def plain_blocks(self) -> list[PredictionBlock]:
        """The good predictions, as columns."""
        if self._kind != "prediction" or not self._is_good.any():
            return []
        columns = self._columns
        occurred_at = self._times.micros[self._is_good]
        future = occurred_at > self._received_at + int(self._limits.future_tolerance_s * 1e6)
        flags = future * FLAG_FUTURE | self._times.defaulted[self._is_good] * FLAG_TIME_DEFAULTED
        actual_values = None if columns.actual_value is None else self._good(columns.actual_value).to_pylist()
        block = PredictionBlock(
            layout=(columns.features, tuple(columns.probabilities), self._shap_names),
            indices=as_ints(np.flatnonzero(self._is_good)),
            data_ids=self._ids(),
            values=self._good(columns.value).to_pylist(),
            occurred_at=as_ints(occurred_at),
            flags=array("B", flags.astype(np.uint8).tobytes()),
            features=tuple(as_column(self._good(name)) for name in columns.features),
            probabilities=tuple(map(self._floats, columns.probabilities.values())),
            shap_values=tuple(map(self._floats, self._shap_columns)),
            actual_values=actual_values,
        )
        return [block]

    def plain_actuals(self) -> list[ActualRow]:
        """The good actuals."""
        if self._kind != "actual":
            return []
        places: list[int] = np.flatnonzero(self._is_good).tolist()
        values = self._good(self._columns.value).to_pylist()
        times: list[int] = self._times.micros[self._is_good].tolist()
        return [
            ActualRow(index=index, data_id=data_id, value=value, occurred_at=at)
            for index, data_id, value, at in zip(places, self._ids(), values, times, strict=True)
        ]

    def as_json(self, places: Ints) -> list[dict[str, Any]]:
        """Rows as they would stand in a request of JSON."""
        values = {name: values.take(places).to_pylist() for name, values in self._arrays.items() if not is_time(values)}
        return [self._row(i, values, self._times.given(place)) for i, place in enumerate(places.tolist())]

    def _row(self, i: int, values: dict[str, list[Any]], occurred_at: Any) -> dict[str, Any]:
        columns = self._columns
        fields = {"data_id": values[columns.data_id][i], "occurred_at": occurred_at}
        value = values[columns.value][i]
        if self._kind == "actual":
            return {**fields, "value": value}

        def of(named: dict[str, str]) -> dict[str, Any]:
            return {name: values[column][i] for name, column in named.items()}

        shap = {
            key: of(inner) if isinstance(inner, dict) else values[inner][i]
            for key, inner in columns.shap_values.items()
        }
        actual_value = values[columns.actual_value][i] if columns.actual_value is not None else None
        return {
            **fields,
            "features": {name: values[name][i] for name in columns.features},
            "prediction_data": {"value": value, "probabilities": of(columns.probabilities), "shap_values": shap},
            "actual_value": actual_value,
        }

    # What is good

    def _find_good(self) -> Bools:
        columns = self._columns
        good = ~self._times.doubtful & are_ids(self._arrays[columns.data_id])
        good &= are_values(self._arrays[columns.value]) & are_there(self._arrays[columns.value])
        for name in (*columns.features, *(() if columns.actual_value is None else (columns.actual_value,))):
            good &= are_values(self._arrays[name])
        for name in columns.probabilities.values():
            good &= are_between(self._arrays[name], 0.0, 1.0)
        for name in self._shap_columns:
            good &= are_between(self._arrays[name], -_MAX_FLOAT32, _MAX_FLOAT32)
        if not all(0 < len(name.encode()) <= MAX_NAME_BYTES for name in columns.names()):
            good[:] = False
        return good & (self._json_bytes <= self._limits.max_row_bytes)

    def _measure_json(self) -> Ints:
        """The bytes that each row has as JSON, at most."""
        names = sum(len(msgspec.json.encode(name)) + _VALUE_BYTES for name in self._columns.names())
        return _ROW_BYTES + names + _ESCAPED * self._text_bytes

    def _refuse_other_times(self, uses: Sequence[str]) -> None:
        for name, values in self._arrays.items():
            if is_time(values) and (name != self._columns.occurred_at or uses.count(name) > 1):
                raise InvalidInput(f"column {name!r} holds times; but for occurred_at these travel as text")

    # Values of the good rows

    def _good(self, name: str) -> Any:
        return some_of(self._arrays[name], self._is_good)

    def _ids(self) -> list[str]:
        ids = self._good(self._columns.data_id)
        return ids.to_pylist() if is_text(ids) else [*map(str, ids.to_pylist())]

    def _floats(self, name: str) -> array[float]:
        return array("d", as_floats(self._good(name)).tobytes())


def _id_text(value: object) -> str | None:
    return None if value is None else str(value)[:MAX_ID]
