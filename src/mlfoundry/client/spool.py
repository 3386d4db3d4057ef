"""A bounded folder of batches that could not be delivered, shared by any number of processes, surviving all of them.

Layout: one folder a process, ``<spool_dir>/<random>/``, with a ``lock`` held by its owner and numbered segments. A
segment is a run of records, each ``magic, length, crc32, payload``; the payload is a JSON head and the request's body
as it would have been sent. A folder whose owner is gone (its lock can be taken) is adopted by whoever finds it, and
what it holds is sent. A crash in the middle of a record leaves a torn tail, which is passed over; damage anywhere else
sets what follows it aside under ``.damaged`` and says so.

Delivery is at least once: a batch keeps its ``batch_id``, so a server that has it already changes nothing.
"""

from __future__ import annotations

import errno
import logging
import os
import struct
import uuid
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from mlfoundry.errors import MlfoundryError
from mlfoundry.events import Kind

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock
    fcntl = None

_log = logging.getLogger(__name__)
_HEAD = struct.Struct("<4sII")
_MAGIC = b"mlf1"
_NO_SYNC = {errno.EACCES, errno.EPERM, errno.EINVAL, errno.EBADF, errno.ENOTSUP}
"""What a folder answers that may be written but not read, or that lies in a file system which syncs no folders."""
_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
_SEGMENT_BYTES = 4 * 1024 * 1024
_MAX_RECORD_BYTES = 64 * 1024 * 1024
DEFAULT_SPOOL_BYTES = 1 << 30


class SpoolHead(msgspec.Struct, frozen=True):
    """What a spooled batch is, beside its body; ``counted`` says whether its rows are in its own process' counts."""

    kind: Kind
    model_version_fqn: str
    batch_id: str
    rows: int
    headers: dict[str, str]
    counted: bool = True


class SpooledBatch(msgspec.Struct, frozen=True):
    """One undelivered request; ``own`` says whether this process spooled it."""

    head: SpoolHead
    body: bytes
    own: bool


class _Segment(msgspec.Struct):
    path: Path
    own: bool
    batches: deque[SpooledBatch] | None = None  # read when its turn comes


class Spool:
    """The spool as one process sees it. Used by the sending thread alone.

    Parameters
    ----------
    directory
        The folder that all processes share; made when first needed.
    max_bytes
        At most this much lies in the whole folder; beyond it :meth:`put` refuses.
    """

    def __init__(self, directory: str | os.PathLike[str], *, max_bytes: int = DEFAULT_SPOOL_BYTES) -> None:
        if fcntl is None:  # pragma: no cover - Windows has no flock
            raise MlfoundryError("spool_dir needs a system with file locks (flock)")
        self._root = Path(directory)
        self._max_bytes = max_bytes
        self._home: Path | None = None
        self._locks: dict[Path, int] = {}
        self._writing: int | None = None  # the open segment's descriptor
        self._written: _Segment | None = None
        self._segments: deque[_Segment] = deque()
        self._number = 0

    def put(self, batch: SpooledBatch) -> str | None:
        """Keep a batch on disk; return None, or why it could not be kept."""
        head = msgspec.json.encode(batch.head)
        payload = b"".join((struct.pack("<I", len(head)), head, batch.body))
        record = _HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload
        try:
            if self._size_bytes() + len(record) > self._max_bytes:
                return "spool_full"
            self._write(record)
        except OSError as error:
            _log.warning("the spool cannot be written", extra={"spool_dir": str(self._root), "error": str(error)})
            return "spool_failed"
        return None

    def peek(self) -> SpooledBatch | None:
        """The oldest batch that waits, of this process or of one that is gone; None when there is none."""
        while self._segments:
            segment = self._segments[0]
            if segment is self._written:
                self._end_segment()
            if segment.batches is None:
                segment.batches = deque(_read(segment))
            if segment.batches:
                return segment.batches[0]
            self._finish(segment)
        return None

    def pop(self) -> None:
        """Say that the batch last returned by :meth:`peek` was delivered or given up."""
        segment = self._segments[0]
        assert segment.batches
        segment.batches.popleft()
        if not segment.batches:
            self._finish(segment)

    def adopt(self) -> int:
        """Take over the folders of processes that are gone; return how many segments they held."""
        found = 0
        try:
            folders = sorted(entry for entry in self._root.iterdir() if entry.is_dir() and entry not in self._locks)
        except OSError:
            return 0  # nothing was ever spooled
        for folder in folders:
            if self._lock(folder):
                segments = sorted(folder.glob("*.seg"))
                self._segments.extend(_Segment(path, own=False) for path in segments)
                found += len(segments)
                if not segments:
                    self._leave(folder)
        return found

    def forget(self) -> None:
        """Let go of everything without touching it: in a child after a fork it is all its parent's."""
        for descriptor in self._locks.values():
            os.close(descriptor)
        self._locks.clear()
        self._end_segment()
        self._home = None
        self._segments.clear()

    def close(self) -> None:
        """Leave what waits to whoever comes next; remove the folder if nothing does."""
        self._end_segment()
        for folder in list(self._locks):
            self._leave(folder)
        self._home = None
        self._segments.clear()

    def _size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self._root.glob("*/*.seg")) if self._root.exists() else 0

    def _write(self, record: bytes) -> None:
        if self._writing is None:
            self._begin_segment()
        assert self._writing is not None
        start = os.fstat(self._writing).st_size
        try:
            written = 0
            while written < len(record):
                written += os.write(self._writing, record[written:])
            _sync_data(self._writing)
            if start == 0:
                self._sync_names()
        except OSError:
            os.ftruncate(self._writing, start)  # a full disk: what was there before stays readable
            raise
        if start + len(record) >= _SEGMENT_BYTES:
            self._end_segment()

    def _sync_names(self) -> None:
        """Make a new segment's name last as its content does: without it a power cut takes the whole file."""
        assert self._home is not None
        for folder in (self._home, self._root, self._root.parent):
            _sync_folder(folder)

    def _begin_segment(self) -> None:
        if self._home is None:
            home = self._root / uuid.uuid4().hex
            home.mkdir(parents=True, mode=0o700)
            if not self._lock(home):  # pragma: no cover - nobody else can know the name yet
                raise OSError(f"cannot lock {home}")
            self._home = home
        self._number += 1
        path = self._home / f"{self._number:08d}.seg"
        self._writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._written = _Segment(path, own=True)
        self._segments.append(self._written)

    def _end_segment(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
        self._writing = self._written = None

    def _finish(self, segment: _Segment) -> None:
        segment.path.unlink(missing_ok=True)
        self._segments.popleft()
        folder = segment.path.parent
        if folder != self._home and not any(folder.glob("*.seg")):
            self._leave(folder)

    def _lock(self, folder: Path) -> bool:
        assert fcntl is not None
        try:
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False  # its owner has just removed it
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        if not (folder / "lock").exists():  # removed between open and lock
            os.close(descriptor)
            return False
        self._locks[folder] = descriptor
        return True

    def _leave(self, folder: Path) -> None:
        """Give a folder's lock back; the folder goes if it is empty."""
        descriptor = self._locks.pop(folder, None)
        if descriptor is None:
            return
        try:
            if not any(path.name != "lock" for path in folder.iterdir()):
                (folder / "lock").unlink()
                folder.rmdir()
        except OSError as error:
            _log.debug("a spool folder stays", extra={"folder": str(folder), "error": str(error)})
        os.close(descriptor)


def _read(segment: _Segment) -> Iterator[SpooledBatch]:
    """Every whole record of a segment. A torn tail ends it; damage before the tail sets the file aside."""
    try:
        data = segment.path.read_bytes()
    except FileNotFoundError:
        return
    offset = 0
    while offset < len(data):
        payload = _payload(data, offset)
        if payload is None:
            if data.find(_MAGIC, offset + 1) != -1:
                _set_aside(segment.path, offset)
            return
        offset += _HEAD.size + len(payload)
        size = struct.unpack_from("<I", payload)[0]
        head = msgspec.json.decode(payload[4 : 4 + size], type=SpoolHead)
        yield SpooledBatch(head, payload[4 + size :], segment.own)


def _payload(data: bytes, offset: int) -> bytes | None:
    if offset + _HEAD.size > len(data):
        return None
    magic, length, checksum = _HEAD.unpack_from(data, offset)
    payload = data[offset + _HEAD.size : offset + _HEAD.size + length]
    whole = magic == _MAGIC and 4 <= length <= _MAX_RECORD_BYTES and len(payload) == length
    return payload if whole and zlib.crc32(payload) == checksum else None


def _set_aside(path: Path, offset: int) -> None:
    kept = path.with_suffix(".damaged")
    _log.warning(
        "a spool segment is damaged; what follows the damage is set aside, not sent",
        extra={"segment": str(path), "offset": offset, "kept_as": str(kept)},
    )
    with kept.open("wb") as file:
        file.write(path.read_bytes()[offset:])
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(kept.parent)


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
