"""One batch on its way: what an answer of the server means for it, and when to try again."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from mlfoundry.client.bodies import batch_body, compress
from mlfoundry.client.buffer import Buffer
from mlfoundry.client.clock import Clock
from mlfoundry.client.encoding import EncodedRow
from mlfoundry.client.transport import API, Reply, Transport
from mlfoundry.errors import Unavailable
from mlfoundry.events import IngestReply, Kind, Rejection
from mlfoundry.times import UTC

_log = logging.getLogger(__name__)
_PATHS: dict[Kind, str] = {"prediction": f"{API}/predictions", "actual": f"{API}/actuals"}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again; lengths in seconds."""

    first_s: float = 0.5
    longest_s: float = 30.0
    longest_retry_after_s: float = 300.0
    not_allowed_s: float = 60.0

    def backoff(self, attempt: int, chance: float) -> float:
        """Full jitter: ``chance`` (0 to 1) of an upper bound that doubles with each attempt, counted from 0."""
        return chance * min(self.longest_s, self.first_s * 2.0 ** min(attempt, 30))

    def retry_after(self, header: str | None, now: datetime) -> float:
        """Seconds that a ``Retry-After`` header asks for (a count or an HTTP date), 0 without one."""
        if not header:
            return 0.0
        try:
            asked = float(header)
        except ValueError:
            try:
                date = parsedate_to_datetime(header)
            except ValueError:
                return 0.0
            asked = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
        return min(max(0.0, asked), self.longest_retry_after_s)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one kind and model version that travel together."""

    kind: Kind
    fqn: str
    rows: tuple[EncodedRow, ...]
    batch_id: str

    @classmethod
    def of(cls, kind: Kind, fqn: str, rows: tuple[EncodedRow, ...]) -> Batch:
        """A batch with an id of its own, which stays the same however often it is sent."""
        return cls(kind, fqn, rows, str(uuid.uuid4()))

    @property
    def size_bytes(self) -> int:
        """The batch's share of the buffer's bound."""
        return sum(row.size_bytes for row in self.rows)

    def halves(self) -> tuple[Batch, Batch]:
        """Two batches of half the rows."""
        middle = len(self.rows) // 2
        return Batch.of(self.kind, self.fqn, self.rows[:middle]), Batch.of(self.kind, self.fqn, self.rows[middle:])


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was refused; ``path`` says where in it, such as ``$.features.age``."""

    kind: Kind
    model_version_fqn: str
    data_id: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """Send again after ``delay_s``; ``may_hurry`` if a client that closes need not wait so long."""

    delay_s: float
    may_hurry: bool = True


@dataclass(slots=True)
class Delivery:
    """Sends batches until each is settled or given up."""

    transport: Transport
    buffer: Buffer
    on_rejected: Callable[[RejectedRow], None]
    between_attempts: Callable[[], None]
    policy: RetryPolicy
    clock: Clock
    chance: Callable[[], float] = random.random
    compress: bool = True
    _warned: frozenset[str] = frozenset()

    def deliver(self, batch: Batch) -> None:
        """Send a batch, again if need be; returns once no row of it is pending."""
        body = batch_body(batch.batch_id, batch.fqn, batch.rows)
        if self.compress:
            body = compress(body)
        attempt = 0
        while True:
            again = self._attempt(batch, body, attempt)
            if again is None:
                return
            self.between_attempts()
            if not self.buffer.pause(again.delay_s, may_hurry=again.may_hurry):
                return
            attempt += 1

    def _attempt(self, batch: Batch, body: bytes, attempt: int) -> Again | None:
        """Send once; None if the batch is settled."""
        backoff = Again(self.policy.backoff(attempt, self.chance()))
        headers = {"content-type": "application/json"} | ({"content-encoding": "gzip"} if self.compress else {})
        try:
            reply = self.transport.request("POST", _PATHS[batch.kind], content=body, headers=headers)
        except Unavailable as error:
            self._warn_once("unavailable", "%s; rows are kept and sent later", error)
            return backoff
        except Exception as error:  # noqa: BLE001  whatever it is, the rows are kept and the thread goes on
            self._warn_once("unsendable", "a batch could not be sent, rows are kept: %r", error)
            return backoff
        asked_s = self.policy.retry_after(reply.retry_after, self.clock.now())
        if reply.status in (401, 403):
            detail = reply.problem().text
            self._warn_once("not allowed", "%s refuses rows: %s; they are kept", self.transport.host, detail)
            return Again(max(self.policy.not_allowed_s, asked_s), may_hurry=False)
        if reply.status in (408, 429) or reply.status >= 500:
            return Again(asked_s, may_hurry=False) if asked_s > backoff.delay_s else backoff
        if 400 <= reply.status < 500:
            self._refused(batch, reply)
        elif not (200 <= reply.status < 300 and self._accepted(batch, reply)):
            host = self.transport.host
            self._warn_once("foreign", "%s does not answer like an mlfoundry server; rows are kept", host)
            return backoff
        self._warned = frozenset(key for key in self._warned if key.startswith("refused"))
        return None

    def _accepted(self, batch: Batch, reply: Reply) -> bool:
        try:
            answer = msgspec.json.decode(reply.content, type=IngestReply)
        except msgspec.DecodeError:
            return False
        refused: dict[int, Rejection] = {r.index: r for r in answer.rejected if 0 <= r.index < len(batch.rows)}
        self._settle(batch, rejected=len(refused))
        for index, why in refused.items():
            row = batch.rows[index]
            self.on_rejected(RejectedRow(batch.kind, batch.fqn, row.data_id, why.path, why.reason))
        return True

    def _refused(self, batch: Batch, reply: Reply) -> None:
        if reply.status == 413 and len(batch.rows) > 1:
            for half in batch.halves():
                self.deliver(half)
            return
        problem = reply.problem()
        reason = {404: "unknown_model_version", 413: "too_large"}.get(reply.status, "refused")
        self._settle(batch, dropped=reason)
        closest = f"; did you mean {problem.closest!r}?" if problem.closest else ""
        told = problem.text + ("" if problem.closest and problem.closest in problem.text else closest)
        self._warn_once(f"refused {batch.fqn} {reason}", "rows of %s were dropped: %s", batch.fqn, told)

    def _settle(self, batch: Batch, *, rejected: int = 0, dropped: str = "") -> None:
        self.buffer.settle(
            batch.kind,
            batch.fqn,
            rows=len(batch.rows),
            size_bytes=batch.size_bytes,
            rejected=rejected,
            dropped=dropped,
        )

    def _warn_once(self, key: str, message: str, *arguments: object) -> None:
        if key not in self._warned:
            self._warned |= {key}
            _log.warning(message, *arguments)
