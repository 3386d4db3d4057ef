"""Whole tables: every kind of them, in bounded batches, acknowledged."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import polars as pl
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]
import pytest

import mlfoundry as mlf
from mlfoundry.client.bodies import MAX_BATCH_BYTES
from mlfoundry.client.progress import Progress

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

FQN = "model:default/repo/model:1"
_arrow: Any = pa  # they have no types
_pandas: Any = pd
AT = datetime(2026, 1, 2, 3, 4, 5, 678901)


def columns(count: int = 3) -> dict[str, list[Any]]:
    return {
        "id": [f"r{i}" for i in range(count)],
        "at": [AT] * count,
        "age": [float(i) for i in range(count)],
        "city": ["Rome", None, "Bern"] * (count // 3) + ["x"] * (count % 3),
        "label": ["late"] * count,
        "p_late": [0.75] * count,
        "s_age": [0.5] * count,
        "truth": ["late", None, "on_time"] * (count // 3) + [None] * (count % 3),
    }


@pytest.fixture
def client(peer: Peer) -> Iterator[mlf.Client]:
    with mlf.get_client(host=peer.host) as made:
        yield made


ROLES: dict[str, Any] = {
    "data_id": "id",
    "occurred_at": "at",
    "prediction": "label",
    "probabilities": {"late": "p_late"},
    "shap_values": {"age": "s_age"},
    "actual": "truth",
}


def as_reader(given: dict[str, Any]) -> Any:
    return _arrow.table(given).to_reader()


def as_categories(given: dict[str, Any]) -> Any:
    return pl.DataFrame(given, schema_overrides={"city": pl.Categorical})


def as_dictionaries(given: dict[str, Any]) -> Any:
    return _arrow.table({**given, "city": _arrow.array(given["city"]).dictionary_encode()})


MAKERS: list[Any] = [dict, _pandas.DataFrame, pl.DataFrame, _arrow.table, as_reader, as_dictionaries, as_categories]


@pytest.mark.parametrize(
    "make", MAKERS, ids=["dict", "pandas", "polars", "arrow", "reader", "dictionary", "polars categories"]
)
def test_every_kind_of_table_arrives_as_it_is(client: mlf.Client, peer: Peer, make: Any) -> None:
    counts = client.log_table(FQN, make(columns()), **ROLES)
    assert counts == mlf.Counts(sent=3, accepted=3)
    (batch,) = peer.batches()
    assert batch["model_version_fqn"] == FQN
    first, second, third = batch["rows"]
    assert first.pop("occurred_at") == AT
    assert first == {
        "data_id": "r0",
        "features": {"age": 0.0, "city": "Rome"},
        "prediction_data": {"value": "late", "probabilities": {"late": 0.75}, "shap_values": {"age": 0.5}},
        "actual_value": "late",
    }
    assert second["features"]["city"] is None
    assert "actual_value" not in second
    assert third["actual_value"] == "on_time"


def test_actuals_with_a_time_of_their_own_travel_as_actuals(client: mlf.Client, peer: Peer) -> None:
    table = columns() | {"known": [datetime(2026, 2, i + 1) for i in range(3)]}
    assert client.log_table(FQN, table, **ROLES, actual_at="known") == mlf.Counts(sent=5, accepted=5)
    (predictions,), (actuals,) = peer.batches("predictions"), peer.batches("actuals")
    assert all("actual_value" not in row for row in predictions["rows"])
    assert actuals["rows"] == [
        {"data_id": "r0", "value": "late", "occurred_at": datetime(2026, 2, 1)},
        {"data_id": "r2", "value": "on_time", "occurred_at": datetime(2026, 2, 3)},
    ]


def test_actuals_alone_need_no_prediction(client: mlf.Client, peer: Peer) -> None:
    assert client.log_table(FQN, columns(), data_id="id", actual="truth") == mlf.Counts(sent=2, accepted=2)
    assert peer.batches("predictions") == []


def test_types_of_arrow_become_those_of_rows(client: mlf.Client, peer: Peer) -> None:
    table = _arrow.table(
        {
            "id": _arrow.array([1], _arrow.int64()),
            "label": _arrow.array([1.5], _arrow.float32()),
            "price": _arrow.array([Decimal("2.50")], _arrow.decimal128(9, 2)),
            "day": _arrow.array([date(2026, 1, 2)]),
            "when": _arrow.array([datetime(2026, 1, 2, tzinfo=timezone.utc)], _arrow.timestamp("ns", "UTC")),
            "flag": [True],
            "kind": _arrow.DictionaryArray.from_arrays([0], _arrow.array(["x"], _arrow.string_view())),
            "half": _arrow.array([0.5], _arrow.float16()),
            "none": _arrow.nulls(1),
        }
    )
    client.log_table(FQN, table, data_id="id", prediction="label")
    (row,) = peer.batches()[0]["rows"]
    assert row["data_id"] == 1
    assert row["features"] == {
        "price": 2.5,
        "day": "2026-01-02",
        "when": "2026-01-02T00:00:00+00:00",
        "flag": True,
        "kind": "x",
        "half": 0.5,
        "none": None,
    }


def test_a_long_table_travels_in_batches_that_fit(client: mlf.Client, peer: Peer) -> None:
    counts = client.log_table(FQN, columns(12_000), **ROLES)
    assert counts == mlf.Counts(sent=12_000, accepted=12_000)
    assert sorted(len(batch["rows"]) for batch in peer.batches()) == [2_000, 5_000, 5_000]
    wide = {"id": list(range(1_000)), "label": [1] * 1_000, "text": ["x" * 20_000] * 1_000}
    assert client.log_table(FQN, wide, data_id="id", prediction="label").accepted == 1_000
    assert all(len(request.body) < MAX_BATCH_BYTES for request in peer.requests)
    assert len(peer.batches()) > 5


def test_memory_stays_bounded_as_no_more_is_read_than_is_acknowledged(client: mlf.Client, peer: Peer) -> None:
    schema = _arrow.schema([("id", _arrow.int64()), ("label", _arrow.float64())])
    ahead: list[int] = []

    def endless() -> Iterator[Any]:
        for number in range(40):
            ahead.append(number - len(peer.requests))
            yield _arrow.record_batch([list(range(100)), [0.5] * 100], schema=schema)

    reader = _arrow.RecordBatchReader.from_batches(schema, endless())
    assert client.log_table(FQN, reader, data_id="id", prediction="label").accepted == 4_000
    assert max(ahead) <= 5


def test_refused_rows_are_told_and_counted(peer: Peer) -> None:
    told: list[mlf.RejectedRow] = []
    refusal = {"index": 1, "path": "$.features.age", "reason": "no", "data_id": "r1"}
    peer.next(lambda request: peer.accept(request, [refusal]))
    with mlf.get_client(host=peer.host, on_reject=told.append) as client:
        assert client.log_table(FQN, columns(), **ROLES) == mlf.Counts(sent=3, accepted=2, rejected=1)
    assert [(row.data_id, row.path) for row in told] == [("r1", "$.features.age")]


def test_trouble_is_waited_out_with_the_same_id(client: mlf.Client, peer: Peer) -> None:
    peer.next(peer.problem(503, "busy", {"retry-after": "0"}), peer.hang_up())
    assert client.log_table(FQN, columns(), **ROLES).accepted == 3
    assert len({batch["batch_id"] for batch in peer.batches()}) == 1
    assert len(peer.requests) == 3


def test_a_batch_that_is_too_large_travels_in_halves(client: mlf.Client, peer: Peer) -> None:
    peer.next(peer.problem(413, "too large", limit="max_body_bytes"), peer.problem(413, "still too large"))
    assert client.log_table(FQN, columns(8), **ROLES) == mlf.Counts(sent=8, accepted=8)
    assert [len(batch["rows"]) for batch in peer.batches()] == [8, 4, 2, 2, 4]
    assert len({batch["batch_id"] for batch in peer.batches()}) == 5
    peer.next(peer.problem(413, "too large", limit="max_row_bytes"))
    with pytest.raises(mlf.LimitExceeded, match="too large"):
        client.log_table(FQN, columns(1), **ROLES)


def test_rows_of_tables_are_in_the_counts_of_the_client(peer: Peer) -> None:
    refusal = {"index": 1, "path": "$.features.age", "reason": "no", "data_id": "r1"}
    with mlf.get_client(host=peer.host, linger_s=0.0, on_reject=lambda row: None) as client:
        client.log_predictions(FQN, [mlf.Prediction(data_id="a", features={}, prediction_data={"value": 1})])
        client.flush()
        peer.next(lambda request: peer.accept(request, [refusal]), peer.problem(404, "no such version"))
        client.log_table(FQN, columns(), **ROLES)
        with pytest.raises(mlf.NotFound):
            client.log_table(FQN, columns(), **ROLES)  # whoever made the call knows that none of it arrived
        assert client.stats() == client.flush() == mlf.Counts(sent=4, accepted=3, rejected=1)


def test_shap_values_by_class_travel_so(client: mlf.Client, peer: Peer) -> None:
    by_class: Any = {"late": {"age": "s_age"}, True: {"age": "p_late", "city": "s_age"}}
    client.log_table(FQN, columns(), **{**ROLES, "shap_values": by_class})
    shap = peer.batches()[0]["rows"][0]["prediction_data"]["shap_values"]
    assert shap == {"late": {"age": 0.5}, "true": {"age": 0.75, "city": 0.5}}


def test_one_column_may_be_several_things(client: mlf.Client, peer: Peer) -> None:
    client.log_table(FQN, columns(), features=["age", "at", "label"], **ROLES)
    row = peer.batches()[0]["rows"][0]
    assert row["features"] == {"age": 0.0, "at": "2026-01-02T03:04:05.678901", "label": "late"}
    assert row["occurred_at"] == row["features"]["at"]


def test_two_columns_of_one_name_are_refused(client: mlf.Client) -> None:
    table = _arrow.table([[1], [2], [3]], names=["id", "label", "label"])
    with pytest.raises(mlf.InvalidInput, match="2 columns called 'label'"):
        client.log_table(FQN, table, data_id="id", prediction="label")


def test_an_unknown_version_raises(client: mlf.Client, peer: Peer) -> None:
    peer.next(peer.problem(404, "no such version", closest=FQN))
    with pytest.raises(mlf.NotFound, match="no such version"):
        client.log_table(FQN, columns(), **ROLES)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data_id": "nope"}, "no column 'nope'"),
        ({"prediction": None, "actual": None}, "of the prediction, of the actual"),
        ({"actual": None, "actual_at": "at"}, "actual_at needs"),
        ({"shap_values": {"late": {"age": "s_age"}, "age": "s_age"}}, "every class"),
    ],
)
def test_wrong_columns_are_named(client: mlf.Client, peer: Peer, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(mlf.InvalidInput, match=says):
        client.log_table(FQN, columns(), **{**ROLES, **changes})
    assert peer.requests == []


def test_what_is_no_table_or_has_no_values_is_an_error(client: mlf.Client) -> None:
    with pytest.raises(mlf.InvalidInput, match="Arrow stream"):
        client.log_table(FQN, [1, 2], data_id="id", prediction="label")
    with pytest.raises(mlf.InvalidInput, match="column 'bad' is of type list"):
        client.log_table(FQN, {"id": [1], "label": [1], "bad": [[1]]}, data_id="id", prediction="label")
    with pytest.raises(mlf.InvalidInput, match="latest"):
        client.log_table("model:default/repo/model:latest", columns(), **ROLES)


def test_what_is_missing_is_named(client: mlf.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(mlf.MissingExtra, match=r"log_table\(\).*mlfoundry\[arrow\]"):
        client.log_table(FQN, columns(), **ROLES)


def test_personal_data_stays_here_too(peer: Peer) -> None:
    with mlf.get_client(
        host=peer.host,
        hash_features=["city"],
        drop_features=["age"],
        before_send=lambda row: None if row.data_id == "r1" else row,
    ) as client:
        counts = client.log_table(FQN, columns(), **ROLES)
    assert counts == mlf.Counts(sent=3, accepted=2, dropped=1, dropped_by_reason={"before_send": 1})
    (batch,) = peer.batches()
    assert [row["data_id"] for row in batch["rows"]] == ["r0", "r2"]
    assert [len(row["features"]["city"]) for row in batch["rows"]] == [32, 32]
    assert all("age" not in row["features"] and "shap_values" not in row["prediction_data"] for row in batch["rows"])


def test_the_bar_says_how_far_it_is() -> None:
    stream = io.StringIO()
    bar = Progress(200, shown=True, stream=stream)
    bar.add(50)
    assert bar.line().startswith("[######..................]  25%  50 rows, ")
    bar.end()
    assert stream.getvalue().count("\r") == 2
    assert stream.getvalue().endswith("a second\n")
    quiet = io.StringIO()
    silent = Progress(None, stream=quiet)
    silent.add(1)
    silent.end()
    assert quiet.getvalue() == ""
    assert silent.line().startswith("1 rows, ")
