"""Bodies that come compressed: decompressed piece by piece, and never beyond a limit."""

from __future__ import annotations

import zlib
from typing import Literal

from mlfoundry.errors import InvalidInput, LimitExceeded

_GZIP_WBITS = 31
_PIECE_BYTES = 16 * 1024
_ZSTD_READ_BYTES = 1 << 20
Encoding = Literal["identity", "gzip", "zstd"]
"""How a body is compressed on the wire."""


class UnsupportedEncoding(InvalidInput):
    """The body is compressed in a way that the server does not read."""


def read_encoding(header: str) -> Encoding:
    """What a ``Content-Encoding`` header says; raises :class:`UnsupportedEncoding`."""
    encoding = header.strip().lower()
    if encoding in ("", "identity"):
        return "identity"
    if encoding in ("gzip", "x-gzip"):
        return "gzip"
    if encoding == "zstd":
        return "zstd"
    raise UnsupportedEncoding(f"a body may be plain, gzip or zstd, not {encoding[:40]!r}")


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
            # zlib copies what follows a member: in one piece, thousands of tiny members would cost the square of it.
            for start in range(0, len(chunk), _PIECE_BYTES):
                self._feed_piece(chunk[start : start + _PIECE_BYTES], plain)
        except zlib.error as error:
            raise InvalidInput("the body says it is gzip and cannot be decompressed") from error
        self._room -= len(plain)
        return bytes(plain)

    def _feed_piece(self, piece: bytes, plain: bytearray) -> None:
        while piece:
            if self._stream.eof:
                self._stream = zlib.decompressobj(_GZIP_WBITS)
            plain += self._stream.decompress(piece, self._room + 1 - len(plain))
            if len(plain) > self._room:
                raise too_large("max_body_bytes", self._max_bytes, "decompressed")
            piece = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> None:
        """Raise :class:`InvalidInput` when the body ended in the middle."""
        if not self._stream.eof:
            raise InvalidInput("the gzip body ends in the middle")


def decompress(body: bytes, encoding: Encoding, *, max_bytes: int) -> bytes:
    """A whole body, decompressed.

    Raises
    ------
    LimitExceeded
        There is more than fits; nothing beyond one byte more was made, whatever size a frame declares.
    InvalidInput
        It is not what it says, or ends in the middle.
    """
    if encoding == "zstd":
        return _decompress_zstd(body, max_bytes)
    if encoding == "gzip":
        stream = GzipStream(max_bytes)
        plain = stream.feed(body)
        stream.finish()
        return plain
    return body


def _decompress_zstd(body: bytes, max_bytes: int) -> bytes:
    """Frames that follow one another are one body.

    Arrow streams them: what a frame declares is not believed, and one that asks for a window of more than 128 MiB (the
    bound of zstd's own tools) is refused before it is allocated. Of a smaller window only what is written is touched.
    """
    from pyarrow import BufferReader, CompressedInputStream

    pieces: list[bytes] = []
    room = max_bytes + 1
    try:
        with CompressedInputStream(BufferReader(body), "zstd") as stream:
            while room and (piece := stream.read(min(room, _ZSTD_READ_BYTES))):
                pieces.append(piece)
                room -= len(piece)
    except OSError as error:
        raise InvalidInput(f"the body says it is zstd and cannot be decompressed: {error}") from error
    if not room:
        raise too_large("max_body_bytes", max_bytes, "decompressed")
    return b"".join(pieces)
