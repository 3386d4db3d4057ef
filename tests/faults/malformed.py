"""Malformed request bodies that know what a sound one looks like."""

from __future__ import annotations

import copy
import gzip
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import zstandard

_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    1.5,
    "",
    "x" * 300,
    "\x00",
    "ß\U0001f600",
    [],
    {},
    [[]],
    {"": {}},
    "2026-13-45",
    "1e999",
    {"value": {}},
)
_LAYOUTS: tuple[Any, ...] = (None, {}, [1], [{"features": 5}], "x")
_RAW = (
    b"1e999",
    b"-1e999",
    b"NaN",
    b"Infinity",
    b"9" * 5_000,
    b'"\xff\xfe"',
    b'"\\ud800"',
    b'"\\u0000"',
    b"\xed\xa0\x80",
    b"[" * 2_000 + b"]" * 2_000,
    b'{"a":' * 600 + b"1" + b"}" * 600,
    b"01",
    b"'x'",
    b"tru",
    b"",
    b",",
)


@dataclass(frozen=True)
class Body:
    """A body as it travels."""

    path: str
    body: bytes
    encoding: str
    sound_ids: frozenset[str]
    """The ids of its rows before anything was spoiled."""


def sound_prediction(data_id: str) -> dict[str, Any]:
    """A row that nothing is wrong with."""
    return {
        "data_id": data_id,
        "features": {"x": 1.5, "city": "Oslo"},
        "prediction_data": {"value": "late", "probabilities": {"late": 0.5}, "shap_values": {"x": 0.1}},
        "occurred_at": "2026-01-05T00:00:00Z",
        "raw_data": {"a": [1]},
    }


def malformed(rng: random.Random, fqn: str, number: int) -> Body:
    """One body with one to three things wrong with it."""
    ids = [f"m{number}-{i}" for i in range(4)]
    kind = rng.choice(("prediction", "actual"))
    rows: list[Any]
    if kind == "prediction":
        rows = [sound_prediction(data_id) for data_id in ids]
    else:
        rows = [{"data_id": data_id, "value": "late"} for data_id in ids]
    envelope = {"batch_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "model_version_fqn": fqn, "rows": rows}
    spoil = rng.choice((_spoil_rows, _spoil_rows, _spoil_envelope, _spoil_bytes, _spoil_bytes))
    body = spoil(rng, envelope)
    encoding = ""
    if rng.random() < 0.15:
        encoding = rng.choice(("gzip", "gzip", "zstd", "zstd", "br", "deflate, gzip"))
        body = _spoiled_packing(rng, body, encoding)
    return Body(f"/api/v1/{kind}s", body, encoding, frozenset(ids))


def _spoil_rows(rng: random.Random, envelope: dict[str, Any]) -> bytes:
    for _ in range(rng.randint(1, 3)):
        _change_somewhere(rng, envelope["rows"])
    return _encode(envelope)


def _spoil_envelope(rng: random.Random, envelope: dict[str, Any]) -> bytes:
    changes: tuple[Callable[[], Any], ...] = (
        lambda: envelope.pop(rng.choice(list(envelope))),
        lambda: envelope.update({rng.choice(list(envelope)): _odd(rng)}),
        lambda: envelope.update({"more": 1}),
        lambda: envelope.update({"layouts": rng.choice(_LAYOUTS)}),
        lambda: envelope.update({"model_version_fqn": "model:default/faults/nobody:9"}),
        lambda: envelope.update({"batch_id": "not-a-uuid"}),
        lambda: envelope.update({"rows": [*envelope["rows"], *(["x"] * 6_000)]}),
    )
    rng.choice(changes)()
    return _encode(envelope)


def _odd(rng: random.Random) -> Any:
    """An odd value that is nobody else's: a later change may go into it."""
    return copy.deepcopy(rng.choice(_ODD))


def _change_somewhere(rng: random.Random, node: Any) -> None:
    """Walk down at random and change what is there."""
    is_object = isinstance(node, dict)
    places: list[Any] = list(cast("dict[str, Any]", node)) if is_object else list(range(len(node)))
    if not places:
        return
    place = rng.choice(places)
    child: Any = node[place]
    if isinstance(child, (dict, list)) and child and rng.random() < 0.7:
        _change_somewhere(rng, child)
        return
    what = rng.randrange(3)
    if what == 0 and is_object:
        del node[place]
    elif what == 1 and is_object:
        node[rng.choice(("more", "x" * 300, "", "\x00"))] = _odd(rng)
    else:
        node[place] = _odd(rng)


def _spoil_bytes(rng: random.Random, envelope: dict[str, Any]) -> bytes:
    body = _encode(envelope)
    what = rng.randrange(4)
    at = rng.randrange(len(body))
    if what == 0:
        return body[:at]
    if what == 1:
        return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
    if what == 2:
        return body[:at] + rng.choice(_RAW) + body[at:]
    values = [i for i in range(len(body) - 1) if body[i : i + 1] == b":"]
    at = rng.choice(values) + 1
    end = min((i for i in (body.find(b",", at), body.find(b"}", at)) if i >= 0), default=at)
    return body[:at] + rng.choice(_RAW) + body[end:]


def _spoiled_packing(rng: random.Random, body: bytes, encoding: str) -> bytes:
    packed = zstandard.ZstdCompressor(level=1).compress(body) if encoding == "zstd" else gzip.compress(body, 1)
    at = rng.randrange(len(packed))
    return rng.choice((packed, packed[:at], packed[:at] + b"\x00" + packed[at:], body, packed + b"rest"))


def _encode(given: Any) -> bytes:
    return json.dumps(given).encode()
