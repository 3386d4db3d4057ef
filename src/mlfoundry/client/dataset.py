"""Rows of a window: one by one, as a stream of Arrow record batches, or as a Parquet file, in bounded memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, overload

from mlfoundry.client.progress import Progress
from mlfoundry.client.results import InferenceRow, ResultTable, import_arrow, to_pandas
from mlfoundry.client.transport import Transport
from mlfoundry.errors import Unavailable
from mlfoundry.exports import ROWS_HEADER

_SHOWN_ROWS = 20
_GROUP_BYTES = 32 * 1024 * 1024
"""Of a row group of a Parquet file, before compression."""
_END = b"\xff\xff\xff\xff\0\0\0\0"
_SHOWN = ("data_id", "prediction", "actual", "occurred_at", "features")
VERSION_COLUMN = "model_version_fqn"


@dataclass(frozen=True, slots=True)
class Export:
    """An open stream of one version's rows; ``n`` is how many they are."""

    schema: Any
    n: int
    batches: Iterator[Any]


@contextmanager
def open_export(transport: Transport, fqn: str, params: Mapping[str, Any]) -> Generator[Export]:
    """Ask the server for the rows of a version; they come while they are taken."""
    pa = import_arrow("an export")
    with transport.stream("/export", params={**params, "model_version_fqn": fqn}) as (headers, pieces):
        reader = pa.ipc.open_stream(pa.PythonFile(io.BufferedReader(_Pieces(pieces)), mode="r"))
        name = pa.scalar(fqn)
        field = pa.field(VERSION_COLUMN, pa.dictionary(pa.int32(), pa.string()))

        def named(batch: Any) -> Any:
            column = pa.DictionaryArray.from_arrays(pa.array([0] * batch.num_rows, pa.int32()), pa.array([name]))
            return pa.RecordBatch.from_arrays([*batch.columns, column], schema=schema)

        schema = reader.schema.append(field)
        yield Export(schema, int(headers[ROWS_HEADER]), (named(batch) for batch in reader))


class _Pieces(io.RawIOBase):
    """Bytes of an Arrow stream as they come, as a file.

    Arrow takes a stream that stops between two batches for a whole one; here it must close with the mark of its end.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")
        self._tail = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                if self._tail != _END:
                    raise Unavailable("the server broke off in the middle of its rows; try again")
                return 0
            self._rest = memoryview(piece)
            self._tail = (self._tail + piece[-len(_END) :])[-len(_END) :]
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n


class InferenceDataset(Sequence[InferenceRow]):
    """Predictions with their actuals. Nothing is loaded before it is asked for.

    As a sequence it holds :class:`InferenceRow`, newest first within a version, and loads them all. The other ways are
    for windows of any size, need the extra ``[arrow]`` and give rows in the order in which they arrived:
    :meth:`batches`, :meth:`to_parquet`, or any library that reads Arrow streams (``duckdb``, ``polars.from_arrow``).
    """

    def __init__(self, rows: Callable[[], Iterator[InferenceRow]], exports: Sequence[Callable[[], Any]]) -> None:
        self._ask = rows
        self._exports = exports
        self._loaded: list[InferenceRow] | None = None

    @property
    def _rows(self) -> list[InferenceRow]:
        if self._loaded is None:
            self._loaded = list(self._ask())
        return self._loaded

    @overload
    def __getitem__(self, index: int) -> InferenceRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[InferenceRow]: ...

    def __getitem__(self, index: int | slice) -> InferenceRow | list[InferenceRow]:
        return self._rows[index]

    def __iter__(self) -> Iterator[InferenceRow]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self) -> Iterator[Any]:
        """The rows as ``pyarrow.RecordBatch``, read from the server as they are taken.

        The columns are ``data_id``, ``occurred_at``, ``received_at``, ``prediction``, ``probabilities.<class>``,
        ``features.<name>``, ``shap_values.<name>``, ``actual`` with its times, ``raw_data`` as JSON, and
        ``model_version_fqn``. A value that does not fit its column's type is null there and stands in the JSON of
        ``exceptions``; ``names`` says what each row was sent with.
        """
        with self._opened() as export:
            yield from export.batches

    def to_arrow(self) -> Any:
        """All rows as a ``pyarrow.Table`` of the columns of :meth:`batches`."""
        pa = import_arrow("to_arrow()")
        with self._opened() as export:
            return pa.Table.from_batches(export.batches, export.schema)

    def to_pandas(self) -> Any:
        """The same as a pandas data frame; needs pandas."""
        return to_pandas(self.to_arrow())

    def to_parquet(self, path: str | os.PathLike[str], *, progress: bool | None = False) -> int:
        """Write the rows to a Parquet file, in bounded memory; how many they are.

        The file appears when it is whole. One of a single version can be read back by ``client.import_dataset()`` and
        ``mlfoundry import``.
        """
        with self._opened() as export:
            return write_parquet(export, Path(path), Progress(export.n, shown=progress))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The Arrow stream interface."""
        pa = import_arrow("an Arrow stream")
        with self._opened() as export:
            schema = export.schema
        return pa.RecordBatchReader.from_batches(schema, self.batches()).__arrow_c_stream__(requested_schema)

    @contextmanager
    def _opened(self) -> Generator[Export]:
        if len(self._exports) == 1:
            with self._exports[0]() as export:
                yield export
            return
        pa = import_arrow("an export")
        schemas: list[Any] = []
        n = 0
        for open_one in self._exports:
            with open_one() as export:
                schemas.append(export.schema)
                n += export.n
        schema = _united(pa, schemas)
        yield Export(schema, n, self._cast_batches(pa, schema))

    def _cast_batches(self, pa: Any, schema: Any) -> Iterator[Any]:
        for open_one in self._exports:
            with open_one() as export:
                for batch in export.batches:
                    yield _cast(pa, batch, schema)

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()  # pyright: ignore[reportPrivateUsage]

    def _table(self) -> ResultTable:
        rows = self._loaded
        title = "Predictions" if rows is not None else "The first predictions"
        shown = rows if rows is not None else islice(self._ask(), _SHOWN_ROWS)
        return ResultTable(title, _SHOWN, [tuple(getattr(row, name) for name in _SHOWN) for row in shown])


def write_parquet(export: Export, path: Path, progress: Progress) -> int:
    """Write an export to a file that appears when it is whole; how many rows there were."""
    import_arrow("to_parquet()")
    import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]

    pa: Any = import_arrow("to_parquet()")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    rows = 0
    try:
        writer: Any = pq.ParquetWriter(partial, export.schema, compression="zstd")
        with writer:
            for group in _groups(export.batches):
                writer.write_table(pa.Table.from_batches(group, export.schema))
                rows += sum(batch.num_rows for batch in group)
                progress.add(sum(batch.num_rows for batch in group))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
        progress.end()
    return rows


def _groups(batches: Iterator[Any]) -> Iterator[list[Any]]:
    """Batches that make a row group together."""
    group: list[Any] = []
    size = 0
    for batch in batches:
        group.append(batch)
        size += batch.nbytes
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _united(pa: Any, schemas: Sequence[Any]) -> Any:
    """One schema of several versions: a column whose types differ is of floats if they are numbers, else text."""
    types: dict[str, Any] = {}
    for schema in schemas:
        for field in schema:
            held = types.setdefault(field.name, field.type)
            if held != field.type:
                numbers = all(pa.types.is_integer(one) or pa.types.is_floating(one) for one in (held, field.type))
                types[field.name] = pa.float64() if numbers else pa.string()
    return pa.schema(list(types.items()))


def _cast(pa: Any, batch: Any, schema: Any) -> Any:
    arrays = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
