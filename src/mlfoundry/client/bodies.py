"""The body of one request: rows joined under one head, compressed, and cut in two where it is too large."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

import msgspec

from mlfoundry.client.encoding import EncodedRow, Layout
from mlfoundry.events import DropReport

MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 7 * 1024 * 1024
"""Of JSON. The server takes 8 MiB on the wire and 32 MiB decoded; compressed it is never much more, so both hold."""

_GZIP_LEVEL = 1
_ENCODER = msgspec.json.Encoder()


class _Envelope(msgspec.Struct, omit_defaults=True):
    batch_id: str
    model_version_fqn: str
    layouts: list[msgspec.Raw] = []
    dropped: list[msgspec.Raw] = []
    rows: list[msgspec.Raw] | None = None


def batch_body(batch_id: str, fqn: str, rows: Sequence[EncodedRow], dropped: Sequence[DropReport] = ()) -> bytes:
    """The JSON of one request."""
    starts: dict[Layout, bytes] = {}
    pieces: list[bytes] = []  # joined once: each copy of a whole body costs a row 1 µs and more
    for row in rows:
        start = b","
        if row.layout is not None:
            start = starts.get(row.layout)
            if start is None:
                start = starts[row.layout] = b",[%d," % len(starts)
        pieces += (start, row.json)
    if pieces:
        pieces[0] = pieces[0][1:]  # no comma before the first
    fields: dict[str, Any] = {"batch_id": batch_id, "model_version_fqn": fqn}
    if starts:
        fields["layouts"] = [msgspec.Raw(layout.json) for layout in starts]
    if dropped:
        fields["dropped"] = dropped
    return b"".join((_ENCODER.encode(fields)[:-1], b',"rows":[', *pieces, b"]}"))


def halve_body(body: bytes, batch_ids: tuple[str, str]) -> tuple[bytes, bytes]:
    """Two bodies of half the rows each; what else the first one carried stays with the first."""
    whole = msgspec.json.decode(body, type=_Envelope)
    rows = whole.rows or []
    middle = len(rows) // 2
    first = msgspec.structs.replace(whole, batch_id=batch_ids[0], rows=rows[:middle])
    second = msgspec.structs.replace(whole, batch_id=batch_ids[1], rows=rows[middle:], dropped=[])
    return _ENCODER.encode(first), _ENCODER.encode(second)


def compress(body: bytes) -> bytes:
    """The body as it travels."""
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
