"""Slow senders are let go: one that does not finish its head, and one that does not finish its body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from mlfoundry.server.connections import PatientProtocol
from mlfoundry.server.guards import BodyGuard, BodyLimit, TooSlow

pytestmark = pytest.mark.anyio


class Hasty(PatientProtocol):
    head_s = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


@asynccontextmanager
async def served() -> AsyncGenerator[int]:
    config = uvicorn.Config(echo, port=0, http=Hasty, lifespan="off", log_level="critical", timeout_keep_alive=30)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())  # pyright: ignore[reportPrivateUsage]  without its signal handlers
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


@pytest.mark.parametrize("begun", [b"", b"POST / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_head_that_does_not_come_ends_the_connection(begun: bytes) -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_connection_that_is_kept_may_wait_between_requests() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi")
            assert (await asyncio.wait_for(reader.readuntil(b"hi"), 5)).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.5)  # longer than a head may take: real sockets, no clock to pass in
        writer.write(b"POST / HTTP/1.1\r\nhost")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_body_that_does_not_come_is_refused() -> None:
    messages: asyncio.Queue[Message] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": b"some", "more_body": True})
    guard = BodyGuard(echo, limit_of=lambda method, path: BodyLimit(100, 100), body_s=0.05)
    with pytest.raises(TooSlow, match="only 4 bytes"):
        await guard({"type": "http", "method": "POST", "path": "/", "headers": []}, messages.get, _nowhere)


async def test_whoever_sent_all_may_wait_for_the_answer() -> None:
    messages: asyncio.Queue[Message] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": b"all", "more_body": False})

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(receive(), 0.1)

    guard = BodyGuard(slow, limit_of=lambda method, path: BodyLimit(100, 100), body_s=0.05)
    await guard({"type": "http", "method": "POST", "path": "/", "headers": []}, messages.get, _nowhere)


async def _nowhere(message: Message) -> None:
    raise AssertionError(message)
