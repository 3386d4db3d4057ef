"""The inbox: what was accepted and is on disk, but not yet merged.

Requests go into a checksummed redo log and are acknowledged once they are on disk (one thread writes, many requests
share one fdatasync). Their decoded rows stay in memory for the merge; the log is read only after a crash.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import msgspec

from mlfoundry.batches import JudgedBatch
from mlfoundry.compressed import Encoding
from mlfoundry.errors import MlfoundryError, Unavailable
from mlfoundry.events import IngestReply, Kind
from mlfoundry.judge import judge_again
from mlfoundry.store.segments import (
    Entry,
    EntryHeader,
    SegmentWriter,
    count_aside,
    frame,
    keep_aside,
    list_segments,
    read_segment,
)

_LOG = logging.getLogger(__name__)
_Key = tuple[Kind, str, str]


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """How much may wait, and how the log is cut.

    Parameters
    ----------
    waiting_bytes, waiting_rows
        Decoded bytes and rows that wait for the merge; beyond them new batches are turned away.
    group_bytes
        What one write to the log takes at most.
    segment_bytes
        A segment that has grown to this is closed and the next one begun.
    free_bytes
        When the disk has less than this left, new batches are turned away.
    write_s
        When a write takes longer than this, new batches are turned away until it ends.
    """

    waiting_bytes: int = 192 * 2**20
    waiting_rows: int = 400_000
    group_bytes: int = 8 * 2**20
    segment_bytes: int = 64 * 2**20
    free_bytes: int = 256 * 2**20
    write_s: float = 5.0


@dataclass(frozen=True, slots=True)
class InboxDepth:
    """How full the inbox is.

    ``rows`` and ``bytes`` (decoded) wait, which is ``share`` of what may wait. ``write_s`` is how long the write under
    way has taken; 0 when there is none.
    """

    rows: int
    bytes: int
    share: float
    write_s: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that a batch is on disk: its position in the log and the answer its sender gets."""

    position: int
    reply: IngestReply


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch on disk that waits for the merge."""

    position: int
    batch: JudgedBatch
    size_bytes: int
    since: float


@dataclass(slots=True)
class _Appending:
    batch: JudgedBatch
    header: EntryHeader
    body: bytes
    size_bytes: int
    done: Future[Receipt] = field(default_factory=Future[Receipt])


class Inbox:
    """The redo log of one data directory and the batches in it.

    Parameters
    ----------
    directory
        Where its segments lie; made if absent.
    position
        The store's committed position: what lies at or below it is merged and not read again.
    limits
        How much may wait.

    Examples
    --------
    >>> import tempfile, uuid
    >>> from mlfoundry.judge import Limits, judge
    >>> body = msgspec.json.encode({"batch_id": str(uuid.uuid4()), "model_version_fqn": "model:default/a/b:1",
    ...                             "rows": [{"data_id": "1", "value": "late"}]})
    >>> inbox = Inbox(Path(tempfile.mkdtemp()), position=0)
    >>> inbox.append(judge(body, "actual", limits=Limits(), received_at=0), body).result(timeout=10).position
    1
    >>> inbox.close()
    """

    def __init__(self, directory: Path, *, position: int, limits: InboxLimits | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._limits = limits or InboxLimits()
        self._changed = threading.Condition()
        self._appending: deque[_Appending] = deque()
        self._waiting: deque[Waiting] = deque()
        self._in_flight: dict[_Key, Future[Receipt]] = {}
        self._bytes = 0
        self._rows = 0
        self._full_segments: list[tuple[int, Path]] = []  # with their last position
        self._segment: SegmentWriter | None = None
        self._rolling = False
        self._rolled_at = 0
        self._closing = False
        self._closed = False
        self._disk_checked = float("-inf")
        self._write_began: float | None = None
        self._position = self._recover(position)
        self._writer = threading.Thread(target=self._write_forever, name="mlfoundry-inbox", daemon=True)
        self._writer.start()

    # Appending

    def append(self, batch: JudgedBatch, body: bytes, *, encoding: Encoding = "identity") -> Future[Receipt]:
        """Put a judged batch into the log; the future is done once it is on disk.

        A batch that is in flight already (same kind, version and ``batch_id``) is not taken twice: the answer is the
        first one's.

        Parameters
        ----------
        batch
            The judged batch.
        body
            The request's body as it came, and ``encoding`` its content encoding.

        Raises
        ------
        Unavailable
            Too much waits, or the disk is nearly full; ``retry_after_s`` says when to try again. A future fails with
            it too, when the disk refuses the write.
        """
        header = EntryHeader(
            batch.kind, batch.model_version_fqn, batch.batch_id, batch.received_at, encoding, batch.rejected
        )
        given = _Appending(batch, header, body, batch.decoded_bytes)
        key = _key(batch)
        with self._changed:
            known = self._in_flight.get(key)
            if known is not None:
                return known
            self._check_room(given)
            self._in_flight[key] = given.done
            self._appending.append(given)
            self._bytes += given.size_bytes
            self._rows += batch.rows
            self._changed.notify_all()
        return given.done

    def answer(self, kind: Kind, fqn: str, batch_id: str) -> Future[Receipt] | None:
        """The answer to a batch that is in the inbox now, or None."""
        with self._changed:
            return self._in_flight.get((kind, fqn, batch_id))

    def _check_room(self, given: _Appending) -> None:
        if self._closing:
            raise Unavailable("the server is stopping", retry_after_s=5)
        limits = self._limits
        if self._write_s() > limits.write_s:
            raise Unavailable("the disk does not answer", retry_after_s=10)
        if self._rows and (self._bytes + given.size_bytes > limits.waiting_bytes or self._rows > limits.waiting_rows):
            raise Unavailable(f"{self._rows:,} rows wait to be merged already", retry_after_s=2)
        now = time.monotonic()
        if now - self._disk_checked > 1:
            if shutil.disk_usage(self._directory).free < limits.free_bytes:
                raise Unavailable(f"the disk has less than {limits.free_bytes:,} bytes left", retry_after_s=60)
            self._disk_checked = now

    # Writing

    def _write_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._appending or self._closing or self._rolling)
                if self._rolling:
                    self._roll()
                    continue
                if not self._appending:
                    return
                group = self._next_group()
                first = self._position + 1
                self._position += len(group)  # a position is never used twice, also not after a failed write
                self._write_began = time.monotonic()
            try:
                self._write(group, first)
            except OSError as error:
                _LOG.exception("the inbox could not be written", extra={"directory": str(self._directory)})
                self._forget(group, error)
            else:
                self._publish(group, first)

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was acknowledged before the call is merged and gone from the log; whether it was in time.

        What is appended meanwhile goes into a new segment.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            if self._closing:
                return False
            self._rolling = True
            self._changed.notify_all()
            rolled = self._changed.wait_for(lambda: not self._rolling, timeout_s)
            last = self._rolled_at
            merged = rolled and self._changed.wait_for(
                lambda: not self._waiting or self._waiting[0].position > last, deadline - time.monotonic()
            )
        if merged:
            self.merged(last)
        return merged

    def _roll(self) -> None:
        with contextlib.suppress(OSError):
            self._finish_segment()
        self._rolled_at = self._position  # between two groups: each position up to here is published, or failed
        self._rolling = False
        self._changed.notify_all()

    def _next_group(self) -> list[_Appending]:
        group = [self._appending.popleft()]
        size = len(group[0].body)
        while self._appending and (size := size + len(self._appending[0].body)) <= self._limits.group_bytes:
            group.append(self._appending.popleft())
        return group

    def _write(self, group: list[_Appending], first: int) -> None:
        if self._segment is not None and self._segment.size_bytes >= self._limits.segment_bytes:
            self._finish_segment()
        if self._segment is None:
            self._segment = SegmentWriter(self._directory, first)
        frames = (frame(first + i, given.header, given.body) for i, given in enumerate(group))
        self._segment.write(chain.from_iterable(frames), first + len(group) - 1)

    def _finish_segment(self) -> None:
        if self._segment is None:
            return
        self._segment.close()
        with self._changed:
            self._full_segments.append((self._segment.last_position, self._segment.path))
        self._segment = None

    def _publish(self, group: list[_Appending], first: int) -> None:
        now = time.monotonic()
        with self._changed:
            self._write_began = None
            for position, given in enumerate(group, first):
                self._waiting.append(Waiting(position, given.batch, given.size_bytes, now))
            self._changed.notify_all()
        for position, given in enumerate(group, first):
            given.done.set_result(Receipt(position, given.batch.reply()))

    def _forget(self, group: list[_Appending], error: OSError) -> None:
        with contextlib.suppress(OSError):
            self._finish_segment()
        with self._changed:
            self._write_began = None
            for given in group:
                del self._in_flight[_key(given.batch)]
                self._bytes -= given.size_bytes
                self._rows -= given.batch.rows
        for given in group:
            given.done.set_exception(Unavailable(f"the disk refused the rows: {error.strerror}", retry_after_s=10))

    # Merging

    @property
    def position(self) -> int:
        """The last position given out."""
        with self._changed:
            return self._position

    @property
    def limits(self) -> InboxLimits:
        """How much may wait."""
        return self._limits

    def depth(self) -> InboxDepth:
        """How full the inbox is now."""
        with self._changed:
            share = max(self._bytes / self._limits.waiting_bytes, self._rows / self._limits.waiting_rows)
            return InboxDepth(self._rows, self._bytes, share, self._write_s())

    def _write_s(self) -> float:
        return 0.0 if self._write_began is None else time.monotonic() - self._write_began

    @property
    def waiting_rows(self) -> int:
        """Rows that are accepted and not merged."""
        with self._changed:
            return self._rows

    @property
    def waiting_bytes(self) -> int:
        """Decoded bytes that are accepted and not merged."""
        with self._changed:
            return self._bytes

    def waiting_rows_of(self, fqn: str) -> int:
        """Rows of one version that are on disk and not merged."""
        with self._changed:
            return sum(waiting.batch.rows for waiting in self._waiting if waiting.batch.model_version_fqn == fqn)

    def oldest_wait_s(self) -> float:
        """How long the oldest batch has been waiting; 0 when none is."""
        with self._changed:
            return time.monotonic() - self._waiting[0].since if self._waiting else 0.0

    def wait(self, timeout_s: float) -> bool:
        """Wait until something can be merged; whether there is something."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            return bool(self._waiting)

    def peek(self, max_rows: int) -> Sequence[Waiting]:
        """The oldest batches, up to ``max_rows`` rows and at least one batch; they stay until :meth:`merged`."""
        with self._changed:
            rows, count = 0, 0
            for waiting in self._waiting:
                rows += waiting.batch.rows
                if count and rows > max_rows:
                    break
                count += 1
            return tuple(islice(self._waiting, count))

    def merged(self, position: int) -> None:
        """Let go of everything up to a position that the store has committed."""
        with self._changed:
            while self._waiting and self._waiting[0].position <= position:
                waiting = self._waiting.popleft()
                self._in_flight.pop(_key(waiting.batch), None)
                self._bytes -= waiting.size_bytes
                self._rows -= waiting.batch.rows
            finished = [(last, path) for last, path in self._full_segments if last <= position]
            self._changed.notify_all()
        for _, path in finished:
            path.unlink(missing_ok=True)
        with self._changed:
            self._full_segments = [item for item in self._full_segments if item not in finished]

    def keep_aside(self, position: int) -> Path:
        """Copy a batch of the log into a file of its own, for one that can never be merged; raises :class:`OSError`."""
        return keep_aside(self._directory, position)

    @property
    def aside(self) -> int:
        """How many batches were ever kept aside and are still there."""
        return count_aside(self._directory)

    def close(self) -> None:
        """Write what was given, then let go of the files; later appends are turned away."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._writer.join()
        self._finish_segment()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            everything_merged = not self._waiting
        if everything_merged:
            self.merged(self._position)

    # Recovery

    def _recover(self, committed: int) -> int:
        """Read what a crash left; the last position ever given out, as far as is known."""
        position = committed
        paths = list_segments(self._directory)
        for path in paths:
            try:
                reading = read_segment(path)
            except OSError as error:
                self._set_aside(path, error, keep=False)
                continue
            torn = reading.total_bytes > reading.sound_bytes
            damaged = reading.has_hole or (torn and path is not paths[-1])
            last = committed
            for entry in reading.entries:
                if entry.position > position:
                    damaged = not self._take_back(entry) or damaged
                    position = entry.position
                last = entry.position
            if damaged and not self._set_aside(path, "some of its bytes are not those that were written", keep=True):
                continue  # without a copy nothing of it may be cut or removed
            if torn:
                with path.open("r+b") as file:
                    file.truncate(reading.sound_bytes)
            self._full_segments.append((last, path))
        self.merged(committed)
        return position

    def _take_back(self, entry: Entry) -> bool:
        """Let a batch of the log wait again; whether it could be read."""
        header = entry.header
        try:
            batch = judge_again(
                entry.body, header.encoding, header.kind, received_at=header.received_at, rejected=header.rejected
            )
        except (MlfoundryError, zlib.error, EOFError, OSError):
            _LOG.exception("a batch of the inbox cannot be read", extra={"batch_id": header.batch_id})
            return False
        batch = msgspec.structs.replace(batch, model_version_fqn=header.model_version_fqn)
        answer: Future[Receipt] = Future()
        answer.set_result(Receipt(entry.position, batch.reply()))
        self._in_flight[_key(batch)] = answer
        self._waiting.append(Waiting(entry.position, batch, batch.decoded_bytes, time.monotonic()))
        self._bytes += batch.decoded_bytes
        self._rows += batch.rows
        return True

    def _set_aside(self, path: Path, why: OSError | str, *, keep: bool) -> bool:
        """Copy a segment, or move it where nothing of it can be read; whether that was possible."""
        aside = path.with_suffix(".damaged" if keep else ".unreadable")
        try:
            if keep:
                shutil.copyfile(path, aside)
            else:
                path.rename(aside)
        except OSError:
            _LOG.exception("a damaged segment of the inbox cannot be set aside", extra={"segment": str(path)})
            return False
        _LOG.error(
            "a segment of the inbox is damaged (%s); its readable batches are kept, the file was set aside as %s",
            why,
            aside,
        )
        return True


def _key(batch: JudgedBatch) -> _Key:
    return batch.kind, batch.model_version_fqn, batch.batch_id
