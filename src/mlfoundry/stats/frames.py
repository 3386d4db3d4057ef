"""Tables of any library as their columns by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from mlfoundry.errors import InvalidInput
from mlfoundry.stats.columns import Column


class ArrowStream(Protocol):
    """What speaks Arrow: tables of pandas (2.2 or later), polars, pyarrow, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Frame: TypeAlias = ArrowStream | Mapping[str, Column]
"""A DataFrame, an Arrow table, or columns by name."""


def read_frame(frame: Any, name: str) -> dict[str, Column]:
    """The columns of a table, as they are; ``name`` is what an error calls the table.

    Raises
    ------
    InvalidInput
        It is no table, two of its columns have one name, or they are not of one length.
    """
    if isinstance(frame, Mapping):
        columns: Mapping[Any, Column] = frame  # pyright: ignore[reportUnknownVariableType]
        return _named(columns.items(), name)
    if isinstance(frame, (pa.Table, pa.RecordBatch)):
        return _named(zip(frame.column_names, frame.columns, strict=True), name)
    names: Any = getattr(frame, "columns", None)
    if names is not None and hasattr(frame, "iloc"):  # pandas: by place, as names may stand twice
        return _named(((each, frame.iloc[:, place]) for place, each in enumerate(names)), name)
    if hasattr(frame, "__arrow_c_stream__") and not hasattr(frame, "ndim"):
        return read_frame(pa.table(frame), name)
    if names is not None and hasattr(frame, "get_column"):  # polars
        return _named(((each, frame.get_column(each)) for each in names), name)
    raise InvalidInput(
        f"{name} is a {type(frame).__name__}; give a pandas, polars or pyarrow table, or a dict of columns"
    )


def _named(columns: Iterable[tuple[Any, Column]], name: str) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for key, column in columns:
        if str(key) in found:
            raise InvalidInput(f"{name} has more than one column {str(key)!r}")
        found[str(key)] = column
    lengths = {key: len(column) for key, column in found.items()}  # pyright: ignore[reportArgumentType]
    if len(set(lengths.values())) > 1:
        (first, rows), *_ = lengths.items()
        other = next(key for key, length in lengths.items() if length != rows)
        raise InvalidInput(f"{name} has {rows:,} rows in column {first!r} and {lengths[other]:,} in {other!r}")
    return found
