"""Cells in DuckDB: appended by every merge, added up by every question, made anew from events when they must be.

A version has two tables of them, by hour and by day since 1970, and so has each of its references. They hold nothing
that events do not say: :meth:`CellWriter.rebuild` makes the same cells again. Only when events expire their cells stay:
those of hours before the version's horizon are frozen, nothing is booked into them and nothing rebuilds them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mlfoundry.store.base import ColumnInfo, ReferenceInfo
from mlfoundry.store.catalog import Column
from mlfoundry.store.cells import Series, event_cells, learned, outcome_cells
from mlfoundry.store.duckdb_formulas import FormulaColumns, read_formulas
from mlfoundry.store.duckdb_frozen import carried_cells
from mlfoundry.store.duckdb_series import event_columns, is_held, outcome_columns, read_together, series_of
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import CellCounts, KeptSeries, VersionState, save_state
from mlfoundry.store.duckdb_summaries import read_arrays, stored_idents
from mlfoundry.store.duckdb_values import MICROS, encode_values
from mlfoundry.store.extract import Extract, Ints
from mlfoundry.store.formulas import formulas_of
from mlfoundry.store.packed_cells import Numbered, PackedRows, pack
from mlfoundry.store.rules import HOUR_MICROS, KnownActual
from mlfoundry.summaries.cells import Cells

_DAY_HOURS = 24
_CHUNK_ROWS = 100_000
_CHUNK_VALUES = 10_000_000
_NO_HORIZON = -(2**31)
_LOOSE_CELLS = 100_000
"""As many cells that could be added up make it worth while."""
_FEW_CELLS = 1_000
_TIERS = ("hour", "day")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An actual that has come to stand for an event, and the one that stood before it."""

    seq: int
    event_at: int
    actual: KnownActual
    stood: KnownActual | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Cells of one series over the first events, made while merges went on; good until rows of those are taken out."""

    series: Series
    variant: str
    events: int
    removals: int
    horizon: int | None
    parts: Sequence[tuple[Cells, Ints]]

    def suits(self, state: VersionState) -> bool:
        """Whether the cells are still those of these events."""
        same = self.variant == series_of(state).get(self.series)
        return same and (self.removals, self.horizon) == (state.removals, state.horizon)


class CellWriter:
    """Keeps the cells of one version up to date, within a transaction.

    Parameters
    ----------
    session
        The transaction.
    state
        A copy of the version's state, which is brought up to date; its grids are laid.
    before
        The state that the transaction found.
    """

    def __init__(self, session: Session, state: VersionState, *, before: VersionState) -> None:
        self._session = session
        self._state = state
        self._before = before

    def take_merge(self, events: pa.Table | None, outcomes: Sequence[Outcome]) -> None:
        """Book the events that a merge stored, as they were inserted, and the outcomes that it settled."""
        made = self._make_new_series()
        wanted = self._state.series.keys() - made
        if events is not None:
            extract, hours = self._arrays(events, event_columns(wanted), wanted)
            self._learn(extract)
            self._append(
                self._owner(), event_cells(extract, wanted, self._state.grids, self._state.dictionaries), hours
            )
            self._book_projections({series for series in wanted if series.what == "projection"})
        if outcomes:
            self._book_outcomes([(one.seq, one.actual) for one in outcomes], wanted, sign=1)
            stood = [(one.seq, one.stood) for one in outcomes if one.stood is not None]
            if stood:
                self._book_outcomes(stood, wanted, sign=-1)
        self._compact(self._owner())

    def take_reference(self, reference: int) -> None:
        """Make the cells of a reference that was just stored."""
        owner = f"r{reference}"
        self._session.run("create_cells", owner=owner)
        made = self._make_new_series()
        self._backfill(owner, self._state.series.keys() - made)

    def take_declaration(self, prepared: Prepared | None = None) -> None:
        """Make the cells that a schema or a grid changed; those that were prepared are taken where they still hold."""
        self._make_new_series(prepared if prepared is not None and prepared.suits(self._state) else None)

    def prepare(self, series: Series) -> Prepared:
        """The cells of a series over all events, made without writing anything."""
        state, owner = self._state, self._owner()
        parts = [(cells, hours) for made, hours in self._chunks(owner, [series]) for _, cells in made]
        variant = series_of(state)[series]
        return Prepared(series, variant, state.next_seq, state.removals, state.horizon, parts)

    def take_away(self, seqs: Sequence[int]) -> None:
        """Take events that are about to be deleted out of the cells, with their outcomes."""
        if not seqs:
            return
        self._state.removals += 1
        given = pa.table({"seq": pa.array(seqs, pa.int64())})
        formulas = self._formulas(self._state.series)
        table = self._session.table(
            "cells_of_seqs",
            {"first": min(seqs), "last": max(seqs), **formulas.parameters},
            incoming=given,
            no=self._state.no,
            columns=self._names(self._state.series) + formulas.sql,
        )
        if table.num_rows:
            made, hours = self._made(table, self._state.series.keys())
            self._append(self._owner(), [(series, cells.negative()) for series, cells in made], hours)
            self._compact(self._owner())

    def freeze(self, hour: int) -> None:
        """Leave the cells of hours before one as they are from now on, because events of theirs are about to expire."""
        if self._state.horizon is None or hour > self._state.horizon:
            self._make_new_series()
            self._state.horizon = hour
            self._session.run("set_horizon", no=self._state.no, hour=hour)

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Throw the cells away and make them from events and references; ``progress`` is told rows done and in all.

        The cells of frozen hours stay: their events are gone.
        """
        state = self._state
        self._make_new_series()
        state.stamps.touch_all()
        total, done = sum(map(self._rows, self._owners())), 0
        for owner in self._owners():
            first_hour = _NO_HORIZON if owner != self._owner() or state.horizon is None else state.horizon
            self._session.run("clear_cells", owner=owner, first_hour=first_hour)
            state.cell_counts.pop(owner, None)
            self._backfill(owner, state.series.keys(), lambda rows, before=done: progress(before + rows, total))
            done += self._rows(owner)

    def _rows(self, owner: str) -> int:
        """How many rows a pass over events or a reference goes through."""
        return self._state.references[int(owner[1:])].n if owner.startswith("r") else self._state.next_seq

    def _numbers(self) -> Iterable[int]:
        return (kept.no for kept in self._state.series.values())

    def _owner(self) -> str:
        return str(self._state.no)

    def _owners(self) -> list[str]:
        return [self._owner(), *(f"r{no}" for no in self._state.references)]

    # Series

    def _make_new_series(self, prepared: Prepared | None = None) -> set[Series]:
        """Number the series that are new or laid anew, and make those whose cells events from before have."""
        state = self._state
        wanted = series_of(state)
        gone = [series for series, kept in state.series.items() if wanted.get(series) != kept.variant]
        new = [series for series in wanted if series not in state.series or series in gone]
        if not gone and not new:
            return set()
        had = self._had()
        to_fill = {series for series in new if series in state.series or had(series)}
        carried = {
            series: carried_cells(self._session, state, self._before, series, state.series.get(series))
            for series in (to_fill if state.horizon is not None else ())
        }
        self._drop(gone)
        self._number(new, wanted)
        for series, (cells, hours) in carried.items():
            self._append(self._owner(), [(series, cells)], hours, frozen=True)
        if prepared is not None and prepared.series in to_fill:
            for cells, hours in prepared.parts:
                self._append(self._owner(), [(prepared.series, cells)], hours)
            self._backfill(self._owner(), {prepared.series}, first=prepared.events)
            self._fill(self._owners()[1:], {prepared.series})
            self._fill(self._owners(), to_fill - {prepared.series})
        else:
            self._fill(self._owners(), to_fill)
        return to_fill

    def _fill(self, owners: Iterable[str], wanted: Collection[Series]) -> None:
        for owner in owners if wanted else ():
            self._backfill(owner, wanted)

    def _number(self, new: Sequence[Series], variants: Mapping[Series, str]) -> None:
        first = max((kept.no for kept in self._state.series.values()), default=0) + 1
        numbered = {series: KeptSeries(no, variants[series]) for no, series in enumerate(new, first)}
        self._state.series |= numbered
        incoming = pa.table(
            {
                "no": pa.array([kept.no for kept in numbered.values()], pa.int32()),
                "what": pa.array([series.what for series in numbered], pa.string()),
                "name": pa.array([series.name for series in numbered], pa.string()),
                "variant": pa.array([kept.variant for kept in numbered.values()], pa.string()),
            }
        )
        self._session.run("insert_series", incoming=incoming, version_no=self._state.no)

    def _drop(self, gone: Sequence[Series]) -> None:
        if not gone:
            return
        self._state.stamps.touch_all()
        numbers = ", ".join(str(self._state.series.pop(series).no) for series in gone)
        self._session.run("delete_series", version_no=self._state.no, series=numbers)
        for owner in self._owners():
            self._session.run("delete_series_cells", owner=owner, series=numbers)
            self._state.cell_counts.pop(owner, None)

    def _had(self) -> Callable[[Series], bool]:
        """Whether events or references from before may have cells of a series that is new."""
        before = self._before.catalog
        known = {Series("column", info.key) for info in before.infos()}
        known |= {Series("scores", column.name) for column in before.of("score")}
        known |= {Series("attribution", column.name) for column in before.of("shap")}
        if self._before.next_seq == 0 and not self._before.references:
            return lambda series: False
        return lambda series: series in known or series.what not in ("column", "scores", "attribution")

    # Rows

    def _names(self, wanted: Iterable[Series], reference: ReferenceInfo | None = None) -> str:
        infos, shap = self._columns(event_columns(wanted) | outcome_columns(wanted, self._state.catalog), wanted)
        if reference is not None:
            shap = [column for column in shap if (column.name, column.group) in reference.attributions]
        always = ["e.exceptions", "epoch_us(e.occurred_at) AS occurred_at", "epoch_us(known_at) AS known_at", "a_type"]
        names = stored_idents(self._state.catalog, infos, shap)
        return ", ".join(dict.fromkeys((*always, *(name for name in names if name != "a_type"))))

    def _formulas(self, wanted: Collection[Series]) -> FormulaColumns:
        return FormulaColumns(self._state.catalog, wanted)

    def _columns(self, keys: Collection[str], wanted: Iterable[Series]) -> tuple[list[ColumnInfo], list[Column]]:
        features = {series.name for series in wanted if series.what == "attribution"}
        shap = [column for column in self._state.catalog.of("shap") if column.name in features]
        infos = [info for info in self._state.catalog.infos() if info.key in keys]
        if any(column.group for column in shap) and "prediction" not in keys:
            infos += [info for info in self._state.catalog.infos() if info.key == "prediction"]
        return infos, shap

    def _arrays(self, table: pa.Table, keys: Collection[str], wanted: Iterable[Series]) -> tuple[Extract, Ints]:
        """Rows as arrays in groups of an hour, and those hours: columns by key, and the attributions wanted."""
        infos, shap = self._columns(keys, wanted)
        columns = [column for column in shap if column.ident in table.column_names]  # a reference may lack a class
        times = table.column("occurred_at").cast(pa.int64()).fill_null(0).to_numpy()  # references may have none
        hours, groups = np.unique(times // HOUR_MICROS, return_inverse=True)
        windows = (None,) * len(hours)
        groups = groups.astype(np.int64)
        extract = read_arrays(table, self._state.catalog, infos, columns, groups=groups, windows=windows)
        read_formulas(table, formulas_of(self._state.catalog), extract)
        return extract, hours

    def _learn(self, extract: Extract) -> None:
        self._state.dictionaries = learned(self._state.dictionaries, extract)

    def _book_outcomes(
        self, actuals: Sequence[tuple[int, KnownActual]], wanted: Collection[Series], *, sign: int
    ) -> None:
        seqs = [seq for seq, _ in actuals]
        given = pa.table(
            {
                "seq": pa.array(seqs, pa.int64()),
                **encode_values("a", [actual.value for _, actual in actuals]),
                "known_at": pa.array([actual.occurred_at for _, actual in actuals], MICROS),
            }
        )
        keys = outcome_columns(wanted, self._state.catalog)
        infos, _ = self._columns(keys, ())
        idents = [ident for ident in stored_idents(self._state.catalog, infos, ()) if not ident.startswith("a_")]
        formulas = self._formulas([series for series in wanted if series.what == "custom"])
        table = self._session.table(
            "cells_of_outcomes",
            {"first": min(seqs), "last": max(seqs), **formulas.parameters},
            incoming=given,
            no=self._state.no,
            columns="".join(f", {ident}" for ident in idents) + formulas.sql,
        )
        extract, hours = self._arrays(table, keys, ())
        self._learn(extract)
        made = outcome_cells(extract, wanted, self._state.grids, self._state.dictionaries)
        self._append(self._owner(), made if sign > 0 else ((s, cells.negative()) for s, cells in made), hours)

    def _book_projections(self, wanted: Collection[Series]) -> None:
        """Book what custom metrics are for the events that a merge has just inserted."""
        if not wanted:
            return
        formulas = self._formulas(wanted)
        parameters = {"first": self._before.next_seq, "end": self._state.next_seq, **formulas.parameters}
        columns = "epoch_us(e.occurred_at) AS occurred_at, e.exceptions" + formulas.sql
        table = self._session.table("cells_of_events", parameters, no=self._state.no, columns=columns)
        extract, hours = self._arrays(table, (), ())
        self._append(self._owner(), event_cells(extract, wanted, {}, {}), hours)

    def _backfill(
        self,
        owner: str,
        wanted: Collection[Series],
        progress: Callable[[int], None] = lambda done: None,
        *,
        first: int = 0,
    ) -> None:
        """Make the cells of some series from all the rows of events or of a reference, or from one on."""
        for made, hours in self._chunks(owner, wanted, progress, first=first):
            self._append(owner, made, hours)
            self._compact(owner)

    def _chunks(
        self,
        owner: str,
        wanted: Collection[Series],
        progress: Callable[[int], None] = lambda done: None,
        *,
        first: int = 0,
    ) -> Iterator[tuple[list[tuple[Series, Cells]], Ints]]:
        """The cells of rows from one on, many rows at a time, and the hours that their groups are."""
        reference = self._state.references[int(owner[1:])] if owner.startswith("r") else None
        if reference is not None:
            wanted = {series for series in wanted if is_held(series, reference, self._state.catalog)}
        block = "cells_of_events" if reference is None else "cells_of_reference"
        total, parts = self._rows(owner), read_together(wanted)
        for done, part in enumerate(parts):
            names, formulas = self._names(part, reference), self._formulas(part)
            step = max(min(_CHUNK_ROWS, _CHUNK_VALUES // (names.count(",") + 1)), 1)
            for begin in range(first, total, step):
                end = min(begin + step, total)
                parameters = {"first": begin, "end": end, **formulas.parameters}
                table = self._session.table(block, parameters, no=owner.removeprefix("r"), columns=names + formulas.sql)
                if table.num_rows:
                    yield self._made(table, part)
                progress((done * total + end) // len(parts))

    def _made(self, table: pa.Table, wanted: Collection[Series]) -> tuple[list[tuple[Series, Cells]], Ints]:
        """The cells of rows as predictions and as outcomes, and the hours that their groups are."""
        extract, hours = self._arrays(
            table, event_columns(wanted) | outcome_columns(wanted, self._state.catalog), wanted
        )
        self._learn(extract)
        grids, dictionaries = self._state.grids, self._state.dictionaries
        predicted = event_cells(extract, wanted, grids, dictionaries)
        return [*predicted, *outcome_cells(extract, wanted, grids, dictionaries)], hours

    # Cells

    def _append(self, owner: str, made: Iterable[tuple[Series, Cells]], hours: Ints, *, frozen: bool = False) -> None:
        """Insert cells whose groups are places in ``hours``: of hours that are not frozen, unless it is said."""
        if not frozen and owner == self._owner() and self._state.horizon is not None:
            booked = hours >= self._state.horizon
            made = ((series, cells.of_groups(booked)) for series, cells in made)
        parts = [(self._state.series[series].no, cells) for series, cells in made if len(cells.groups)]
        if not parts:
            return
        table = pack(parts, hours)
        self._session.run("insert_hour_cells", incoming=table, owner=owner)
        self._session.run("insert_day_cells", incoming=table, owner=owner)
        counts = self._counts(owner)
        appended = _per_period(parts, len(hours))
        if owner == self._owner():
            self._state.stamps.touch((hours[appended > 0] // _DAY_HOURS).tolist())
        for hour, n in zip(map(int, hours), map(int, appended), strict=True):
            counts.loose["hour", hour] += n
            counts.loose["day", hour // _DAY_HOURS] += n

    def _counts(self, owner: str) -> CellCounts:
        counts = self._state.cell_counts.get(owner)
        if counts is None:
            counts = CellCounts()
            for tier in _TIERS:
                for period, n in self._session.rows("count_cells", tier=tier, owner=owner):
                    counts.kept[tier, period] = n
            self._state.cell_counts[owner] = counts
        return counts

    def _compact(self, owner: str) -> None:
        """Add up the cells of hours and days that have come to hold twice of what they need.

        So each cell is written anew about once, however the rows come, and a question reads about twice too many.
        """
        counts = self._counts(owner)
        ripe = [key for key, n in counts.loose.items() if n > max(counts.kept[key], _FEW_CELLS)]
        if sum(counts.loose[key] for key in ripe) < _LOOSE_CELLS:
            return
        for tier in _TIERS:
            periods = [period for of_tier, period in ripe if of_tier == tier]
            if periods:
                for period, n in self._add_up(owner, tier, np.unique(periods)).items():
                    counts.kept[tier, period] = n
        for key in ripe:
            del counts.loose[key]

    def _add_up(self, owner: str, tier: str, periods: Ints) -> dict[int, int]:
        """Write the cells of some periods anew, one row a series; how many each period holds then."""
        table = self._session.table("cells_of_periods", (periods.tolist(),), tier=tier, owner=owner)
        rows = PackedRows.of(table)
        added = rows.added_up(np.searchsorted(periods, rows.periods), self._numbers())
        parts = [(number, cells) for number, cells in added.items() if len(cells.groups)]
        self._session.run("delete_cells", (periods.tolist(),), tier=tier, owner=owner)
        if parts:
            self._session.run("insert_cells", incoming=pack(parts, periods), tier=tier, owner=owner)
        return dict(zip(periods.tolist(), _per_period(parts, len(periods)).tolist(), strict=True))


def _per_period(parts: Numbered, n_periods: int) -> Ints:
    """How many cells each period has."""
    groups = np.concatenate([cells.groups for _, cells in parts]) if parts else np.zeros(0, np.int64)
    return np.bincount(groups, minlength=n_periods).astype(np.int64)


def make_absent_cells(session: Session, states: Iterable[VersionState]) -> None:
    """Make the cells of versions that an older mlfoundry wrote: all of them, or those that hold more by now."""
    for state in states:
        if (state.series or state.next_seq or state.references) and series_of(state) != _variants(state):
            before = state.copy()
            CellWriter(session, state, before=before).take_declaration()
            save_state(session, state, before=before)


def _variants(state: VersionState) -> dict[Series, str]:
    return {series: kept.variant for series, kept in state.series.items()}


def forget_cells(session: Session, state: VersionState, before: int) -> None:
    """Let go of the cells of days that end before a time, in microseconds."""
    day = before // HOUR_MICROS // _DAY_HOURS
    session.run("delete_old_cells", owner=state.no, day=day, hour=day * _DAY_HOURS)
    state.cell_counts.pop(str(state.no), None)
    state.stamps.touch_all()


def drop_cells(session: Session, state: VersionState) -> None:
    """Drop the cells of a version and of its references, with what says how they are to be read."""
    for owner in (str(state.no), *(f"r{no}" for no in state.references)):
        session.run("drop_cells", owner=owner)
    session.run("delete_all_series", no=state.no)
