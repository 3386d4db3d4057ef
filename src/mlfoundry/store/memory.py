"""The reference implementation: every rule in its plainest form, nothing on disk.

Rows are looked at one by one and states are worked out anew at each question, so that this store can be read beside
``docs/semantics.md`` and other engines can be held against it. It is for tests and notebooks.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    LedgerState,
    PredictionRow,
    PredictionState,
    Rejection,
    StoredRow,
    Value,
)
from mlfoundry.schema import CustomMetric, ModelSchema
from mlfoundry.store.base import (
    Erasure,
    MergeReport,
    ReferenceColumns,
    ReferenceInfo,
    RejectedRow,
    Removed,
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
    apart,
    bound_condition,
    crossed,
    current_of,
    grid_is_due,
    hour_of,
    identical,
    is_exact_repeat,
    read_cursor,
    shown_shap,
    states_of,
)
from mlfoundry.store.scan_columns import batch_of, scan_columns
from mlfoundry.summaries import Dictionary, Grid, Summaries
from mlfoundry.times import of_micros, to_micros
from mlfoundry.windows import Window

_Booking = tuple[int, Kind, LedgerState]


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
    next_seq: int = 0
    next_arrival: int = 0
    gone: Counter[_Booking] = field(default_factory=Counter["_Booking"])
    """What the ledger says of rows that are not here any more."""

    def current(self, data_id: str, as_of: int | None = None) -> KnownActual | None:
        """The actual that stands for an id, of those received by a time."""
        history = self.actuals.get(data_id, [])
        if as_of is not None:
            history = [actual for actual in history if actual.received_at <= as_of]
        return current_of(history, states_of(history, has_prediction=data_id in self.events))

    def matched(self, as_of: datetime | None = None) -> list[tuple[Event, KnownActual | None]]:
        """Every event with its actual, as far as they were received by a time."""
        if as_of is None:
            return [(event, self.current(data_id)) for data_id, event in self.events.items()]
        by = to_micros(as_of)
        events = [(data_id, event) for data_id, event in self.events.items() if event.batch.received_at <= by]
        return [(event, self.current(data_id, by)) for data_id, event in events]

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

    def declare(
        self, fqn: str, schema: ModelSchema | None, custom_metrics: Sequence[CustomMetric] | None = None
    ) -> None:
        """Make a version known."""
        with self._lock:
            self._versions.setdefault(fqn, _Version(fqn)).catalog.declare(schema, custom_metrics)

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
            envelope = msgspec.structs.replace(batch, blocks=(), actuals=())  # an erased row must not stay in it
            version.batches.append(envelope)
            for row in batch.predictions:
                if self._take_prediction(version, row, envelope):
                    stored.append(row)
            for row in batch.predictions:
                if row.actual_value is not None:
                    self._take_actual(version, row.data_id, row.actual_value, row.occurred_at, envelope)
            for row in batch.actuals:
                self._take_actual(version, row.data_id, row.value, row.occurred_at, envelope)
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
        version.dictionaries = learned(version.dictionaries, extract_events(added, infos, catalog))
        if crossed(self._grid_rows, n_events, len(version.events)) or crossed(
            self._grid_rows, n_actuals, version.n_actuals()
        ):
            self._lay_missing(version)

    def _take_prediction(self, version: _Version, row: PredictionRow, batch: JudgedBatch) -> bool:
        standing = version.events.get(row.data_id)
        if standing is None:
            version.events[row.data_id] = Event(version.next_seq, row, batch)
            version.next_seq += 1
            return True
        state: PredictionState = "duplicate" if identical(standing.row, row) else "conflict"
        version.repeats.append(_Repeat("prediction", state, row.data_id, row.value, row.occurred_at, batch))
        return False

    def _take_actual(self, version: _Version, data_id: str, value: Value, occurred_at: int, batch: JudgedBatch) -> None:
        history = version.actuals.setdefault(data_id, [])
        if is_exact_repeat(history, value, occurred_at):
            version.repeats.append(_Repeat("actual", "duplicate", data_id, value, occurred_at, batch))
            return
        batch_no = len(version.batches) - 1
        history.append(KnownActual(version.next_arrival, value, occurred_at, batch.received_at, batch_no))
        version.next_arrival += 1

    def _lay_missing(self, version: _Version) -> None:
        for key in numeric_keys(version.catalog):
            values = self._sample(version, key)
            if key not in version.grids and grid_is_due(len(values), len(version.events), self._grid_rows):
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
                attributions=rows.attributions,
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

    def delete_reference(self, fqn: str, name: str) -> None:
        """Let go of a reference; the oldest that is left becomes the default."""
        with self._lock:
            version = self._version(fqn)
            gone, _ = self._reference(version, name)
            del version.references[name]
            if gone.is_default and version.references:
                first = next(iter(version.references))
                info, rows = version.references[first]
                version.references[first] = replace(info, is_default=True), rows

    def erase(self, fqn: str, data_ids: Sequence[str]) -> Erasure:
        """Take everything out that was received under some ids."""
        with self._lock:
            version = self._version(fqn)
            known = version.events.keys() | version.actuals.keys() | {repeat.data_id for repeat in version.repeats}
            known |= {one.data_id for batch in version.batches for one in batch.rejected if one.data_id is not None}
            before, ids = _ledger(version), frozenset(data_ids)
            refusals = self._redact(version, ids)
            removed = _take_out(version, ids, lambda repeat: repeat.data_id in ids)
            _move(version, before, "erased")
            unknown = tuple(data_id for data_id in dict.fromkeys(data_ids) if data_id not in known)
            return Erasure(replace(removed, refusals=refusals), unknown)

    def _redact(self, version: _Version, ids: frozenset[str]) -> int:
        """Forget what was refused under some ids, also in the answers that are remembered."""
        refusals = 0
        for place, batch in enumerate(version.batches):
            kept = tuple(one for one in batch.rejected if one.data_id not in ids)
            refusals += len(batch.rejected) - len(kept)
            version.batches[place] = msgspec.structs.replace(batch, rejected=kept)
        for key, (received_at, reply) in self._answers.items():
            if key[1] == version.fqn:
                told = tuple(
                    Rejection(one.index, "$", "erased") if one.data_id in ids else one for one in reply.rejected
                )
                self._answers[key] = received_at, msgspec.structs.replace(reply, rejected=told)
        return refusals

    def expire(self, fqn: str, before: datetime, *, limit: int) -> Removed:
        """Take events from before a time out, with what belongs to them."""
        with self._lock:
            version, at = self._version(fqn), to_micros(before)
            waiting = version.actuals.keys() - version.events.keys()
            ids = [data_id for data_id, event in version.events.items() if event.row.occurred_at < at][:limit]
            ids += [one for one in waiting if all(actual.received_at < at for actual in version.actuals[one])][:limit]
            gone, booked = frozenset(ids), _ledger(version)
            removed = _take_out(version, gone, lambda repeat: repeat.data_id in gone or repeat.batch.received_at < at)
            _move(version, booked, "expired")
            return removed

    def expire_aggregates(self, fqn: str, before: datetime) -> None:
        """Let go of the counts of rows that are gone, of hours before a time."""
        with self._lock:
            version, at = self._version(fqn), to_micros(before)
            version.gone = Counter({booking: n for booking, n in version.gone.items() if booking[0] >= at})

    def forget(self, fqn: str) -> None:
        """Let go of a version."""
        with self._lock:
            self._versions.pop(fqn, None)
            self._answers = {key: answer for key, answer in self._answers.items() if key[1] != fqn}

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

    def prepare(self) -> None:
        """Nothing to prepare."""

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
        if request.total is not None:
            return tuple(summary for one in apart(request) for summary in self.summarize(one))
        with self._lock:
            version = self._version(request.fqn)
            infos = {info.key: info for info in version.catalog.infos()}
            wanted = tuple(infos) if request.columns is None else tuple(map(normal_key, request.columns))
            needed = needed_columns(wanted, tuple(infos), request.outcomes)
            if isinstance(request.segment, str):
                info, rows = self._reference(version, request.segment)
                needed = tuple(key for key in needed if key in info.columns)
                condition = request.where and bound_condition(request.where, infos.values(), info)
                read = [infos[key] for key in needed]
                extract = extract_reference(rows, read, version.catalog, condition=condition, request=request)
            else:
                matched = version.matched(request.as_of)
                extract = extract_events(matched, [infos[key] for key in needed], version.catalog, request=request)
            grids = {key: version.grids.get(key) or self._lay(version, key) for key in numeric_keys(version.catalog)}
            columns = [key for key in needed if key in wanted]
            return summarise(extract, columns, grids, version.dictionaries, request.outcomes)

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
        extract = extract_events(version.matched(), infos, version.catalog)
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


def _take_out(version: _Version, ids: frozenset[str], is_gone: Callable[[_Repeat], bool]) -> Removed:
    """Remove what was received under some ids, and some repeats."""
    histories = {data_id: version.actuals.pop(data_id) for data_id in ids & version.actuals.keys()}
    events = [version.events.pop(data_id) for data_id in ids & version.events.keys()]
    waiting = histories.keys() - {event.row.data_id for event in events}
    repeats = [repeat for repeat in version.repeats if not is_gone(repeat)]
    n_repeats = len(version.repeats) - len(repeats)
    version.repeats = repeats
    return Removed(
        predictions=len(events),
        actuals=sum(map(len, histories.values())),
        waiting=len(waiting),
        repeats=n_repeats,
    )


def _move(version: _Version, before: Counter[_Booking], becomes: LedgerState) -> None:
    """Book what is missing now under what became of it, within its hour."""
    for (hour, kind, _), n in (before - _ledger(version)).items():
        version.gone[hour, kind, becomes] += n


def _ledger(version: _Version) -> Counter[_Booking]:
    """Every arrival in the state that it is in now."""
    booked = Counter(version.gone)
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
