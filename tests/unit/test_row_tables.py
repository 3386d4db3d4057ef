"""Rows that come as an Arrow stream: the verdicts are those that the same rows get as JSON."""

from __future__ import annotations

import json
import math
import random
import struct
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import msgspec
import pyarrow
import pytest

from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import FLAG_FUTURE, FLAG_TIME_DEFAULTED, Kind
from mlfoundry.judge import Limits, judge, judge_again
from mlfoundry.times import as_utc, to_micros

pa: Any = pyarrow
FQN = "model:default/flights/late:1"
BATCH_ID = "6d1f0e52-9b83-4e6f-8f3c-0d1a5a1d9c11"
NOW = to_micros(as_utc("2026-03-01T12:00:00Z"))
UTC = timezone.utc


def stream(
    table: Any, columns: dict[str, Any], *, compression: str | None = "zstd", rows_a_batch: int = 1_000, **envelope: Any
) -> bytes:
    fields = {"batch_id": BATCH_ID, "model_version_fqn": FQN, "columns": columns} | envelope
    schema = table.schema.with_metadata({"mlfoundry": json.dumps(fields)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        for batch in table.to_batches(max_chunksize=rows_a_batch):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return sink.getvalue().to_pybytes()


def judged(body: bytes, kind: Kind = "prediction", limits: Limits | None = None) -> JudgedBatch:
    return judge(body, kind, limits=limits or Limits(), received_at=NOW)


def test_a_whole_prediction() -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "x": [0.5, math.nan],
            "n": pa.array([7, None], pa.uint8()),
            "city": ["Oslo", "a\x00😀"],
            "label": [True, False],
            "p": pa.array([0.25, 1.0], pa.float32()),
            "s": [1, 2],
            "at": pa.array([datetime(2026, 3, 1, 13), None], pa.timestamp("ms", "Europe/Rome")),
            "truth": [None, True],
        }
    )
    columns = {
        "data_id": "id",
        "value": "label",
        "occurred_at": "at",
        "features": ["x", "n", "city"],
        "probabilities": {"true": "p"},
        "shap_values": {"late": {"x": "s"}, "ok": {"x": "p", "n": "s"}},
        "actual_value": "truth",
    }
    batch = judged(stream(table, columns))
    assert (batch.batch_id, batch.model_version_fqn, batch.received_at) == (BATCH_ID, FQN, NOW)
    first, second = batch.predictions
    assert (first.data_id, first.value, first.features) == ("1", True, {"x": 0.5, "n": 7, "city": "Oslo"})
    assert first.probabilities == {"true": 0.25}
    assert first.shap_values == {"late": {"x": 1.0}, "ok": {"x": 0.25, "n": 1.0}}
    assert (first.occurred_at, first.flags) == (NOW + 3_600_000_000, FLAG_FUTURE)
    assert (second.features, second.actual_value) == ({"x": None, "n": None, "city": "a\x00😀"}, True)
    assert (second.occurred_at, second.flags) == (NOW, FLAG_TIME_DEFAULTED)
    again = judge_again(stream(table, columns), "identity", "prediction", received_at=NOW, rejected=batch.rejected)
    assert again == batch
    assert 2 * 8 * 11 < batch.decoded_bytes < 1_000


TIMES = [0, 1_700_000_000, 1_700_000_000_000, 10**15, -62_135_596_801, 253_402_300_799]
TEXTS = ["", "late", "a\x00ß😀", "x" * 300, "2026-03-01T12:00:00+02:00", "2026-02-30", "1"]
FLOATS = [0.0, 0.5, 1.0, 1 + 5e-7, 1.1, -1e-7, -3.0, 1e30, 3.5e38, -1e300, math.nan, math.inf, 1.7e9]
MICROS = [datetime(1, 1, 1), datetime(2026, 3, 1, 12, 30), datetime(1969, 12, 31, 23, 59, 59, 999_999)]
INTS = [0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63), *TIMES]
MAKERS: list[tuple[Any, list[Any]]] = [
    (pa.string(), TEXTS),
    (pa.large_string(), ["a", "b"]),
    (pa.float64(), FLOATS),
    (pa.float64(), [0.25, 0.75]),
    (pa.float32(), [0.5, 0.1, math.nan, 1.0]),
    (pa.float16(), [0.5, 0.25]),
    (pa.int64(), INTS),
    (pa.uint64(), [0, 1, 2**63 - 1, 2**63, 2**64 - 1]),
    (pa.int8(), [0, 1]),
    (pa.bool_(), [True, False]),
    (pa.null(), [None]),
]
TIME_MAKERS = [*MAKERS, *((pa.timestamp(unit, zone), MICROS) for unit in ("us", "ns") for zone in (None, "UTC"))]


def random_column(rng: random.Random, n: int, makers: list[tuple[Any, list[Any]]]) -> Any:
    arrow_type, values = rng.choice(makers)
    if pa.types.is_timestamp(arrow_type) and arrow_type.unit == "ns":
        values = values[1:]  # the year 1 is out of its reach
    missing = rng.choice([0.0, 0.2])
    return pa.array([None if rng.random() < missing else rng.choice(values) for _ in range(n)], arrow_type)


def plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value


def as_request(table: Any, columns: dict[str, Any]) -> bytes:
    """The same rows as JSON."""
    if "at" in table.schema.names and pa.types.is_timestamp(table.schema.field("at").type):
        zone = table.schema.field("at").type.tz
        table = table.set_column(table.schema.names.index("at"), "at", table["at"].cast(pa.timestamp("us", zone)))
    rows: list[dict[str, Any]] = []
    for given in table.to_pylist():
        row = {name: plain(value) for name, value in given.items()}
        made: dict[str, Any] = {"data_id": row["id"]} | ({"occurred_at": row["at"]} if "at" in row else {})
        if "features" not in columns:
            rows.append({**made, "value": row["label"]})
            continue
        shap = {
            key: row[of] if isinstance(of, str) else {name: row[inner] for name, inner in of.items()}
            for key, of in columns["shap_values"].items()
        }
        scores = {name: row[of] for name, of in columns["probabilities"].items()}
        answer = {"value": row["label"], "probabilities": scores, "shap_values": shap}
        made |= {"features": {name: row[name] for name in columns["features"]}, "prediction_data": answer}
        rows.append(made | ({"actual_value": row["truth"]} if "truth" in row else {}))
    return msgspec.json.encode({"batch_id": BATCH_ID, "model_version_fqn": FQN, "rows": rows})


@pytest.mark.parametrize("seed", range(150))
def test_verdicts_and_values_are_those_of_json(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.choice([0, 1, 7, 90])
    makers = MAKERS if rng.random() < 0.7 else [MAKERS[3]]
    ids = pa.array([f"r{i}" for i in range(n)]) if rng.random() < 0.6 else random_column(rng, n, MAKERS)
    columns: dict[str, Any] = {"data_id": "id", "value": "label"}
    arrays = {"id": ids, "label": random_column(rng, n, makers)}
    if rng.random() < 0.7:
        arrays["at"], columns["occurred_at"] = random_column(rng, n, TIME_MAKERS), "at"
    kind: Kind = rng.choice(["prediction", "prediction", "actual"])
    if kind == "prediction":
        names = ["x", "city", "" if rng.random() < 0.05 else "ß", "y" * rng.choice([256, 257])][: rng.randrange(5)]
        arrays |= {name: random_column(rng, n, makers) for name in names}
        arrays |= {name: random_column(rng, n, makers if rng.random() < 0.3 else [MAKERS[3]]) for name in ("p", "s")}
        by_class = {"late": {"x": "s"}, "ok": {"city": "s", "x": "p"}}
        columns["features"] = names
        columns["probabilities"] = {"late": "p"} if rng.random() < 0.5 else {}
        columns["shap_values"] = rng.choice([{}, {"x": "s"}, {"x": "s", "city": "p"}, by_class])
        if rng.random() < 0.5:
            arrays["truth"], columns["actual_value"] = random_column(rng, n, makers), "truth"
    table = pa.table(arrays)
    body = stream(table, columns, compression=rng.choice([None, "zstd", "lz4"]), rows_a_batch=rng.choice([13, 1_000]))
    of_table, of_json = judged(body, kind), judged(as_request(table, columns), kind)
    assert repr(of_table.predictions) == repr(of_json.predictions)  # 1 and 1.0 are two
    assert repr(of_table.actuals) == repr(of_json.actuals)
    assert of_table.rejected == of_json.rejected
    assert of_table.rows == n


def small(**more: Any) -> Any:
    return pa.table({"id": ["a", "b"], "label": [1, 2], **more})


ROLES: dict[str, Any] = {"data_id": "id", "value": "label"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (lambda: stream(small(), ROLES, batch_id="7"), "batch_id must be a UUID"),
        (lambda: stream(small(), ROLES, model_version_fqn="model:default/a/b:latest"), "definite version"),
        (lambda: stream(small(), ROLES, more=1), "unknown field `more`"),
        (lambda: stream(small(), ROLES | {"features": ["x"]}), "no column 'x'"),
        (lambda: stream(small(), ROLES | {"features": ["id", "id"]}), "twice"),
        (lambda: stream(small(), ROLES | {"shap_values": {"a": "id", "b": {"c": "id"}}}), "some SHAP values stand by"),
        (lambda: stream(small(x=[[1], [2]]), ROLES | {"features": ["x"]}), "of type list"),
        (lambda: stream(small(x=[b"1", b"2"]), ROLES | {"features": ["x"]}), "of type binary"),
        (lambda: stream(small(x=[datetime.min] * 2), ROLES | {"features": ["x"]}), "travel as text"),
        (lambda: stream(small(x=pa.array(["u", "v"]).dictionary_encode()), ROLES), "has a dictionary"),
        (lambda: stream(pa.table([[1], [2]], names=["id", "id"]), ROLES), "one name"),
        (lambda: stream(small(), ROLES)[:-300], "no Arrow stream"),
        (lambda: b"\xff\xff\xff\xff", "no Arrow stream"),
        (lambda: b"\xff\xff\xff\xff\x00\x00\x00\x00", "no Arrow stream"),
    ],
)
def test_a_stream_that_is_none_of_ours_is_refused_whole(body: Callable[[], bytes], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        judged(body())


def test_a_stream_without_our_metadata_is_refused() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, small().schema) as writer:
        writer.write_table(small())
    with pytest.raises(InvalidInput, match="no metadata 'mlfoundry'"):
        judged(sink.getvalue().to_pybytes())
    with pytest.raises(InvalidInput, match="an actual has data_id, value and occurred_at"):
        judged(stream(small(), ROLES | {"actual_value": "id"}), "actual")


def test_text_that_is_no_utf8_is_refused() -> None:
    spoiled = pa.Array.from_buffers(pa.string(), 2, pa.array([b"ok", b"\xff\xfe"]).buffers())
    with pytest.raises(InvalidInput, match="UTF8"):
        judged(stream(small(x=spoiled), ROLES | {"features": ["x"]}))


def test_a_row_is_refused_for_its_size_alone() -> None:
    table = pa.table({"id": ["a", "b", "c", "d"], "label": ["x", "y" * 300_000, "\x01" * 50_000, "z" * 100_000]})
    batch = judged(stream(table, ROLES))
    assert [row.data_id for row in batch.predictions] == ["a", "d"]
    assert [(why.index, why.path, why.data_id) for why in batch.rejected] == [(1, "$", "b"), (2, "$", "c")]
    assert all("at most 262,144 a row" in why.reason for why in batch.rejected)


# Bombs: what a stream declares is added up before it is read.


@pytest.mark.parametrize(
    ("table", "limit"),
    [
        (lambda: pa.table({"id": pa.nulls(10**9), "label": pa.nulls(10**9)}), "max_rows"),
        (lambda: pa.table({"id": ["a"] * 5_001, "label": [1] * 5_001}), "max_rows"),
        (lambda: pa.table({"id": ["x" * (40 << 20)], "label": [1]}), "max_body_bytes"),
        (lambda: pa.table({"id": ["x"], "label": [1]} | {f"c{i}": [1] for i in range(10_000)}), "max_columns"),
    ],
)
def test_more_than_a_request_may_hold_is_refused_before_it_is_read(table: Callable[[], Any], limit: str) -> None:
    body = stream(table(), ROLES, rows_a_batch=10**9)
    assert len(body) < 8 << 20
    with pytest.raises(LimitExceeded) as caught:
        judged(body)
    assert caught.value.limit == limit


@pytest.mark.parametrize(
    "columns",
    [
        ROLES | {"shap_values": {f"feature {i}": "label" for i in range(2_000)}},
        ROLES | {"features": [f"n{i}" for i in range(2_000)]},
    ],
)
def test_a_column_counts_as_often_as_it_is_named_and_nothing_counts_as_a_value(columns: dict[str, Any]) -> None:
    nothing = {f"n{i}": pa.nulls(4_000) for i in range(2_000)}
    table = pa.table({"id": ["a"] * 4_000, "label": [1] * 4_000, **nothing})
    with pytest.raises(LimitExceeded, match="bytes in columns"):
        judged(stream(table, columns))
    assert judged(stream(table.slice(0, 10), columns)).accepted == 10


def test_many_record_batches_of_nothing_are_refused() -> None:
    table = pa.table({"id": [f"{i}" for i in range(1_200)], "label": [1] * 1_200})
    with pytest.raises(LimitExceeded, match="record batches"):
        judged(stream(table, ROLES, rows_a_batch=1))


@pytest.mark.parametrize("declared", [2**62, 2**31, -2, 40 << 20])
def test_a_buffer_that_declares_a_size_of_its_own_gets_no_room(declared: int) -> None:
    table = pa.table({"id": ["a"] * 1_000, "label": [7.0] * 1_000})
    body = bytearray(stream(table, ROLES))
    at = body.index(struct.pack("<q", 8_000))
    struct.pack_into("<q", body, at, declared)
    before = pa.total_allocated_bytes()
    with pytest.raises(InvalidInput):
        judged(bytes(body))
    assert pa.total_allocated_bytes() - before < 1 << 20


def test_a_time_far_away_spoils_its_row_alone() -> None:
    at = pa.array([0, 2**62, None, -(2**62)], pa.int64()).cast(pa.timestamp("s"))
    table = pa.table({"id": list("abcd"), "label": [1, 2, 3, 4], "at": at})
    batch = judged(stream(table, ROLES | {"occurred_at": "at"}))
    assert [row.occurred_at for row in batch.predictions] == [0, NOW]
    assert [(why.index, why.path) for why in batch.rejected] == [(1, "$.occurred_at"), (3, "$.occurred_at")]
    assert "years 1 to 9999" in batch.rejected[0].reason


def test_nanoseconds_are_cut_off_toward_the_past() -> None:
    at = pa.array([1_999, -1, -1_001], pa.int64()).cast(pa.timestamp("ns"))
    batch = judged(stream(pa.table({"id": list("abc"), "label": [1] * 3, "at": at}), ROLES | {"occurred_at": "at"}))
    assert [row.occurred_at for row in batch.predictions] == [1, -1, -2]


def test_no_rows_are_no_error() -> None:
    assert judged(stream(small().slice(0, 0), ROLES)).rows == 0
