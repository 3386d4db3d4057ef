"""Arrow streams that no client of ours sends: odd types and roles, spoiled messages, flipped bits."""

from __future__ import annotations

import json
import random
import struct
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow

pa: Any = pyarrow
_ODD_SIZES = (0, -1, -2, 1, 7, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, -(2**63))
_MAKERS: tuple[Callable[[random.Random, int], Any], ...] = (
    lambda rng, n: pa.array([f"r{rng.randrange(50)}" for _ in range(n)]),
    lambda rng, n: pa.array([rng.choice(["x", None, "ß\x00😀", "y" * 300]) for _ in range(n)], pa.large_string()),
    lambda rng, n: pa.array([rng.choice(["x", None, "longer than twelve"]) for _ in range(n)], pa.string_view()),
    lambda rng, n: pa.array([rng.choice([0.5, None, float("nan"), float("inf"), -1e308]) for _ in range(n)]),
    lambda rng, n: pa.array([rng.gauss(0, 1) for _ in range(n)], rng.choice([pa.float16(), pa.float32()])),
    lambda rng, n: pa.array([rng.choice([0, 1, 2**64 - 1, None]) for _ in range(n)], pa.uint64()),
    lambda rng, n: pa.array([rng.choice([0, -1, 2**63 - 1, None]) for _ in range(n)], pa.int64()),
    lambda rng, n: pa.array([rng.choice([True, False, None]) for _ in range(n)]),
    lambda rng, n: pa.nulls(n),
    lambda rng, n: pa.array([rng.randrange(-(2**62), 2**62) for _ in range(n)]).cast(
        pa.timestamp(rng.choice(["s", "ms", "us", "ns"]), rng.choice([None, "UTC", "Mars/Olympus", "+99:99", ""]))
    ),
    lambda rng, n: pa.array([[1, None]] * n),
    lambda rng, n: pa.array([{"a": {"b": [1.5]}}] * n),
    lambda rng, n: pa.array([[("k", 1)]] * n, pa.map_(pa.string(), pa.int8())),
    lambda rng, n: pa.array([rng.choice("abc") for _ in range(n)]).dictionary_encode(),
    lambda rng, n: pa.array([Decimal("1.5")] * n),
    lambda rng, n: pa.array([b"\xff\xfe"] * n),
    lambda rng, n: pa.array([b"0123456789abcdef"] * n, pa.binary(16)),
    lambda rng, n: pa.array([date(2026, 1, 2)] * n),
    lambda rng, n: pa.array([time(1, 2)] * n),
    lambda rng, n: pa.array([timedelta(1)] * n),
    lambda rng, n: pa.array([datetime(2026, 1, 2)] * n),
    lambda rng, n: pa.UnionArray.from_sparse(pa.array([0] * n, pa.int8()), [pa.array([1] * n)]),
    lambda rng, n: pa.RunEndEncodedArray.from_arrays([n], [1.5]) if n else pa.array([]),
)
_PLAIN = 9
_METADATA: tuple[Any, ...] = (None, b"", b"{}", b"[]", b"\xff", b"[" * 5_000, b'"\\ud800"', b'{"batch_id": 5}')


def malformed_stream(rng: random.Random, fqn: str) -> bytes:
    """A stream that may be spoiled in its types, its roles, its messages and its bytes, or in none of them."""
    body = bytearray(_written(rng, fqn))
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 8])):
        rng.choice(_SPOILERS)(rng, body)
    return bytes(body)


def _written(rng: random.Random, fqn: str) -> bytes:
    n = rng.choice([0, 1, 3, 40])
    makers = _MAKERS[:_PLAIN] if rng.random() < 0.9 else _MAKERS
    names = [rng.choice(["id", "label", "at", "x", "y", "p", "s", "", "ß" * 200]) for _ in range(rng.randrange(1, 6))]
    if rng.random() < 0.8:
        names = list(dict.fromkeys(["id", "label", *names]))
    arrays = [_MAKERS[0](rng, n) if name in ("id", "label") else rng.choice(makers)(rng, n) for name in names]
    if rng.random() < 0.1:
        arrays[0] = rng.choice(makers)(rng, n)
    metadata = _envelope(rng, fqn, names) if rng.random() < 0.9 else rng.choice(_METADATA)
    table = pa.table(arrays, names=names).replace_schema_metadata({} if metadata is None else {"mlfoundry": metadata})
    sink = pa.BufferOutputStream()
    compression = rng.choice([None, "zstd", "lz4"])
    version = rng.choice([pa.ipc.MetadataVersion.V5] * 4 + [pa.ipc.MetadataVersion.V4])
    options = pa.ipc.IpcWriteOptions(
        compression=compression, metadata_version=version, use_legacy_format=rng.random() < 0.05
    )
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rng.choice([1, 7, 1_000]))
    return sink.getvalue().to_pybytes()


def _envelope(rng: random.Random, fqn: str, names: list[str]) -> bytes:
    def some() -> str:
        return rng.choice(names)

    columns: dict[str, Any] = {"data_id": names[0], "value": some() if rng.random() < 0.2 else names[-1]}
    optional: dict[str, Any] = {
        "occurred_at": some(),
        "features": rng.sample(names, rng.randrange(len(names) + 1)),
        "probabilities": {some(): some()},
        "shap_values": rng.choice(
            [{some(): some()}, {"c": {some(): some()}}, {"c": {some(): some()}, "d": some()}, {"c": {}}]
        ),
        "actual_value": some(),
    }
    columns |= {key: value for key, value in optional.items() if rng.random() < 0.5}
    if rng.random() < 0.1:
        columns[rng.choice([*columns, "more"])] = rng.choice([None, 5, [], {}, "nope", [["x"]], {"x": 1}])
    fields: dict[str, Any] = {
        "batch_id": str(uuid.UUID(int=rng.getrandbits(128))),
        "model_version_fqn": fqn,
        "columns": columns,
    }
    if rng.random() < 0.1:
        fields[rng.choice([*fields, "rows"])] = rng.choice([None, "", 7, "model:a", []])
    return json.dumps(fields).encode()


def _flip_bits(rng: random.Random, body: bytearray) -> None:
    for _ in range(rng.choice([1, 1, 3, 30])):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)


def _put_size(rng: random.Random, body: bytearray) -> None:
    """An odd number where one may stand: at a multiple of four."""
    width, code = rng.choice([(2, "<H"), (4, "<I"), (8, "<q")])
    at = rng.randrange(0, max(1, len(body) - 8)) // 4 * 4
    number = rng.choice(_ODD_SIZES)
    packed = struct.pack(code, number if code == "<q" else number % (1 << 8 * width))
    body[at : at + width] = packed


def _swell_a_buffer(rng: random.Random, body: bytearray) -> None:
    """A compressed buffer that declares another size: eight bytes before a frame's magic number."""
    magic = rng.choice([b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"])
    at = body.find(magic)
    if at >= 8:
        struct.pack_into("<q", body, at - 8, rng.choice(_ODD_SIZES))


def _cut(rng: random.Random, body: bytearray) -> None:
    del body[rng.randrange(4, len(body) + 1) :]


def _repeat(rng: random.Random, body: bytearray) -> None:
    """A part of the stream once more, from where messages begin."""
    starts = [at for at in range(0, len(body) - 4, 8) if bytes(body[at : at + 4]) == b"\xff\xff\xff\xff"]
    if starts:
        first = rng.choice(starts)
        part = body[first : rng.choice([*starts, len(body)])] or body[first:]
        at = rng.choice(starts)
        body[at:at] = part * rng.choice([1, 1, 50])


def _remove(rng: random.Random, body: bytearray) -> None:
    first = rng.randrange(4, len(body) + 1)
    del body[first : first + rng.choice([1, 4, 8, 64])]


_SPOILERS = (_flip_bits, _flip_bits, _put_size, _put_size, _swell_a_buffer, _cut, _repeat, _remove)
