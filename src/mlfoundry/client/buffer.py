"""The bounded queue between the caller and the sending thread, and the count of every row ever given."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mlfoundry.client.clock import Clock
from mlfoundry.client.snapshot import Snapshot
from mlfoundry.events import Kind

_CLOSING_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of every row given to the client, at one instant.

    ``sent = accepted + rejected + dropped + spooled + pending``, always. Duplicates and conflicts are among the
    accepted: the server's ledger tells them apart after its merge.

    Parameters
    ----------
    sent
        Rows given to ``log_predictions`` and ``log_actuals``.
    accepted
        On the server's disk.
    rejected
        Refused one by one, by the server or because a value cannot be sent; ``on_reject`` was told why.
    dropped
        Never delivered; ``dropped_by_reason`` says why.
    spooled
        In a folder of this machine, to be sent later.
    pending
        Waiting in memory or on their way.
    """

    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped: int = 0
    spooled: int = 0
    pending: int = 0
    dropped_by_reason: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Drop:
    """Rows of one model version that were dropped for one reason."""

    kind: Kind
    model_version_fqn: str
    rows: int
    reason: str


Waiting = tuple[Kind, str, list[Snapshot]]
"""The rows of one call in the queue."""


class Buffer:
    """Rows that wait, bounded in number and bytes, and the counts; one lock guards both.

    A row is *pending* from :meth:`put` until :meth:`settle`, also while it is encoded and sent, and takes its share of
    the bounds all that time.
    """

    def __init__(self, *, max_rows: int, max_bytes: int, clock: Clock) -> None:
        # An RLock inside: a signal handler or a finalizer that logs may interrupt its own thread here.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._clock = clock
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._queue: deque[Waiting] = deque()
        self._sent = self._accepted = self._rejected = 0
        self._pending = self._pending_bytes = 0
        self._dropped: Counter[str] = Counter()
        self._untold: Counter[tuple[Kind, str, str]] = Counter()
        self._queued = self._unadmitted = self._cleared = 0
        self._wake_at = sys.maxsize
        self._flushing = 0
        self._closing = False
        self._abandoned = False

    @property
    def hurried(self) -> bool:
        """Whether somebody waits for the rows, so that batches should not."""
        return self._flushing > 0 or self._closing

    @property
    def finished(self) -> bool:
        """Whether the sending thread has nothing left to do, ever."""
        with self._lock:
            return self._abandoned or (self._closing and self._pending == 0)

    def put(self, kind: Kind, fqn: str, rows: list[Snapshot]) -> int:
        """Queue rows and return how many were dropped instead. Never waits."""
        size = rows[0].size_bytes if len(rows) == 1 else sum(row.size_bytes for row in rows)
        with self._lock:
            dropped = 0
            self._sent += len(rows)
            if (
                self._closing
                or self._pending + len(rows) > self._max_rows
                or self._pending_bytes + size > self._max_bytes
            ):
                rows, size, dropped = self._admit(kind, fqn, rows)
            self._queue.append((kind, fqn, rows))
            self._queued += len(rows)
            self._pending += len(rows)
            self._pending_bytes += size
            if self._queued >= self._wake_at:
                self._changed.notify_all()
            return dropped

    def _admit(self, kind: Kind, fqn: str, rows: list[Snapshot]) -> tuple[list[Snapshot], int, int]:
        """The first rows that still fit, their bytes, and how many do not."""
        if self._closing:
            self._unadmitted += len(rows)
            return [], 0, self._drop(kind, fqn, len(rows), "after_close")
        size = 0
        for index, row in enumerate(rows):
            room = self._max_bytes - self._pending_bytes - size
            fits = self._pending + index < self._max_rows and row.size_bytes <= room
            if not fits:
                self._unadmitted += len(rows) - index
                return rows[:index], size, self._drop(kind, fqn, len(rows) - index, "queue_full")
            size += row.size_bytes
        return rows, size, 0

    def _drop(self, kind: Kind, fqn: str, rows: int, reason: str) -> int:
        if rows:
            self._dropped[reason] += rows
            self._untold[kind, fqn, reason] += rows
        return rows

    def take(self, limit: int, *, wait_s: float | None) -> list[Waiting]:
        """Return about ``limit`` rows, waiting for them at most ``wait_s``; None waits until there is something to do.

        With ``wait_s`` given the caller holds rows that wait for company: few new ones do not wake it, a flush does.
        """
        with self._lock:
            enough = 1 if wait_s is None else limit
            busy = self._closing if wait_s is None else self.hurried
            if not busy and self._queued < enough:
                self._wake_at = enough
                self._clock.wait(self._changed, wait_s)
                self._wake_at = sys.maxsize
            taken: list[Waiting] = []
            room = limit
            while self._queue and room > 0:
                kind, fqn, rows = self._queue.popleft()
                if len(rows) > room:
                    self._queue.appendleft((kind, fqn, rows[room:]))
                    rows = rows[:room]
                taken.append((kind, fqn, rows))
                room -= len(rows)
            self._queued -= limit - room
            return taken

    def mark_cleared(self) -> None:
        """Say that every row taken so far has been settled."""
        with self._lock:
            self._cleared = self._sent - self._unadmitted - self._queued
            self._changed.notify_all()

    def settle(self, kind: Kind, fqn: str, *, rows: int, size_bytes: int, rejected: int = 0, dropped: str = "") -> None:
        """Move pending rows to accepted, but for ``rejected`` of them; or all to dropped, for that reason."""
        with self._lock:
            if self._abandoned:
                return
            self._pending -= rows
            self._pending_bytes -= size_bytes
            if dropped:
                self._drop(kind, fqn, rows, dropped)
                return
            self._rejected += rejected
            self._accepted += rows - rejected

    def pause(self, delay_s: float, *, may_hurry: bool) -> bool:
        """Let ``delay_s`` pass, less if ``may_hurry`` and the client is closing; False if the rows were given up."""
        with self._lock:
            deadline = self._clock.monotonic() + delay_s
            while not self._abandoned:
                if self._closing and may_hurry:
                    deadline = min(deadline, self._clock.monotonic() + _CLOSING_PAUSE_S)
                    may_hurry = False
                left = deadline - self._clock.monotonic()
                if left <= 0:
                    break
                self._clock.wait(self._changed, left)
            return not self._abandoned

    def flush(self, timeout_s: float) -> Counts:
        """Wait until every row given so far is settled, at most ``timeout_s``."""
        with self._lock:
            self._wait_cleared(timeout_s)
            return self.counts()

    def _wait_cleared(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        goal = self._sent - self._unadmitted
        self._flushing += 1
        self._changed.notify_all()
        try:
            while self._cleared < goal and not self._abandoned:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
        finally:
            self._flushing -= 1

    def retire(self) -> None:
        """Take no more rows; the sending thread ends once what waits is settled."""
        with self._lock:
            self._closing = True
            self._changed.notify_all()

    def close(self, timeout_s: float) -> int:
        """Take no more rows, wait for those that wait at most ``timeout_s``, give up the rest and return how many."""
        with self._lock:
            self.retire()
            self._wait_cleared(timeout_s)
            lost, self._pending, self._pending_bytes = self._pending, 0, 0
            if lost:
                self._abandoned = True
                self._queue.clear()
                self._dropped["unsent_at_close"] += lost
            self._changed.notify_all()
            return lost

    def counts(self) -> Counts:
        """The counts at this instant."""
        with self._lock:
            return Counts(
                sent=self._sent,
                accepted=self._accepted,
                rejected=self._rejected,
                dropped=self._dropped.total(),
                pending=self._pending,
                dropped_by_reason=MappingProxyType(dict(self._dropped)),
            )

    def untold_drops(self) -> list[Drop]:
        """Drops that ``on_drop`` was not told of; each is returned once."""
        with self._lock:
            drops = [Drop(kind, fqn, rows, reason) for (kind, fqn, reason), rows in self._untold.items()]
            self._untold.clear()
            return drops
