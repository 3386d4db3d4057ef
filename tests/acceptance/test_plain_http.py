"""Ingest as a sender without the Python client does it."""

import gzip
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import zstandard

from serving import Server, wait_until


def register(server: Server, **fields: Any) -> str:
    repo = f"plain-{uuid.uuid4().hex[:8]}"
    server.http.post("/api/v1/ml-repos", json={"name": repo})
    answer = server.http.post(f"/api/v1/ml-repos/{repo}/model-versions", json={"name": "model", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["fqn"]


def prediction(data_id: str, **more: Any) -> dict[str, Any]:
    row = {"data_id": data_id, "features": {"age": 41, "score": 0.5, "new": True, "city": None, "unit": "kg"}}
    return row | {"prediction_data": {"value": "late"}, "occurred_at": "2026-01-31T13:45:00Z"} | more


def batch(fqn: str, rows: list[dict[str, Any]], batch_id: str | None = None) -> dict[str, Any]:
    return {"batch_id": batch_id or str(uuid.uuid4()), "model_version_fqn": fqn, "rows": rows}


def merged(server: Server, fqn: str) -> None:
    """Wait until nothing of a version lies in the inbox."""
    params = {"model_version_fqn": fqn}
    wait_until(lambda: server.http.get("/api/v1/version", params=params).json()["inbox_rows"] == 0)


def rows_of(server: Server, fqn: str) -> list[dict[str, Any]]:
    merged(server, fqn)
    params = {"model_version_fqn": fqn, "start": "2026-01-01", "end": "2026-03-01"}
    return server.http.get("/api/v1/rows", params=params).json()["rows"]


def test_rows_come_back_with_every_type(server: Server) -> None:
    fqn = register(server)
    sent = prediction("a", raw_data={"deep": [1, 1.0, {"x": None}]}, actual_value="on time")
    reply = server.http.post("/api/v1/predictions", json=batch(fqn, [sent]))
    assert reply.json()["accepted"] == 1
    (row,) = rows_of(server, fqn)
    assert msgspec.json.encode(row["features"]) == msgspec.json.encode(sent["features"])
    assert msgspec.json.encode(row["raw_data"]) == b'{"deep":[1,1.0,{"x":null}]}'
    assert (row["value"], row["actual"], row["occurred_at"]) == ("late", "on time", "2026-01-31T13:45:00Z")


def test_a_bad_row_is_refused_alone(server: Server) -> None:
    fqn = register(server)
    rows = [prediction("a"), prediction("b", features={"age": [1]}), prediction("c")]
    reply = server.http.post("/api/v1/predictions", json=batch(fqn, rows)).json()
    assert reply["accepted"] == 2
    (refused,) = reply["rejected"]
    assert (refused["index"], refused["path"], refused["data_id"]) == (1, "$.features.age", "b")
    assert sorted(row["data_id"] for row in rows_of(server, fqn)) == ["a", "c"]
    ledger = server.http.get("/api/v1/ledger", params={"model_version_fqn": fqn}).json()
    assert ledger["totals"] == {"prediction.stored": 2, "prediction.rejected": 1}
    assert ledger["rejected"][0]["path"] == "$.features.age"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)])
def test_compressed_and_an_early_actual(server: Server, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    fqn = register(server)
    packed = pack(msgspec.json.encode(batch(fqn, [{"data_id": "a", "value": "late"}])))
    reply = server.http.post("/api/v1/actuals", content=packed, headers={"content-encoding": encoding})
    assert reply.json()["accepted"] == 1
    server.http.post("/api/v1/predictions", json=batch(fqn, [prediction("a")]))
    assert [row["actual"] for row in rows_of(server, fqn)] == ["late"]


def test_a_retried_batch_gets_the_same_answer_and_changes_nothing(server: Server) -> None:
    fqn = register(server)
    sent = batch(fqn, [prediction("a"), prediction("b", features=7)])
    first = server.http.post("/api/v1/predictions", json=sent).json()
    assert server.http.post("/api/v1/predictions", json=sent).json() == first
    assert len(rows_of(server, fqn)) == 1
    assert server.http.post("/api/v1/predictions", json=sent).json() == first
    ledger = server.http.get("/api/v1/ledger", params={"model_version_fqn": fqn}).json()
    assert ledger["totals"] == {"prediction.stored": 1, "prediction.rejected": 1}


def test_an_unknown_version_names_the_closest(server: Server) -> None:
    fqn = register(server)
    answer = server.http.post("/api/v1/predictions", json=batch(fqn.replace("/model:", "/modle:"), [prediction("a")]))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["closest"] == fqn


def test_a_deleted_version_refuses_rows(server: Server) -> None:
    fqn = register(server)
    assert server.http.delete("/api/v1/model-version", params={"model_version_fqn": fqn}).status_code == 200
    answer = server.http.post("/api/v1/actuals", json=batch(fqn, [{"data_id": "a", "value": 1}]))
    assert (answer.status_code, "was deleted" in answer.json()["detail"]) == (410, True)
    assert server.http.get("/api/v1/model-version", params={"model_version_fqn": fqn}).status_code == 410


def test_envelopes_that_cannot_be_read(server: Server) -> None:
    fqn = register(server)

    def status(content: bytes, **headers: str) -> tuple[int, str | None]:
        answer = server.http.post("/api/v1/predictions", content=content, headers=headers)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json().get("limit")

    row = prediction("a")
    bomb = gzip.compress(b" " * (33 << 20))
    assert status(b"not json") == (400, None)
    assert status(msgspec.json.encode(batch(fqn, [row], batch_id="no uuid"))) == (400, None)
    assert status(msgspec.json.encode(batch(fqn, [row] * 5_001))) == (413, "max_rows")
    assert status(b"[" + b" " * (8 << 20)) == (413, "max_wire_bytes")
    assert status(bomb, **{"content-encoding": "gzip"}) == (413, "max_body_bytes")
    assert status(b"x", **{"content-encoding": "br"}) == (415, None)
    assert rows_of(server, fqn) == []


def test_foreign_names_and_pages_are_refused(server: Server) -> None:
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}):
        answer = server.http.get("/api/v1/ml-repos", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:mlfoundry:problem:not-allowed")
    own = server.http.get("/api/v1/ml-repos", headers={"origin": server.url})
    assert own.status_code == 200


def test_two_classes_of_which_none_is_known_as_positive_have_the_metrics_that_need_none(server: Server) -> None:
    fqn = register(server)
    rows = [
        prediction(
            str(n), prediction_data={"value": "good" if n % 3 else "bad", "probabilities": {"good": 0.7, "bad": 0.3}}
        )
        | {"actual_value": "good" if n % 2 else "bad"}
        for n in range(60)
    ]
    assert server.http.post("/api/v1/predictions", json=batch(fqn, rows)).json()["accepted"] == 60
    merged(server, fqn)
    params = {"model_version_fqn": fqn, "start": "2026-01-31", "end": "2026-02-01"}
    answer = server.http.get("/api/v1/performance", params=params).json()
    assert (answer["task"], answer["positive_class"]) == ("binary", None)
    assert "ModelSchema(positive_class='bad')" in answer["problem"]
    total = {value["metric"]: value for value in answer["total"]}
    assert total["accuracy"]["value"] == sum((n % 3 > 0) == (n % 2 > 0) for n in range(60)) / 60
    assert total["f1_macro"]["status"] == "ok"
    assert "precision" not in total
    named = server.http.get("/api/v1/performance", params=params | {"metrics": "precision"})
    assert named.status_code == 400
    assert "positive_class" in named.json()["detail"]
