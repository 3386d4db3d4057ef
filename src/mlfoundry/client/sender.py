"""What the sending thread does: take rows, redact, encode and pack them, deliver the parcels, spool what must wait.

A row given to the client is always in one of these places, each under the lock ``_work``: the buffer's queue, the
hand, the packer, the outbox, the spool. The lock is let go while the network is waited for, so that a client that
closes can take over what is left (:meth:`Sender.rescue`).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from mlfoundry.client.buffer import Buffer, Waiting
from mlfoundry.client.clock import Clock
from mlfoundry.client.compression import Compression
from mlfoundry.client.delivery import Again, Delivery, Outcome, Refused, RejectedRow, TooLarge, book_spooled, settle
from mlfoundry.client.encoding import RowEncoder
from mlfoundry.client.options import Options
from mlfoundry.client.packing import Packer, Parcel
from mlfoundry.client.snapshot import Snapshot
from mlfoundry.client.spool import Spool, SpooledBatch, SpoolHead
from mlfoundry.client.telling import Teller
from mlfoundry.client.transport import Transport
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Kind

_SLICE_ROWS = 500
_AFTER_ERROR_S = 1.0
_ADOPT_EVERY_S = 60.0


class Sender:
    """The work of one sending thread.

    Parameters
    ----------
    transport, buffer, options, clock
        Whom it sends to, what it empties, how, and when.
    """

    def __init__(self, transport: Transport, buffer: Buffer, options: Options, clock: Clock) -> None:
        self._transport = transport
        self._buffer = buffer
        self._options = options
        self._clock = clock
        self._compression = Compression(transport, enabled=options.compress)
        timeout_s = min(transport.timeout_s, options.retry.spool_hang_s) if options.spool_dir else None
        self._delivery = Delivery(transport, self._compression, options.retry, clock, timeout_s)
        self._work = threading.RLock()
        self._hand: deque[tuple[Kind, str, Snapshot]] = deque()
        self._packer = self._new_packer()
        self._encoder = RowEncoder()
        self._outbox: deque[Parcel] = deque()
        self._reports: deque[Parcel] = deque()
        self._spool = Spool(options.spool_dir, max_bytes=options.spool_bytes) if options.spool_dir else None
        self._spool_waits = self._full = False
        self._failures = 0
        self._next_try = 0.0
        self._teller = Teller(options.on_drop, options.on_reject)
        self._next_adopt = 0.0

    def run(self) -> None:
        """Work until the buffer is finished. No error ends this."""
        while not self._buffer.finished:
            try:
                self._turn()
            except Exception:  # noqa: BLE001  the thread must go on: its rows are counted as dropped, and it is logged
                self._start_again()
        with self._work:
            if self._spool is not None:
                self._spool.close()
        self._transport.close()

    def rescue(self, deadline: float) -> None:
        """Take over from the thread: put what waits into the spool, until ``deadline`` of ``time.monotonic``."""
        if self._spool is None or not self._work.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            self._buffer.abandon()
            while time.monotonic() < deadline and (taken := self._buffer.take(_SLICE_ROWS)):
                self._pack(taken)
                self._outbox += self._packer.drain()
                self._spool_outbox(lambda: time.monotonic() < deadline)
            self._outbox += self._packer.drain()
            self._spool_outbox(lambda: time.monotonic() < deadline)
            self._spool.close()
        finally:
            self._work.release()

    def forget(self) -> None:
        """Leave everything to the parent process, in a child made by fork."""
        if self._spool is not None:
            self._spool.forget()

    def tell_drops(self) -> None:
        """Tell of the drops that nobody was told of."""
        self._teller.dropped(self._buffer.untold_drops())

    def _turn(self) -> None:
        self._buffer.wait(self._patience(), for_company=self._packer.opened_at is not None)
        with self._work:
            if self._buffer.abandoned:
                return
            if self._spool is not None and self._clock.monotonic() >= self._next_adopt:
                self._adopt()
            taken = self._buffer.take(_SLICE_ROWS)
            self._pack(taken)
            if (self._buffer.hurried and not taken) or self._linger_left() == 0:
                self._outbox += self._packer.drain()
        self._send()
        if self._packer.opened_at is None and not self._outbox:
            self._send_reports()
            self._buffer.mark_cleared()
        self._send_spooled()
        self.tell_drops()

    def _linger_left(self) -> float | None:
        opened_at = self._packer.opened_at
        return None if opened_at is None else max(opened_at + self._options.linger_s - self._clock.monotonic(), 0.0)

    def _patience(self) -> float | None:
        """How long new rows may be waited for; None while there is nothing else to do."""
        waits = [self._linger_left()]
        if self._outbox:
            waits.append(0.0)
        if self._spool_waits or self._reports:
            waits.append(max(self._next_try - self._clock.monotonic(), 0.0))
        if self._packer.opened_at is not None and self._buffer.hurried:
            waits.append(0.0)
        return min((wait for wait in waits if wait is not None), default=None)

    def _pack(self, taken: list[Waiting]) -> None:
        for kind, fqn, rows in taken:
            self._hand.extend((kind, fqn, row) for row in rows)
        now = self._clock.monotonic()
        while self._hand:
            kind, fqn, row = self._hand[0]
            self._pack_row(kind, fqn, row, now)
            self._hand.popleft()

    def _pack_row(self, kind: Kind, fqn: str, row: Snapshot, now: float) -> None:
        leaves: Snapshot | None = row
        reason = "before_send"
        if self._options.redaction:
            try:
                leaves = self._options.redaction.apply(row)
            except Exception:  # noqa: BLE001  the hook is the caller's; the row must not leave
                self._teller.warn("hook", "before_send raised, the row is not sent", exc_info=True)
                leaves, reason = None, "before_send_failed"
        if leaves is None:
            self._buffer.settle(kind, fqn, rows=1, size_bytes=row.size_bytes, dropped=reason)
            return
        try:
            encoded = self._encoder.encode(leaves)
        except Exception as error:  # noqa: BLE001  a caller's object may raise anything while it is read
            self._buffer.settle(kind, fqn, rows=1, size_bytes=row.size_bytes, rejected=1)
            self._teller.rejected(_rejected(kind, fqn, row.data_id, error))
            return
        self._outbox += self._packer.add(kind, fqn, encoded, now)

    def _send(self) -> None:
        while self._outbox and not self._buffer.abandoned:
            with self._work:
                if self._must_spool() and self._spool_outbox():
                    return
            parcel = self._outbox[0]
            outcome = self._delivery.attempt(parcel, self._failures)
            with self._work:
                if self._buffer.abandoned:
                    return
                if not isinstance(outcome, Again):
                    self._outbox.popleft()
                    self._finish(parcel, outcome)
                    continue
                self._failed(outcome)
                if self._must_spool() and self._spool_outbox():
                    return
            self.tell_drops()
            self._buffer.pause(
                outcome.delay_s, may_hurry=outcome.may_hurry, until_pressed=self._spool is not None and not self._full
            )

    def _finish(self, parcel: Parcel, outcome: Outcome) -> None:
        self._succeeded()
        if isinstance(outcome, TooLarge):
            self._outbox.extendleft(reversed(parcel.halves()))
        elif not isinstance(outcome, Again):
            for rejected in settle(parcel, outcome, self._buffer):
                self._teller.rejected(rejected)

    def _send_spooled(self) -> None:
        """Send one spooled parcel, if the server is there, between what is fresh."""
        if self._spool is None or not self._spool_waits or self._clock.monotonic() < self._next_try:
            return
        with self._work:
            waiting = None if self._buffer.abandoned else self._spool.peek()
            self._spool_waits = waiting is not None
        if waiting is None:
            return
        parcel = _unspooled(waiting)
        outcome = self._delivery.attempt(parcel, self._failures)
        with self._work:
            if self._buffer.abandoned:
                return
            if isinstance(outcome, Again):
                self._failed(outcome)
                return
            if isinstance(outcome, TooLarge):  # the halves are on disk before the whole goes
                self._outbox.extendleft(reversed(parcel.halves()))
                self._spool_outbox()
            else:
                self._finish(parcel, outcome)
            self._spool.pop()

    def _send_reports(self) -> None:
        """Tell the server of drops of versions without rows to carry it; a report keeps its id until it arrives."""
        if self._failures and self._clock.monotonic() < self._next_try:
            return
        for fqn in self._buffer.unreported():
            report = self._buffer.report(fqn)
            self._reports.append(Parcel.of("prediction", fqn, [], report, encoding=self._compression.encoding))
        while self._reports and not self._buffer.abandoned:
            outcome = self._delivery.attempt(self._reports[0], self._failures)
            if isinstance(outcome, Again):
                self._failed(outcome)
                return
            self._reports.popleft()
            self._succeeded()

    def _failed(self, again: Again) -> None:
        self._failures += 1
        self._next_try = self._clock.monotonic() + again.delay_s

    def _succeeded(self) -> None:
        if self._failures >= self._options.retry.spool_after:
            self._adopt()
        self._failures = 0
        self._full = False

    def _must_spool(self) -> bool:
        """Whether rows had better not wait in memory: the server is away, and not just for a moment."""
        if self._spool is None or not self._failures or self._clock.monotonic() >= self._next_try:
            return False
        away = self._failures >= self._options.retry.spool_after
        return away or self._buffer.closing or (self._buffer.pressed and not self._full)

    def _spool_outbox(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Put what is to be sent into the spool; False if it does not take everything, which then waits in memory."""
        assert self._spool is not None
        while self._outbox and go_on():
            parcel = self._outbox[0]
            counted = parcel.origin != "foreign spool"
            head = SpoolHead(parcel.kind, parcel.fqn, parcel.batch_id, parcel.rows, parcel.headers, counted)
            problem = self._spool.put(SpooledBatch(head, parcel.body, True))
            if problem is not None:
                self._full = True
                self._teller.warn(problem, "the spool takes no more rows (%s), they wait in memory", problem)
                return False
            self._outbox.popleft()
            self._spool_waits = True
            if parcel.origin == "memory":
                book_spooled(parcel, self._buffer)
        return not self._outbox

    def _adopt(self) -> None:
        """Take over what processes that are gone left in the spool; done again, as others may go later."""
        if self._spool is not None:
            self._spool_waits = self._spool.adopt() > 0 or self._spool_waits
            self._next_adopt = self._clock.monotonic() + _ADOPT_EVERY_S

    def _start_again(self) -> None:
        """After an error that nobody foresaw: count the rows at hand as dropped, say so, go on with empty hands."""
        self._teller.warn("internal_error", "an unexpected error; the rows at hand are dropped", exc_info=True)
        with self._work:
            if self._buffer.abandoned:
                return
            for kind, fqn, row in self._hand:
                self._buffer.settle(kind, fqn, rows=1, size_bytes=row.size_bytes, dropped="internal_error")
            for kind, fqn, held in self._packer.held():
                size_bytes = sum(row.size_bytes for row in held)
                self._buffer.settle(kind, fqn, rows=len(held), size_bytes=size_bytes, dropped="internal_error")
            for parcel in self._outbox:
                settle(parcel, Refused("internal_error"), self._buffer)
            self._hand.clear()
            self._outbox.clear()
            self._packer, self._encoder = self._new_packer(), RowEncoder()
            self._buffer.mark_cleared()
            self._failed(Again(_AFTER_ERROR_S))

    def _new_packer(self) -> Packer:
        return Packer(self._buffer.report, lambda: self._compression.encoding)


def _unspooled(waiting: SpooledBatch) -> Parcel:
    head = waiting.head
    origin = "own spool" if waiting.own and head.counted else "foreign spool"
    return Parcel(
        head.kind, head.model_version_fqn, head.batch_id, head.rows, waiting.body, head.headers, origin=origin
    )


def _rejected(kind: Kind, fqn: str, data_id: str, error: Exception) -> RejectedRow:
    if isinstance(error, InvalidInput):
        reason = str(error).removesuffix(f" (at {error.path})")
        return RejectedRow(kind, fqn, data_id, error.path or "$", reason)
    return RejectedRow(kind, fqn, data_id, "$", f"{type(error).__name__} while it was encoded: {error}")
