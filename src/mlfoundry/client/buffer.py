"""The bounded queue between the caller and the sending thread, and the counts that go with it."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from types import MappingProxyType

from mlfoundry.client.clock import Clock
from mlfoundry.client.counts import Counts, Drop, Drops
from mlfoundry.client.snapshot import Snapshot
from mlfoundry.events import DropReport, Kind

_CLOSING_PAUSE_S = 0.1
_REPORTS_A_BATCH = 500
_COMPANY_ROWS = 500
"""As many new rows wake a thread that waits for company."""

Waiting = tuple[Kind, str, Sequence[Snapshot]]
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
        self._sent = self._accepted = self._rejected = self._spooled = 0
        self._pending = self._pending_bytes = 0
        self._drops = Drops()
        self._queued = self._unadmitted = self._cleared = 0
        self._wake_at = self._wake_at_bytes = sys.maxsize
        self._flushing = 0
        self._closing = self._abandoned = self._given_up = False

    @property
    def hurried(self) -> bool:
        """Whether somebody waits for the rows, so that batches should not."""
        return self._flushing > 0 or self._closing

    @property
    def closing(self) -> bool:
        """Whether no more rows are taken."""
        return self._closing

    @property
    def abandoned(self) -> bool:
        """Whether the rows were given up or taken over, so that nothing more is to be done with them."""
        return self._abandoned

    @property
    def pressed(self) -> bool:
        """Whether more than half of the room is taken."""
        return self._pending * 2 > self._max_rows or self._pending_bytes * 2 > self._max_bytes

    @property
    def finished(self) -> bool:
        """Whether the sending thread has nothing left to do, ever."""
        with self._lock:
            return self._abandoned or (self._closing and self._pending == 0)

    def put(self, kind: Kind, fqn: str, rows: Sequence[Snapshot]) -> int:
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
            if self._queued >= self._wake_at or self._pending_bytes >= self._wake_at_bytes:
                self._wake_at = self._wake_at_bytes = sys.maxsize  # once is enough
                self._changed.notify_all()
            return dropped

    def _admit(self, kind: Kind, fqn: str, rows: Sequence[Snapshot]) -> tuple[Sequence[Snapshot], int, int]:
        """The first rows that still fit, their bytes, and how many do not."""
        if self._closing:
            self._unadmitted += len(rows)
            return [], 0, self._drop(kind, fqn, len(rows), "after_close")
        size = 0
        for index, row in enumerate(rows):
            room = self._max_bytes - self._pending_bytes - size
            if self._pending + index >= self._max_rows or row.size_bytes > room:
                self._unadmitted += len(rows) - index
                return rows[:index], size, self._drop(kind, fqn, len(rows) - index, "queue_full")
            size += row.size_bytes
        return rows, size, 0

    def _drop(self, kind: Kind, fqn: str, rows: int, reason: str) -> int:
        if rows:
            self._drops.add(kind, fqn, rows, reason, self._clock.now())
        return rows

    def wait(self, wait_s: float | None, *, for_company: bool) -> None:
        """Wait for rows, at most ``wait_s``; None waits until there is something to do.

        ``for_company`` says that the caller holds rows already: then few new ones do not wake it, a flush does.
        """
        with self._lock:
            enough = _COMPANY_ROWS if for_company else 1
            busy = self.hurried if for_company else self._closing
            if not busy and self._queued < enough:
                self._wake_at = enough
                self._clock.wait(self._changed, wait_s)
                self._wake_at = sys.maxsize

    def take(self, limit: int) -> list[Waiting]:
        """Return at most ``limit`` rows, at once."""
        with self._lock:
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

    def settle(
        self,
        kind: Kind,
        fqn: str,
        *,
        rows: int,
        size_bytes: int,
        rejected: int = 0,
        dropped: str = "",
        spooled: bool = False,
    ) -> None:
        """Move pending rows to accepted, but for ``rejected`` of them; or all to the spooled, or to the dropped."""
        with self._lock:
            if self._given_up:
                return
            self._pending -= rows
            self._pending_bytes -= size_bytes
            if spooled:
                self._spooled += rows
            elif dropped:
                self._drop(kind, fqn, rows, dropped)
            else:
                self._rejected += rejected
                self._accepted += rows - rejected

    def settle_spooled(self, kind: Kind, fqn: str, *, rows: int, rejected: int = 0, dropped: str = "") -> None:
        """The same for rows of this client that came back from the spool."""
        with self._lock:
            self._spooled -= rows
            if dropped:
                self._drop(kind, fqn, rows, dropped)
            else:
                self._rejected += rejected
                self._accepted += rows - rejected

    def pause(self, delay_s: float, *, may_hurry: bool, until_pressed: bool = False) -> None:
        """Let ``delay_s`` pass, less if the client closes and ``may_hurry``, or when room runs out if that is asked."""
        with self._lock:
            deadline = self._clock.monotonic() + delay_s
            while not self._abandoned:
                if self._closing and may_hurry:
                    deadline = min(deadline, self._clock.monotonic() + _CLOSING_PAUSE_S)
                    may_hurry = False
                if until_pressed:
                    if self._closing or self.pressed:
                        break
                    self._wake_at = self._queued + self._max_rows // 2 - self._pending + 1
                    self._wake_at_bytes = self._max_bytes // 2 + 1
                left = deadline - self._clock.monotonic()
                if left <= 0:
                    break
                self._clock.wait(self._changed, left)
            self._wake_at = self._wake_at_bytes = sys.maxsize

    def flush(self, timeout_s: float) -> tuple[Counts, bool]:
        """Wait until every row given so far is settled, at most ``timeout_s``; the counts, and whether that is so."""
        with self._lock:
            done = self._wait_cleared(timeout_s)
            return self.counts(), done

    def _wait_cleared(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        goal = self._sent - self._unadmitted
        self._flushing += 1
        self._changed.notify_all()
        try:
            while self._cleared < goal and not self._abandoned:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        finally:
            self._flushing -= 1
        return True

    def retire(self) -> None:
        """Take no more rows; the sending thread ends once what waits is settled."""
        with self._lock:
            self._closing = True
            self._changed.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Take no more rows, wait for those that wait at most ``timeout_s``; whether none is pending any more."""
        with self._lock:
            self.retire()
            self._wait_cleared(timeout_s)
            return self._pending == 0

    def abandon(self) -> None:
        """Say that whoever holds rows is to do nothing more with them."""
        with self._lock:
            self._abandoned = True
            self._changed.notify_all()

    def give_up(self) -> int:
        """Count what is still pending as lost and return how many rows that are."""
        with self._lock:
            lost, self._pending, self._pending_bytes = self._pending, 0, 0
            if lost:
                self._given_up = True
                self.abandon()
                self._queue.clear()
                self._queued = 0
                self._drops.by_reason["unsent_at_close"] += lost
            self._changed.notify_all()
            return lost

    def book(self, counts: Counts) -> None:
        """Count rows that another way delivered."""
        with self._lock:
            self._sent += counts.sent
            self._unadmitted += counts.sent
            self._accepted += counts.accepted
            self._rejected += counts.rejected
            self._drops.by_reason.update(counts.dropped_by_reason)

    def counts(self) -> Counts:
        """The counts at this instant."""
        with self._lock:
            return Counts(
                sent=self._sent,
                accepted=self._accepted,
                rejected=self._rejected,
                dropped=self._drops.by_reason.total(),
                spooled=self._spooled,
                pending=self._pending,
                dropped_by_reason=MappingProxyType(dict(self._drops.by_reason)),
            )

    def untold_drops(self) -> list[Drop]:
        """Drops that ``on_drop`` was not told of; each is returned once."""
        with self._lock:
            return self._drops.untold()

    def unreported(self) -> list[str]:
        """The versions that have drops of which the server was not told."""
        with self._lock:
            return self._drops.unreported()

    def report(self, fqn: str) -> tuple[DropReport, ...]:
        """What the server is to be told of a version's drops; each is returned once."""
        with self._lock:
            return self._drops.report(fqn, _REPORTS_A_BATCH)

    def give_back(self, fqn: str, reports: Sequence[DropReport]) -> None:
        """Take reports again that did not reach the server."""
        with self._lock:
            self._drops.give_back(fqn, reports)
