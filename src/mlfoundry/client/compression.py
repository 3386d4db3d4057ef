"""Bodies made small for the wire: by zstd where Python or the package ``zstandard`` has it, else by gzip.

Numbers of full precision cost gzip three times as long, for a body that is a tenth larger. What has zstd is imported
with the first body, in the thread that sends it: it costs the caller nothing.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import Any, Literal, NamedTuple

from mlfoundry.client.importing import IMPORTING
from mlfoundry.client.transport import Reply, Transport

_log = logging.getLogger(__name__)
_LEVEL = 1
Encoding = Literal["identity", "gzip", "zstd"]
"""A content encoding."""


class _Codec(NamedTuple):
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


def pack(body: bytes, encoding: Encoding) -> bytes:
    """The body as it travels; raises :class:`LookupError` where nothing here writes the encoding."""
    return _codec(encoding).compress(body)


def unpack(body: bytes, encoding: Encoding) -> bytes:
    """A body that a client packed, as it was; raises :class:`LookupError` where nothing here reads the encoding."""
    return _codec(encoding).decompress(body)


def can_unpack(encoding: Encoding) -> bool:
    """Whether a body of this encoding can be read here; another process may have packed and spooled it."""
    return encoding != "zstd" or _zstd() is not None


def headers_of(encoding: Encoding) -> dict[str, str]:
    """The headers of a JSON body of this encoding."""
    headers = {"content-type": "application/json"}
    return headers if encoding == "identity" else {**headers, "content-encoding": encoding}


def encoding_of(headers: Mapping[str, str]) -> Encoding:
    """What :func:`headers_of` was given."""
    found = headers.get("content-encoding", "identity")
    return "gzip" if found == "gzip" else "zstd" if found == "zstd" else "identity"


class Compression:
    """The encoding of all bodies that one client sends to one server.

    A server that answers 415 to zstd (an older one, or a proxy before it) gets gzip from then on, also of what was
    packed or spooled as zstd before.

    Parameters
    ----------
    transport
        Where bodies go.
    enabled
        Whether bodies are compressed at all.
    """

    def __init__(self, transport: Transport, *, enabled: bool = True) -> None:
        self._transport = transport
        self._enabled = enabled
        self._zstd_refused = False

    @property
    def encoding(self) -> Encoding:
        """How the next body is to be packed."""
        if not self._enabled:
            return "identity"
        return "gzip" if self._zstd_refused or _zstd() is None else "zstd"

    def post(self, path: str, body: bytes, encoding: Encoding, *, timeout_s: float | None = None) -> Reply:
        """Send a packed body, as gzip if the server takes no zstd; raises as :meth:`Transport.request` does."""
        if encoding == "zstd" and self._zstd_refused:
            body, encoding = _as_gzip(body), "gzip"
        reply = self._post(path, body, encoding, timeout_s)
        if encoding == "zstd" and reply.status == 415 and can_unpack("zstd"):
            _log.info("%s takes no zstd; it gets gzip from now on", self._transport.host)
            self._zstd_refused = True
            return self._post(path, _as_gzip(body), "gzip", timeout_s)
        return reply

    def _post(self, path: str, body: bytes, encoding: Encoding, timeout_s: float | None) -> Reply:
        headers = headers_of(encoding)
        return self._transport.request("POST", path, content=body, headers=headers, timeout_s=timeout_s)


def _as_gzip(body: bytes) -> bytes:
    return pack(unpack(body, "zstd"), "gzip")


def _codec(encoding: Encoding) -> _Codec:
    if encoding == "identity":
        return _PLAIN
    if encoding == "gzip":
        return _GZIP
    zstd = _zstd()
    if zstd is None:
        raise LookupError("neither this Python nor a package of its environment has zstd")
    return zstd


@cache
def _zstd() -> _Codec | None:
    with IMPORTING:
        for found in (_of_python, _of_zstandard):
            try:
                return found()
            except ImportError:
                continue
    return None


def _of_python() -> _Codec:
    zstd: Any = import_module("compression.zstd")  # from Python 3.14
    return _Codec(partial(zstd.compress, level=_LEVEL), zstd.decompress)


def _of_zstandard() -> _Codec:
    zstd: Any = import_module("zstandard")
    return _Codec(partial(zstd.compress, level=_LEVEL), zstd.decompress)


_PLAIN = _Codec(bytes, bytes)
_GZIP = _Codec(partial(gzip.compress, compresslevel=_LEVEL, mtime=0), gzip.decompress)
