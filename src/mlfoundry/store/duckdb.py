"""The default store: DuckDB, embedded, one file that one process owns.

It holds one table of events a model version, with typed columns by generated names, and beside it what was received of
actuals, which of them stand (outcomes), and which wait for their prediction. ``duckdb.sql`` holds the SQL.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import Damaged, NotFound
from mlfoundry.events import (
    DropReport,
    Fate,
    FeatureValue,
    IngestReply,
    Kind,
    LedgerEntry,
    Rejection,
    StoredRow,
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
from mlfoundry.store.care import FileUsage, Finding, Progress, VersionUsage, no_progress
from mlfoundry.store.cell_blocks import CellBlocks
from mlfoundry.store.duckdb_care import copy_database, usage_of
from mlfoundry.store.duckdb_cells import CellWriter, make_absent_cells
from mlfoundry.store.duckdb_cells_read import summarize
from mlfoundry.store.duckdb_check import check_versions
from mlfoundry.store.duckdb_erase import erase_ids, expire_counts, expire_events, forget_version
from mlfoundry.store.duckdb_fates import fates_of
from mlfoundry.store.duckdb_ids import OneId, VersionFilters, batch_hash
from mlfoundry.store.duckdb_merge import Ledger, VersionMerge, read_rows
from mlfoundry.store.duckdb_references import delete_reference, positions_in, store_reference
from mlfoundry.store.duckdb_regrid import last_day, lay_again, outgrown, renewed
from mlfoundry.store.duckdb_scan import scan_events
from mlfoundry.store.duckdb_session import Database, Session
from mlfoundry.store.duckdb_state import VersionState, add_columns, load_states, save_grids, save_state
from mlfoundry.store.duckdb_summaries import DAY_MICROS, Reader
from mlfoundry.store.duckdb_upgrades import FORMAT_VERSION, upgrade
from mlfoundry.store.duckdb_writes import insert_batches, insert_drops, insert_ledger, insert_rejected, insert_repeats
from mlfoundry.store.id_filter import IdFilter
from mlfoundry.store.rules import HOUR_MICROS, REMEMBERED_MICROS, crossed, read_cursor, windows_of
from mlfoundry.summaries import Summaries
from mlfoundry.times import of_micros, to_micros
from mlfoundry.windows import Window

_LOG = logging.getLogger(__name__)
REJECTED_KEPT_MICROS = 30 * 24 * HOUR_MICROS
PURGE_EVERY = 1_000  # merges
_GRIDS_A_MERGE = 100
_BLOCKS_BYTES = 128 * 2**20
_ALL_HOURS = (-(2**62), 2**62)


def _now() -> datetime:
    return datetime.now(timezone.utc)


class DuckdbStore:
    """Events in one DuckDB file.

    Parameters
    ----------
    path
        The file; made if absent. One that cannot be read is set aside, never deleted.
    memory_limit_bytes, threads
        What the engine may use.
    grid_rows
        How many rows a grid is laid over when there is no reference.
    clock
        The time, for references and for what is remembered for a time.
    set_damage_aside
        Whether a file that cannot be read is set aside and an empty one begun.

    Raises
    ------
    StoreError
        The file was written by a newer version of this program.
    Damaged
        It cannot be read, and is not to be set aside.

    Examples
    --------
    >>> import tempfile
    >>> store = DuckdbStore(Path(tempfile.mkdtemp()) / "events.duckdb")
    >>> store.declare("model:default/flights/late:1", None)
    >>> store.describe("model:default/flights/late:1").n_predictions
    0
    >>> store.close()
    """

    def __init__(
        self,
        path: Path,
        *,
        memory_limit_bytes: int = 2**30,
        threads: int = 2,
        grid_rows: int = 10_000,
        clock: Callable[[], datetime] = _now,
        set_damage_aside: bool = True,
    ) -> None:
        self._grid_rows = grid_rows
        self._clock = clock
        self._writing = threading.Lock()
        self._renewed: dict[str, int] = {}
        self._blocks = CellBlocks(_BLOCKS_BYTES)

        def connect() -> Database:
            return Database(path, memory_limit_bytes=memory_limit_bytes, threads=threads)

        self._database = _open(path, connect) if set_damage_aside else connect()
        shutil.rmtree(self._database.copies_dir, ignore_errors=True)  # of a process that was killed while it copied
        try:
            self._load()
        except BaseException:
            self._database.close()
            raise

    def _load(self) -> None:
        with self._database.transaction() as session:
            if not session.has_table("meta"):
                session.run("create_meta")
                session.run("create_client_drops")
                session.run("create_series")
                session.run("create_horizons")
                session.run("create_custom_metrics")
                session.run("insert_meta", (FORMAT_VERSION, secrets.token_hex(16)))
            [(version, salt, position, merge_no)] = session.rows("read_meta")
            upgrade(session, version)
            self._salt: str = salt
            self._position: int = position
            self._merge_no: int = merge_no
            self._states = load_states(session)
            make_absent_cells(session, self._states.values())
            self._next_batch = int(session.rows("last_batch")[0][0]) + 1
            since = to_micros(self._clock()) - REMEMBERED_MICROS
            recent = session.table("recent_batches", {"since": since})
            self._batches = IdFilter()  # nearly every batch is new, and that is seen without a query
            self._batches.add(recent.column("number").to_numpy(), recent.column("hash").to_numpy())
            self._filters: dict[int, VersionFilters] = {}
            self._doubtful = False

    # Writing

    def declare(
        self, fqn: str, schema: ModelSchema | None, custom_metrics: Sequence[CustomMetric] | None = None
    ) -> None:
        """Make a version known; see :class:`~mlfoundry.store.base.Store`."""
        known = self._states.get(fqn)
        if known is not None and not known.catalog.is_news(schema, custom_metrics):
            return
        with self._writing, self._database.transaction() as session:
            state = self._declared(session, fqn)
            before = state.copy()
            add_columns(session, state, state.catalog.declare(schema, custom_metrics))
            CellWriter(session, state, before=before).take_declaration()
            save_state(session, state, before=before)
            session.after_commit(lambda: self._publish([state]))

    def _declared(self, session: Session, fqn: str) -> VersionState:
        """A copy of a version's state, which may be changed; made when there is none."""
        known = self._states.get(fqn)
        if known is not None:
            return known.copy()
        state = VersionState(max((known.no for known in self._states.values()), default=0) + 1, fqn)
        session.run("insert_version", (state.no, fqn, None))
        session.run("create_version", no=state.no)
        session.run("create_cells", owner=state.no)
        return state

    def _publish(self, states: Sequence[VersionState]) -> None:
        self._states = {**self._states, **{state.fqn: state for state in states}}

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        """Take batches in one transaction; see :class:`~mlfoundry.store.base.Store`."""
        with self._writing:
            if self._doubtful:
                self._load()
            if position <= self._position:
                return MergeReport(self._position)
            self._doubtful = True  # until it is done: a commit that fails may have happened all the same
            for fqn in {batch.model_version_fqn for batch in batches} - self._states.keys():
                self._declare_in_merge(fqn)
            with self._database.transaction() as session:
                fresh = self._number(session, batches)
                totals: Ledger = Counter()
                states = [self._merge_version(session, fqn, fresh, totals) for fqn in _fqns(fresh)]
                if fresh:
                    numbers = {state.fqn: state.no for state in states}
                    insert_batches(session, fresh, numbers)
                    insert_rejected(session, fresh, numbers)
                    insert_drops(session, fresh, numbers)
                    self._purge(session, fresh[-1][1].received_at)
                session.run("advance", (position, self._merge_no + 1))
                session.after_commit(lambda: self._publish(states))
            self._position = position
            self._merge_no += 1
            self._next_batch += len(fresh)
            hashes = [batch_hash(self._states[b.model_version_fqn].no, b.kind, b.batch_id) for _, b in fresh]
            self._batches.add(np.array([no for no, _ in fresh], np.int64), np.array(hashes, np.uint64))
            self._doubtful = False
        rows: Counter[tuple[Kind, str]] = Counter()
        for (_, kind, state), n in totals.items():
            rows[kind, state] += n
        return MergeReport(position, {key: n for key, n in rows.items() if n})

    def _declare_in_merge(self, fqn: str) -> None:
        with self._database.transaction() as session:
            state = self._declared(session, fqn)
            session.after_commit(lambda: self._publish([state]))

    def _number(self, session: Session, batches: Sequence[JudgedBatch]) -> list[tuple[int, JudgedBatch]]:
        """The batches that are not remembered, numbered."""
        seen: set[tuple[Kind, str, str]] = set()
        fresh: list[tuple[int, JudgedBatch]] = []
        for batch in batches:
            key = _key(batch)
            if key in seen or self._answer(session, *key) is not None:
                continue
            seen.add(key)
            fresh.append((self._next_batch + len(fresh), batch))
        return fresh

    def _merge_version(
        self, session: Session, fqn: str, fresh: Sequence[tuple[int, JudgedBatch]], totals: Ledger
    ) -> VersionState:
        before = self._states[fqn]
        state = before.copy()
        filters = self._filters.get(state.no)
        if filters is None:
            filters = self._filters[state.no] = VersionFilters.load(session, state.no)
        merge = VersionMerge(session, state, merge_no=self._merge_no + 1, salt=self._salt, filters=filters)
        merge.run([(no, batch) for no, batch in fresh if batch.model_version_fqn == fqn])
        insert_ledger(session, state.no, merge.ledger)
        insert_repeats(session, state.no, merge.repeats, self._salt)
        totals.update(merge.ledger)
        crosses = crossed(self._grid_rows, before.n_predictions, state.n_predictions)
        if crosses or crossed(self._grid_rows, before.n_actuals, state.n_actuals) or before.grids_left:
            reader = Reader(session, state, grid_rows=self._grid_rows)
            laid = reader.lay_missing(reader.numeric_keys(), most=_GRIDS_A_MERGE)
            state.grids_left = len(laid) == _GRIDS_A_MERGE
            save_grids(session, state, laid)
        CellWriter(session, state, before=before).take_merge(merge.events, merge.outcomes)
        save_state(session, state, before=before)
        return state

    def _purge(self, session: Session, now: int) -> None:
        if self._merge_no % PURGE_EVERY == 0:
            session.run("purge_batches", (now - REMEMBERED_MICROS,))
            session.run("purge_rejected", (now - REJECTED_KEPT_MICROS,))
            [(first,)] = session.rows("first_batch")
            session.after_commit(lambda: self._batches.forget_below(first))

    def put_reference(self, fqn: str, name: str, table: pa.Table, columns: ReferenceColumns) -> ReferenceInfo:
        """Keep a reference's rows; see :class:`~mlfoundry.store.base.Store`."""
        with self._writing, self._database.transaction() as session:
            state = self._declared(session, fqn)
            before = state.copy()
            info = store_reference(session, state, name, table, columns, created_at=self._clock())
            if info.is_default:
                no = state.default_reference()
                reader = Reader(session, state, grid_rows=self._grid_rows)
                if no is not None:
                    reader.lay_from_reference(no)
                session.run("delete_grids", (state.no,))
                save_grids(session, state, list(state.grids))
            CellWriter(session, state, before=before).take_reference(next(reversed(state.references)))
            save_state(session, state, before=before)
            session.after_commit(lambda: self._publish([state]))
        return info

    def delete_reference(self, fqn: str, name: str) -> None:
        """Let go of a reference; see :class:`~mlfoundry.store.base.Store`."""
        if fqn not in self._states:
            raise NotFound("reference", name)
        with self._writing, self._database.transaction() as session:
            state = self._declared(session, fqn)
            delete_reference(session, state, name)
            session.after_commit(lambda: self._publish([state]))

    def erase(self, fqn: str, data_ids: Sequence[str]) -> Erasure:
        """Take everything out that was received under some ids; see :class:`~mlfoundry.store.base.Store`."""
        if fqn not in self._states:
            return Erasure(Removed(), tuple(dict.fromkeys(data_ids)))
        with self._removing(fqn) as (session, state):
            return erase_ids(session, state, data_ids, salt=self._salt)

    def expire(self, fqn: str, before: datetime, *, limit: int) -> Removed:
        """Take events from before a time out; see :class:`~mlfoundry.store.base.Store`."""
        if fqn not in self._states:
            return Removed()
        with self._removing(fqn) as (session, state):
            return expire_events(session, state, to_micros(before), limit=limit, grid_rows=self._grid_rows)

    def expire_aggregates(self, fqn: str, before: datetime) -> None:
        """Let go of counts of hours before a time; see :class:`~mlfoundry.store.base.Store`."""
        if fqn in self._states:
            with self._removing(fqn) as (session, state):
                expire_counts(session, state, to_micros(before))

    def forget(self, fqn: str) -> None:
        """Let go of a version with all that belongs to it."""
        with self._changing() as session:
            state = self._states.get(fqn)
            if state is None:
                return
            forget_version(session, state)
            session.after_commit(lambda: self._unpublish(state))

    def rebuild_cells(self, fqn: str, progress: Progress = no_progress) -> None:
        """Throw a version's cells away and make them anew; see :class:`~mlfoundry.store.care.DurableStore`."""
        with self._removing(fqn) as (session, state):
            writer = CellWriter(session, state, before=state.copy())
            writer.rebuild(lambda done, total: progress("making aggregates anew", done, total))

    def renew_grids(self, fqn: str) -> tuple[str, ...]:
        """Lay grids anew that columns have outgrown; see :class:`~mlfoundry.store.care.DurableStore`."""
        today = to_micros(self._clock()) // DAY_MICROS
        with self._reading(fqn) as (session, state):
            found = last_day(session, state, before=today)
            if found is None or found[1] < self._grid_rows or self._renewed.get(fqn) == found[0]:
                return ()
            day = found[0]
            keys = outgrown(session, state, day, least=self._grid_rows)
        laid: list[str] = []
        for key in keys:
            with self._reading(fqn) as (session, state):
                found_again = renewed(session, state, key, day, grid_rows=self._grid_rows)
            if found_again is None:
                continue
            with self._removing(fqn) as (session, state):
                if lay_again(session, state, found_again):
                    laid.append(key)
        self._renewed[fqn] = day
        return tuple(laid)

    def _unpublish(self, state: VersionState) -> None:
        self._states = {fqn: kept for fqn, kept in self._states.items() if fqn != state.fqn}
        self._filters.pop(state.no, None)

    @contextmanager
    def _removing(self, fqn: str) -> Generator[tuple[Session, VersionState]]:
        """A copy of a version's state, to be changed along with its rows."""
        with self._changing() as session:
            before = self._states.get(fqn)
            if before is None:
                raise NotFound("model version", fqn, known=self._states)
            state = before.copy()
            yield session, state
            save_state(session, state, before=before)
            session.after_commit(lambda: self._publish([state]))

    @contextmanager
    def _changing(self) -> Generator[Session]:
        """The one writer's transaction. A commit that fails may have happened all the same: then the file is asked."""
        with self._writing:
            if self._doubtful:
                self._load()
            self._doubtful = True
            with self._database.transaction() as session:
                yield session
            self._doubtful = False

    # Reading

    def position(self) -> int:
        """The inbox position of the last committed merge."""
        return self._position

    def remembered(self, kind: Kind, fqn: str, batch_id: str) -> IngestReply | None:
        """The answer given to a batch of the last seven days, or None."""
        if not self._places(kind, fqn, batch_id):
            return None
        with self._reading(fqn) as (session, _):
            return self._answer(session, kind, fqn, batch_id)

    def _places(self, kind: Kind, fqn: str, batch_id: str) -> list[tuple[int, int]]:
        """Between which numbers a batch may be found."""
        state = self._states.get(fqn)
        if state is None:
            return []
        return self._batches.ranges(np.array([batch_hash(state.no, kind, batch_id)], np.uint64))

    def _answer(self, session: Session, kind: Kind, fqn: str, batch_id: str) -> IngestReply | None:
        since = to_micros(self._clock()) - REMEMBERED_MICROS
        asked = {"version_no": self._state(fqn).no, "kind": kind, "batch_id": batch_id, "since": since}
        for first, last in self._places(kind, fqn, batch_id):
            for accepted, rejected in session.rows("read_batch", {**asked, "first": first, "last": last}):
                return IngestReply(batch_id, accepted, msgspec.json.decode(rejected, type=tuple[Rejection, ...]))
        return None

    def versions(self) -> tuple[str, ...]:
        """The FQNs that were declared."""
        return tuple(self._states)

    def describe(self, fqn: str) -> VersionInfo:
        """What is known of a version, from memory."""
        return self._state(fqn).describe()

    def _state(self, fqn: str) -> VersionState:
        return self._states.get(fqn) or VersionState(0, fqn)

    def _reading(self, fqn: str) -> AbstractContextManager[tuple[Session, VersionState]]:
        return self._database.session(lambda: self._state(fqn))

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
        at, seq = read_cursor(cursor, order)
        if fqn not in self._states or limit < 1:
            return RowPage((), None)
        parameters = {"start": to_micros(window.start), "end": to_micros(window.end), "at": at, "seq": seq}
        with self._reading(fqn) as (session, state):
            join = session.text("only_with_actual", no=state.no) if actual_required else ""
            found = session.rows(
                "page_newest" if order == "newest" else "page_oldest",
                {**parameters, "limit": limit + 1},
                no=state.no,
                join=join,
            )
            page = found[:limit]
            stored = self._stored(session, state, [int(row[0]) for row in page])
        next_cursor = f"{page[-1][1]}.{page[-1][0]}" if len(found) > limit else None
        return RowPage(tuple(stored), next_cursor)

    def _stored(self, session: Session, state: VersionState, seqs: Sequence[int]) -> list[StoredRow]:
        """Events in the order of the numbers given."""
        if not seqs:
            return []
        decoder = read_rows(session, state, seqs)
        index_of = {decoder.seq(index): index for index in range(decoder.n)}
        return [decoder.stored(index_of[seq]) for seq in seqs]

    def row(self, fqn: str, data_id: str) -> StoredRow | None:
        """One event, or None."""
        if fqn not in self._states:
            return None
        with self._reading(fqn) as (session, state):
            found = self._one_id(session, state, data_id).events("find_event")
            return next(iter(self._stored(session, state, [int(seq) for (seq,) in found])), None)

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
        return scan_events(
            lambda: self._reading(fqn), window, columns, batch_rows=batch_rows, actual_required=actual_required
        )

    def explain(self, fqn: str, data_id: str) -> tuple[Fate, ...]:
        """Everything that became of an id, oldest arrival first."""
        if fqn not in self._states:
            return ()
        with self._reading(fqn) as (session, state):
            return fates_of(session, state, data_id, self._one_id(session, state, data_id))

    def _one_id(self, session: Session, state: VersionState, data_id: str) -> OneId:
        return OneId(session, state.no, data_id, salt=self._salt, filters=self._filters.get(state.no))

    def ledger(self, fqn: str, window: Window | None = None) -> tuple[LedgerEntry, ...]:
        """Rows by hour of arrival, kind and state; the window is snapped outward to whole hours."""
        with self._reading(fqn) as (session, state):
            found = session.rows("read_ledger", (state.no, *_hours(window)))
        return tuple(LedgerEntry(of_micros(hour), kind, state, n) for hour, kind, state, n in found)

    def dropped(self, fqn: str, window: Window | None = None) -> tuple[DropReport, ...]:
        """Rows that clients say they lost; the window is snapped outward to whole hours."""
        with self._reading(fqn) as (session, state):
            found = session.rows("read_drops", (state.no, *_hours(window)))
        return tuple(DropReport(kind, reason, of_micros(hour), n) for kind, reason, hour, n in found)

    def rejected(self, fqn: str, *, limit: int = 50) -> tuple[RejectedRow, ...]:
        """The rows refused last, newest first."""
        with self._reading(fqn) as (session, state):
            found = session.rows("read_rejected", (state.no, limit))
        return tuple(
            RejectedRow(kind, of_micros(received_at), batch_id, Rejection(index, path, reason, data_id))
            for kind, received_at, batch_id, index, path, reason, data_id in found
        )

    def summarize(self, request: SummaryRequest) -> tuple[Summaries, ...]:
        """One summary a step; see :class:`~mlfoundry.store.base.Store`."""
        if request.fqn not in self._states:
            if isinstance(request.segment, str):
                raise NotFound("reference", request.segment)
            return tuple(Summaries.empty(window) for window in windows_of(request))
        with self._reading(request.fqn) as (session, state):
            reader = Reader(session, state, grid_rows=self._grid_rows)
            return summarize(session, state, request, reader, self._blocks)

    def feature_positions(self, fqn: str, reference: str, values: Mapping[str, FeatureValue]) -> dict[str, float]:
        """Where values lie in a reference."""
        with self._reading(fqn) as (session, state):
            return positions_in(session, state, reference, values)

    # Care

    def usage(self) -> tuple[FileUsage, Sequence[VersionUsage]]:
        """How much there is; see :class:`~mlfoundry.store.care.DurableStore`."""
        with self._database.session(lambda: self._states) as (session, states):
            return usage_of(session, states, self._database.path)

    def check(self, progress: Progress) -> list[Finding]:
        """Whether what is stored agrees with itself."""
        with self._database.session(lambda: self._states) as (session, states):
            return check_versions(session, states, progress)

    def checkpoint(self) -> None:
        """Write the log into the file."""
        with self._writing, self._database.bare_session() as session:
            session.run("checkpoint")

    def copy_to(self, file: Path, progress: Progress) -> None:
        """Write one consistent state into a new file; merges go on meanwhile."""
        folder = self._database.copies_dir  # the engine may write nowhere else
        folder.mkdir(exist_ok=True)
        copy = folder / f"{secrets.token_hex(8)}.duckdb"
        try:
            with self._database.bare_session() as session:
                copy_database(session, copy, progress)
            shutil.move(copy, file)
        finally:
            copy.unlink(missing_ok=True)
            copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        with self._writing:
            self._database.close()


def _key(batch: JudgedBatch) -> tuple[Kind, str, str]:
    return batch.kind, batch.model_version_fqn, batch.batch_id


def _fqns(batches: Sequence[tuple[int, JudgedBatch]]) -> list[str]:
    return list(dict.fromkeys(batch.model_version_fqn for _, batch in batches))


def _open(path: Path, connect: Callable[[], Database]) -> Database:
    """Open the file; one that cannot be read is set aside, first its log alone, then the whole."""
    log = path.with_name(path.name + ".wal")
    for suspects in ((log,), (path, log)):
        try:
            return connect()
        except Damaged as error:
            present = [file for file in suspects if file.exists()]
            for file in present:
                aside = file.with_name(f"{file.name}.damaged-{time.time_ns()}")
                file.rename(aside)
                _LOG.error(
                    "a file of the event store cannot be read and was set aside; what it held is not shown any more",
                    exc_info=error,
                    extra={"file": str(file), "copy": str(aside)},
                )
    return connect()


def _hours(window: Window | None) -> tuple[int, int]:
    """A window of arrival snapped outward to whole hours, in microseconds."""
    if window is None:
        return _ALL_HOURS
    snapped = window.snapped(timedelta(hours=1))
    return to_micros(snapped.start), to_micros(snapped.end)
