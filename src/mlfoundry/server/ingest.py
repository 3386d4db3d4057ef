"""The way of a batch from the wire to the answer that it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from anyio import to_thread

from mlfoundry.events import IngestReply, JudgedBatch, Kind
from mlfoundry.judge import Limits, judge
from mlfoundry.server.compressed import Encoding, decompress
from mlfoundry.server.known import KnownVersions
from mlfoundry.store.base import Store
from mlfoundry.store.inbox import Inbox
from mlfoundry.times import to_micros

_OFF_THE_LOOP_BYTES = 64 * 2**10
"""A body smaller than this is judged in less time than a thread takes to be asked."""


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
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        known: KnownVersions,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._known = known
        self._clock = clock
        self._limits = limits or Limits()

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
        if encoding == "identity" and len(body) < _OFF_THE_LOOP_BYTES:
            batch, size_bytes = self._judge(kind, body, encoding)
        else:
            batch, size_bytes = await to_thread.run_sync(self._judge, kind, body, encoding)
        fqn = self._known.need(batch.model_version_fqn)
        if not batch.rows:
            return batch.reply()
        answer = self._inbox.answer(kind, fqn, batch.batch_id)
        if answer is None:
            remembered = await to_thread.run_sync(self._store.remembered, kind, fqn, batch.batch_id)
            if remembered is not None:
                return remembered
            answer = self._inbox.append(batch, body, encoding=encoding, decoded_bytes=size_bytes)
        # Shielded: a sender that hangs up must not cancel what others wait for.
        receipt = await asyncio.shield(asyncio.wrap_future(answer))
        return receipt.reply

    def _judge(self, kind: Kind, body: bytes, encoding: Encoding) -> tuple[JudgedBatch, int]:
        plain = decompress(body, encoding, max_bytes=self._limits.max_body_bytes)
        return judge(plain, kind, limits=self._limits, received_at=to_micros(self._clock())), len(plain)
