"""Bodies that no client of ours sends: each is answered with its own error, and nothing of it is half stored."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import zstandard

from faults.harness import Size, Tally, all_rows, ledger, merged, register, send_body
from faults.malformed import malformed, sound_prediction
from serving import Server, wait_until

PREDICTIONS = "/api/v1/predictions"


@pytest.fixture(scope="module")
def fqn(server: Server) -> Generator[str]:
    """A version; afterwards the server must be well."""
    yield register(server, "bodies")
    assert server.http.get("/health").json()["reasons"] == []
    assert server.process.poll() is None


def envelope(fqn: str, rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"batch_id": str(uuid.uuid4()), "model_version_fqn": fqn, "rows": rows} | more


def test_malformed_bodies(server: Server, size: Size, tally: Tally) -> None:
    fqn = register(server, "malformed")
    rng = random.Random(11)
    accepted: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    taken: set[str] = set()
    for number in range(size(1_500, 10_000)):
        made = malformed(rng, fqn, number)
        answer = send_body(server.url, made.path, made.body, content_encoding=made.encoding or "identity")
        statuses[answer.status] += 1
        assert answer.status < 500, (made, answer)
        problem = answer.json()
        if answer.status == 200:
            kind = made.path[8:-1]
            accepted[kind] += problem["accepted"]
            rejected[kind] += len(problem["rejected"])
            taken |= made.sound_ids
            assert all(refused["reason"] and refused["path"].startswith("$") for refused in problem["rejected"])
        else:
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["status"] == answer.status
            assert problem["detail"]
    merged(server, fqn)
    states = ledger(server, fqn)
    booked: Counter[str] = Counter()
    for state, n in states.items():
        booked[state.partition(".")[0]] += n
    assert booked["prediction"] == accepted["prediction"] + rejected["prediction"]
    assert booked["actual"] == accepted["actual"] + rejected["actual"]
    assert states["prediction.rejected"] == rejected["prediction"]
    assert states["actual.rejected"] == rejected["actual"]
    ids = Counter(row["data_id"] for row in all_rows(server, fqn))
    assert max(ids.values()) == 1
    assert {data_id for data_id in ids if re.fullmatch(r"m\d+-\d", data_id)} <= taken  # of the others none was kept
    for status, n in sorted(statuses.items()):
        tally.add(f"answered {status}", n)


def zstd(plain: bytes, *, declared: bool = True) -> bytes:
    packer = zstandard.ZstdCompressor(level=9, write_content_size=declared).compressobj(len(plain) if declared else -1)
    return packer.compress(plain) + packer.flush()


@pytest.mark.parametrize("pack", [gzip.compress, zstd, partial(zstd, declared=False)], ids=["gzip", "zstd", "unsized"])
@pytest.mark.parametrize(
    ("plain", "times", "status", "limit"),
    [
        (bytes(40 * 2**20), 1, 413, "max_body_bytes"),
        (bytes(160 * 2**20), 1, 413, "max_body_bytes"),
        (b" " * 2**20, 40, 413, "max_body_bytes"),
        (gzip.compress(bytes(40 * 2**20)), 1, 400, None),
        (zstd(bytes(40 * 2**20)), 1, 400, None),
        (b'{"a":' * 500_000, 1, 400, None),
        (b"[" * 2_000_000, 1, 400, None),
    ],
    ids=["bomb", "large-bomb", "bomb-of-parts", "gzip-inside", "zstd-inside", "nested-objects", "nested-lists"],
)
def test_bombs(
    server: Server,
    fqn: str,
    pack: Callable[[bytes], bytes],
    plain: bytes,
    times: int,
    status: int,
    limit: str | None,
) -> None:
    before = resident_mib(server)
    encoding = "gzip" if pack is gzip.compress else "zstd"
    answer = send_body(server.url, PREDICTIONS, pack(plain) * times, content_encoding=encoding)
    assert (answer.status, answer.json().get("limit")) == (status, limit), answer.body
    assert resident_mib(server) - before < 150


@pytest.mark.parametrize(
    ("encoding", "head", "status"),
    [
        ("zstd", b"\xc0\x50" + (1 << 40).to_bytes(8, "little"), 400),
        ("zstd", b"\xe0" + (1 << 40).to_bytes(8, "little"), 400),
        ("zstd", b"\x00\xa8", 400),
        ("zstd, gzip", b"", 415),
        ("gzip, zstd", b"", 415),
    ],
    ids=["declares-1-TiB", "window-as-declared", "window-2-GiB", "zstd-in-gzip", "gzip-in-zstd"],
)
def test_frames_that_claim_too_much(server: Server, fqn: str, encoding: str, head: bytes, status: int) -> None:
    before = address_space_mib(server)
    body = b"\x28\xb5\x2f\xfd" + head + b"\x23\x03\x00x"  # one block: "x" a hundred times
    answer = send_body(server.url, PREDICTIONS, body, content_encoding=encoding)
    assert answer.status == status, answer.body
    assert encoding in answer.json()["detail"]
    assert address_space_mib(server) - before < 512


def test_deep_nesting_in_one_row_spoils_no_other(server: Server, fqn: str) -> None:
    deep = json.dumps(sound_prediction("deep")).replace('{"a": [1]}', "[" * 5_000 + "]" * 5_000)
    other = json.dumps(sound_prediction("beside-deep"))
    body = json.dumps(envelope(fqn, [])).replace('"rows": []', f'"rows": [{deep}, {other}]')
    answer = send_body(server.url, PREDICTIONS, body.encode())
    assert answer.status in (200, 413), answer.body
    if answer.status == 200:
        assert [refused["index"] for refused in answer.json()["rejected"]] == [0]


def test_a_row_of_ten_mebibytes_is_refused_alone(server: Server, fqn: str) -> None:
    large = sound_prediction("large") | {"raw_data": {"text": "x" * (10 * 2**20)}}
    body = json.dumps(envelope(fqn, [sound_prediction("before"), large, sound_prediction("after")])).encode()
    answer = send_body(server.url, PREDICTIONS, gzip.compress(body, 1), content_encoding="gzip")
    assert answer.status == 200, answer.body
    (refused,) = answer.json()["rejected"]
    assert (answer.json()["accepted"], refused["index"]) == (2, 1)
    assert "262,144" in refused["reason"] or "256" in refused["reason"]


@pytest.mark.parametrize(
    ("change", "status", "limit", "words"),
    [
        ({"rows": [{"data_id": "x"}] * 5_001}, 413, "max_rows", "5,000"),
        ({"batch_id": "x"}, 400, None, "batch_id"),
        ({"model_version_fqn": "model:default/faults/bodie:1"}, 404, None, "bodies"),
        ({"rows": [{"raw_data": "x" * (33 * 2**20)}]}, 413, "max_wire_bytes", "8 MiB on the wire"),
        ({"more": 1}, 400, None, "more"),
    ],
    ids=["rows", "batch-id", "unknown-version", "wire", "unknown-field"],
)
def test_each_limit_of_a_request_has_its_own_error(
    server: Server, fqn: str, change: dict[str, Any], status: int, limit: str | None, words: str
) -> None:
    answer = send_body(server.url, PREDICTIONS, json.dumps(envelope(fqn, []) | change).encode())
    problem = answer.json()
    assert (answer.status, problem.get("limit")) == (status, limit), problem
    assert words in problem["detail"] + str(problem.get("closest"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data_id": ""}, "data_id"),
        ({"data_id": "x" * 257}, "data_id"),
        ({"features": {"n" * 257: 1}}, "256"),
        ({"features": {"x": 2**63}}, "features"),
        ({"raw_data": "NESTED"}, "32"),
        ({"raw_data": {"text": "x" * (256 * 2**10)}}, "262,144"),
        ({"features": {"x": [1]}}, "features"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
    ],
    ids=["empty-id", "long-id", "long-name", "large-int", "nesting", "large-row", "list", "time"],
)
def test_each_limit_of_a_row_has_its_own_reason(server: Server, fqn: str, change: dict[str, Any], words: str) -> None:
    body = json.dumps(envelope(fqn, [sound_prediction(f"good-{uuid.uuid4()}"), sound_prediction("bad") | change]))
    answer = send_body(server.url, PREDICTIONS, body.replace('"NESTED"', "[" * 33 + "]" * 33).encode())
    assert answer.status == 200, answer.body
    (refused,) = answer.json()["rejected"]
    assert (refused["index"], answer.json()["accepted"]) == (1, 1)
    assert words in refused["reason"] + refused["path"]


def test_slow_senders_hold_up_nobody(server: Server, fqn: str, size: Size, tally: Tally) -> None:
    parts = urlsplit(server.url)
    head = f"POST {PREDICTIONS} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: 5000\r\n"
    with ExitStack() as stack:
        slow: list[socket.socket] = []
        for number in range(size(100, 500)):
            connection = stack.enter_context(socket.create_connection((str(parts.hostname), int(parts.port or 80))))
            connection.sendall((head if number % 2 else head + "\r\n{").encode())
            slow.append(connection)
        took: list[float] = []
        for _ in range(30):
            for connection in slow[1::2]:
                connection.sendall(b"x")  # never the end of the headers
            began = time.perf_counter()
            body = json.dumps(envelope(fqn, [sound_prediction(f"quick-{uuid.uuid4()}")])).encode()
            assert send_body(server.url, PREDICTIONS, body).status == 200
            took.append(time.perf_counter() - began)
        tally.add("slow connections", len(slow))
        tally.add("ms for the slowest answer beside them", round(max(took) * 1e3))
        assert max(took) < 3
    wait_until(lambda: open_files(server) < 60)


def open_files(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def resident_mib(server: Server) -> float:
    return _statm_mib(server, 1)


def address_space_mib(server: Server) -> float:
    return _statm_mib(server, 0)


def _statm_mib(server: Server, place: int) -> float:
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[place]) * 4096 / 2**20
