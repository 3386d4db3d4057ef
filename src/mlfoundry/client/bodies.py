"""The body of one request: rows joined under one head, compressed."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import msgspec

from mlfoundry.client.encoding import EncodedRow, Layout

MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 7 * 1024 * 1024
"""Of JSON. The server takes 8 MiB on the wire and 32 MiB decoded; gzip never makes it more, so both hold."""

_GZIP_LEVEL = 1
_ENCODER = msgspec.json.Encoder()


def batch_body(batch_id: str, fqn: str, rows: Sequence[EncodedRow]) -> bytes:
    """The JSON of one request."""
    numbers: dict[Layout, bytes] = {}
    written: list[bytes] = []
    for row in rows:
        if row.layout is None:
            written.append(row.json)
            continue
        head = numbers.get(row.layout)
        if head is None:
            head = numbers[row.layout] = b"[%d," % len(numbers)
        written.append(head + row.json)
    head = _ENCODER.encode({"batch_id": batch_id, "model_version_fqn": fqn})[:-1]
    layouts = b"".join((b',"layouts":[', b",".join(layout.json for layout in numbers), b"]")) if numbers else b""
    return b"".join((head, layouts, b',"rows":[', b",".join(written), b"]}"))


def compress(body: bytes) -> bytes:
    """The body as it travels."""
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
