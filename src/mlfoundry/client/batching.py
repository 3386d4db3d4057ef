"""The batcher: what the client gives its rows to, and the life of the thread that sends them."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Sequence

from mlfoundry.client.buffer import Buffer
from mlfoundry.client.clock import Clock
from mlfoundry.client.counts import Counts
from mlfoundry.client.options import Options
from mlfoundry.client.sender import Sender
from mlfoundry.client.snapshot import Snapshot
from mlfoundry.client.transport import Transport
from mlfoundry.errors import RowsLost, Unavailable
from mlfoundry.events import Kind

_log = logging.getLogger(__name__)


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
        self._sender = Sender(self._transport, self._buffer, self._options, self._clock)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._lost_told = 0

    def after_fork_in_child(self) -> None:
        """Forget everything of the parent's."""
        self._transport.forget()
        self._sender.forget()
        self._start_over()

    def put(self, kind: Kind, fqn: str, rows: Sequence[Snapshot]) -> None:
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
        if threading.current_thread() is not self._thread:
            self._buffer.flush(timeout_s)

    def counts(self) -> Counts:
        """The counts at this instant."""
        return self._buffer.counts()

    def book(self, counts: Counts) -> None:
        """Count rows of a table, which do not pass here; their caller was told of losses."""
        self._buffer.book(counts)
        self._lost_told += counts.rejected + counts.dropped

    def flush(self, timeout_s: float) -> Counts:
        """Wait until every row given so far is settled, at most ``timeout_s``."""
        if threading.current_thread() is self._thread:  # a callback that flushes would wait for itself
            return self._buffer.counts()
        counts, done = self._buffer.flush(timeout_s)
        self._raise_if_lost(counts)
        if self._options.strict and not done:
            raise Unavailable(
                f"{counts.pending:,} rows still wait: {self._transport.host} did not take them within "
                f"{timeout_s:g} s. They are kept and sent later"
            )
        return counts

    def close(self, timeout_s: float | None = None) -> Counts:
        """Send what waits, at most ``timeout_s``; the rest is spooled, or lost, and one line on stderr says so."""
        if threading.current_thread() is self._thread:  # a callback that closes would wait for itself
            self._buffer.retire()
            return self._buffer.counts()
        timeout_s = self._options.exit_timeout_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + timeout_s
        spools = self._options.spool_dir is not None
        if not self._buffer.close(timeout_s / 2 if spools else timeout_s):
            self._sender.rescue(deadline)
        if lost := self._buffer.give_up():
            with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr may be gone at exit
                sys.stderr.write(
                    f"mlfoundry: {lost:,} rows were lost: {self._transport.host} did not take them in time\n"
                )
        if self._thread is None:
            self._transport.close()
        elif not self._buffer.abandoned:  # it ends by itself now; when it is given up it may be in a request for long
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self._sender.tell_drops()
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
            thread = threading.Thread(target=self._sender.run, name="mlfoundry-client", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending: what is logged now is lost, and counted when it closes
                _log.debug("no thread can be started any more")
                return
            self._thread = thread
        _close_at_end_of_worker(self)


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
