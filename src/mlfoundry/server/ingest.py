"""The way of a batch from the wire to the answer that it is on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from anyio import CapacityLimiter, to_thread

from mlfoundry.batches import JudgedBatch
from mlfoundry.compressed import Encoding, decompress
from mlfoundry.errors import Unavailable
from mlfoundry.events import IngestReply, Kind
from mlfoundry.judge import Limits, judge
from mlfoundry.server.known import KnownVersions
from mlfoundry.server.telemetry import Telemetry
from mlfoundry.store.base import Store
from mlfoundry.store.inbox import Inbox, Receipt
from mlfoundry.times import to_micros

_JUDGING = 8
"""Bodies judged at once; threads of their own, so that slow questions of dashboards do not hold up senders."""
_ACK_S = 20.0
"""A sender waits no longer than this for a disk that hangs. What it sent may still be kept; sent again, it is once."""


class Ingest:
    """Take batches of predictions and actuals.

    Parameters
    ----------
    inbox
        Where accepted batches go; an answer is given once they are on its disk.
    store
        Remembers the answers of merged batches.
    known
        Which versions there are.
    clock
        Gives the time of arrival.
    telemetry
        Counts rows by verdict, and what answers take.
    limits
        What one request may hold.
    ack_s
        How long a sender waits for the disk at most, in seconds.
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        known: KnownVersions,
        clock: Callable[[], datetime],
        *,
        telemetry: Telemetry,
        limits: Limits | None = None,
        ack_s: float = _ACK_S,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._known = known
        self._clock = clock
        self._telemetry = telemetry
        self._limits = limits or Limits()
        self._ack_s = ack_s
        self._judging = CapacityLimiter(_JUDGING)

    @property
    def limits(self) -> Limits:
        """What one request may hold."""
        return self._limits

    def waiting_rows(self, fqn: str) -> int:
        """Rows of a version that are on disk and in no chart yet."""
        return self._inbox.waiting_rows_of(fqn)

    async def take(self, kind: Kind, body: bytes, encoding: Encoding) -> IngestReply:
        """Judge a request and keep what is good of it; the answer says which rows were refused.

        A batch that was taken before gets the same answer and changes nothing.

        Raises
        ------
        InvalidInput
            The envelope is malformed.
        LimitExceeded
            It is larger than a limit.
        NotFound
            There is no such version, or it was deleted.
        Unavailable
            The inbox is full or the disk nearly so; ``retry_after_s`` says when to try again.
        """
        began = time.perf_counter()
        taken = await to_thread.run_sync(self._take, kind, body, encoding, limiter=self._judging)
        if isinstance(taken, IngestReply):
            return taken
        batch, answer = taken
        reply = (await self._on_disk(answer)).reply
        if batch is None:
            self._telemetry.repeated_batches.add(1, kind)
        else:
            self._count(batch)
        self._telemetry.ack_seconds.observe(time.perf_counter() - began)
        return reply

    def _take(
        self, kind: Kind, body: bytes, encoding: Encoding
    ) -> IngestReply | tuple[JudgedBatch | None, Future[Receipt]]:
        """The answer; or what it waits for, with the batch if it is a new one."""
        plain = decompress(body, encoding, max_bytes=self._limits.max_body_bytes)
        batch = judge(plain, kind, limits=self._limits, received_at=to_micros(self._clock()))
        fqn = self._known.need(batch.model_version_fqn)
        if not batch.rows and not batch.dropped:
            return batch.reply()
        in_flight = self._inbox.answer(kind, fqn, batch.batch_id)
        if in_flight is not None:
            return None, in_flight
        remembered = self._store.remembered(kind, fqn, batch.batch_id)
        if remembered is not None:
            self._telemetry.repeated_batches.add(1, kind)
            return remembered
        return batch, self._inbox.append(batch, body, encoding=encoding)

    def _count(self, batch: JudgedBatch) -> None:
        reply = batch.reply()
        self._telemetry.rows.add(reply.accepted, batch.kind, "accepted")
        self._telemetry.rows.add(len(reply.rejected), batch.kind, "rejected")
        for drop in batch.dropped:
            self._telemetry.client_drops.add(drop.rows, drop.kind, drop.reason)

    async def _on_disk(self, answer: Future[Receipt]) -> Receipt:
        # Shielded: a sender that hangs up must not cancel what others wait for.
        waiting = asyncio.shield(asyncio.wrap_future(answer))
        try:
            return await asyncio.wait_for(waiting, self._ack_s)
        except asyncio.TimeoutError as error:
            raise Unavailable("the disk does not answer", retry_after_s=10) from error
