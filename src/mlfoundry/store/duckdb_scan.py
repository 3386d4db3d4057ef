"""Every row of a window out of DuckDB, a page at a time, in the order of arrival.

What the scan shows is the state at its beginning, but no transaction is held between two pages, however slowly they
are asked for: rows are bounded by the number that the next one would have got, and an actual that came later is undone
from the history of its id. Only an erasure shows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mlfoundry.events import FLAG_FUTURE, Value
from mlfoundry.exports import Exceptions
from mlfoundry.schema import FeatureType
from mlfoundry.store.base import Scan
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_values import (
    MICROS,
    TYPE_BOOL,
    TYPE_FLOAT,
    TYPE_INT,
    TYPE_STR,
    decode_value,
    encode_layout,
    encode_values,
)
from mlfoundry.store.rules import KnownActual, current_of, states_of
from mlfoundry.store.scan_columns import ScanColumns, exceptions_text, scan_columns
from mlfoundry.times import to_micros
from mlfoundry.windows import Window

_PARTS = (
    8  # of a page: rows are counted by such parts, so that pages of a thin window are as full as those of a dense one
)
_CODE: dict[FeatureType, int] = {
    "string": TYPE_STR,
    "timestamp": TYPE_STR,
    "int": TYPE_INT,
    "float": TYPE_FLOAT,
    "boolean": TYPE_BOOL,
}
_SOURCES: dict[str, tuple[str, ...]] = {
    "data_id": ("e.data_id",),
    "occurred_at": ("e.occurred_at",),
    "received_at": ("e.received_at",),
    "prediction": ("e.v_type", "e.v_number", "e.v_text"),
    "actual": ("o.a_type", "o.a_number", "o.a_text"),
    "actual_occurred_at": ("o.known_at",),
    "actual_received_at": ("o.known_received_at",),
    "in_future": ("e.flags",),
    "raw_data": ("e.raw_data",),
    "exceptions": ("e.exceptions", "e.v_type", "e.v_number", "e.v_text", "o.a_type", "o.a_number", "o.a_text"),
    "names": ("e.layout", "e.exceptions"),
}
_STORED = msgspec.json.Decoder(dict[str, Any])
_TIMES = {
    "occurred_at": "occurred_at",
    "received_at": "received_at",
    "actual_occurred_at": "known_at",
    "actual_received_at": "known_received_at",
}
Reading = Callable[[], AbstractContextManager[tuple[Session, VersionState]]]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What the scan is of: the version as it stood, and the last merge that counts."""

    state: VersionState
    columns: ScanColumns
    window: Window
    merge_no: int
    actual_required: bool

    @property
    def parameters(self) -> dict[str, int]:
        return {"start": to_micros(self.window.start), "end": to_micros(self.window.end)}


def scan_events(
    reading: Reading, window: Window, columns: Sequence[str] | None, *, batch_rows: int, actual_required: bool
) -> Scan:
    """Begin a scan; see :class:`~mlfoundry.store.base.Store`."""
    with reading() as (session, state):
        chosen = scan_columns(state.fqn, state.catalog, window, columns)
        if not state.no:
            return Scan(chosen.schema, 0, iter(()))
        [(*_, merge_no)] = session.rows("read_meta")
        snapshot = _Snapshot(state, chosen, window, merge_no, actual_required)
        join = session.text("only_with_actual", no=state.no) if actual_required else ""
        part = max(batch_rows // _PARTS, 1)
        parts = session.rows(
            "scan_parts", {**snapshot.parameters, "part": part, "next_seq": state.next_seq}, no=state.no, join=join
        )
    pages = list(_pages(parts, part, batch_rows))
    return Scan(chosen.schema, sum(n for _, n in parts), _batches(reading, snapshot, pages))


def _pages(parts: Iterable[Sequence[int]], part: int, batch_rows: int) -> Iterator[tuple[int, int]]:
    """First number, and the one after the last, of pages that hold up to ``batch_rows`` rows of the window."""
    held, first, end = 0, 0, 0
    for no, n in parts:
        if held and held + n > batch_rows:
            yield first, end
            held = 0
        if not held:
            first = no * part
        held, end = held + n, (no + 1) * part
    if held:
        yield first, end


def _batches(reading: Reading, snapshot: _Snapshot, pages: Sequence[tuple[int, int]]) -> Iterator[pa.RecordBatch]:
    for first, end in pages:
        with reading() as (session, _):
            table = _page(session, snapshot, first, min(end, snapshot.state.next_seq))
        if table.num_rows:
            yield _assemble(table, snapshot)


def _page(session: Session, snapshot: _Snapshot, first: int, end: int) -> pa.Table:
    wanted = (source for name in snapshot.columns.schema.names for source in _sources(name, snapshot))
    names = dict.fromkeys(["o.a_type", *wanted])
    parameters = {**snapshot.parameters, "first": first, "last": end - 1}
    no = snapshot.state.no
    table = session.table("scan_page", parameters, no=no, columns="".join(f", {name}" for name in names))
    late = pc.fill_null(pc.greater(table.column("merge_no"), snapshot.merge_no), False).combine_chunks()
    if pc.any(late).as_py():
        table = _undo(session, table, late, snapshot)
    if snapshot.actual_required:
        table = table.filter(pc.is_valid(table.column("a_type")))
    return table


def _sources(name: str, snapshot: _Snapshot) -> tuple[str, ...]:
    column = snapshot.columns.stored.get(name)
    return _SOURCES[name] if column is None else (f"e.{column.ident}",)


def _undo(session: Session, table: pa.Table, late: pa.Array, snapshot: _Snapshot) -> pa.Table:
    """The page with the actuals that the late rows had when the scan began."""
    seqs: list[int] = table.filter(late).column("seq").to_pylist()
    histories: dict[int, list[KnownActual]] = {seq: [] for seq in seqs}
    parameters = {"seqs": seqs, "first": min(seqs), "last": max(seqs), "merge_no": snapshot.merge_no}
    for seq, arrival, code, number, text, at, received_at in session.rows(
        "actuals_before", parameters, no=snapshot.state.no
    ):
        value = cast("Value", decode_value(code, number, text))
        histories[seq].append(KnownActual(arrival, value, at, received_at, 0))
    then = [current_of(known, states_of(known, has_prediction=True)) for known in histories.values()]
    values = encode_values("a", [None if known is None else known.value for known in then])
    values["known_at"] = pa.array([None if known is None else known.occurred_at for known in then], MICROS)
    values["known_received_at"] = pa.array([None if known is None else known.received_at for known in then], MICROS)
    for name in values.keys() & set(table.column_names):
        held = table.column(name).combine_chunks()
        replaced = pc.replace_with_mask(held, late, values[name].cast(held.type))
        table = table.set_column(table.column_names.index(name), name, replaced)
    return table


def _assemble(table: pa.Table, snapshot: _Snapshot) -> pa.RecordBatch:
    """The columns of the scan, made of those of the engine."""
    schema = snapshot.columns.schema
    held = {name: table.column(name).combine_chunks() for name in table.column_names}
    arrays = [
        _column(name, held, snapshot).cast(field_type)
        for name, field_type in zip(schema.names, schema.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(name: str, held: Mapping[str, Any], snapshot: _Snapshot) -> Any:
    column = snapshot.columns.stored.get(name)
    if column is not None:
        return held[column.ident]
    if name in _TIMES:
        return pc.assume_timezone(held[_TIMES[name]], "UTC")
    return _MAKERS.get(name, lambda held, _: held[name])(held, snapshot)


def _typed_values(prefix: str, held: Mapping[str, Any], column_type: FeatureType) -> Any:
    """The values that are of the column's type; null for others."""
    number, text = held[f"{prefix}_number"], held[f"{prefix}_text"]
    fits = pc.equal(held[f"{prefix}_type"], _CODE[column_type])
    if column_type in ("string", "timestamp"):
        return pc.if_else(fits, text, pa.scalar(None, pa.string()))
    if column_type == "boolean":
        return pc.if_else(fits, pc.equal(text, "true"), pa.scalar(None, pa.bool_()))
    numbers = pc.if_else(fits, number, pa.scalar(None, pa.float64()))
    if column_type == "float":
        return numbers
    # Ints beyond 2**53 have their digits in the text.
    digits = pc.if_else(fits, text, pa.scalar(None, pa.string())).cast(pa.int64())
    small = pc.if_else(pc.is_valid(digits), pa.scalar(0.0), numbers).cast(pa.int64())
    return pc.coalesce(digits, small)


def _raw_data(held: Mapping[str, Any], _: _Snapshot) -> Any:
    return pc.if_else(pc.equal(held["raw_data"], "{}"), pa.scalar(None, pa.string()), held["raw_data"])


def _in_future(held: Mapping[str, Any], _: _Snapshot) -> Any:
    return pc.not_equal(pc.bit_wise_and(held["flags"], pa.scalar(FLAG_FUTURE, pa.uint8())), 0)


def _is_odd(prefix: str, held: Mapping[str, Any], column_type: FeatureType) -> Any:
    return pc.fill_null(pc.not_equal(held[f"{prefix}_type"], _CODE[column_type]), False)


def _exceptions(held: Mapping[str, Any], snapshot: _Snapshot) -> pa.Array:
    types = snapshot.columns.value_type
    odd_values = {"prediction": _is_odd("v", held, types["prediction"]), "actual": _is_odd("a", held, types["actual"])}
    kept = held["exceptions"]
    some = pc.or_(pc.or_(odd_values["prediction"], odd_values["actual"]), pc.is_valid(kept))
    texts: list[str | None] = [None] * len(kept)
    names = {column.ident: column.name for column in snapshot.columns.stored.values()}
    for index in pc.indices_nonzero(some).to_pylist():
        found = _of_stored(kept[index].as_py(), names)
        for (role, odd), prefix in zip(odd_values.items(), "va", strict=True):
            if odd[index].as_py():
                setattr(found, role, _value(prefix, held, index))
        texts[index] = exceptions_text(found)
    return pa.array(texts, pa.string())


def _value(prefix: str, held: Mapping[str, Any], index: int) -> Value | None:
    code, number, text = (held[f"{prefix}_{part}"][index].as_py() for part in ("type", "number", "text"))
    return decode_value(code, number, text)


def _of_stored(text: str | None, names: Mapping[str, str]) -> Exceptions:
    """Exceptions as they are stored, in the form of an export."""
    stored = _STORED.decode(text or "{}")
    misfits = {names[ident]: value for ident, value in stored.get("columns", {}).items()}
    return Exceptions(
        features=misfits | stored.get("features", {}),
        probabilities=stored.get("scores", {}),
        shap_values=[(*msgspec.json.decode(key), value) for key, value in stored.get("shap", {}).items()],
    )


def _names(held: Mapping[str, Any], snapshot: _Snapshot) -> pa.DictionaryArray:
    layout_nos, layouts = held["layout"], snapshot.state.layouts
    if layout_nos.null_count == 0:
        coded = layout_nos.dictionary_encode()
        used: list[int] = coded.dictionary.to_pylist()
        texts = [encode_layout(layouts[no]) for no in used]
        return pa.DictionaryArray.from_arrays(coded.indices, pa.array(texts, pa.string()))
    nos: list[int | None] = layout_nos.to_pylist()
    own = [
        encode_layout(layouts[no]) if no is not None else msgspec.json.encode(_STORED.decode(kept)["layout"]).decode()
        for no, kept in zip(nos, held["exceptions"].to_pylist(), strict=True)
    ]
    return pa.array(own, pa.string()).dictionary_encode()


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], _Snapshot], Any]] = {
    "prediction": lambda held, snapshot: _typed_values("v", held, snapshot.columns.value_type["prediction"]),
    "actual": lambda held, snapshot: _typed_values("a", held, snapshot.columns.value_type["actual"]),
    "in_future": _in_future,
    "raw_data": _raw_data,
    "exceptions": _exceptions,
    "names": _names,
}
