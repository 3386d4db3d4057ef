from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import polars as pl
import pyarrow as pa
import pytest

import mlfoundry as mlf
from mlfoundry.client.results import ResultTable

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer, Request

FQN = "model:default/flights/late:2"
AT = "2026-01-02T03:04:05.678901Z"
WINDOW = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-03T00:00:00Z"}
STARTS = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]


def row(data_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "data_id": data_id,
        "value": "late",
        "features": {"a": 1, "b": 1.0, "c": "x"},
        "probabilities": {"late": 0.75},
        "shap_values": {"late": {"a": 0.5}},
        "raw_data": {"any": ["data"]},
        "occurred_at": AT,
        "received_at": AT,
        "actual": None,
        "actual_occurred_at": None,
        "actual_received_at": None,
        "in_future": False,
        **fields,
    }


def query(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(request.path).query).items()}


@pytest.fixture
def client(peer: Peer) -> Iterator[mlf.Client]:
    peer.routes["GET /api/v1/version"] = peer.json({"inbox_rows": 0})
    with mlf.get_client(host=peer.host, linger_s=60) as opened:
        yield opened


def test_rows_of_a_version_come_page_by_page_with_their_types(peer: Peer, client: mlf.Client) -> None:
    pages = {
        None: ([row("1")], "next"),
        "next": ([row("2", actual=1, actual_occurred_at=AT, actual_received_at=AT)], None),
    }

    def page(request: Request) -> Any:
        rows, cursor = pages[query(request).get("cursor")]
        return peer.json({"rows": rows, "next_cursor": cursor})

    peer.routes["GET /api/v1/rows"] = page
    found = client.get_inference_dataset(FQN, start_time="2026-01-01", end_time=datetime(2026, 1, 3))
    assert [each.data_id for each in found] == ["1", "2"]
    asked = query(peer.requests[1])
    assert asked.pop("limit")
    assert asked == {"model_version_fqn": FQN, "actual_required": "false", **WINDOW}
    first, second = found
    assert [type(value) for value in first.features.values()] == [int, float, str]
    assert first.model_version_fqn == FQN
    assert first["prediction"] == first.prediction == "late"
    assert first.created_at == datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
    assert first.actual is None
    assert second.actual == 1
    assert dict(second)["created_at"] == second.received_at
    with pytest.raises(KeyError):
        first["nothing"]
    assert found[:1] == [first]
    assert "data_id" in repr(found)


def test_a_model_s_rows_are_those_of_all_its_versions(peer: Peer, client: mlf.Client) -> None:
    from_server = {"model_fqn": "m", "ml_repo": "flights", "name": "late", "created_at": AT, "updated_at": AT}
    versions = [{**from_server, "fqn": f"{FQN[:-1]}{n}", "version": n} for n in (2, 1)]
    peer.routes["GET /api/v1/model-versions"] = peer.json(versions)
    peer.routes["GET /api/v1/rows"] = peer.json({"rows": [row("1")], "next_cursor": None})
    found = client.get_inference_dataset("model:default/flights/late", actual_value_required=True)
    assert [each.model_version_fqn for each in found] == [FQN, FQN[:-1] + "1"]
    assert query(peer.requests[-1])["actual_required"] == "true"


def test_a_program_reads_what_it_logged_once_the_server_has_merged_it(peer: Peer, client: mlf.Client) -> None:
    peer.routes["GET /api/v1/rows"] = peer.json({"rows": [], "next_cursor": None})
    waiting = [{"inbox_rows": 1}, {"inbox_rows": 1}, {"inbox_rows": 0}]
    peer.routes["GET /api/v1/version"] = lambda _: peer.json(waiting.pop(0))
    client.log_predictions(FQN, [{"data_id": "1", "features": {}, "prediction_data": {"value": 1}}])
    assert list(client.get_inference_dataset(FQN)) == []
    paths = [request.path.partition("?")[0].removeprefix("/api/v1/") for request in peer.requests]
    assert paths == ["predictions", "version", "version", "version", "rows"]


def performance() -> dict[str, Any]:
    def value(metric: str, number: float | None) -> dict[str, Any]:
        return {
            "metric": metric,
            "value": number,
            "lower": 0.8,
            "upper": 0.95,
            "n": 7,
            "coverage": 0.5,
            "status": "ok",
            "method": "wilson",
            "reason": None,
        }

    series = {
        "metric": "accuracy",
        "value": [0.9, None],
        "lower": [0.8, None],
        "upper": [0.95, None],
        "n": [7, 0],
        "coverage": [0.5, 0.0],
        "status": ["ok", "no_actuals"],
    }
    return {
        "window": WINDOW,
        "step_s": 86400,
        "starts": STARTS,
        "task": "binary",
        "positive_class": "late",
        "problem": "give <the> class",
        "total": [value("accuracy", 0.9), value("f1", None)],
        "series": [series],
        "reference": None,
        "reference_values": [],
    }


def test_performance_is_one_row_a_window_and_metric(peer: Peer, client: mlf.Client) -> None:
    peer.routes["GET /api/v1/performance"] = peer.json(performance())
    found = client.get_performance(FQN, start="2026-01-01", end="2026-01-03", metrics=["accuracy", "f1"])
    assert query(peer.requests[-1]) == {
        "model_version_fqn": FQN,
        **WINDOW,
        "granularity": "1d",
        "metrics": "accuracy,f1",
    }
    day = [datetime(2026, 1, n, tzinfo=timezone.utc) for n in (1, 2, 3)]
    assert list(found) == [
        dict(zip(found.columns, (day[0], day[1], "accuracy", 0.9, 0.8, 0.95, 7, 0.5, "ok"), strict=True)),
        dict(zip(found.columns, (day[1], day[2], "accuracy", None, None, None, 0, 0.0, "no_actuals"), strict=True)),
    ]
    assert [(total["metric"], total["value"]) for total in found.total] == [("accuracy", 0.9), ("f1", None)]
    assert (found.task, found.positive_class) == ("binary", "late")
    assert "give <the> class" in repr(found)
    assert "give &lt;the&gt; class" in found._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert found.to_arrow().column_names == list(found.columns)
    assert len(found.to_pandas()) == 2
    whole = client.get_performance(FQN, granularity=None)
    assert [each["metric"] for each in whole] == ["accuracy", "f1"]
    assert "granularity" not in query(peer.requests[-1])


def test_drift_is_one_row_a_column_or_a_window_and_column(peer: Peer, client: mlf.Client) -> None:
    verdict = {
        "column": "age",
        "role": "feature",
        "kind": "numeric",
        "statistic": "psi",
        "value": 0.3,
        "status": "drifted",
        "reason": None,
        "reference": "training",
        "n_reference": 100,
        "n": 50,
    }
    series = {"value": [0.1, 0.5], "status": ["ok", "drifted"], "n": [20, 30]}
    reference = {
        "name": "training",
        "n": 100,
        "created_at": AT,
        "is_default": True,
        "has_actuals": True,
        "has_times": False,
    }
    answer = {
        "window": WINDOW,
        "step_s": 86400,
        "starts": STARTS,
        "statistic": "psi",
        "reference": reference,
        "columns": [{"total": verdict, "series": series, "importance": None}],
    }
    peer.routes["GET /api/v1/drift"] = peer.json(answer)
    found = client.get_drift(FQN, reference="training")
    asked = query(peer.requests[-1])
    assert (asked["reference"], asked["statistic"]) == ("training", "psi")
    assert [(each["column"], each["value"], each["status"], each["n"]) for each in found] == [
        ("age", 0.3, "drifted", 50)
    ]
    assert found.reference is not None
    assert (found.reference.name, found.reference.kind, found.reference.n) == ("training", "uploaded", 100)
    assert "against training (100 rows)" in repr(found)
    daily = client.get_drift(FQN, granularity="1d")
    assert [(each["value"], each["status"], each["n"]) for each in daily] == [(0.1, "ok", 20), (0.5, "drifted", 30)]
    assert [(each["column"], each["n"]) for each in daily.total] == [("age", 50)]


def test_the_ledger_and_the_fate_of_one_id(peer: Peer, client: mlf.Client) -> None:
    peer.routes["GET /api/v1/ledger"] = peer.json(
        {
            "totals": {"prediction.stored": 3},
            "hours": [{"hour": STARTS[0], "kind": "prediction", "state": "stored", "n": 3}],
            "rejected": [
                {
                    "kind": "actual",
                    "received_at": AT,
                    "batch_id": "b",
                    "index": 0,
                    "path": "$",
                    "reason": "r",
                    "data_id": None,
                }
            ],
        }
    )
    ledger = client.get_ledger(FQN)
    assert query(peer.requests[-1]) == {"model_version_fqn": FQN}
    assert ledger.totals == {"prediction.stored": 3}
    assert [(each["state"], each["n"]) for each in ledger] == [("stored", 3)]
    assert [each["reason"] for each in ledger.rejected] == ["r"]
    fate = {
        "kind": "prediction",
        "state": "stored",
        "received_at": AT,
        "occurred_at": AT,
        "value": "late",
        "reason": "first of its id",
        "batch_id": "b",
    }
    peer.routes["GET /api/v1/row"] = peer.json({"data_id": "7", "row": None, "positions": {}, "fates": [fate]})
    (found,) = client.explain(FQN, "7")
    assert (found.state, found.reason) == ("stored", "first of its id")
    assert query(peer.requests[-1]) == {"model_version_fqn": FQN, "data_id": "7"}


COLUMNS: dict[str, list[Any]] = {
    "age": [1, 2],
    "city": ["a", "b"],
    "p": [0.1, 0.9],
    "guess": ["x", "y"],
    "true": ["x", "x"],
    "other": [0, 0],
}


@pytest.mark.parametrize(
    "make", [pa.table, pd.DataFrame, pl.DataFrame, dict], ids=["pyarrow", "pandas", "polars", "dict"]
)
def test_a_reference_is_sent_as_an_arrow_stream_of_the_columns_named(peer: Peer, client: mlf.Client, make: Any) -> None:
    peer.routes["POST /api/v1/references"] = peer.json(
        {"name": "training", "n": 2, "created_at": AT, "is_default": True, "has_actuals": True, "has_times": False}
    )
    reference = client.log_reference(
        FQN, make(COLUMNS), features=["age", "city"], prediction="guess", probabilities={True: "p"}, actual="true"
    )
    assert (reference.name, reference.n) == ("training", 2)
    request = peer.requests[-1]
    asked = query(request)
    assert (asked["model_version_fqn"], asked["name"]) == (FQN, "training")
    assert json.loads(asked["columns"]) == {
        "features": ["age", "city"],
        "prediction": "guess",
        "probabilities": {"true": "p"},
        "actual": "true",
    }
    table = pa.ipc.open_stream(io.BytesIO(request.body)).read_all()
    assert table.to_pydict() == {name: COLUMNS[name] for name in ("age", "city", "guess", "p", "true")}


def test_features_are_what_is_nothing_else(peer: Peer, client: mlf.Client) -> None:
    peer.routes["POST /api/v1/references"] = peer.json({"name": "t", "n": 2, "created_at": AT})
    client.log_reference(FQN, COLUMNS, name="t", prediction="guess", actual="true")
    assert json.loads(query(peer.requests[-1])["columns"])["features"] == ["age", "city", "p", "other"]


def test_columns_of_shap_values_are_no_features(peer: Peer, client: mlf.Client) -> None:
    peer.routes["POST /api/v1/references"] = peer.json({"name": "t", "n": 2, "created_at": AT, "has_shap": True})
    table = {"age": [1, 2], "shap_age": [0.1, 0.2], "p": ["x", "y"], "other": [0.0, 0.0]}
    assert client.log_reference(FQN, table, prediction="p", shap_values={"age": "shap_age"}).has_shap
    asked = json.loads(query(peer.requests[-1])["columns"])
    assert (asked["features"], asked["shap_values"]) == (["age", "other"], {"age": "shap_age"})
    by_class = {True: {"age": "shap_age"}, "no": {"age": "other"}}
    client.log_reference(FQN, table, prediction="p", shap_values=by_class)
    asked = json.loads(query(peer.requests[-1])["columns"])
    assert asked["features"] == ["age"]
    assert asked["shap_values"] == {"true": {"age": "shap_age"}, "no": {"age": "other"}}


def test_a_table_that_cannot_be_read_says_what_would_do(client: mlf.Client) -> None:
    with pytest.raises(mlf.InvalidInput, match="Arrow stream"):
        client.log_reference(FQN, [1, 2, 3])
    with pytest.raises(mlf.InvalidInput, match="no column 'nope'"):
        client.log_reference(FQN, COLUMNS, features=["nope"])


def test_a_missing_extra_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(mlf.MissingExtra, match=r"mlfoundry\[arrow\]"):
        ResultTable("t", ("a",), [(1,)]).to_arrow()


def test_results_print_well_and_safely() -> None:
    table = ResultTable("<b>", ("a", "<script>"), [(None, "<i>"), (0.123456, {"x": 1.5})] + [(1, 2)] * 30)
    lines = repr(table).splitlines()
    assert lines[0] == "<b> (32 rows)"
    assert lines[2] == "–       <i>"
    assert lines[3] == "0.1235  x=1.5"
    assert lines[-1] == "… and 12 more"
    page = table._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "<i>" not in page
    assert "<script>" not in page
    assert ResultTable("none", ("a",), []).to_arrow().num_rows == 0
    assert table[-2:] == [{"a": 1, "<script>": 2}] * 2


def test_columns_of_mixed_types_become_numbers_or_text() -> None:
    table = ResultTable("t", ("number", "text", "flag"), [(1, 1, True), (1.5, "x", None)]).to_arrow()
    assert table.to_pydict() == {"number": [1.0, 1.5], "text": ["1", "x"], "flag": [True, None]}
