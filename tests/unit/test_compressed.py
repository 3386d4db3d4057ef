"""What comes compressed is decompressed within bounds, whatever it declares."""

from __future__ import annotations

import gzip
import os
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from mlfoundry.compressed import Encoding, UnsupportedEncoding, decompress, read_encoding
from mlfoundry.errors import InvalidInput, LimitExceeded

LIMIT = 100_000
ROWS = b'{"rows": []}' * 1_000
ZSTD: Callable[[bytes], bytes] = zstandard.ZstdCompressor(level=1).compress
SKIPPED = struct.pack("<II", 0x184D2A50, 6) + b"skip's"


def streamed(plain: bytes) -> bytes:
    """A frame that does not declare its size."""
    packer = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
    return packer.compress(plain) + packer.flush()


def zstd_frame(*, window_log: int = 20, declared: int | None = None, run: int = 100) -> bytes:
    """A frame written by hand: a run of one letter, under a head that may lie."""
    head = struct.pack("<BB", 0x00 if declared is None else 0xC0, (window_log - 10) << 3)
    size = b"" if declared is None else struct.pack("<Q", declared)
    block = struct.pack("<I", run << 3 | 1 << 1 | 1)[:3] + b"x"
    return b"\x28\xb5\x2f\xfd" + head + size + block


@pytest.mark.parametrize(
    ("header", "encoding"),
    [("", "identity"), ("identity", "identity"), (" GZIP", "gzip"), ("x-gzip", "gzip"), ("Zstd", "zstd")],
)
def test_encodings_that_are_read(header: str, encoding: Encoding) -> None:
    assert read_encoding(header) == encoding


@pytest.mark.parametrize("header", ["br", "zstd, gzip", "gzip, zstd", "zstd,zstd", "zst", "x-zstd"])
def test_encodings_that_are_not(header: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="plain, gzip or zstd"):
        read_encoding(header)


@pytest.mark.parametrize(
    "body",
    [
        ZSTD(ROWS),
        streamed(ROWS),
        ZSTD(ROWS[:500]) + streamed(ROWS[500:]),
        SKIPPED + ZSTD(ROWS) + SKIPPED,
        ZSTD(b"") + ZSTD(ROWS),
    ],
    ids=["declared", "undeclared", "frames", "skipped-frames", "empty-frame"],
)
def test_zstd_in_all_its_forms(body: bytes) -> None:
    assert decompress(body, "zstd", max_bytes=LIMIT) == ROWS


def test_limits_are_met_exactly() -> None:
    packers: list[tuple[Encoding, Callable[[bytes], bytes]]] = [
        ("gzip", gzip.compress), ("zstd", ZSTD), ("zstd", streamed),
    ]  # fmt: skip
    for encoding, pack in packers:
        assert len(decompress(pack(bytes(LIMIT)), encoding, max_bytes=LIMIT)) == LIMIT
        with pytest.raises(LimitExceeded) as caught:
            decompress(pack(bytes(LIMIT + 1)), encoding, max_bytes=LIMIT)
        assert caught.value.limit == "max_body_bytes"


@pytest.mark.parametrize(
    "body",
    [
        b"no zstd at all",
        gzip.compress(ROWS),
        ZSTD(ROWS)[:-1],
        ZSTD(ROWS)[:3],
        ZSTD(ROWS) + b"rest",
        ZSTD(ROWS) + b"\x28",
        SKIPPED[:-1],
        struct.pack("<II", 0x184D2A50, 0xFFFFFFFF) + b"x",
        zstd_frame(declared=99),
        zstd_frame(declared=1 << 40),
        zstd_frame(window_log=28),
        zstd_frame(window_log=31),
        zstd_frame(window_log=41),
    ],
    ids=[
        "other", "gzip", "cut", "cut-head", "rest", "cut-second-frame", "cut-skipped-frame", "long-skipped-frame",
        "declares-less", "declares-1-TiB", "window-256-MiB", "window-2-GiB", "window-2-TiB",
    ],
)  # fmt: skip
def test_broken_zstd_is_refused_and_nothing_large_is_allocated(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match="zstd"):
            decompress(body, "zstd", max_bytes=LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_dictionary_is_refused() -> None:
    words = zstandard.train_dictionary(4_096, [os.urandom(20) + b"prediction" * 20 + bytes([i]) for i in range(256)])
    with pytest.raises(InvalidInput, match="zstd"):
        decompress(zstandard.ZstdCompressor(dict_data=words).compress(ROWS), "zstd", max_bytes=LIMIT)


@pytest.mark.parametrize("pack", [ZSTD, gzip.compress], ids=["zstd", "gzip"])
def test_a_million_tiny_pieces_take_no_longer_than_one(pack: Callable[[bytes], bytes]) -> None:
    body = pack(b"") * (8 * 2**20 // len(pack(b"")))
    began = time.thread_time()
    assert decompress(body, "zstd" if pack is ZSTD else "gzip", max_bytes=LIMIT) == b""
    assert time.thread_time() - began < 5  # in the square of their number: minutes
