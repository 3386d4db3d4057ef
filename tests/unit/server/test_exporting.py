from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from mlfoundry.server.exporting import ExportResponse, arrow_stream
from mlfoundry.store.base import Scan

SCHEMA = pa.schema([pa.field("n", pa.int64())])


def scan(taken: list[int], batches: int = 100) -> Scan:
    """A scan that notes how many batches were asked for."""

    def made() -> Iterator[pa.RecordBatch]:
        for no in range(batches):
            taken.append(no)
            yield pa.RecordBatch.from_pydict({"n": range(no * 1_000, (no + 1) * 1_000)}, schema=SCHEMA)

    return Scan(SCHEMA, batches * 1_000, made())


def serve(response: ExportResponse, send: Any) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        raise AssertionError("nothing more comes")

    scope: dict[str, Any] = {"type": "http", "asgi": {"spec_version": "2.3"}}
    asyncio.run(response(scope, receive, send))


def test_the_stream_holds_every_batch() -> None:
    pieces = list(arrow_stream(scan([])))
    table = pyarrow.ipc.open_stream(b"".join(pieces)).read_all()
    assert table.column("n").to_pylist() == list(range(100_000))


def test_batches_are_made_as_they_are_read() -> None:
    taken: list[int] = []
    pieces = arrow_stream(scan(taken))
    assert taken == []
    next(pieces)
    assert taken == [0]
    next(pieces)
    assert taken == [0, 1]


def test_a_reader_that_takes_nothing_is_let_go() -> None:
    taken: list[int] = []

    async def send(message: Message) -> None:
        if len(taken) == 3:
            await asyncio.Event().wait()

    with pytest.raises(ClientDisconnect):
        serve(ExportResponse(scan(taken), stall_s=0.02), send)
    assert taken == [0, 1, 2]


def test_the_answer_says_how_many_rows_come() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    serve(ExportResponse(scan([], batches=2)), send)
    assert (b"x-mlfoundry-rows", b"2000") in sent[0]["headers"]
    assert pyarrow.ipc.open_stream(b"".join(part["body"] for part in sent[1:])).read_all().num_rows == 2_000
