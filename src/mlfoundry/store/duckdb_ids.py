"""Which ids of a merge the store knows already, found without a scan of all that was ever stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from mlfoundry.store.duckdb_session import Row, Session
from mlfoundry.store.duckdb_values import decode_value
from mlfoundry.store.id_filter import Hashes, IdFilter
from mlfoundry.store.rules import KnownActual

_EVERYWHERE = [(0, 2**62)]


@dataclass(slots=True)
class VersionFilters:
    """What one version's events and received actuals are known by: events by ``seq``, actuals by ``arrival``."""

    events: IdFilter = field(default_factory=IdFilter)
    actuals: IdFilter = field(default_factory=IdFilter)

    @classmethod
    def load(cls, session: Session, no: int) -> VersionFilters:
        """Read the ids of a version, which takes about 0.2 s a million."""
        filters = cls()
        for kept, name in ((filters.events, "event_hashes"), (filters.actuals, "actual_hashes")):
            table = session.table(name, no=no)
            kept.add(table.column("number").to_numpy(), table.column("hash").to_numpy())
        return filters


class OneId:
    """Finds what is stored under one id.

    Parameters
    ----------
    session
        The session to read in.
    no
        The version's number.
    salt
        What is put before a data_id to make its key.
    filters
        What is known of the version's ids; None before the first merge since the start, when all rows are looked at.
    """

    def __init__(self, session: Session, no: int, data_id: str, *, salt: str, filters: VersionFilters | None) -> None:
        self._session = session
        self._no = no
        self.key = {"salt": salt, "data_id": data_id}
        digest = hashlib.md5(f"{salt}{data_id}".encode(), usedforsecurity=False).digest()
        hashes = np.array([int.from_bytes(digest[:8], "little")], np.uint64)  # as the SQL of ``staged_hashes`` has it
        self._events = filters.events.ranges(hashes) if filters else _EVERYWHERE
        self._actuals = filters.actuals.ranges(hashes) if filters else _EVERYWHERE

    def events(self, name: str) -> list[Row]:
        """The rows of a block about events."""
        return self._found(name, self._events)

    def actuals(self, name: str) -> list[Row]:
        """The rows of a block about received actuals."""
        return self._found(name, self._actuals)

    def _found(self, name: str, ranges: Sequence[tuple[int, int]]) -> list[Row]:
        found: list[Row] = []
        for first, last in ranges:
            found += self._session.rows(name, {**self.key, "first": first, "last": last}, no=self._no)
        return found


class IdsOfMerge:
    """Looks up some ids of one version, and takes in those that are stored.

    Parameters
    ----------
    session
        The merge's transaction.
    no
        The version's number.
    salt
        What is put before a data_id to make its key.
    filters
        What is known of the version's ids; what is added stays there also when the merge is undone, which does no harm.
    """

    def __init__(self, session: Session, no: int, *, salt: str, filters: VersionFilters) -> None:
        self._session = session
        self._no = no
        self._salt = salt
        self._filters = filters
        self._ids: Sequence[str] = ()
        self._hashes: Hashes = np.empty(0, np.uint64)

    def stage(self, ids: Sequence[str]) -> None:
        """Choose the ids, each once, that the other methods speak of."""
        numbers = pa.array(range(len(ids)), pa.int64())
        incoming = pa.table({"n": numbers, "data_id": pa.array(ids, pa.string())})
        self._session.run("stage_ids", {"salt": self._salt}, incoming=incoming)
        self._ids = ids
        self._hashes = self._session.table("staged_hashes").column("hash").to_numpy()

    def events(self) -> dict[str, tuple[int, int]]:
        """The stored events: number and time of each id's."""
        return {
            self._ids[int(n)]: (seq, event_at) for n, seq, event_at in self._found("known_events", self._filters.events)
        }

    def waiting(self) -> list[str]:
        """The ids for which an actual waits."""
        return [self._ids[int(n)] for (n,) in self._session.rows("waiting_ids", no=self._no)]

    def histories(self) -> dict[str, list[KnownActual]]:
        """The actuals received before, in the order of their arrival."""
        histories: dict[str, list[KnownActual]] = {}
        for n, arrival, code, number, text, occurred_at, received_at, batch_no in self._found(
            "known_actuals", self._filters.actuals
        ):
            value = decode_value(code, number, text)
            if value is not None:
                known = KnownActual(arrival, value, occurred_at, received_at, batch_no)
                histories.setdefault(self._ids[int(n)], []).append(known)
        return histories

    def _found(self, name: str, ids: IdFilter) -> Iterator[Row]:
        for first, last in ids.ranges(self._hashes):
            yield from self._session.rows(name, {"first": first, "last": last}, no=self._no)

    def add_events(self, ids: Sequence[str], first_seq: int) -> None:
        """Take in events that were stored, numbered from ``first_seq`` on."""
        self._filters.events.add(np.arange(first_seq, first_seq + len(ids)), self._hashes_of(ids))

    def add_actuals(self, ids: Sequence[str], arrivals: Sequence[int]) -> None:
        """Take in actuals that were kept."""
        self._filters.actuals.add(np.array(arrivals, np.int64), self._hashes_of(ids))

    def _hashes_of(self, ids: Sequence[str]) -> Hashes:
        if ids == self._ids:
            return self._hashes
        places = {data_id: place for place, data_id in enumerate(self._ids)}
        return self._hashes[[places[data_id] for data_id in ids]]


def batch_hash(version_no: int, kind: str, batch_id: str) -> int:
    """What a batch is remembered by; the SQL of ``recent_batches`` says the same."""
    text = f"{version_no}/{kind}/{batch_id}"
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:8], "little")
