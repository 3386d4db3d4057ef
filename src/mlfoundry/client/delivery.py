"""One parcel on its way: what an answer of the server means for it, and when to try again."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from mlfoundry.client.buffer import Buffer
from mlfoundry.client.clock import Clock
from mlfoundry.client.compression import Compression, can_unpack
from mlfoundry.client.packing import Parcel
from mlfoundry.client.transport import API, Reply, Transport
from mlfoundry.errors import Unavailable
from mlfoundry.events import IngestReply, Kind, Rejection
from mlfoundry.times import UTC

_log = logging.getLogger(__name__)
_PATHS: dict[Kind, str] = {"prediction": f"{API}/predictions", "actual": f"{API}/actuals"}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again; lengths in seconds.

    Where there is a spool, rows go to it after ``spool_after`` failures in a row, and a request that has had no answer
    for ``spool_hang_s`` is one: the rows behind it are safer on disk than in a queue that fills.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    longest_retry_after_s: float = 300.0
    not_allowed_s: float = 60.0
    spool_after: int = 3
    spool_hang_s: float = 5.0

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


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has the rows, but for those it refused, by their place."""

    refused: dict[int, Rejection]


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refuses the parcel as a whole, for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The server would take less at once."""


Outcome = Again | Taken | Refused | TooLarge


@dataclass(slots=True)
class Delivery:
    """Sends parcels, once a call, and says what the answer means."""

    transport: Transport
    compression: Compression
    policy: RetryPolicy
    clock: Clock
    timeout_s: float | None = None
    chance: Callable[[], float] = random.random
    _warned: frozenset[str] = frozenset()

    def attempt(self, parcel: Parcel, failures: int) -> Outcome:
        """Send once; ``failures`` is how many attempts in a row failed before."""
        backoff = Again(self.policy.backoff(failures, self.chance()))
        try:
            path = _PATHS[parcel.kind]
            reply = self.compression.post(path, parcel.body, parcel.encoding, timeout_s=self.timeout_s)
        except Unavailable as error:
            self._warn_once("unavailable", "%s; rows are kept and sent later", error)
            return backoff
        except Exception as error:  # noqa: BLE001  whatever it is, the rows are kept and the thread goes on
            self._warn_once("unsendable", "a batch could not be sent, rows are kept: %r", error)
            return backoff
        outcome = self._meaning(parcel, reply, backoff)
        if not isinstance(outcome, Again):
            self._warned = frozenset(key for key in self._warned if key.startswith("refused"))
        return outcome

    def _meaning(self, parcel: Parcel, reply: Reply, backoff: Again) -> Outcome:
        asked_s = self.policy.retry_after(reply.retry_after, self.clock.now())
        if reply.status in (401, 403):
            detail = reply.problem().text
            self._warn_once("not allowed", "%s refuses rows: %s; they are kept", self.transport.host, detail)
            return Again(max(self.policy.not_allowed_s, asked_s), may_hurry=False)
        if reply.status in (408, 429) or reply.status >= 500:
            return Again(asked_s, may_hurry=False) if asked_s > backoff.delay_s else backoff
        if reply.status == 413 and parcel.rows > 1 and can_unpack(parcel.encoding):
            return TooLarge()
        if 400 <= reply.status < 500:
            return self._refused(parcel, reply)
        if 200 <= reply.status < 300 and (answer := _read(reply)) is not None:
            return Taken({refused.index: refused for refused in answer.rejected if 0 <= refused.index < parcel.rows})
        self._warn_once("foreign", "%s does not answer like an mlfoundry server; rows are kept", self.transport.host)
        return backoff

    def _refused(self, parcel: Parcel, reply: Reply) -> Refused:
        problem = reply.problem()
        reason = {404: "unknown_model_version", 413: "too_large"}.get(reply.status, "refused")
        closest = f"; did you mean {problem.closest!r}?" if problem.closest else ""
        told = problem.text + ("" if problem.closest and problem.closest in problem.text else closest)
        if parcel.rows:
            self._warn_once(f"refused {parcel.fqn} {reason}", "rows of %s were dropped: %s", parcel.fqn, told)
        return Refused(reason)

    def _warn_once(self, key: str, message: str, *arguments: object) -> None:
        if key not in self._warned:
            self._warned |= {key}
            _log.warning(message, *arguments)


def settle(parcel: Parcel, outcome: Taken | Refused, buffer: Buffer) -> list[RejectedRow]:
    """Book what became of a parcel's rows; returns those that were refused one by one."""
    refused = outcome.refused if isinstance(outcome, Taken) else {}
    dropped = outcome.reason if isinstance(outcome, Refused) else ""
    _book(parcel, buffer, rejected=len(refused), dropped=dropped)
    if dropped and parcel.rows:  # a report alone that is refused is not tried again, or it would be for ever
        buffer.give_back(parcel.fqn, parcel.reports)
    if parcel.origin == "foreign spool":
        return []
    return [
        RejectedRow(
            parcel.kind,
            parcel.fqn,
            parcel.data_ids[index] if index < len(parcel.data_ids) else why.data_id or "",
            why.path,
            why.reason,
        )
        for index, why in refused.items()
    ]


def book_spooled(parcel: Parcel, buffer: Buffer) -> None:
    """Book that a parcel of memory lies in the spool."""
    buffer.settle(parcel.kind, parcel.fqn, rows=parcel.rows, size_bytes=parcel.size_bytes, spooled=True)


def _book(parcel: Parcel, buffer: Buffer, *, rejected: int, dropped: str) -> None:
    if parcel.origin == "memory":
        buffer.settle(
            parcel.kind,
            parcel.fqn,
            rows=parcel.rows,
            size_bytes=parcel.size_bytes,
            rejected=rejected,
            dropped=dropped,
        )
    elif parcel.origin == "own spool":
        buffer.settle_spooled(parcel.kind, parcel.fqn, rows=parcel.rows, rejected=rejected, dropped=dropped)


def _read(reply: Reply) -> IngestReply | None:
    try:
        return msgspec.json.decode(reply.content, type=IngestReply)
    except msgspec.DecodeError:
        return None
