"""Segment files of the inbox: entries with a checksum each, written one after the other.

An entry is ``magic | position | header length | body length | crc32 | header | body``. The magic lets a reader find
the next entry behind damaged bytes.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mlfoundry.compressed import Encoding
from mlfoundry.events import Kind, Rejection

MAGIC = b"\xf5MLFent\x01"
_FRAME = struct.Struct("<8sQIII")
_NAME = "inbox-{:020d}.log"
_ASIDE = "set-aside-{:020d}.log"


class EntryHeader(msgspec.Struct, frozen=True, array_like=True):
    """What an entry says beside the request's body; ``rejected`` is the verdict that its sender was given."""

    kind: Kind
    model_version_fqn: str
    batch_id: str
    received_at: int
    encoding: Encoding
    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as it lies on disk."""

    position: int
    header: EntryHeader
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What a segment held: its entries, where the last sound one ends, and whether sound ones follow damage."""

    entries: tuple[Entry, ...]
    sound_bytes: int
    total_bytes: int
    has_hole: bool


_HEADER = msgspec.msgpack.Decoder(EntryHeader)
_ENCODE = msgspec.msgpack.Encoder().encode


def segment_path(directory: Path, first_position: int) -> Path:
    """Where the segment that begins with a position lies."""
    return directory / _NAME.format(first_position)


def list_segments(directory: Path) -> list[Path]:
    """The segments of a directory, oldest first."""
    return sorted(directory.glob("inbox-*.log"))


def keep_aside(directory: Path, position: int) -> Path:
    """Copy the entry of a position out of its segment into a file of its own, which no reader of segments looks at.

    Raises
    ------
    OSError
        It cannot be read or written.
    """
    first_of = {path: int(path.stem.rpartition("-")[2]) for path in list_segments(directory)}
    holding = max((path for path, first in first_of.items() if first <= position), key=lambda path: first_of[path])
    for entry in read_segment(holding).entries:
        if entry.position == position:
            break
    else:
        raise FileNotFoundError(f"{holding} holds no position {position}")
    aside = directory / _ASIDE.format(position)
    with aside.open("wb") as file:
        file.writelines(frame(position, entry.header, entry.body))
        file.flush()
        os.fsync(file.fileno())
    _sync_directory(directory)
    return aside


def count_aside(directory: Path) -> int:
    """How many entries were kept aside."""
    return len(list(directory.glob(_ASIDE.format(0).replace("0" * 20, "*"))))


def frame(position: int, header: EntryHeader, body: bytes) -> tuple[bytes, bytes]:
    """The bytes of an entry, in two parts so that the body is not copied."""
    head = _ENCODE(header)
    crc = zlib.crc32(body, zlib.crc32(head, position & 0xFFFFFFFF))
    return _FRAME.pack(MAGIC, position, len(head), len(body), crc) + head, body


def read_segment(path: Path) -> Reading:
    """Read every sound entry, also those behind damaged bytes."""
    data = path.read_bytes()
    entries: list[Entry] = []
    sound, offset, has_hole = 0, 0, False
    while 0 <= offset < len(data):
        found = _entry_at(data, offset)
        if found is None:
            offset = data.find(MAGIC, offset + 1)
            continue
        has_hole = has_hole or offset != sound
        entry, offset = found
        entries.append(entry)
        sound = offset
    return Reading(tuple(entries), sound, len(data), has_hole)


def _entry_at(data: bytes, offset: int) -> tuple[Entry, int] | None:
    if len(data) < offset + _FRAME.size:
        return None
    magic, position, head_length, body_length, crc = _FRAME.unpack_from(data, offset)
    start = offset + _FRAME.size
    end = start + head_length + body_length
    if magic != MAGIC or end > len(data):
        return None
    head, body = data[start : start + head_length], data[start + head_length : end]
    if zlib.crc32(body, zlib.crc32(head, position & 0xFFFFFFFF)) != crc:
        return None
    try:
        return Entry(position, _HEADER.decode(head), body), end
    except msgspec.DecodeError:
        return None


class SegmentWriter:
    """Appends to one segment; what :meth:`write` returned from is on disk.

    Parameters
    ----------
    directory
        Where the segments lie.
    first_position
        The first position that will be written; names the file.
    """

    def __init__(self, directory: Path, first_position: int) -> None:
        self.path = segment_path(directory, first_position)
        self.last_position = first_position - 1
        self.size_bytes = 0
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        _sync_directory(directory)

    def write(self, parts: Iterator[bytes], last_position: int) -> None:
        """Append whole entries and wait until they are on disk; on an error the file is cut back to where it was."""
        data = memoryview(b"".join(parts))
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size_bytes)
            os.lseek(self._file, self.size_bytes, os.SEEK_SET)
            raise
        self.size_bytes += len(data)
        self.last_position = last_position

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
