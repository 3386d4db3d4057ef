"""Host, Origin, body size and the browser's headers, around an application that echoes its body."""

import gzip
import zlib
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mlfoundry.compressed import UnsupportedEncoding
from mlfoundry.errors import InvalidInput, LimitExceeded, MlfoundryError, NotAllowed
from mlfoundry.server.guards import BodyGuard, BodyLimit, HostGuard, SecurityHeaders

LIMIT = BodyLimit(wire_bytes=1_000, decoded_bytes=10_000)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(body)(scope, receive, send)


async def ask(
    app: ASGIApp, *, body: bytes | Iterator[bytes] = b"", url: str = "http://127.0.0.1:8000/", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def chunks() -> object:
        for chunk in body:  # pyright: ignore[reportUnknownVariableType]
            yield chunk

    content = body if isinstance(body, bytes) else chunks()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.post(url, content=content, headers=named)  # pyright: ignore[reportArgumentType]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST:8000", "[::1]:9000", "127.8.9.1:1", "lab.example"]
)
async def test_own_names_are_served(host: str) -> None:
    answer = await ask(HostGuard(echo, allowed=("lab.example",)), host=host)
    assert answer.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example", "lab.example.evil", "[::1", "a b"]
)
async def test_foreign_names_are_refused(host: str) -> None:
    with pytest.raises(NotAllowed, match="--allowed-host"):
        await ask(HostGuard(echo, allowed=("lab.example",)), host=host)


@pytest.mark.anyio
@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "https://lab.example", "http://localhost:5173"])
async def test_own_pages_may_ask(origin: str) -> None:
    guard = HostGuard(echo, allowed=("lab.example", "localhost:5173"))
    assert (await ask(guard, origin=origin)).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:3000", "http://localhost", ""])
async def test_foreign_pages_may_not(origin: str) -> None:
    with pytest.raises(NotAllowed, match="may not use this server"):
        await ask(HostGuard(echo, allowed=("localhost:5173",)), origin=origin)


@pytest.mark.anyio
async def test_every_answer_carries_the_browsers_rules() -> None:
    answer = await ask(SecurityHeaders(PlainTextResponse("hello")))
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def guarded(limit: BodyLimit = LIMIT) -> BodyGuard:
    return BodyGuard(echo, limit_of=lambda _method, _path: limit)


@pytest.mark.anyio
async def test_bodies_come_through_plain() -> None:
    assert (await ask(guarded(), body=b"rows")).content == b"rows"
    assert (await ask(guarded(), body=gzip.compress(b"rows"), content_encoding="gzip")).content == b"rows"
    two = gzip.compress(b"ro") + gzip.compress(b"ws")
    assert (await ask(guarded(), body=two, content_encoding="GZIP")).content == b"rows"
    in_pieces = (bytes([byte]) for byte in gzip.compress(b"rows" * 100))
    assert (await ask(guarded(), body=in_pieces, content_encoding="gzip")).content == b"rows" * 100


@pytest.mark.anyio
async def test_limits_are_met_exactly() -> None:
    assert len((await ask(guarded(), body=b"x" * 1_000)).content) == 1_000
    exact = gzip.compress(b"x" * 10_000)
    assert len((await ask(guarded(), body=exact, content_encoding="gzip")).content) == 10_000


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"x" * 1_001, (b"x" * 100 for _ in range(11))])
async def test_too_much_on_the_wire(body: bytes | Iterator[bytes]) -> None:
    with pytest.raises(LimitExceeded) as caught:
        await ask(guarded(), body=body)
    assert caught.value.limit == "max_wire_bytes"


@pytest.mark.anyio
async def test_a_bomb_is_stopped_at_the_limit() -> None:
    with pytest.raises(LimitExceeded) as caught:
        await ask(guarded(), body=gzip.compress(b"x" * 900_000), content_encoding="gzip")
    assert caught.value.limit == "max_body_bytes"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (b"no gzip at all", "gzip", InvalidInput),
        (gzip.compress(b"rows")[:-3], "gzip", InvalidInput),
        (gzip.compress(b"rows") + b"junk", "gzip", InvalidInput),
        (zlib.compress(b"rows"), "deflate", UnsupportedEncoding),
        (b"rows", "gzip, gzip", UnsupportedEncoding),
        (b"rows", "zstd", UnsupportedEncoding),  # but where the route decompresses it itself
    ],
)
async def test_what_cannot_be_decompressed(body: bytes, encoding: str, error: type[MlfoundryError]) -> None:
    with pytest.raises(error):
        await ask(guarded(), body=body, content_encoding=encoding)


@pytest.mark.anyio
async def test_a_route_may_decompress_itself() -> None:
    packed = gzip.compress(b"rows")
    guard = guarded(BodyLimit(1_000, 10_000, handed_on_as_it_is=True))
    for encoding in ("gzip", "zstd"):
        assert (await ask(guard, body=packed, content_encoding=encoding)).content == packed
