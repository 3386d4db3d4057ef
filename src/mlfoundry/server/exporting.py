"""A scan as the body of an answer: an Arrow stream, made as fast as it is read and no faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import pyarrow as pa
import pyarrow.ipc
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from mlfoundry.exports import MEDIA_TYPE, ROWS_HEADER
from mlfoundry.store.base import Scan

STALL_S = 300.0
"""How long a reader may take nothing before it is let go."""
_PIECE_BYTES = 256 * 1024


class ExportResponse(StreamingResponse):
    """The rows of a scan. Between two batches it holds neither a thread nor a transaction.

    Parameters
    ----------
    scan
        What to send.
    stall_s
        How long the reader may take nothing.
    """

    def __init__(self, scan: Scan, *, stall_s: float = STALL_S) -> None:
        super().__init__(arrow_stream(scan), media_type=MEDIA_TYPE, headers={ROWS_HEADER: str(scan.n)})
        self._stall_s = stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a reader that stalls ends like one that hung up."""

        async def send_soon(message: Message) -> None:
            with anyio.fail_after(self._stall_s):
                await send(message)

        try:
            await super().__call__(scope, receive, send_soon)
        except TimeoutError as error:
            raise ClientDisconnect from error


def arrow_stream(scan: Scan) -> Iterator[bytes]:
    """The Arrow IPC stream of a scan, in pieces."""
    sink = _Sink()
    options: Any = pyarrow.ipc.IpcWriteOptions(compression="lz4")
    with pyarrow.ipc.new_stream(pa.PythonFile(sink, mode="w"), scan.schema, options=options) as writer:
        yield from sink.take()
        for batch in scan.batches:
            writer.write_batch(batch)
            yield from sink.take()
    yield from sink.take()


class _Sink:
    """A file that keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._place = 0

    def write(self, data: Any) -> int:
        content = bytes(data)
        self._written.append(content)
        self._place += len(content)
        return len(content)

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        """Everything is where it will be taken from."""

    def close(self) -> None:
        """Nothing to close."""

    def take(self) -> Iterator[bytes]:
        whole = b"".join(self._written)
        self._written.clear()
        for start in range(0, len(whole), _PIECE_BYTES):
            yield whole[start : start + _PIECE_BYTES]
