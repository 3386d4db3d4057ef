"""The count of every row ever given to a client, and what the server is still to be told of the dropped ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from mlfoundry.events import DropReport, Kind

_UNREPORTED = frozenset({"unknown_model_version"})
"""Reasons that the server has no place to book."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of every row given to the client, at one instant.

    ``sent = accepted + rejected + dropped + spooled + pending``, always. Duplicates and conflicts are among the
    accepted: the server's ledger tells them apart after its merge.

    Parameters
    ----------
    sent
        Rows given to ``log_predictions`` and ``log_actuals``, and those of ``log_table`` whose fate is known.
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


class Drops:
    """Dropped rows: by reason, not yet told to ``on_drop``, not yet told to the server. The buffer's lock guards it."""

    def __init__(self) -> None:
        self.by_reason: Counter[str] = Counter()
        self._untold: Counter[tuple[Kind, str, str]] = Counter()
        self._unreported: dict[str, Counter[tuple[Kind, str, datetime]]] = {}

    def add(self, kind: Kind, fqn: str, rows: int, reason: str, at: datetime) -> None:
        """Count dropped rows."""
        self.by_reason[reason] += rows
        self._untold[kind, fqn, reason] += rows
        if reason in _UNREPORTED:
            return
        hour = at.replace(minute=0, second=0, microsecond=0)
        self._unreported.setdefault(fqn, Counter())[kind, reason, hour] += rows

    def untold(self) -> list[Drop]:
        """Drops that ``on_drop`` was not told of; each is returned once."""
        drops = [Drop(kind, fqn, rows, reason) for (kind, fqn, reason), rows in self._untold.items()]
        self._untold.clear()
        return drops

    def unreported(self) -> list[str]:
        """The versions of which the server is to be told."""
        return list(self._unreported)

    def report(self, fqn: str, limit: int) -> tuple[DropReport, ...]:
        """What the server is to be told of a version; each is returned once, at most ``limit`` at a time."""
        waiting = self._unreported.pop(fqn, Counter())
        reports = [DropReport(kind, reason, hour, rows) for (kind, reason, hour), rows in waiting.items()]
        self.give_back(fqn, reports[limit:])
        return tuple(reports[:limit])

    def give_back(self, fqn: str, reports: Iterable[DropReport]) -> None:
        """Take reports again that did not reach the server."""
        for report in reports:
            self._unreported.setdefault(fqn, Counter())[report.kind, report.reason, report.hour] += report.rows
