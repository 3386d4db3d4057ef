"""Bodies that are too large for memory go to disk as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pyarrow  # pyright: ignore[reportMissingTypeStubs]
from anyio import to_thread
from starlette.requests import Request

from mlfoundry.errors import InvalidInput

_arrow: Any = pyarrow  # it has no types
_WRITE_BYTES = 1 << 20


class Sink(Protocol):
    """What takes bytes."""

    def write(self, chunk: bytes, /) -> object:
        """Append them."""
        ...


async def stream_to(request: Request, sink: Sink) -> None:
    """Write a request's body to a sink, a MiB at a time, off the event loop."""
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= _WRITE_BYTES:
            await to_thread.run_sync(sink.write, bytes(waiting))
            waiting.clear()
    if waiting:
        await to_thread.run_sync(sink.write, bytes(waiting))


def read_table(path: Path) -> Any:
    """The Arrow table in a file that holds an Arrow stream; raises :class:`InvalidInput` for anything else."""
    try:
        with _arrow.memory_map(str(path)) as file:
            return _arrow.ipc.open_stream(file).read_all()
    except (_arrow.ArrowException, OSError) as error:
        raise InvalidInput(f"the body is no Arrow stream: {error}") from error
