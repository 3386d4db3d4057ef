"""What every request passes first, as plain ASGI: who asks, how much, and what the browser may do with the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlfoundry.compressed import GzipStream, UnsupportedEncoding, read_encoding, too_large
from mlfoundry.errors import MlfoundryError, NotAllowed
from mlfoundry.server.settings import is_loopback

_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_SECURITY_HEADERS = {
    "content-security-policy": _CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


BODY_S = 20.0
_SLOWEST_BYTES_S = 16 * 1024


class TooSlow(MlfoundryError):
    """A body did not arrive in time; nothing of it was kept."""


class HostGuard:
    """Refuse requests under a foreign name, and those that a foreign web page sends.

    A page of another site can make a browser send requests to a loopback address, and by DNS rebinding even read the
    answers; it cannot choose the ``Host`` and ``Origin`` headers.

    Parameters
    ----------
    app
        What comes next.
    allowed
        Names, with or without a port, besides the loopback ones.
    """

    def __init__(self, app: ASGIApp, *, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise :class:`NotAllowed`."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").lower()
            if not self._knows(host):
                raise NotAllowed(
                    f"this server is not known as {host[:100]!r}; start it with --allowed-host to let it be"
                )
            origin = headers.get("origin")
            if origin is not None and not self._is_own(origin.lower(), host):
                raise NotAllowed(f"pages of {origin[:100]!r} may not use this server; --allowed-host lets them")
        await self._app(scope, receive, send)

    def _knows(self, host: str) -> bool:
        name = _name(host)
        return bool(name) and (is_loopback(name) or name in self._allowed or host in self._allowed)

    def _is_own(self, origin: str, host: str) -> bool:
        netloc = urlsplit(origin).netloc
        return bool(netloc) and (netloc == host or netloc in self._allowed or _name(netloc) in self._allowed)


def _name(host: str) -> str:
    """A host without its port, or nothing when it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class SecurityHeaders:
    """Tell the browser to run nothing but the dashboard's own files."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """How large a body may be, as it travels and once it is decompressed.

    ``handed_on_as_it_is``: the route decompresses it itself, off the event loop.
    """

    wire_bytes: int
    decoded_bytes: int
    handed_on_as_it_is: bool = False


class BodyGuard:
    """Hand a request's body on decompressed, and stop reading it where it grows too large.

    Parameters
    ----------
    app
        What comes next.
    limit_of
        The limit for a method and a path.
    body_s
        How long a body may take, in seconds; each 16 KiB of it give it a second more.
    """

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str, str], BodyLimit], body_s: float = BODY_S) -> None:
        self._app = app
        self._limit_of = limit_of
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a plain, bounded body; raises :class:`LimitExceeded` or :class:`TooSlow`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limit_of(scope["method"], scope["path"])
        encoding = read_encoding(headers.get("content-encoding", ""))
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit.wire_bytes:
            raise too_large("max_wire_bytes", limit.wire_bytes, "on the wire")
        if encoding == "zstd" and not limit.handed_on_as_it_is:
            raise UnsupportedEncoding("zstd is for predictions and actuals; any other body may be plain or gzip")
        stream = GzipStream(limit.decoded_bytes) if encoding == "gzip" and not limit.handed_on_as_it_is else None
        await self._app(scope, _Body(receive, limit.wire_bytes, stream, self._body_s).receive, send)


class _Body:
    """One body, counted as it streams by."""

    def __init__(self, receive: Receive, max_wire_bytes: int, stream: GzipStream | None, body_s: float) -> None:
        self._receive = receive
        self._max_wire_bytes = max_wire_bytes
        self._stream = stream
        self._body_s = body_s
        self._began = time.monotonic()
        self._wire_bytes = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next message, its body decompressed."""
        message = await self._next()
        if message["type"] != "http.request":
            return message
        self._whole = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        self._wire_bytes += len(chunk)
        if self._wire_bytes > self._max_wire_bytes:
            raise too_large("max_wire_bytes", self._max_wire_bytes, "on the wire")
        if self._stream is None:
            return message
        plain = self._stream.feed(chunk)
        if self._whole:
            self._stream.finish()
        return {**message, "body": plain}

    async def _next(self) -> Message:
        if self._whole:  # then only the sender's leaving is waited for
            return await self._receive()
        allowed_s = self._body_s + self._wire_bytes / _SLOWEST_BYTES_S
        try:
            return await asyncio.wait_for(self._receive(), max(0.0, self._began + allowed_s - time.monotonic()))
        except asyncio.TimeoutError as error:
            raise TooSlow(
                f"after {allowed_s:.0f} s only {self._wire_bytes:,} bytes of the body had come; nothing was kept"
            ) from error
