"""What one merge does to one version, within the merge's transaction. The rules are those of ``docs/semantics.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, repeat

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlfoundry.batches import JudgedBatch, PredictionBlock, array_type
from mlfoundry.events import FeatureValue, Kind, PredictionRow, Value
from mlfoundry.store.duckdb_cells import Outcome
from mlfoundry.store.duckdb_ids import IdsOfMerge, VersionFilters
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState, add_columns
from mlfoundry.store.duckdb_values import (
    MAX_LAYOUTS,
    MICROS,
    Exceptions,
    RowDecoder,
    encode_columns,
    encode_values,
)
from mlfoundry.store.rules import (
    KnownActual,
    current_of,
    hour_of,
    identical,
    is_exact_repeat,
    states_of,
)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """Predictions of one batch of this merge."""

    block: PredictionBlock
    received_at: int
    batch_no: int


@dataclass(frozen=True, slots=True)
class _ArrivedActual:
    """An actual of this merge, one that came along with a prediction included."""

    data_id: str
    value: Value
    occurred_at: int
    received_at: int
    batch_no: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row that was not kept, for whoever asks what became of it."""

    data_id: str
    kind: Kind
    state: str
    received_at: int
    occurred_at: int
    batch_no: int
    value: Value
    content: str | None


_Order = list[tuple[int, int]]
"""Which block, and which place in it, for each row as it came; None where the blocks stand in that order."""
Ledger = Counter[tuple[int, Kind, str]]


class VersionMerge:
    """Merges batches into one version.

    Parameters
    ----------
    session
        The merge's transaction.
    state
        A copy of the version's state, which is brought up to date.
    merge_no
        The number of the merge.
    salt
        What is put before a data_id to make its key, so that nobody can contrive two ids of one key.
    filters
        What the version's ids are known by.
    """

    def __init__(
        self, session: Session, state: VersionState, *, merge_no: int, salt: str, filters: VersionFilters
    ) -> None:
        self._session = session
        self._state = state
        self._merge_no = merge_no
        self._salt = {"salt": salt}
        self._ids = IdsOfMerge(session, state.no, salt=salt, filters=filters)
        self.ledger: Ledger = Counter()
        self.repeats: list[Repeat] = []
        self.events: pa.Table | None = None
        self.outcomes: list[Outcome] = []

    def run(self, batches: Sequence[tuple[int, JudgedBatch]]) -> None:
        """Merge numbered batches in their order."""
        predictions = [_Arrived(block, batch.received_at, no) for no, batch in batches for block in batch.blocks]
        actuals = _actuals_in(batches)
        stored, were_waiting = self._judge_repeats(predictions) if predictions else ([], [])
        self._store(stored, actuals)
        self._take_actuals(actuals, stored, were_waiting)
        for _, batch in batches:
            if batch.rejected:
                self.ledger[hour_of(batch.received_at), batch.kind, "rejected"] += len(batch.rejected)

    # Predictions

    def _judge_repeats(self, predictions: list[_Arrived]) -> tuple[list[_Arrived], list[str]]:
        """The predictions to store, and those ids for which an actual waits."""
        ids = list(chain.from_iterable(arrived.block.data_ids for arrived in predictions))
        distinct = list(dict.fromkeys(ids))
        self._ids.stage(distinct)
        were_waiting = self._ids.waiting()
        first = self._read_predictions([seq for seq, _ in self._ids.events().values()])
        if not first and len(distinct) == len(ids):
            return predictions, were_waiting
        repeated = first.keys() | {data_id for data_id, n in Counter(ids).items() if n > 1}
        kept: list[list[int]] = [[] for _ in predictions]
        for _, _, which, place in _in_order(predictions):
            arrived = predictions[which]
            data_id = arrived.block.data_ids[place]
            if data_id not in repeated:
                kept[which].append(place)
                continue
            row = arrived.block.row(place)
            standing = first.setdefault(data_id, row)
            if standing is row:
                kept[which].append(place)
            else:
                self._refuse(arrived, row, "duplicate" if identical(standing, row) else "conflict")
        taken = zip(predictions, kept, strict=True)
        return [replace(arrived, block=arrived.block.take(places)) for arrived, places in taken if places], were_waiting

    def _refuse(self, arrived: _Arrived, row: PredictionRow, state: str) -> None:
        content = msgspec.json.encode(row).decode() if state == "conflict" else None
        self.ledger[hour_of(arrived.received_at), "prediction", state] += 1
        self.repeats.append(
            Repeat(
                row.data_id,
                "prediction",
                state,
                arrived.received_at,
                row.occurred_at,
                arrived.batch_no,
                row.value,
                content,
            )
        )

    def _read_predictions(self, seqs: Sequence[int]) -> dict[str, PredictionRow]:
        if not seqs:
            return {}
        decoder = read_rows(self._session, self._state, sorted(seqs))
        rows = (decoder.prediction(index) for index in range(decoder.n))
        return {row.data_id: row for row in rows}

    def _store(self, stored: list[_Arrived], actuals: list[_ArrivedActual]) -> None:
        state = self._state
        blocks = [arrived.block for arrived in stored]
        several = len({arrived.batch_no for arrived in stored}) < len(stored)  # blocks of one batch
        order = [(which, place) for _, _, which, place in _in_order(stored)] if several else None
        layouts = list(dict.fromkeys(block.layout for block in blocks))
        new = state.catalog.learn(
            layouts,
            lambda name: _values_of(name, blocks, order),
            predicted=list(chain.from_iterable(block.values for block in blocks)),
            actuals=[actual.value for actual in actuals],
        )
        add_columns(self._session, state, new)
        if not stored:
            return
        for layout in layouts:
            if layout not in state.layout_nos and len(state.layouts) < MAX_LAYOUTS:
                state.layout_nos[layout] = len(state.layouts)
                state.layouts.append(layout)
        n = self._insert_events(stored, order)
        for arrived in stored:
            self.ledger[hour_of(arrived.received_at), "prediction", "stored"] += len(arrived.block)
        state.next_seq += n
        state.n_predictions += n
        firsts, lasts = zip(*((min(block.occurred_at), max(block.occurred_at)) for block in blocks), strict=True)
        state.first_at = min(firsts) if state.first_at is None else min(state.first_at, *firsts)
        state.last_at = max(lasts) if state.last_at is None else max(state.last_at, *lasts)
        arrivals = [arrived.received_at for arrived in stored]
        state.last_received_at = max(*arrivals, state.last_received_at or arrivals[0])

    def _insert_events(self, stored: list[_Arrived], order: _Order | None) -> int:
        """Append the rows to the version's events in their order; how many there are."""
        state, blocks = self._state, [arrived.block for arrived in stored]
        sizes = [len(block) for block in blocks]
        exceptions = Exceptions()
        columns = encode_columns(blocks, state.catalog, exceptions)
        numbers = [state.layout_nos.get(block.layout) for block in blocks]
        for start, no, block in zip(accumulate(sizes, initial=0), numbers, blocks, strict=False):
            if no is None:
                for place in range(start, start + len(block)):
                    exceptions.put_layout(place, block.layout)
        n = sum(sizes)
        ids = list(chain.from_iterable(block.data_ids for block in blocks))
        table = pa.table(
            {
                "data_id": pa.array(ids, pa.string()),
                "occurred_at": _micros(np.concatenate([np.array(block.occurred_at, np.int64) for block in blocks])),
                "received_at": _micros(np.repeat([arrived.received_at for arrived in stored], sizes)),
                "merge_no": pa.array(np.full(n, self._merge_no, np.int64)),
                "batch_no": pa.array(np.repeat([arrived.batch_no for arrived in stored], sizes)),
                "flags": pa.array(list(chain.from_iterable(block.flags for block in blocks)), pa.uint8()),
                "layout": pa.array(list(chain.from_iterable(map(repeat, numbers, sizes))), pa.int32()),
                **encode_values("v", list(chain.from_iterable(block.values for block in blocks))),
                "raw_data": pa.concat_arrays([_raw_data(block) for block in blocks]),
                "exceptions": exceptions.array(n),
                **columns,
            }
        )
        if order is not None:
            starts = list(accumulate(sizes, initial=0))
            places = [starts[which] + place for which, place in order]
            table = table.take(places)
            ids = [ids[place] for place in places]
        table = table.append_column("seq", pa.array(np.arange(state.next_seq, state.next_seq + n)))
        names = ", ".join(table.column_names)
        self._session.run("insert_events", self._salt, incoming=table, no=state.no, columns=names)
        self._ids.add_events(ids, state.next_seq)
        self.events = table
        return n

    # Actuals

    def _take_actuals(self, actuals: list[_ArrivedActual], stored: list[_Arrived], were_waiting: list[str]) -> None:
        """Bring every id up to date that got an actual, or a prediction for which one was waiting."""
        if not actuals and not were_waiting:
            return
        new_ids = {data_id for arrived in stored for data_id in arrived.block.data_ids}
        given: dict[str, list[_ArrivedActual]] = {data_id: [] for data_id in were_waiting}
        for actual in actuals:
            given.setdefault(actual.data_id, []).append(actual)
        self._ids.stage(list(given))
        events, histories = self._ids.events(), self._ids.histories()
        kept: list[tuple[str, KnownActual]] = []
        begin_to_wait: list[str] = []
        for data_id, arrived in given.items():
            before = histories.get(data_id, [])
            after = before + self._keep_new(data_id, arrived, before)
            kept += [(data_id, actual) for actual in after[len(before) :]]
            event = events.get(data_id)
            outcome = self._settle(before, after, event, is_new=data_id in new_ids)
            if outcome is not None:
                self.outcomes.append(outcome)
            if event is None and not before:
                begin_to_wait.append(data_id)
        self._insert_actuals(kept)
        self._insert_outcomes(self.outcomes)
        self._move_waiting(begin_to_wait, were_waiting)

    def _keep_new(self, data_id: str, arrived: list[_ArrivedActual], before: list[KnownActual]) -> list[KnownActual]:
        """The actuals that were not received before, numbered; the others are booked as duplicates."""
        new: list[KnownActual] = []
        for actual in arrived:
            if is_exact_repeat(before, actual.value, actual.occurred_at) or is_exact_repeat(
                new, actual.value, actual.occurred_at
            ):
                self.ledger[hour_of(actual.received_at), "actual", "duplicate"] += 1
                self.repeats.append(
                    Repeat(
                        data_id,
                        "actual",
                        "duplicate",
                        actual.received_at,
                        actual.occurred_at,
                        actual.batch_no,
                        actual.value,
                        None,
                    )
                )
                continue
            arrival = self._state.next_arrival
            self._state.next_arrival += 1
            new.append(KnownActual(arrival, actual.value, actual.occurred_at, actual.received_at, actual.batch_no))
        return new

    def _settle(
        self, before: list[KnownActual], after: list[KnownActual], event: tuple[int, int] | None, *, is_new: bool
    ) -> Outcome | None:
        """Book what changes for one id; the outcome to write, if another actual stands now."""
        had_event = event is not None and not is_new
        old = states_of(before, has_prediction=had_event)
        new = states_of(after, has_prediction=event is not None)
        for actual in after:
            was, is_now = old.get(actual.arrival), new[actual.arrival]
            if was != is_now:
                hour = hour_of(actual.received_at)
                self.ledger[hour, "actual", is_now] += 1
                if was is not None:
                    self.ledger[hour, "actual", was] -= 1
        standing = current_of(after, new)
        if event is None or standing is None:
            return None
        stood = current_of(before, old) if had_event else None
        if stood is not None and stood.arrival == standing.arrival:
            return None
        self._state.n_actuals += stood is None
        return Outcome(*event, standing, stood)

    def _insert_actuals(self, kept: list[tuple[str, KnownActual]]) -> None:
        if not kept:
            return
        actuals = [actual for _, actual in kept]
        table = pa.table(
            {
                "arrival": pa.array([actual.arrival for actual in actuals], pa.int64()),
                "data_id": pa.array([data_id for data_id, _ in kept], pa.string()),
                **encode_values("a", [actual.value for actual in actuals]),
                "occurred_at": pa.array([actual.occurred_at for actual in actuals], MICROS),
                "received_at": pa.array([actual.received_at for actual in actuals], MICROS),
                "merge_no": pa.array([self._merge_no] * len(kept), pa.int64()),
                "batch_no": pa.array([actual.batch_no for actual in actuals], pa.int64()),
            }
        )
        self._session.run("insert_actuals", self._salt, incoming=table, no=self._state.no)
        self._ids.add_actuals([data_id for data_id, _ in kept], [actual.arrival for actual in actuals])

    def _insert_outcomes(self, outcomes: list[Outcome]) -> None:
        if not outcomes:
            return
        actuals = [outcome.actual for outcome in outcomes]
        table = pa.table(
            {
                "seq": pa.array([outcome.seq for outcome in outcomes], pa.int64()),
                "event_at": pa.array([outcome.event_at for outcome in outcomes], MICROS),
                **encode_values("a", [actual.value for actual in actuals]),
                "known_at": pa.array([actual.occurred_at for actual in actuals], MICROS),
                "known_received_at": pa.array([actual.received_at for actual in actuals], MICROS),
                "merge_no": pa.array([self._merge_no] * len(outcomes), pa.int64()),
                "replaces": pa.array([outcome.stood is not None for outcome in outcomes], pa.bool_()),
            }
        )
        if any(outcome.stood is not None for outcome in outcomes):
            self._session.run("delete_outcomes", incoming=table, no=self._state.no)
        self._session.run("insert_outcomes", incoming=table, no=self._state.no)

    def _move_waiting(self, begin: list[str], end: list[str]) -> None:
        for name, ids in (("insert_waiting", begin), ("delete_waiting", end)):
            if ids:
                table = pa.table({"data_id": pa.array(ids, pa.string())})
                self._session.run(name, self._salt, incoming=table, no=self._state.no)


def _in_order(arrived: Sequence[_Arrived]) -> list[tuple[int, int, int, int]]:
    """The rows of blocks in the order in which they came: batch, index in it, which block, place in that."""
    return sorted(
        (given.batch_no, index, which, place)
        for which, given in enumerate(arrived)
        for place, index in enumerate(given.block.indices)
    )


def _values_of(name: str, blocks: Sequence[PredictionBlock], order: _Order | None) -> Iterator[FeatureValue]:
    """The values of a feature in the order of the rows; one is enough of an array, whose values are of one type."""
    columns = {
        which: block.features[block.layout[0].index(name)]
        for which, block in enumerate(blocks)
        if name in block.layout[0]
    }
    if order is not None:
        yield from (columns[which][place] for which, place in order if which in columns)
        return
    for values in columns.values():
        yield from values[:1] if array_type(values) else values


def _micros(times: NDArray[np.int64]) -> pa.Array:
    return pa.array(times).view(MICROS)


def _raw_data(block: PredictionBlock) -> pa.Array:
    if block.raw_data is None:
        return pa.nulls(len(block), pa.string())
    return pa.array([None if text == "{}" else text for text in block.raw_data], pa.string())


def _actuals_in(batches: Sequence[tuple[int, JudgedBatch]]) -> list[_ArrivedActual]:
    """The actuals of batches in the order in which they came."""
    arrived: list[_ArrivedActual] = []
    for no, batch in batches:
        if any(block.actual_values is not None for block in batch.blocks):
            arrived += [
                _ArrivedActual(row.data_id, row.actual_value, row.occurred_at, batch.received_at, no)
                for row in batch.predictions
                if row.actual_value is not None
            ]
        arrived += [
            _ArrivedActual(row.data_id, row.value, row.occurred_at, batch.received_at, no) for row in batch.actuals
        ]
    return arrived


def read_rows(session: Session, state: VersionState, seqs: Sequence[int]) -> RowDecoder:
    """Events by their numbers, which must not be none."""
    columns = [*state.catalog.of("feature"), *state.catalog.of("score"), *state.catalog.of("shap")]
    names = "".join(f", e.{column.ident}" for column in columns)
    parameters = {"seqs": list(seqs), "first": min(seqs), "last": max(seqs)}
    table = session.table("read_rows", parameters, no=state.no, columns=names)
    return RowDecoder(state.fqn, state.catalog, state.layouts, table)
