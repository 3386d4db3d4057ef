"""What a scan gives is what rows() gives, of every store: each value exact, however the merges and the pages fell."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.events import FLAG_FUTURE, ActualRow, PredictionRow, StoredRow
from mlfoundry.exports import ExportedRow, ExportInfo, read_rows
from mlfoundry.schema import Feature, ModelSchema
from mlfoundry.store.base import Scan, Store
from mlfoundry.store.catalog import MAX_SCORES
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
NOON = as_utc("2026-03-01T12:00:00")
T = to_micros(NOON)
HOUR = 3_600_000_000
ALWAYS = Window(as_utc("1900-01-01"), as_utc("2100-01-01"))
Make = Callable[[Path], Store]


def make_memory(path: Path) -> Store:
    return MemoryStore(clock=lambda: NOON)


def make_duckdb(path: Path) -> Store:
    return DuckdbStore(path / "events.duckdb", clock=lambda: NOON, memory_limit_bytes=2**28)


@pytest.fixture(params=[make_memory, make_duckdb], ids=["memory", "duckdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    made = cast("Make", request.param)(tmp_path)
    yield made
    made.close()


def prediction(data_id: str, **fields: Any) -> PredictionRow:
    given: dict[str, Any] = {
        "index": 0,
        "value": "late",
        "features": {"distance": 100.0},
        "probabilities": {},
        "shap_values": {},
        "occurred_at": T,
        "raw_data": "{}",
    }
    return PredictionRow(data_id=data_id, **given | fields)


def merge(store: Store, *rows: PredictionRow | ActualRow) -> None:
    predictions = [row for row in rows if isinstance(row, PredictionRow)]
    actuals = [row for row in rows if isinstance(row, ActualRow)]
    batches: list[JudgedBatch] = []
    common: dict[str, Any] = {"model_version_fqn": FQN, "received_at": T + HOUR}
    if predictions:
        blocks = blocks_of(predictions)
        batches.append(JudgedBatch(batch_id=str(uuid.uuid4()), kind="prediction", blocks=blocks, **common))
    if actuals:
        batches.append(JudgedBatch(batch_id=str(uuid.uuid4()), kind="actual", actuals=tuple(actuals), **common))
    store.merge(batches, store.position() + 1)


def actual(data_id: str, value: Any, at: int = T + HOUR) -> ActualRow:
    return ActualRow(index=0, data_id=data_id, value=value, occurred_at=at)


def read(scan: Scan) -> list[ExportedRow]:
    info = ExportInfo.decode(scan.schema.metadata)
    rows: list[ExportedRow] = []
    for batch in scan.batches:
        assert batch.schema.equals(scan.schema, check_metadata=True)
        batch.validate(full=True)
        rows += read_rows(batch, info)
    return rows


def exported(row: StoredRow) -> ExportedRow:
    raw = bytes(row.raw_data).decode()
    return ExportedRow(
        data_id=row.data_id,
        occurred_at=row.occurred_at,
        value=row.value,
        features=row.features,
        probabilities=row.probabilities,
        shap_values=row.shap_values,
        raw_data=None if raw == "{}" else raw,
        actual=row.actual,
        actual_occurred_at=row.actual_occurred_at,
    )


def told_apart(rows: Sequence[ExportedRow]) -> list[str]:
    """Texts that differ where 1, 1.0 and True, 0.0 and -0.0, or the order of names do; SHAP values as float32."""
    return sorted(repr(row) for row in rows)


def floats32(row: ExportedRow) -> ExportedRow:
    """SHAP values come as the float32 that they are, rows() shows the shortest decimal: here both as the first."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: rounded(inner) for name, inner in cast("dict[str, Any]", value).items()}
        return struct.unpack("f", struct.pack("f", value))[0]

    return msgspec.structs.replace(row, shap_values=rounded(row.shap_values))


def assert_same_as_rows(store: Store, *, batch_rows: int = 16_384) -> None:
    page = store.rows(FQN, ALWAYS, limit=1_000)
    scan = store.scan(FQN, ALWAYS, batch_rows=batch_rows)
    found = read(scan)
    assert scan.n == len(found) == len(page.rows)
    assert told_apart(list(map(floats32, found))) == told_apart([floats32(exported(row)) for row in page.rows])


def test_every_value_comes_back_as_it_was_sent(store: Store) -> None:
    features: dict[str, Any] = {"f": -0.0, "i": 2**62, "s": "Zürich\x00✈", "t": True, "none": None, "late.s": 1}
    merge(
        store,
        prediction("a", features=features, raw_data='{"z":[1,{"y":null}]}', flags=FLAG_FUTURE),
        prediction("b", value="ok", probabilities={"ok": 0.75, "late": 0.25}, shap_values={"late": {"s": 0.1}}),
        prediction("c", shap_values={"late.s": 0.25, "f": -0.0}, features={}),
        actual("a", "ok"),
    )
    merge(
        store,
        prediction("d", value=7, features={"f": 2**60 + 1, "i": 0.5, "s": None, "t": "yes"}),
        prediction("e", value=True, features={"f": 3}),
        actual("b", 1.5),
        actual("e", 2**53 + 1),
    )
    assert_same_as_rows(store)
    assert_same_as_rows(store, batch_rows=2)
    table = pa.Table.from_batches(store.scan(FQN, ALWAYS).batches)
    assert table.column("features.f").to_pylist()[0] == 0
    assert str(table.column("features.i").type) == "int64"
    assert table.column("in_future").to_pylist() == [True, False, False, False, False]
    assert {"shap_values.late.s", "shap_values.late.s~2"} <= set(table.column_names)


def test_rows_come_in_the_order_of_arrival_and_of_the_window_alone(store: Store) -> None:
    for n in range(5):
        merge(store, *(prediction(f"{n}{k}", occurred_at=T - n * HOUR + k) for k in range(4)))
    window = Window(as_utc("2026-03-01T09:00:00"), as_utc("2026-03-01T11:30:00"))
    scan = store.scan(FQN, window, batch_rows=3)
    assert [row.data_id for row in read(scan)] == [f"{n}{k}" for n in (1, 2, 3) for k in range(4)]
    assert scan.n == 12
    batches = list(store.scan(FQN, window, batch_rows=3).batches)
    assert max(batch.num_rows for batch in batches) <= 3


def test_a_scan_shows_the_state_at_its_beginning(store: Store) -> None:
    merge(store, *(prediction(data_id) for data_id in "abcd"), actual("b", "ok"), actual("c", "ok"))
    scan = store.scan(FQN, ALWAYS, batch_rows=1)
    with_actual = store.scan(FQN, ALWAYS, batch_rows=1, actual_required=True)
    merge(store, prediction("e", features={"new": 1.0}), actual("a", "late"), actual("b", "late", T + 2 * HOUR))
    assert {row.data_id: row.actual for row in read(scan)} == {"a": None, "b": "ok", "c": "ok", "d": None}
    assert {row.data_id: row.actual for row in read(with_actual)} == {"b": "ok", "c": "ok"}
    after = {row.data_id: row.actual for row in read(store.scan(FQN, ALWAYS))}
    assert after == {"a": "late", "b": "late", "c": "ok", "d": None, "e": None}


def test_a_scan_that_is_left_does_not_hold_up_merges(store: Store) -> None:
    merge(store, *(prediction(str(n)) for n in range(20)))
    left = store.scan(FQN, ALWAYS, batch_rows=1)
    next(left.batches)
    for n in range(20, 30):
        merge(store, prediction(str(n)))
    assert len(read(store.scan(FQN, ALWAYS))) == 30
    assert sum(batch.num_rows for batch in left.batches) == 19


def test_columns_can_be_chosen(store: Store) -> None:
    merge(store, prediction("a", features={"x": 1.5, "y": "no"}), prediction("b", value=2, features={"x": "odd"}))
    scan = store.scan(FQN, ALWAYS, columns=["features.x", "prediction", "exceptions"])
    table = pa.Table.from_batches(scan.batches, scan.schema)
    assert table.column_names == ["features.x", "prediction", "exceptions"]
    assert table.column("features.x").to_pylist() == [1.5, None]
    assert table.column("exceptions").to_pylist() == [None, '{"prediction":2,"features":{"x":"odd"}}']
    with pytest.raises(NotFound, match=r"did you mean 'features\.x'"):
        store.scan(FQN, ALWAYS, columns=["feature.x"])
    partial = store.scan(FQN, ALWAYS, columns=["features.x"])
    with pytest.raises(InvalidInput, match="lacks the column"):
        read(partial)


def test_names_beyond_what_a_version_may_have_come_back(store: Store) -> None:
    scores = {str(n): 0.0 for n in range(MAX_SCORES + 3)}
    merge(store, prediction("a", probabilities=scores, features={"": 1}))
    assert_same_as_rows(store)


def test_the_schema_says_which_types_the_columns_have(store: Store) -> None:
    store.declare(FQN, ModelSchema((Feature("age", "int", unit="years"),), "categorical"))
    merge(store, prediction("a", features={"age": "old", "city": "Rome"}))
    info = ExportInfo.decode(store.scan(FQN, ALWAYS).schema.metadata)
    assert info.model_schema == ModelSchema(
        (Feature("age", "int", unit="years"), Feature("city", "string")), "categorical"
    )
    assert info.model_version_fqn == FQN


def test_a_version_without_rows_gives_an_empty_table(store: Store) -> None:
    scan = store.scan("model:default/flights/other:1", ALWAYS)
    assert (scan.n, list(scan.batches)) == (0, [])
    store.declare(FQN, None)
    assert list(store.scan(FQN, ALWAYS).batches) == []


_IDS = st.sampled_from("abcdef")
_VALUES = st.sampled_from(["late", "ok", 1, 1.0, True, -0.0, 2**60 + 1])
_FEATURES = st.dictionaries(
    st.sampled_from("xyz"), st.sampled_from([1, 2.5, "t", True, None, 2**60 + 1, -0.0]), max_size=3
)
_PREDICTIONS = st.builds(
    prediction,
    _IDS,
    value=_VALUES,
    features=_FEATURES,
    probabilities=st.sampled_from([{}, {"late": 0.25, "ok": 0.75}, {"late": 1.0}]),
    shap_values=st.sampled_from([{}, {"x": 0.1}, {"late": {"x": 0.5}, "ok": {"y": 1.5}}]),
    occurred_at=st.integers(0, 5).map(lambda hour: T + hour * HOUR),
    raw_data=st.sampled_from(["{}", "null", '{"a":1}']),
    actual_value=st.none() | _VALUES,
)
_ACTUALS = st.builds(actual, _IDS, _VALUES, st.integers(0, 5).map(lambda hour: T + hour * HOUR))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    merges=st.lists(st.lists(_PREDICTIONS | _ACTUALS, min_size=1, max_size=6), min_size=1, max_size=5),
    begin=st.integers(0, 4),
    batch_rows=st.integers(1, 4),
)
def test_both_stores_give_the_same_whatever_was_merged_before_and_meanwhile(
    tmp_path_factory: pytest.TempPathFactory, merges: list[list[Any]], begin: int, batch_rows: int
) -> None:
    path = tmp_path_factory.mktemp("scan")
    stores = make_memory(path), make_duckdb(path)
    scans: list[Scan] = []
    for store in stores:
        store.declare(FQN, None)
        for no, rows in enumerate(merges):
            if no == min(begin, len(merges) - 1):
                scans.append(store.scan(FQN, ALWAYS, batch_rows=batch_rows))
            merge(store, *rows)
        assert_same_as_rows(store, batch_rows=batch_rows)
    memory, duckdb = (told_apart(list(map(floats32, read(scan)))) for scan in scans)
    assert duckdb == memory
    assert scans[0].schema.equals(scans[1].schema, check_metadata=True)
    stores[1].close()
