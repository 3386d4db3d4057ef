"""What the store holds in memory of each version, so that a question about it touches no table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pyarrow as pa

from mlfoundry.batches import Layout
from mlfoundry.errors import NotFound
from mlfoundry.schema import CustomMetric, ModelSchema
from mlfoundry.store.base import ReferenceInfo, VersionInfo
from mlfoundry.store.catalog import Catalog, Column
from mlfoundry.store.cell_blocks import Stamps
from mlfoundry.store.cells import Series
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_values import decode_layout, encode_layout, sql_type
from mlfoundry.summaries import Dictionary, Grid
from mlfoundry.times import of_micros

_SCHEMA = msgspec.json.Decoder(ModelSchema)
_CUSTOM_METRICS = msgspec.json.Decoder(tuple[CustomMetric, ...])


@dataclass(frozen=True, slots=True)
class KeptSeries:
    """The number of a series in the tables of cells, and by what grid its cells are laid."""

    no: int
    variant: str


@dataclass(frozen=True, slots=True)
class CellCounts:
    """How many cells each hour and day holds that are added up, and how many were appended since."""

    kept: Counter[tuple[str, int]] = field(default_factory=Counter["tuple[str, int]"])
    loose: Counter[tuple[str, int]] = field(default_factory=Counter["tuple[str, int]"])


@dataclass(slots=True)
class VersionState:
    """One version. A change is made to a :meth:`copy`, which takes its place once it is committed."""

    no: int
    fqn: str
    catalog: Catalog = field(default_factory=Catalog)
    layouts: list[Layout] = field(default_factory=list[Layout])
    layout_nos: dict[Layout, int] = field(default_factory=dict[Layout, int])
    next_seq: int = 0
    next_arrival: int = 0
    n_predictions: int = 0
    n_actuals: int = 0
    first_at: int | None = None
    last_at: int | None = None
    last_received_at: int | None = None
    grids: dict[str, Grid] = field(default_factory=dict[str, Grid])
    references: dict[int, ReferenceInfo] = field(default_factory=dict[int, ReferenceInfo])
    dictionaries: dict[str, Dictionary] = field(default_factory=dict[str, Dictionary])
    series: dict[Series, KeptSeries] = field(default_factory=dict[Series, KeptSeries])
    cell_counts: dict[str, CellCounts] = field(default_factory=dict[str, CellCounts])
    grids_left: bool = False
    """Whether more grids were due than one merge lays."""
    horizon: int | None = None
    """Hours since 1970; the cells of hours before it are frozen, because events of theirs have begun to expire."""

    removals: int = 0
    """How often rows were taken out in this process, so that what was made of them without a lock is known as old."""
    stamps: Stamps = field(default_factory=Stamps)
    """Which state the cells of each day are in."""

    def copy(self) -> VersionState:
        """A state that can be changed without changing this one."""
        return VersionState(
            self.no,
            self.fqn,
            self.catalog.copy(),
            list(self.layouts),
            dict(self.layout_nos),
            self.next_seq,
            self.next_arrival,
            self.n_predictions,
            self.n_actuals,
            self.first_at,
            self.last_at,
            self.last_received_at,
            dict(self.grids),
            dict(self.references),
            dict(self.dictionaries),
            dict(self.series),
            {owner: CellCounts(counts.kept.copy(), counts.loose.copy()) for owner, counts in self.cell_counts.items()},
            self.grids_left,
            self.horizon,
            self.removals,
            self.stamps.copy(),
        )

    def describe(self) -> VersionInfo:
        """What the store says of the version."""
        catalog = self.catalog
        return VersionInfo(
            fqn=self.fqn,
            columns=catalog.infos(),
            classes=catalog.ordered_classes(),
            n_predictions=self.n_predictions,
            n_actuals=self.n_actuals,
            first_at=None if self.first_at is None else of_micros(self.first_at),
            last_at=None if self.last_at is None else of_micros(self.last_at),
            last_received_at=None if self.last_received_at is None else of_micros(self.last_received_at),
            has_probabilities=bool(catalog.columns["score"]),
            has_shap=bool(catalog.columns["shap"]),
            references=tuple(self.references.values()),
        )

    def default_reference(self) -> int | None:
        """The number of the default reference."""
        return next((no for no, reference in self.references.items() if reference.is_default), None)

    def reference(self, name: str) -> int | None:
        """The number of the reference of that name."""
        return next((no for no, reference in self.references.items() if reference.name == name), None)

    def need_reference(self, name: str) -> int:
        """The same; raises :class:`NotFound` where there is none of that name."""
        no = self.reference(name)
        if no is None:
            raise NotFound("reference", name, known=[info.name for info in self.references.values()])
        return no


def load_states(session: Session) -> dict[str, VersionState]:
    """The states of all versions, by FQN."""
    states: dict[int, VersionState] = {}
    for no, fqn, schema, *counters in session.rows("read_versions"):
        state = states[no] = VersionState(no, fqn)
        state.catalog.schema = None if schema is None else _SCHEMA.decode(schema)
        state.next_seq, state.next_arrival, state.n_predictions, state.n_actuals = counters[:4]
        state.first_at, state.last_at, state.last_received_at = counters[4:]
    for version_no, no, role, name, group, column_type in session.rows("read_columns"):
        states[version_no].catalog.put(Column(no, role, name, group, column_type))
    for version_no, label in session.rows("read_classes"):
        states[version_no].catalog.classes[label] = None
    for version_no, no, names in session.rows("read_layouts"):
        layout = decode_layout(names)
        states[version_no].layouts.append(layout)
        states[version_no].layout_nos[layout] = no
    for version_no, key, borders in session.rows("read_grids"):
        states[version_no].grids[key] = Grid(np.asarray(borders, np.float64))
    shap: dict[int, set[str]] = {}
    for no, ident in session.rows("read_reference_columns"):
        shap.setdefault(no, set()).add(ident)
    for version_no, no, name, n, created_at, is_default, columns, has_actuals, has_times in session.rows(
        "read_references"
    ):
        of_version = states[version_no].catalog.of("shap")
        attributions = tuple((one.name, one.group) for one in of_version if one.ident in shap.get(no, ()))
        states[version_no].references[no] = ReferenceInfo(
            name,
            n,
            of_micros(created_at),
            is_default,
            tuple(msgspec.json.decode(columns)),
            has_actuals,
            has_times,
            attributions,
        )
    for version_no, no, what, name, variant in session.rows("read_series"):
        states[version_no].series[Series(what, name)] = KeptSeries(no, variant)
    for version_no, hour in session.rows("read_horizons"):
        states[version_no].horizon = hour
    for version_no, metrics in session.rows("read_custom_metrics"):
        states[version_no].catalog.custom_metrics = _CUSTOM_METRICS.decode(metrics)
    categories: dict[tuple[int, str], list[str]] = {}
    for version_no, key, label in session.rows("read_categories"):
        categories.setdefault((version_no, key), []).append(label)
    for (version_no, key), labels in categories.items():
        states[version_no].dictionaries[key] = Dictionary(labels)
    return {state.fqn: state for state in states.values()}


def save_state(session: Session, state: VersionState, *, before: VersionState) -> None:
    """Write what is new in a state; columns are added where :func:`add_columns` is called."""
    schema = state.catalog.schema
    session.run(
        "update_version",
        (
            None if schema is None else msgspec.json.encode(schema).decode(),
            state.next_seq,
            state.next_arrival,
            state.n_predictions,
            state.n_actuals,
            state.first_at,
            state.last_at,
            state.last_received_at,
            state.no,
        ),
    )
    for no, label in list(enumerate(state.catalog.classes))[len(before.catalog.classes) :]:
        session.run("insert_class", (state.no, no, label))
    for no in range(len(before.layouts), len(state.layouts)):
        session.run("insert_layout", (state.no, no, encode_layout(state.layouts[no])))
    if state.catalog.custom_metrics != before.catalog.custom_metrics:
        session.run("delete_custom_metrics", no=state.no)
        metrics = msgspec.json.encode(state.catalog.custom_metrics).decode()
        session.run("insert_custom_metrics", (state.no, metrics))
    for key, dictionary in state.dictionaries.items():
        known = before.dictionaries.get(key)
        if known is not dictionary:
            _save_categories(session, state.no, key, dictionary.labels, first=0 if known is None else len(known))


def _save_categories(session: Session, version_no: int, key: str, labels: list[str], *, first: int) -> None:
    n = len(labels) - first
    incoming = pa.table(
        {
            "version_no": pa.array([version_no] * n, pa.int32()),
            "key": pa.array([key] * n, pa.string()),
            "code": pa.array(range(first, len(labels)), pa.int32()),
            "label": pa.array(labels[first:], pa.string()),
        }
    )
    session.run("insert_categories", incoming=incoming)


def add_columns(session: Session, state: VersionState, columns: list[Column]) -> None:
    """Give the version's table of events columns; those of values have theirs from the start."""
    for column in columns:
        session.run("insert_column", (state.no, column.no, column.role, column.name, column.group, column.type))
        if column.role not in ("prediction", "actual"):
            session.run("add_column", table=f"events_{state.no}", ident=column.ident, type=sql_type(column))


def save_grids(session: Session, state: VersionState, keys: list[str]) -> None:
    """Write grids that were laid."""
    for key in keys:
        session.run("insert_grid", (state.no, key, state.grids[key].borders.tolist()))
