"""What a browser or a reader gets: the dashboard, the documentation, the OpenAPI document, problems."""

import json
import re

from serving import Server


def test_any_page_is_the_dashboard_and_is_not_kept(server: Server) -> None:
    for address in ("/", "/projects/flights", "/model%3Adefault"):
        page = server.http.get(address)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in page.headers["content-security-policy"]


def test_an_unknown_asset_or_address_is_a_problem(server: Server) -> None:
    for address in ("/assets/none.js", "/api/v1/fleets", "/assets/%2e%2e/%2e%2e/app.py", "/assets/..%2f..%2fapp.py"):
        answer = server.http.get(address)
        assert (answer.status_code, answer.json()["title"]) == (404, "Not Found"), address
    assert server.http.get("/api/v1/fleets").json()["closest"] == "/api/v1/fleet"
    assert server.http.post("/api/v1/prediction", json={}).json()["closest"] == "/api/v1/predictions"


def test_the_documentation_page_asks_no_other_host_and_runs_nothing(server: Server) -> None:
    page = server.http.get("/docs").text
    assert "<script" not in page
    assert not re.search(r"style=|\son\w+=", page)
    assert {address for _, address in re.findall(r'(href|src)="([^"]+)"', page)} <= {"/docs.css", "/", "/openapi.json"}
    assert "curl -s " in page
    assert server.http.get("/docs.css").headers["content-type"].startswith("text/css")


WITHOUT_BODY = {f"/api/v1/store/{what}" for what in ("check", "compact", "retain")}


def test_the_openapi_document_is_whole(server: Server) -> None:
    document = server.http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    assert set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))) <= set(schemas)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, path
            if method in ("post", "put", "patch") and path not in WITHOUT_BODY:
                assert operation["requestBody"]["content"], path
    row = schemas["PredictionRowBody"]
    assert row["required"] == ["data_id", "features", "prediction_data"]


def test_large_answers_are_compressed(server: Server) -> None:
    answer = server.http.get("/openapi.json", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_a_wrong_body_or_parameter_is_a_problem_that_says_where(server: Server) -> None:
    missing = server.http.post("/api/v1/ml-repos", json={}).json()
    assert (missing["status"], missing["path"]) == (400, "$.name")
    limit = server.http.get("/api/v1/rows", params={"model_version_fqn": "x", "limit": 0}).json()
    assert (limit["status"], limit["path"]) == (400, "limit")
    name = server.http.post("/api/v1/ml-repos", json={"name": "not a name"}).json()
    assert name["type"] == "urn:mlfoundry:problem:invalid-input"
