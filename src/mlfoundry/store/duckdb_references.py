"""Uploaded references in tables of their own, with the columns that events have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import msgspec
import pyarrow as pa

from mlfoundry.events import FeatureValue
from mlfoundry.store.base import ReferenceColumns, ReferenceInfo
from mlfoundry.store.catalog import fits
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState, add_columns
from mlfoundry.store.duckdb_values import MICROS, encode_values
from mlfoundry.store.references import ReferenceRows, read_reference
from mlfoundry.times import to_micros


def store_reference(
    session: Session,
    state: VersionState,
    name: str,
    table: pa.Table,
    columns: ReferenceColumns,
    *,
    created_at: datetime,
) -> ReferenceInfo:
    """Keep a table under a name in place of one of that name; the state is brought up to date."""
    rows = read_reference(table, columns, state.catalog)
    add_columns(session, state, rows.new_columns)
    replaced = state.reference(name)
    was_default = replaced is not None and state.references[replaced].is_default
    if replaced is not None:
        _drop(session, state, replaced)
    info = ReferenceInfo(
        name=name,
        n=rows.n,
        created_at=created_at,
        is_default=was_default or not state.references,
        columns=rows.keys,
        has_actuals="actual" in rows.keys,
        has_times=any(time is not None for time in rows.times),
        attributions=rows.attributions,
    )
    no = int(session.rows("next_reference")[0][0])
    session.run("create_reference", incoming=_table(rows), reference=no)
    encoded = msgspec.json.encode(info.columns).decode()
    session.run(
        "insert_reference",
        (
            no,
            state.no,
            name,
            info.n,
            to_micros(created_at),
            info.is_default,
            encoded,
            info.has_actuals,
            info.has_times,
        ),
    )
    state.references[no] = info
    return info


def delete_reference(session: Session, state: VersionState, name: str) -> None:
    """Let go of a reference; the oldest that is left becomes the default, and grids stay as they were laid."""
    gone = state.need_reference(name)
    was_default = state.references[gone].is_default
    _drop(session, state, gone)
    oldest = min(state.references, default=None, key=lambda no: (state.references[no].created_at, no))
    if was_default and oldest is not None:
        session.run("make_default_reference", (oldest,))
        state.references[oldest] = replace(state.references[oldest], is_default=True)


def _drop(session: Session, state: VersionState, reference: int) -> None:
    session.run("delete_reference", (reference,))
    session.run("drop_reference", reference=reference)
    session.run("drop_cells", owner=f"r{reference}")
    state.cell_counts.pop(f"r{reference}", None)
    del state.references[reference]


def _table(rows: ReferenceRows) -> pa.Table:
    return pa.table(
        {
            "occurred_at": pa.array(rows.times, MICROS),
            "known_at": pa.nulls(rows.n, MICROS),
            **encode_values("v", rows.predictions),
            **encode_values("a", rows.actuals),
            "exceptions": pa.nulls(rows.n, pa.string()),
            **{column.ident: values for column, values in rows.columns.items()},
        }
    )


def positions_in(
    session: Session, state: VersionState, reference: str, values: Mapping[str, FeatureValue]
) -> dict[str, float]:
    """The share of a reference's rows at or below a number, or of a category, among those that have one."""
    no = state.need_reference(reference)
    infos = {info.name: info for info in state.catalog.infos() if info.role == "feature"}
    held = set(state.references[no].columns)
    asked: list[str] = []
    selected: list[str] = []
    given: list[FeatureValue] = []
    for name, value in values.items():
        info, column = infos.get(name), state.catalog.column("feature", name)
        if value is None or info is None or column is None or info.key not in held or not fits(column.type, value):
            continue
        sign = "<=" if info.kind == "numeric" and column.type in ("int", "float") else "="
        asked.append(name)
        given.append(value)
        # Half of what counting with FILTER takes.
        selected.append(f"avg(CAST({column.ident} {sign} ? AS INTEGER))")
    if not asked:
        return {}
    [shares] = session.rows("positions", given, reference=no, columns=", ".join(selected))
    return {name: share for name, share in zip(asked, shares, strict=True) if share is not None}
