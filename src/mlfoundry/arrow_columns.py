"""Columns of Arrow as rows need them: which values are plainly good, and what they are in Python."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.compute  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from mlfoundry.batches import Column
from mlfoundry.errors import InvalidInput
from mlfoundry.times import UTC, as_utc, of_micros, to_micros, to_text

MAX_ID = 256
"""Characters of a data_id."""
_MAX_INT64 = 2**63 - 1
_MICROS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_FIRST_MICROS = to_micros(datetime(1, 1, 1, tzinfo=UTC))
_LAST_MICROS = to_micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
_pa: Any = pyarrow  # they have no types
_pc: Any = pyarrow.compute
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Times:
    """When each row happened, in microseconds since 1970, and which rows give no time or perhaps a bad one."""

    def __init__(self, values: Any, n: int, received_at: int) -> None:
        self.micros: Ints = np.full(n, received_at)
        self.defaulted: Bools = np.ones(n, np.bool_)
        self.doubtful: Bools = np.zeros(n, np.bool_)
        self._others: list[Any] | None = None
        if values is None:
            return
        self.defaulted = ~are_there(values)
        if is_time(values):
            self._read_timestamps(values)
        else:
            self._others = others = values.to_pylist()
            self._read_others(others)

    def given(self, place: int) -> Any:
        """The time of a row as JSON."""
        if self._others is not None:
            return self._others[place]
        if self.defaulted[place]:
            return None
        if self.doubtful[place]:
            return "a time outside the years 1 to 9999"
        return to_text(of_micros(int(self.micros[place])))

    def _read_timestamps(self, values: Any) -> None:
        raw: Ints = _pc.fill_null(values.cast(_pa.int64()), 0).to_numpy(zero_copy_only=False)
        scale = _MICROS.get(values.type.unit)
        if scale is None:  # nanoseconds
            raw, scale = raw // 1_000, 1
        self.doubtful = (raw < -(-_FIRST_MICROS // scale)) | (raw > _LAST_MICROS // scale)
        given = ~self.defaulted & ~self.doubtful
        self.micros[given] = raw[given] * scale

    def _read_others(self, values: Sequence[Any]) -> None:
        for place, value in enumerate(values):
            if value is not None:
                try:
                    self.micros[place] = to_micros(as_utc(value))
                except InvalidInput:
                    self.doubtful[place] = True


def plain(batch: Any, name: str) -> Any:
    """A column of a type that rows have, with null for what is no finite number."""
    if name not in batch.schema.names:
        raise InvalidInput(f"the stream has no column {name!r}", path="$.columns")
    values, kinds = batch.column(name), _pa.types
    if kinds.is_float16(values.type):
        values = values.cast(_pa.float32())
    if kinds.is_floating(values.type):
        numbers = values.to_numpy(zero_copy_only=False)
        finite = np.isfinite(numbers)
        return values if finite.all() else _pa.array(numbers, values.type, mask=~finite)
    others = (kinds.is_integer, kinds.is_boolean, kinds.is_timestamp, kinds.is_null)
    if is_text(values) or any(is_kind(values.type) for is_kind in others):
        return values
    raise InvalidInput(f"column {name!r} is of type {values.type}; a row holds text, numbers, booleans and times")


def is_text(values: Any) -> bool:
    return _pa.types.is_string(values.type) or _pa.types.is_large_string(values.type)


def are_there(values: Any) -> Bools:
    return _pc.is_valid(values).to_numpy(zero_copy_only=False)


def are_values(values: Any) -> Bools:
    """Which are missing or something that a row may hold: all, but for integers that no int64 is."""
    if not _pa.types.is_uint64(values.type):
        return np.ones(len(values), np.bool_)
    return _pc.fill_null(values, 0).to_numpy(zero_copy_only=False) <= _MAX_INT64


def are_ids(values: Any) -> Bools:
    if _pa.types.is_integer(values.type):
        return are_values(values) & are_there(values)
    if not is_text(values):
        return np.zeros(len(values), np.bool_)
    length = _pc.fill_null(_pc.utf8_length(values), 0).to_numpy(zero_copy_only=False)
    return (length > 0) & (length <= MAX_ID)


def are_between(values: Any, low: float, high: float) -> Bools:
    """Which are numbers within bounds."""
    if not (_pa.types.is_integer(values.type) or _pa.types.is_floating(values.type)):
        return np.zeros(len(values), np.bool_)
    numbers = as_floats(values)  # a missing one is NaN
    return (numbers >= low) & (numbers <= high)


def as_floats(values: Any) -> NDArray[np.float64]:
    return values.cast(_pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def as_ints(values: Ints) -> array[int]:
    return array("q", values.astype(np.int64).tobytes())


def is_time(values: Any) -> bool:
    """Whether a column holds instants."""
    return _pa.types.is_timestamp(values.type)


def some_of(values: Any, which: Bools) -> Any:
    """The values of some rows."""
    return values if which.all() else values.filter(_pa.array(which))


def text_bytes(values: Any) -> Ints | int:
    """How long each text is in UTF-8; 0 for what is none."""
    return _pc.fill_null(_pc.binary_length(values), 0).to_numpy(zero_copy_only=False) if is_text(values) else 0


def as_column(values: Any) -> Column:
    """Values as a block holds them."""
    if not values.null_count and _pa.types.is_integer(values.type):
        return as_ints(values.cast(_pa.int64()).to_numpy(zero_copy_only=False))
    if not values.null_count and _pa.types.is_floating(values.type):
        return array("d", as_floats(values).tobytes())
    return values.to_pylist()
