"""The sending thread: takes rows from the buffer, encodes them, packs them into batches and has them delivered."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mlfoundry.client.bodies import MAX_BATCH_BYTES, MAX_BATCH_ROWS
from mlfoundry.client.buffer import Buffer, Counts, Drop
from mlfoundry.client.clock import Clock
from mlfoundry.client.delivery import Batch, Delivery, RejectedRow, RetryPolicy
from mlfoundry.client.encoding import EncodedRow, Layout, RowEncoder
from mlfoundry.client.snapshot import Snapshot
from mlfoundry.client.transport import Transport
from mlfoundry.errors import InvalidInput, RowsLost
from mlfoundry.events import Kind

_log = logging.getLogger(__name__)
_SLICE_ROWS = 500
_ROW_HEAD_BYTES = 6
OnDrop = Callable[[Drop], object]
OnReject = Callable[[RejectedRow], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How rows wait and travel. Lengths in seconds; ``max_bytes`` is of memory."""

    max_rows: int = 50_000
    max_bytes: int = 64 * 1024 * 1024
    linger_s: float = 1.0
    exit_timeout_s: float = 2.0
    strict: bool = False
    compress: bool = True
    on_drop: OnDrop | None = None
    on_reject: OnReject | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class Packer:
    """Rows that wait for company, by model version and kind."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, Kind], list[EncodedRow]] = {}
        self._bytes: dict[tuple[str, Kind], int] = {}
        self._layouts: dict[tuple[str, Kind], set[Layout]] = {}
        self.opened_at: float | None = None
        """When the oldest of them came, by the monotonic clock; None while there is none."""

    def add(self, kind: Kind, fqn: str, row: EncodedRow, now: float) -> list[Batch]:
        """Take a row; returns the batches that must leave first, because the row would overfill its own."""
        key = (fqn, kind)
        size = len(row.json) + _ROW_HEAD_BYTES
        if row.layout is not None and row.layout not in self._layouts.get(key, ()):
            size += len(row.layout.json)
        full = key in self._open and (
            len(self._open[key]) >= MAX_BATCH_ROWS or self._bytes[key] + size > MAX_BATCH_BYTES
        )
        # An actual had better not overtake its prediction: the server copes, but has to keep it waiting.
        leaving = [self._close((fqn, "prediction")), self._close(key)] if full else []
        if self.opened_at is None:
            self.opened_at = now
        self._open.setdefault(key, []).append(row)
        self._bytes[key] = self._bytes.get(key, 0) + size
        if row.layout is not None:
            self._layouts.setdefault(key, set()).add(row.layout)
        return [batch for batch in leaving if batch is not None]

    def drain(self) -> list[Batch]:
        """All that wait, predictions first."""
        keys = sorted(self._open, key=lambda key: key[1] == "actual")
        batches = [self._close(key) for key in keys]
        self.opened_at = None
        return [batch for batch in batches if batch is not None]

    def _close(self, key: tuple[str, Kind]) -> Batch | None:
        rows = self._open.pop(key, None)
        self._bytes.pop(key, None)
        self._layouts.pop(key, None)
        return Batch.of(key[1], key[0], tuple(rows)) if rows else None


class Batcher:
    """A buffer with one lazily started daemon thread that empties it.

    A child made by fork starts with an empty buffer and a thread of its own: the rows of the parent stay the parent's.
    """

    def __init__(self, transport: Transport, options: Options, *, clock: Clock | None = None) -> None:
        self._transport = transport
        self._options = options
        self._clock = clock or Clock()
        self._start_over()
        _batchers.add(self)

    def _start_over(self) -> None:
        self._buffer = Buffer(max_rows=self._options.max_rows, max_bytes=self._options.max_bytes, clock=self._clock)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._lost_told = 0
        self._warned: set[str] = set()
        self._encoder = RowEncoder()

    def after_fork_in_child(self) -> None:
        """Forget everything of the parent's."""
        self._transport.forget()
        self._start_over()

    def put(self, kind: Kind, fqn: str, rows: list[Snapshot]) -> None:
        """Queue rows; raises :class:`RowsLost` for those that do not fit, in strict mode alone."""
        if not rows:
            return
        if self._thread is None:
            self._start()
        dropped = self._buffer.put(kind, fqn, rows)
        if dropped and self._options.strict:
            self._lost_told += dropped
            raise RowsLost(f"{dropped:,} rows were dropped: {_reasons(self._buffer.counts())}")

    def settle_within(self, timeout_s: float) -> None:
        """Wait until every row given so far is settled, at most ``timeout_s``; never raises."""
        self._buffer.flush(timeout_s)

    def counts(self) -> Counts:
        """The counts at this instant."""
        return self._buffer.counts()

    def flush(self, timeout_s: float) -> Counts:
        """Wait until every row given so far is settled, at most ``timeout_s``."""
        if threading.current_thread() is self._thread:  # a callback that flushes would wait for itself
            return self._buffer.counts()
        counts = self._buffer.flush(timeout_s)
        self._raise_if_lost(counts)
        return counts

    def close(self, timeout_s: float | None = None) -> Counts:
        """Send what waits, at most ``timeout_s``; what is left then is lost, and one line on stderr says so."""
        lost = self._buffer.close(self._options.exit_timeout_s if timeout_s is None else timeout_s)
        if lost:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr may be gone at exit
                sys.stderr.write(
                    f"mlfoundry: {lost:,} rows were lost: {self._transport.host} did not take them in time\n"
                )
        else:  # with rows given up the thread may still be in a request; it closes when that ends
            self._transport.close()
        self._tell_drops()
        counts = self._buffer.counts()
        self._raise_if_lost(counts)
        return counts

    def retire(self) -> None:
        """Send what waits and end, without anybody waiting for it."""
        self._buffer.retire()
        if self._thread is None:  # else the thread closes the connections as it ends
            self._transport.close()

    def _raise_if_lost(self, counts: Counts) -> None:
        lost = counts.rejected + counts.dropped
        new, self._lost_told = lost - self._lost_told, lost
        if self._options.strict and new > 0:
            raise RowsLost(f"{new:,} rows were lost: {counts.rejected:,} rejected so far; {_reasons(counts)}")

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, args=(self._buffer,), name="mlfoundry-client", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending: what is logged now is lost, and counted when it closes
                _log.debug("no thread can be started any more")
                return
            self._thread = thread
        _close_at_end_of_worker(self)

    def _run(self, buffer: Buffer) -> None:
        delivery = Delivery(
            transport=self._transport,
            buffer=buffer,
            on_rejected=self._tell_rejected,
            between_attempts=self._tell_drops,
            policy=self._options.retry,
            clock=self._clock,
            compress=self._options.compress,
        )
        packer = Packer()
        while not buffer.finished:
            for kind, fqn, rows in buffer.take(_SLICE_ROWS, wait_s=self._patience(packer)):
                for row in rows:
                    self._pack(kind, fqn, row, packer, delivery)
            if buffer.hurried or self._patience(packer) == 0:
                for batch in packer.drain():
                    delivery.deliver(batch)
            if packer.opened_at is None:
                buffer.mark_cleared()
            self._tell_drops()
        self._transport.close()

    def _patience(self, packer: Packer) -> float | None:
        """How long the rows at hand may wait for company; None if there are none."""
        if packer.opened_at is None:
            return None
        return max(packer.opened_at + self._options.linger_s - self._clock.monotonic(), 0.0)

    def _pack(self, kind: Kind, fqn: str, row: Snapshot, packer: Packer, delivery: Delivery) -> None:
        try:
            encoded = self._encoder.encode(row)
        except Exception as error:  # noqa: BLE001  a caller's object may raise anything while it is read
            delivery.buffer.settle(kind, fqn, rows=1, size_bytes=row.size_bytes, rejected=1)
            self._tell_rejected(_rejected(kind, fqn, row.data_id, error))
            return
        for batch in packer.add(kind, fqn, encoded, self._clock.monotonic()):
            delivery.deliver(batch)

    def _tell_rejected(self, rejected: RejectedRow) -> None:
        if self._options.on_reject is not None:
            _call(self._options.on_reject, rejected)
        else:
            self._warn(f"rejected {rejected.path}", "a row was rejected: %s at %s", rejected.reason, rejected.path)

    def _tell_drops(self) -> None:
        for drop in self._buffer.untold_drops():
            self._warn(drop.reason, "%d rows of %s were dropped: %s", drop.rows, drop.model_version_fqn, drop.reason)
            if self._options.on_drop is not None:
                _call(self._options.on_drop, drop)

    def _warn(self, key: str, message: str, *arguments: object) -> None:
        if key not in self._warned and len(self._warned) < 100:
            self._warned.add(key)
            _log.warning(message, *arguments)


def _call(callback: Callable[[Any], object], argument: object) -> None:
    try:
        callback(argument)
    except Exception:  # noqa: BLE001  logged whole; a callback must not stop the sending
        _log.warning("a callback raised", exc_info=True)


def _rejected(kind: Kind, fqn: str, data_id: str, error: Exception) -> RejectedRow:
    if isinstance(error, InvalidInput):
        reason = str(error).removesuffix(f" (at {error.path})")
        return RejectedRow(kind, fqn, data_id, error.path or "$", reason)
    return RejectedRow(kind, fqn, data_id, "$", f"{type(error).__name__} while it was encoded: {error}")


def _reasons(counts: Counts) -> str:
    return ", ".join(f"{rows:,} {reason}" for reason, rows in counts.dropped_by_reason.items()) or "none dropped"


_batchers: weakref.WeakSet[Batcher] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for batcher in list(_batchers):
        batcher.after_fork_in_child()


def _close_quietly(batcher: Batcher) -> None:
    with contextlib.suppress(RowsLost):  # nobody is left to catch it; stderr has the line
        batcher.close()


def _close_all() -> None:
    for batcher in list(_batchers):
        batcher.retire()  # so that several wait side by side
    for batcher in list(_batchers):
        _close_quietly(batcher)


def _close_at_end_of_worker(batcher: Batcher) -> None:
    """A multiprocessing worker leaves without ``atexit``; its own finalizers run."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, _close_quietly, args=(batcher,), exitpriority=0)


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_close_all)
