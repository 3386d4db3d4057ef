"""An Arrow stream from outside, read within bounds.

Arrow believes what a stream says of its sizes: a compressed buffer gets the room that it declares, and any number of
columns may share the bytes of one. So the sizes that its messages declare are added up before anything is read.
"""

from __future__ import annotations

import struct
from typing import Any

import pyarrow  # pyright: ignore[reportMissingTypeStubs]

from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.limits import Limits

_MAX_COLUMNS = 10_000
_MAX_MESSAGES = 1_000
_pa: Any = pyarrow  # it has no types
_BROKEN = (_pa.ArrowException, OSError, struct.error, UnicodeDecodeError)
# Places of the fields of Arrow's Message.fbs.
_MESSAGE_HEADER = 2
_BATCH_LENGTH, _BATCH_BUFFERS, _BATCH_COMPRESSION = 0, 2, 3


def read_stream(body: bytes, limits: Limits) -> Any:
    """Read a stream of a schema and record batches, without dictionaries, as one record batch.

    Raises
    ------
    InvalidInput
        It is none, it is damaged, or its values are not what its types say.
    LimitExceeded
        It holds, or only says that it holds, more than the limits allow.
    """
    try:
        size_bytes, rows = _measure(body, limits)
        check_limit("max_body_bytes", size_bytes, limits.max_body_bytes, "bytes decompressed")
        check_limit("max_rows", rows, limits.max_rows, "rows")
        table = _pa.ipc.open_stream(body).read_all()
        check_limit("max_columns", table.num_columns, _MAX_COLUMNS, "columns")
        table.validate(full=True)
        names = table.schema.names
        if len(set(names)) < len(names):
            raise InvalidInput("two columns have one name")
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else _pa.RecordBatch.from_pylist([], table.schema)
    except _BROKEN as error:
        raise InvalidInput(f"the body is no Arrow stream that can be read: {error}"[:300]) from error


def check_limit(limit: str, found: int, most: int, what: str) -> None:
    """Raise :class:`LimitExceeded` if there is more of something than there may be."""
    if found > most:
        raise LimitExceeded(f"{found:,} {what}; at most {most:,} a request", limit=limit)


def _measure(body: bytes, limits: Limits) -> tuple[int, int]:
    """The bytes and the rows that the messages of a stream declare."""
    size_bytes = rows = 0
    for place, message in enumerate(_pa.ipc.MessageReader.open_stream(_pa.py_buffer(body))):
        check_limit("max_messages", place, _MAX_MESSAGES, "record batches")
        if message.type != ("record batch" if place else "schema"):
            raise InvalidInput(f"a stream is a schema and record batches; this one has a {message.type}")
        if place:
            more_bytes, more_rows = _declared(memoryview(message.metadata), message.body)
            size_bytes += more_bytes
            rows += more_rows
    return size_bytes, rows


def _declared(header: memoryview, body: Any) -> tuple[int, int]:
    """The bytes and rows of one record batch; the flatbuffer was verified when it was read."""
    (root,) = struct.unpack_from("<I", header, 0)
    batch = _followed(header, _field(header, root, _MESSAGE_HEADER))
    length = _field(header, batch, _BATCH_LENGTH)
    rows = struct.unpack_from("<q", header, length)[0] if length else 0
    buffers = _field(header, batch, _BATCH_BUFFERS)
    if not buffers:
        return 0, rows
    start = _followed(header, buffers)
    (count,) = struct.unpack_from("<I", header, start)
    is_compressed = bool(_field(header, batch, _BATCH_COMPRESSION))
    content = memoryview(body if body is not None else b"")
    sizes = [0]
    for number in range(count):
        offset, size = struct.unpack_from("<qq", header, start + 4 + 16 * number)
        if is_compressed and size:
            if offset < 0:
                raise InvalidInput("a buffer lies outside the stream")
            (declared,) = struct.unpack_from("<q", content, offset)
            size = size - 8 if declared == -1 else declared
        sizes.append(size)
    if min(sizes) < 0 or rows < 0:
        raise InvalidInput("a size is negative")
    return sum(sizes), rows


def _field(data: memoryview, table: int, place: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 where it is absent."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    slot = 4 + 2 * place
    if slot >= struct.unpack_from("<H", data, vtable)[0]:
        return 0
    offset = struct.unpack_from("<H", data, vtable + slot)[0]
    return table + offset if offset else 0


def _followed(data: memoryview, at: int) -> int:
    """Where an offset leads."""
    return at + struct.unpack_from("<I", data, at)[0]
