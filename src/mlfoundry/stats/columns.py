"""One column of whatever holds it, as numbers or as categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from mlfoundry.errors import InvalidInput
from mlfoundry.labels import class_label
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries.arrays import Floats, Ints

_MICROSECONDS = 1e6
_TIME = pa.timestamp("us", "UTC")


class HasArray(Protocol):
    """What numpy can read: arrays, and columns of pandas, polars and pyarrow."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...


Column: TypeAlias = Sequence[Any] | HasArray
"""A list, an array, or a column of a pandas, polars or Arrow table; None and NaN are missing values."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A numeric column; NaN where there is no value."""

    values: Floats

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """A categorical column: the place in ``labels`` of each row, -1 where there is no value."""

    codes: Ints
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)


def read_column(values: Column, name: str, kind: ColumnKind | None = None) -> Numbers | Categories:
    """Read a column; without ``kind`` numbers and times are numeric, text and bools categories.

    Times become seconds since 1970. A column without any value has no kind of its own and is read as numbers.

    Raises
    ------
    InvalidInput
        It is no column, or its values are not of that kind; ``name`` is what the message calls it.
    """
    array = _numpy_column(values, name)
    if array is not None and array.dtype.kind != "b":
        # From an object, whose NaN become null.
        return (
            _categories(_arrow(array), name) if kind == "categorical" else Numbers(array.astype(np.float64, copy=False))
        )
    read = _arrow_column(values, name) if array is None else _arrow(array)
    type_: Any = read.type
    if pt.is_dictionary(type_) and kind != "categorical" and not _is_text(type_.value_type):
        read = read.cast(type_.value_type)
        type_ = read.type
    numeric = pt.is_null(type_) or pt.is_integer(type_) or pt.is_floating(type_) or pt.is_decimal(type_)
    is_time = pt.is_timestamp(type_) or pt.is_date(type_)
    if kind == "categorical" or (kind is None and not (numeric or is_time)):
        return _categories(read.cast(pa.string()) if is_time else read, name)
    if numeric or pt.is_boolean(type_):
        return Numbers(read.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    return Numbers(_seconds(read, name))


def read_numbers(values: Column, name: str) -> Floats:
    """A column of numbers; NaN where there is none."""
    read = read_column(values, name, "numeric")
    assert isinstance(read, Numbers)
    return read.values


def read_categories(values: Column, name: str) -> Categories:
    """A column of categories or class labels."""
    read = read_column(values, name, "categorical")
    assert isinstance(read, Categories)
    return read


def same_length(a: int, b: int, names: tuple[str, str]) -> None:
    """Raise :class:`InvalidInput` unless both have as many rows."""
    if a != b:
        raise InvalidInput(f"{names[0]} has {a:,} rows and {names[1]} has {b:,}; they must be of the same rows")


def _arrow(values: Any) -> Any:
    """Arrow's array of values, in which NaN are missing. The types of pyarrow that are used here are not complete."""
    made = cast("Any", pa).array(values, from_pandas=True)
    return _joined(made) if isinstance(made, pa.ChunkedArray) else made


def _numpy_column(values: Any, name: str) -> np.ndarray[Any, Any] | None:
    """What holds a plain numpy array of numbers or bools, without a copy; None for anything else."""
    if isinstance(values, np.ma.MaskedArray):
        values = cast("Any", values).astype(np.float64).filled(np.nan)
    dtype: Any = getattr(values, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iufb":
        return None
    array = np.asarray(values)
    if array.ndim != 1:
        raise InvalidInput(f"{name} has {array.ndim} dimensions; a column has one")
    return array


def _arrow_column(values: Any, name: str) -> Any:
    if isinstance(values, (str, bytes)) or not (
        hasattr(values, "__len__") or hasattr(values, "__array__") or hasattr(values, "__arrow_c_stream__")
    ):
        raise InvalidInput(f"{name} is a {type(values).__name__}; give a list, an array or a column of a table")
    if hasattr(values, "ndim") and values.ndim != 1:
        raise InvalidInput(f"{name} has {values.ndim} dimensions; a column has one")
    try:
        if isinstance(values, pa.Array):
            return values
        if isinstance(values, pa.ChunkedArray):
            return _joined(values)
        if hasattr(values, "__arrow_c_stream__"):
            return _joined(pa.chunked_array(values))
        return _arrow(values if hasattr(values, "dtype") else list(values))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError, OverflowError) as error:
        problem = str(error).splitlines()[0][:120]
        raise InvalidInput(f"{name} does not hold values of one kind: {problem}") from error


def _joined(chunked: Any) -> Any:
    # Chunks of one dictionary each are brought to one.
    return chunked.unify_dictionaries().combine_chunks()


def _categories(column: Any, name: str) -> Categories:
    try:
        encoded = column if pt.is_dictionary(column.type) else column.dictionary_encode()
    except pa.ArrowNotImplementedError as error:
        raise InvalidInput(f"{name} holds {column.type}; give numbers, bools, text or times") from error
    labels: list[Any] = encoded.dictionary.to_pylist()
    places: dict[str, int] = {}
    # Values of one class label become one, such as 1 and 1.0; null and NaN in a dictionary are no values.
    known = [None if isinstance(one, float) and math.isnan(one) else one for one in labels]
    table = [-1 if one is None else places.setdefault(_label(one), len(places)) for one in known]
    codes = encoded.indices.fill_null(len(labels)).to_numpy(zero_copy_only=False)
    return Categories(np.array([*table, -1], np.int64)[codes], tuple(places))


def _label(value: Any) -> str:
    return class_label(value if isinstance(value, (str, bool, int, float)) else str(value))


def _is_text(type_: Any) -> bool:
    return pt.is_string(type_) or pt.is_large_string(type_) or pt.is_string_view(type_)


def _seconds(column: Any, name: str) -> Floats:
    if not (pt.is_timestamp(column.type) or pt.is_date(column.type) or _is_text(column.type)):
        raise InvalidInput(f"{name} holds {column.type}; give numbers, bools, text or times")
    try:
        naive = pa.timestamp("us")
        times = column.cast(pa.string()).cast(_TIME) if _is_text(column.type) else column.cast(naive, safe=False)
        micros = times.cast(pa.int64()).cast(pa.float64(), safe=False)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{name} holds text; this needs numbers") from error
    return micros.to_numpy(zero_copy_only=False) / _MICROSECONDS
