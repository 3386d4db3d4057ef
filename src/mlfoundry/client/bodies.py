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
    numbers: dict[Layout, bytes] = {}
    written: list[bytes] = []
    for row in rows:
        if row.layout is None:
            written.append(row.json)
            continue
        start = numbers.get(row.layout)
        if start is None:
            start = numbers[row.layout] = b"[%d," % len(numbers)
        written.append(start + row.json)
    fields: dict[str, Any] = {"batch_id": batch_id, "model_version_fqn": fqn}
    if numbers:
        fields["layouts"] = [msgspec.Raw(layout.json) for layout in numbers]
    if dropped:
        fields["dropped"] = dropped
    return b"".join((_ENCODER.encode(fields)[:-1], b',"rows":[', b",".join(written), b"]}"))


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
