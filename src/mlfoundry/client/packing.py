"""Encoded rows that wait for company, and the parcels they leave in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mlfoundry.client.bodies import MAX_BATCH_BYTES, MAX_BATCH_ROWS, batch_body, halve_body
from mlfoundry.client.compression import Encoding, encoding_of, headers_of, pack, unpack
from mlfoundry.client.encoding import EncodedRow, Layout
from mlfoundry.events import DropReport, Kind

_ROW_HEAD_BYTES = 6
Origin = Literal["memory", "own spool", "foreign spool"]
"""Where a parcel's rows are counted: as pending, as spooled, or by the process that spooled them."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request: rows of one kind and model version that travel together.

    ``size_bytes`` is their share of the buffer's bound, ``data_ids`` are known while the rows were never on disk,
    ``reports`` are the drop reports that the body carries.
    """

    kind: Kind
    fqn: str
    batch_id: str
    rows: int
    body: bytes
    headers: dict[str, str]
    size_bytes: int = 0
    data_ids: tuple[str, ...] = ()
    reports: tuple[DropReport, ...] = ()
    origin: Origin = "memory"

    @property
    def encoding(self) -> Encoding:
        """How the body is packed."""
        return encoding_of(self.headers)

    @classmethod
    def of(
        cls,
        kind: Kind,
        fqn: str,
        rows: list[EncodedRow],
        reports: tuple[DropReport, ...] = (),
        *,
        encoding: Encoding,
    ) -> Parcel:
        """A parcel with an id of its own, which stays the same however often it is sent."""
        batch_id = str(uuid.uuid4())
        body = batch_body(batch_id, fqn, rows, reports)
        return cls(
            kind,
            fqn,
            batch_id,
            len(rows),
            pack(body, encoding),
            headers_of(encoding),
            sum(row.size_bytes for row in rows),
            tuple(row.data_id for row in rows),
            reports,
        )

    def halves(self) -> tuple[Parcel, Parcel]:
        """Two parcels of half the rows; cut again, the same parcel gives the same two ids."""
        ids = tuple(str(uuid.uuid5(uuid.UUID(self.batch_id), half)) for half in ("first", "second"))
        bodies = halve_body(unpack(self.body, self.encoding), (ids[0], ids[1]))
        first, second = (pack(body, self.encoding) for body in bodies)
        middle, size = self.rows // 2, self.size_bytes // 2
        return (
            Parcel(
                self.kind, self.fqn, ids[0], middle, first, self.headers, size,
                self.data_ids[:middle], self.reports, self.origin,
            ),
            Parcel(
                self.kind, self.fqn, ids[1], self.rows - middle, second, self.headers, self.size_bytes - size,
                self.data_ids[middle:], (), self.origin,
            ),
        )  # fmt: skip


class _Open:
    """Rows of one version and kind that have not left."""

    def __init__(self) -> None:
        self.rows: list[EncodedRow] = []
        self.size_bytes = 0
        self.layouts: set[Layout] = set()

    def cost(self, row: EncodedRow) -> int:
        names = len(row.layout.json) if row.layout is not None and row.layout not in self.layouts else 0
        return len(row.json) + _ROW_HEAD_BYTES + names

    def add(self, row: EncodedRow) -> None:
        self.size_bytes += self.cost(row)
        self.rows.append(row)
        if row.layout is not None:
            self.layouts.add(row.layout)


class Packer:
    """Rows that wait for company, by model version and kind.

    Parameters
    ----------
    reports
        Gives the drop reports that a parcel of a version is to carry.
    encoding
        Gives the encoding of the next body; asked when it is made, in the thread that sends.
    """

    def __init__(self, reports: Callable[[str], tuple[DropReport, ...]], encoding: Callable[[], Encoding]) -> None:
        self._reports = reports
        self._encoding = encoding
        self._open: dict[tuple[str, Kind], _Open] = {}
        self.opened_at: float | None = None
        """When the oldest of them came, by the monotonic clock; None while there is none."""

    def add(self, kind: Kind, fqn: str, row: EncodedRow, now: float) -> list[Parcel]:
        """Take a row; returns the parcels that must leave first, because the row would overfill its own."""
        key = (fqn, kind)
        company = self._open.get(key)
        leaving: list[Parcel] = []
        if company is not None and (
            len(company.rows) >= MAX_BATCH_ROWS or company.size_bytes + company.cost(row) > MAX_BATCH_BYTES
        ):
            # An actual had better not overtake its prediction: the server copes, but has to keep it waiting.
            leaving = [*self._close((fqn, "prediction")), *self._close(key)]
            company = None
        if self.opened_at is None:
            self.opened_at = now
        if company is None:
            company = self._open[key] = _Open()
        company.add(row)
        return leaving

    def drain(self) -> list[Parcel]:
        """All that wait, predictions first."""
        keys = sorted(self._open, key=lambda key: key[1] == "actual")
        parcels = [parcel for key in keys for parcel in self._close(key)]
        self.opened_at = None
        return parcels

    def held(self) -> list[tuple[Kind, str, list[EncodedRow]]]:
        """What has not left."""
        return [(kind, fqn, company.rows) for (fqn, kind), company in self._open.items()]

    def _close(self, key: tuple[str, Kind]) -> list[Parcel]:
        company = self._open.pop(key, None)
        if company is None:
            return []
        fqn, kind = key
        return [Parcel.of(kind, fqn, company.rows, self._reports(fqn), encoding=self._encoding())]
