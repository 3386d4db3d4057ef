"""Metrics of one's own as a program sees them: real client, real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import mlfoundry as mlf
from serving import Server

START = datetime(2026, 1, 31, tzinfo=timezone.utc)
SPAN: dict[str, Any] = {"start": START, "end": START + timedelta(days=1), "granularity": None}
SCHEMA = {
    "features": [{"name": "amount", "type": "float"}, {"name": "country", "type": "string"}],
    "prediction": "numeric",
}
COST = mlf.CustomMetric("cost", expression="abs(prediction - actual) * amount", aggregate="sum", unit="EUR")
N = 120


@pytest.fixture
def client(server: Server) -> Iterator[mlf.Client]:
    with mlf.get_client(host=server.url) as client:
        client.create_ml_repo("custom")
        yield client


def register(client: mlf.Client, *metrics: mlf.CustomMetric) -> str:
    name = f"value-{uuid.uuid4().hex[:8]}"
    return client.create_model_version(ml_repo="custom", name=name, model_schema=SCHEMA, custom_metrics=metrics).fqn


def log(client: mlf.Client, fqn: str) -> None:
    rows = [
        {
            "data_id": str(i),
            "features": {"amount": float(i % 7), "country": "DE" if i % 2 else "FR"},
            "prediction_data": {"value": float(i % 13)},
            "occurred_at": START + timedelta(minutes=i),
        }
        for i in range(N)
    ]
    client.log_predictions(fqn, rows)
    client.log_actuals(fqn, [{"data_id": str(i), "value": float(i % 5)} for i in range(N)])


def value_of(client: mlf.Client, fqn: str, metric: str, **fields: Any) -> dict[str, Any]:
    [row] = client.get_performance(fqn, metrics=[metric], **{**SPAN, **fields})
    return dict(row)


def cost_of(rows: range | list[int]) -> float:
    return float(sum(abs(i % 13 - i % 5) * (i % 7) for i in rows))


def test_a_metric_follows_its_rows_their_corrections_and_a_filter(client: mlf.Client) -> None:
    fqn = register(client, COST, mlf.CustomMetric("mean_absolute_error"))
    log(client, fqn)
    found = value_of(client, fqn, "cost")
    assert (found["value"], found["n"], found["coverage"]) == (cost_of(range(N)), N, 1.0)
    assert found["lower"] < found["value"] < found["upper"]
    german = [i for i in range(N) if i % 2 and abs(i % 13 - i % 5) > 2]
    where = "country == 'DE' and abs(prediction - actual) > 2"
    assert value_of(client, fqn, "cost", where=where)["value"] == cost_of(german)
    client.log_actuals(fqn, [{"data_id": "3", "value": 1003.0, "occurred_at": START + timedelta(days=400)}])
    assert value_of(client, fqn, "cost")["value"] == cost_of(range(N)) + 3_000.0
    assert value_of(client, fqn, "cost", exact=True)["value"] == cost_of(range(N)) + 3_000.0
    assert value_of(client, fqn, "mean_absolute_error")["metric"] == "mae"


def test_one_registered_later_is_there_at_once_and_can_be_replaced_and_removed(
    server: Server, client: mlf.Client
) -> None:
    fqn = register(client)
    log(client, fqn)
    known = client.put_custom_metric(fqn, mlf.CustomMetric("large", expression="prediction > 10"))
    assert [(one.name, one.type) for one in known] == [("large", "projection")]
    assert value_of(client, fqn, "large")["value"] == sum(i % 13 > 10 for i in range(N)) / N
    client.put_custom_metric(fqn, {"name": "large", "expression": "actual"})
    assert value_of(client, fqn, "large")["value"] == sum(i % 5 for i in range(N)) / N
    entries = server.http.get("/api/v1/catalogue", params={"model_version_fqn": fqn}).json()["entries"]
    assert [entry["expression"] for entry in entries if entry["name"] == "large"] == ["actual"]
    assert "large" in {row["metric"] for row in client.get_performance(fqn, **SPAN)}
    assert [one.name for one in client.get_model_version_by_fqn(fqn).custom_metrics] == ["large"]
    assert client.delete_custom_metric(fqn, "large") == []
    with pytest.raises(mlf.NotFound, match="no metric 'large'"):
        value_of(client, fqn, "large")
    with pytest.raises(mlf.NotFound, match="no custom metric 'large'"):
        client.delete_custom_metric(fqn, "large")


def test_what_is_wrong_is_refused_with_its_place_and_nothing_is_registered(client: mlf.Client) -> None:
    with pytest.raises(mlf.InvalidInput, match=r"no column 'amuont' \(position 13\); did you mean amount\?"):
        register(client, mlf.CustomMetric("cost", expression="actual   *  amuont"))
    fqn = register(client)
    log(client, fqn)
    for expression, says in [("abs(prediction - actal)", "did you mean actual"), ("eval(1)", "no function 'eval'")]:
        with pytest.raises(mlf.InvalidInput, match=says):
            client.put_custom_metric(fqn, mlf.CustomMetric("cost", expression=expression))
    with pytest.raises(mlf.InvalidInput, match="built-in"):
        client.put_custom_metric(fqn, mlf.CustomMetric("rmse", expression="actual"))
    assert client.list_custom_metrics(fqn) == []


def test_a_reference_has_the_means_but_no_sums(server: Server, client: mlf.Client) -> None:
    fqn = register(client, COST, mlf.CustomMetric("worth", expression="actual * amount"))
    client.log_reference(fqn, {"amount": [1.0, 2.0] * 10, "p": [3.0] * 20, "a": [2.0] * 20}, prediction="p", actual="a")
    log(client, fqn)
    value_of(client, fqn, "cost")
    params = {"model_version_fqn": fqn, "metrics": "cost,worth", "start": "2026-01-31", "end": "2026-02-01"}
    answer = server.http.get("/api/v1/performance", params=params).json()
    assert [one["metric"] for one in answer["total"]] == ["cost", "worth"]
    assert [(one["metric"], one["value"]) for one in answer["reference_values"]] == [("worth", 3.0)]
