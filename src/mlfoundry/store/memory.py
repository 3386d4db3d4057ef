"""The reference implementation: every rule in its plainest form, nothing on disk.

Rows are looked at one by one and states are worked out anew at each question, so that this store can be read beside
``docs/semantics.md`` and other engines can be held against it. It is for tests and notebooks.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import msgspec
import pyarrow as pa

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.columns import column_key
from mlfoundry.errors import NotFound
from mlfoundry.events import (
    FLAG_FUTURE,
    ActualState,
    DropReport,
    Fate,
    FeatureValue,
    IngestReply,
    Kind,
    LedgerEntry,
    PredictionRow,
    PredictionState,
    StoredRow,
    Value,
)
from mlfoundry.schema import ModelSchema
from mlfoundry.store.base import (
    MergeReport,
    ReferenceColumns,
    ReferenceInfo,
    RejectedRow,
    RowOrder,
    RowPage,
    Scan,
    SummaryRequest,
    VersionInfo,
)
from mlfoundry.store.catalog import EXACT_IN_FLOAT, Catalog, actual_values, fits
from mlfoundry.store.cells import learned, summarise
from mlfoundry.store.extract import RESIDUAL, Floats, needed_columns, normal_key
from mlfoundry.store.memory_summaries import Event, extract_events, extract_reference, numeric_keys, sample
from mlfoundry.store.references import ReferenceRows, read_reference
from mlfoundry.store.rules import (
    REASONS,
    REMEMBERED_MICROS,
    KnownActual,
    crossed,
    current_of,
    hour_of,
    identical,
    is_exact_repeat,
    read_cursor,
    shown_shap,
    states_of,
    windows_of,
)
from mlfoundry.store.scan_columns import batch_of, scan_columns
from mlfoundry.summaries import Dictionary, Grid, Summaries
from mlfoundry.times import of_micros, to_micros
from mlfoundry.windows import Window


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(slots=True)
class _Repeat:
    """A row that was not kept."""

    kind: Kind
    state: PredictionState | ActualState
    data_id: str
    value: Value
    occurred_at: int
    batch: JudgedBatch


@dataclass(slots=True)
class _Version:
    fqn: str
    catalog: Catalog = field(default_factory=Catalog)
    events: dict[str, Event] = field(default_factory=dict[str, Event])
    actuals: dict[str, list[KnownActual]] = field(default_factory=dict[str, "list[KnownActual]"])
    batches: list[JudgedBatch] = field(default_factory=list[JudgedBatch])
    repeats: list[_Repeat] = field(default_factory=list[_Repeat])
    references: dict[str, tuple[ReferenceInfo, ReferenceRows]] = field(
        default_factory=dict[str, tuple[ReferenceInfo, ReferenceRows]]
    )
    grids: dict[str, Grid] = field(default_factory=dict[str, Grid])
    dictionaries: dict[str, Dictionary] = field(default_factory=dict[str, Dictionary])

    def current(self, data_id: str) -> KnownActual | None:
        """The actual that stands for an id."""
        history = self.actuals.get(data_id, [])
        return current_of(history, states_of(history, has_prediction=data_id in self.events))

    def matched(self) -> list[tuple[Event, KnownActual | None]]:
        """Every event with its actual."""
        return [(event, self.current(data_id)) for data_id, event in self.events.items()]

    def n_actuals(self) -> int:
        """Events that have an actual."""
        return sum(data_id in self.events for data_id in self.actuals)


class MemoryStore:
    """Events in memory; see :class:`~mlfoundry.store.base.Store`.

    Parameters
    ----------
    grid_rows
        How many rows a grid is laid over when there is no reference.
    clock
        The time, for references and for what is remembered for a time.

    Examples
    --------
    >>> store = MemoryStore()
    >>> store.declare("model:default/flights/late:1", None)
    >>> store.versions()
    ('model:default/flights/late:1',)
    """

    def __init__(self, *, grid_rows: int = 10_000, clock: Callable[[], datetime] = _now) -> None:
        self._grid_rows = grid_rows
        self._clock = clock
        self._lock = threading.RLock()
        self._versions: dict[str, _Version] = {}
        self._answers: dict[tuple[Kind, str, str], tuple[int, IngestReply]] = {}
        self._position = 0

    # Writing

    def declare(self, fqn: str, schema: ModelSchema | None) -> None:
        """Make a version known."""
        with self._lock:
            self._versions.setdefault(fqn, _Version(fqn)).catalog.declare(schema)

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        """Take batches, in order."""
        with self._lock:
            if position <= self._position:
                return MergeReport(self._position)
            before = self._totals()
            by_fqn: dict[str, list[JudgedBatch]] = {}
            for batch in batches:
                if self.remembered(batch.kind, batch.model_version_fqn, batch.batch_id) is None:
                    key = (batch.kind, batch.model_version_fqn, batch.batch_id)
                    self._answers[key] = (batch.received_at, batch.reply())
                    by_fqn.setdefault(batch.model_version_fqn, []).append(batch)
            for fqn, given in by_fqn.items():
                self._merge_version(self._versions.setdefault(fqn, _Version(fqn)), given)
            self._position = position
            after = self._totals()
            after.subtract(before)
        return MergeReport(position, {key: n for key, n in after.items() if n})

    def _totals(self) -> Counter[tuple[Kind, str]]:
        totals: Counter[tuple[Kind, str]] = Counter()
        for version in self._versions.values():
            for (_, kind, state), n in _ledger(version).items():
                totals[kind, state] += n
        return totals

    def _merge_version(self, version: _Version, batches: list[JudgedBatch]) -> None:
        n_events, n_actuals = len(version.events), version.n_actuals()
        stored: list[PredictionRow] = []
        for batch in batches:
            version.batches.append(batch)
            for row in batch.predictions:
                if self._take_prediction(version, row, batch):
                    stored.append(row)
            for row in batch.predictions:
                if row.actual_value is not None:
                    self._take_actual(version, row.data_id, row.actual_value, row.occurred_at, batch)
            for row in batch.actuals:
                self._take_actual(version, row.data_id, row.value, row.occurred_at, batch)
        layouts = list(dict.fromkeys(block.layout for block in blocks_of(stored)))
        actuals = [value for batch in batches for value in actual_values(batch.predictions, batch.actuals)]
        version.catalog.learn(
            layouts,
            lambda name: (row.features.get(name) for row in stored),
            predicted=[row.value for row in stored],
            actuals=actuals,
        )
        added = [(version.events[row.data_id], None) for row in stored]
        infos, catalog = version.catalog.infos(), version.catalog
        version.dictionaries = learned(version.dictionaries, extract_events(added, None, infos, catalog, shap=False))
        if crossed(self._grid_rows, n_events, len(version.events)) or crossed(
            self._grid_rows, n_actuals, version.n_actuals()
        ):
            self._lay_missing(version)

    def _take_prediction(self, version: _Version, row: PredictionRow, batch: JudgedBatch) -> bool:
        standing = version.events.get(row.data_id)
        if standing is None:
            version.events[row.data_id] = Event(len(version.events), row, batch)
            return True
        state: PredictionState = "duplicate" if identical(standing.row, row) else "conflict"
        version.repeats.append(_Repeat("prediction", state, row.data_id, row.value, row.occurred_at, batch))
        return False

    def _take_actual(self, version: _Version, data_id: str, value: Value, occurred_at: int, batch: JudgedBatch) -> None:
        history = version.actuals.setdefault(data_id, [])
        if is_exact_repeat(history, value, occurred_at):
            version.repeats.append(_Repeat("actual", "duplicate", data_id, value, occurred_at, batch))
            return
        arrival = sum(map(len, version.actuals.values()))
        batch_no = len(version.batches) - 1
        history.append(KnownActual(arrival, value, occurred_at, batch.received_at, batch_no))

    def _lay_missing(self, version: _Version) -> None:
        for key in numeric_keys(version.catalog):
            values = self._sample(version, key)
            if key not in version.grids and len(values) >= self._grid_rows:
                version.grids[key] = Grid.lay(values)

    def put_reference(self, fqn: str, name: str, table: pa.Table, columns: ReferenceColumns) -> ReferenceInfo:
        """Keep a reference's rows under a name, replacing one of that name; the first one becomes the default."""
        with self._lock:
            version = self._versions.get(fqn, _Version(fqn))
            catalog = version.catalog.copy()
            rows = read_reference(table, columns, catalog)
            self._versions[fqn] = version
            version.catalog = catalog
            replaced = version.references.pop(name, None)
            info = ReferenceInfo(
                name=name,
                n=rows.n,
                created_at=self._clock(),
                is_default=not version.references or (replaced is not None and replaced[0].is_default),
                columns=rows.keys,
                has_actuals="actual" in rows.keys,
                has_times=any(time is not None for time in rows.times),
            )
            version.references[name] = (info, rows)
            extract = extract_reference(rows, catalog.infos(), catalog)
            version.dictionaries = learned(version.dictionaries, extract)
            if info.is_default:
                for key in numeric_keys(catalog):
                    values = sample(extract, key)
                    if len(values):
                        version.grids[key] = Grid.lay(values)
            return info

    # Reading

    def position(self) -> int:
        """The position of the last merge."""
        return self._position

    def remembered(self, kind: Kind, fqn: str, batch_id: str) -> IngestReply | None:
        """The answer given to a batch of the last seven days, or None."""
        with self._lock:
            received_at, reply = self._answers.get((kind, fqn, batch_id), (0, None))
            return reply if received_at >= to_micros(self._clock()) - REMEMBERED_MICROS else None

    def versions(self) -> tuple[str, ...]:
        """The FQNs that were declared."""
        with self._lock:
            return tuple(self._versions)

    def describe(self, fqn: str) -> VersionInfo:
        """What is known of a version."""
        with self._lock:
            version = self._version(fqn)
            catalog = version.catalog
            times = [event.row.occurred_at for event in version.events.values()]
            arrivals = [event.batch.received_at for event in version.events.values()]
            return VersionInfo(
                fqn=fqn,
                columns=catalog.infos(),
                classes=catalog.ordered_classes(),
                n_predictions=len(version.events),
                n_actuals=version.n_actuals(),
                first_at=of_micros(min(times)) if times else None,
                last_at=of_micros(max(times)) if times else None,
                last_received_at=of_micros(max(arrivals)) if arrivals else None,
                has_probabilities=bool(catalog.of("score")),
                has_shap=bool(catalog.of("shap")),
                references=tuple(info for info, _ in version.references.values()),
            )

    def _version(self, fqn: str) -> _Version:
        return self._versions.get(fqn) or _Version(fqn)

    def rows(
        self,
        fqn: str,
        window: Window,
        *,
        limit: int,
        cursor: str | None = None,
        order: RowOrder = "newest",
        actual_required: bool = False,
    ) -> RowPage:
        """Events of a window, a page at a time."""
        after = read_cursor(cursor, order)
        start, end = to_micros(window.start), to_micros(window.end)
        with self._lock:
            version = self._version(fqn)
            found = [
                event
                for event in sorted(version.events.values(), key=_time_and_seq, reverse=order == "newest")
                if start <= event.row.occurred_at < end
                and (_time_and_seq(event) < after if order == "newest" else _time_and_seq(event) > after)
                and not (actual_required and event.row.data_id not in version.actuals)
            ]
            page = found[: max(limit, 0)]
            stored = tuple(_stored(version, event) for event in page)
        more = bool(page) and len(found) > limit
        return RowPage(stored, f"{page[-1].row.occurred_at}.{page[-1].seq}" if more else None)

    def row(self, fqn: str, data_id: str) -> StoredRow | None:
        """One event, or None."""
        with self._lock:
            version = self._version(fqn)
            event = version.events.get(data_id)
            return None if event is None else _stored(version, event)

    def scan(
        self,
        fqn: str,
        window: Window,
        *,
        columns: Sequence[str] | None = None,
        batch_rows: int = 16_384,
        actual_required: bool = False,
    ) -> Scan:
        """Every event of a window, in the order of arrival."""
        start, end = to_micros(window.start), to_micros(window.end)
        with self._lock:
            version = self._version(fqn)
            chosen = scan_columns(fqn, version.catalog, window, columns)
            rows = [
                _stored(version, event)
                for event in sorted(version.events.values(), key=lambda event: event.seq)
                if start <= event.row.occurred_at < end
                and not (actual_required and event.row.data_id not in version.actuals)
            ]
        slices = (rows[first : first + batch_rows] for first in range(0, len(rows), batch_rows))
        return Scan(chosen.schema, len(rows), (batch_of(part, chosen) for part in slices))

    def explain(self, fqn: str, data_id: str) -> tuple[Fate, ...]:
        """Everything that became of an id, oldest arrival first."""
        with self._lock:
            return tuple(sorted(_fates(self._version(fqn), data_id), key=lambda fate: fate.received_at))

    def ledger(self, fqn: str, window: Window | None = None) -> tuple[LedgerEntry, ...]:
        """Rows by hour of arrival, kind and state; the window is snapped outward to whole hours."""
        covered = None if window is None else window.snapped(timedelta(hours=1))
        with self._lock:
            booked = _ledger(self._version(fqn))
        entries = [LedgerEntry(of_micros(hour), kind, state, n) for (hour, kind, state), n in sorted(booked.items())]
        return tuple(entry for entry in entries if covered is None or covered.start <= entry.hour < covered.end)

    def dropped(self, fqn: str, window: Window | None = None) -> tuple[DropReport, ...]:
        """Rows that clients say they lost; the window is snapped outward to whole hours."""
        covered = None if window is None else window.snapped(timedelta(hours=1))
        lost: Counter[tuple[datetime, Kind, str]] = Counter()
        with self._lock:
            for batch in self._version(fqn).batches:
                for drop in batch.dropped:
                    lost[drop.hour, drop.kind, drop.reason] += drop.rows
        reports = [DropReport(kind, reason, hour, n) for (hour, kind, reason), n in sorted(lost.items())]
        return tuple(drop for drop in reports if covered is None or covered.start <= drop.hour < covered.end)

    def rejected(self, fqn: str, *, limit: int = 50) -> tuple[RejectedRow, ...]:
        """The rows refused last, newest first."""
        with self._lock:
            refused = [
                RejectedRow(batch.kind, of_micros(batch.received_at), batch.batch_id, rejection)
                for batch in self._version(fqn).batches
                for rejection in batch.rejected
            ]
        refused.sort(key=lambda row: (row.batch_id, row.rejection.index))
        refused.sort(key=lambda row: row.received_at, reverse=True)
        return tuple(refused[:limit])

    def summarize(self, request: SummaryRequest) -> tuple[Summaries, ...]:
        """One summary a step."""
        with self._lock:
            version = self._version(request.fqn)
            infos = {info.key: info for info in version.catalog.infos()}
            wanted = tuple(infos) if request.columns is None else tuple(map(normal_key, request.columns))
            needed = needed_columns(wanted, tuple(infos), outcomes=request.outcomes)
            if isinstance(request.segment, str):
                info, rows = self._reference(version, request.segment)
                needed = tuple(key for key in needed if key in info.columns)
                extract = extract_reference(rows, [infos[key] for key in needed], version.catalog)
            else:
                windows = windows_of(request)
                extract = extract_events(
                    version.matched(), windows, [infos[key] for key in needed], version.catalog, shap=request.outcomes
                )
            grids = {key: version.grids.get(key) or self._lay(version, key) for key in numeric_keys(version.catalog)}
            columns = [key for key in needed if key in wanted]
            return summarise(extract, columns, grids, version.dictionaries, outcomes=request.outcomes)

    def _reference(self, version: _Version, name: str) -> tuple[ReferenceInfo, ReferenceRows]:
        if name not in version.references:
            raise NotFound("reference", name, known=version.references)
        return version.references[name]

    def _lay(self, version: _Version, key: str) -> Grid:
        values = self._sample(version, key)
        for _, rows in version.references.values():
            if not len(values):
                values = sample(extract_reference(rows, version.catalog.infos(), version.catalog), key)
        return Grid.lay(values)

    def _sample(self, version: _Version, key: str) -> Floats:
        """The first values of a column, in the order of arrival of their predictions."""
        infos = [info for info in version.catalog.infos() if key in (info.key, RESIDUAL)]
        extract = extract_events(version.matched(), None, infos, version.catalog, shap=False)
        return sample(extract, key)[: self._grid_rows]

    def feature_positions(self, fqn: str, reference: str, values: Mapping[str, FeatureValue]) -> dict[str, float]:
        """The share of a reference's rows at or below a number, or of a category."""
        with self._lock:
            version = self._version(fqn)
            _, rows = self._reference(version, reference)
            infos = {info.key: info for info in version.catalog.infos()}
        positions: dict[str, float] = {}
        for column, held in rows.columns.items():
            value = values.get(column.name) if column.role == "feature" else None
            if value is None or not fits(column.type, value):
                continue
            present = [item for item in held.to_pylist() if item is not None]
            numeric = infos[column_key("feature", column.name)].kind == "numeric" and column.type in ("int", "float")
            below = sum(item <= value if numeric else item == value for item in present)
            if present:
                positions[column.name] = below / len(present)
        return positions

    def close(self) -> None:
        """Nothing to let go of."""


def _time_and_seq(event: Event) -> tuple[int, int]:
    return event.row.occurred_at, event.seq


def _ledger(version: _Version) -> Counter[tuple[int, Kind, PredictionState | ActualState]]:
    """Every arrival in the state that it is in now."""
    booked: Counter[tuple[int, Kind, PredictionState | ActualState]] = Counter()
    for event in version.events.values():
        booked[hour_of(event.batch.received_at), "prediction", "stored"] += 1
    for data_id, history in version.actuals.items():
        states = states_of(history, has_prediction=data_id in version.events)
        for actual in history:
            booked[hour_of(actual.received_at), "actual", states[actual.arrival]] += 1
    for repeat in version.repeats:
        booked[hour_of(repeat.batch.received_at), repeat.kind, repeat.state] += 1
    for batch in version.batches:
        if batch.rejected:
            booked[hour_of(batch.received_at), batch.kind, "rejected"] += len(batch.rejected)
    return booked


def _fates(version: _Version, data_id: str) -> list[Fate]:
    fates: list[Fate] = []
    event = version.events.get(data_id)
    if event is not None:
        fates.append(_fate("prediction", "stored", event.row.value, event.row.occurred_at, event.batch))
    history = version.actuals.get(data_id, [])
    states = states_of(history, has_prediction=event is not None)
    for actual in history:
        batch = version.batches[actual.batch_no]
        fates.append(_fate("actual", states[actual.arrival], actual.value, actual.occurred_at, batch))
    for repeat in version.repeats:
        if repeat.data_id == data_id:
            fates.append(_fate(repeat.kind, repeat.state, repeat.value, repeat.occurred_at, repeat.batch))
    for batch in version.batches:
        for rejection in batch.rejected:
            if rejection.data_id == data_id:
                fates.append(
                    Fate(
                        kind=batch.kind,
                        state="rejected",
                        received_at=of_micros(batch.received_at),
                        reason=f"{rejection.reason} (at {rejection.path})",
                        batch_id=batch.batch_id,
                    )
                )
    return fates


def _fate(kind: Kind, state: PredictionState | ActualState, value: Value, occurred_at: int, batch: JudgedBatch) -> Fate:
    return Fate(
        kind=kind,
        state=state,
        received_at=of_micros(batch.received_at),
        reason=REASONS[kind, state],
        occurred_at=of_micros(occurred_at),
        value=value,
        batch_id=batch.batch_id,
    )


def _stored(version: _Version, event: Event) -> StoredRow:
    row = event.row
    actual = version.current(row.data_id)
    return StoredRow(
        data_id=row.data_id,
        model_version_fqn=version.fqn,
        value=row.value,
        features={name: _widened(version.catalog, name, value) for name, value in row.features.items()},
        probabilities=row.probabilities,
        shap_values=shown_shap(row.shap_values),
        raw_data=msgspec.Raw(row.raw_data.encode()),
        occurred_at=of_micros(row.occurred_at),
        received_at=of_micros(event.batch.received_at),
        actual=None if actual is None else actual.value,
        actual_occurred_at=None if actual is None else of_micros(actual.occurred_at),
        actual_received_at=None if actual is None else of_micros(actual.received_at),
        in_future=bool(row.flags & FLAG_FUTURE),
    )


def _widened(catalog: Catalog, name: str, value: FeatureValue) -> FeatureValue:
    """An int in a column of floats comes back as a float, unless no float is that int."""
    column = catalog.column("feature", name)
    if column is not None and column.type == "float" and type(value) is int and abs(value) <= EXACT_IN_FLOAT:
        return float(value)
    return value
