"""Bodies that come compressed: decompressed as they arrive, and never beyond a limit."""

from __future__ import annotations

import zlib
from typing import Literal

from mlfoundry.errors import InvalidInput, LimitExceeded

_GZIP_WBITS = 31
Encoding = Literal["identity", "gzip"]


class UnsupportedEncoding(InvalidInput):
    """The body is compressed in a way that the server does not read."""


def read_encoding(header: str) -> Encoding:
    """What a ``Content-Encoding`` header says; raises :class:`UnsupportedEncoding`."""
    encoding = header.strip().lower()
    if encoding in ("", "identity"):
        return "identity"
    if encoding in ("gzip", "x-gzip"):
        return "gzip"
    raise UnsupportedEncoding(f"a body may be plain or gzip, not {encoding[:40]!r}")


def too_large(limit: str, size_bytes: int, where: str) -> LimitExceeded:
    """The error for a body that is too large."""
    return LimitExceeded(f"the body is larger than {size_bytes // 2**20} MiB {where}", limit=limit)


class GzipStream:
    """A gzip body, fed chunk by chunk; never holds more than ``max_bytes`` and one of plain bytes.

    Examples
    --------
    >>> import gzip
    >>> stream = GzipStream(100)
    >>> stream.feed(gzip.compress(b"rows"))
    b'rows'
    >>> stream.finish()
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._room = max_bytes
        self._stream = zlib.decompressobj(_GZIP_WBITS)

    def feed(self, chunk: bytes) -> bytes:
        """The plain bytes of a chunk; members that follow one another are one body.

        Raises
        ------
        LimitExceeded
            There is more than fits; nothing beyond one byte more was made.
        InvalidInput
            It is no gzip.
        """
        plain = bytearray()
        try:
            while chunk and len(plain) <= self._room:
                if self._stream.eof:
                    self._stream = zlib.decompressobj(_GZIP_WBITS)
                plain += self._stream.decompress(chunk, self._room + 1 - len(plain))
                chunk = self._stream.unconsumed_tail or self._stream.unused_data
        except zlib.error as error:
            raise InvalidInput("the body says it is gzip and cannot be decompressed") from error
        if len(plain) > self._room:
            raise too_large("max_body_bytes", self._max_bytes, "decompressed")
        self._room -= len(plain)
        return bytes(plain)

    def finish(self) -> None:
        """Raise :class:`InvalidInput` when the body ended in the middle."""
        if not self._stream.eof:
            raise InvalidInput("the gzip body ends in the middle")


def decompress(body: bytes, encoding: Encoding, *, max_bytes: int) -> bytes:
    """A whole body, decompressed; raises as :meth:`GzipStream.feed` does."""
    if encoding == "identity":
        return body
    stream = GzipStream(max_bytes)
    plain = stream.feed(body)
    stream.finish()
    return plain
