from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

import mlfoundry as mlf

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

AT = "2026-01-02T03:04:05Z"
FQN = "model:default/flights/late:2"
RUN: dict[str, Any] = {
    "run_id": "r1",
    "run_name": "brave-otter",
    "fqn": "default/flights/brave-otter",
    "ml_repo": "flights",
    "status": "RUNNING",
    "started_at": AT,
    "ended_at": None,
    "created_by": "me",
    "params": {"depth": "6"},
    "metrics": {"auc": 0.9},
    "tags": {"a": "b"},
}
VERSION: dict[str, Any] = {
    "fqn": FQN,
    "model_fqn": "model:default/flights/late",
    "ml_repo": "flights",
    "name": "late",
    "version": 2,
    "step": 0,
    "description": None,
    "metadata": {"team": "x"},
    "framework": "sklearn",
    "model_schema": {"features": [{"name": "age", "type": "int"}], "prediction": "categorical"},
    "custom_metrics": [],
    "metrics": {},
    "run_id": None,
    "run_name": None,
    "has_files": False,
    "size_bytes": 0,
    "created_by": "me",
    "created_at": AT,
    "updated_at": AT,
    "n_predictions": 0,
    "last_at": None,
}


@pytest.fixture
def client(peer: Peer) -> Iterator[mlf.Client]:
    repo = {"name": "flights", "tenant": "default", "description": None, "created_at": AT, "n_models": 0, "n_runs": 0}
    peer.routes |= {
        "POST /api/v1/ml-repos": peer.json(repo),
        "POST /api/v1/ml-repos/flights/runs": peer.json(RUN),
        "GET /api/v1/ml-repos/flights/runs": peer.json([RUN]),
        "GET /api/v1/ml-repos/flights/runs/brave-otter": peer.json(RUN),
        "GET /api/v1/run": peer.json(RUN),
        "GET /api/v1/runs/r1": peer.json({**RUN, "status": "FINISHED"}),
        "GET /api/v1/runs/r1/metrics": peer.json({"auc": [{"step": 1, "value": 0.9, "at": AT}], "b": []}),
        "POST /api/v1/ml-repos/flights/model-versions": peer.json(VERSION),
        "GET /api/v1/model-versions": peer.json([VERSION, {**VERSION, "version": 1, "fqn": FQN[:-1] + "1"}]),
        "GET /api/v1/model-version": peer.json(VERSION),
        "PATCH /api/v1/model-version": peer.json({**VERSION, "description": "fresh"}),
        "DELETE /api/v1/model-version": peer.json(None),
    }
    for part in ("params", "metrics", "tags", "end"):
        peer.routes[f"POST /api/v1/runs/r1/{part}"] = peer.json(RUN)
    with mlf.get_client(host=peer.host) as opened:
        yield opened


def sent(peer: Peer, method: str, path: str) -> list[Any]:
    return [r.json() for r in peer.requests if r.method == method and r.path.partition("?")[0] == f"/api/v1{path}"]


def test_projects_are_made_by_either_name(peer: Peer, client: mlf.Client) -> None:
    assert client.create_ml_repo("flights").name == client.create_project("flights").name == "flights"
    assert sent(peer, "POST", "/ml-repos") == [{"name": "flights"}] * 2
    with pytest.raises(mlf.InvalidInput):
        client.create_ml_repo("no spaces")


def test_a_run_keeps_what_it_is_given_and_ends(peer: Peer, client: mlf.Client) -> None:
    with client.create_run(project_name="flights", run_name="brave-otter", tags={"n": 1}) as run:
        run.log_params({"model": {"depth": 6, "deep": {"x": [1]}}, "flat": True}, flatten_params=True)
        run.log_params({"nested": {"a": 1}})
        run.log_metrics({"auc": 0.9}, step=3)
        run.set_tags({"stage": "dev"})
    assert sent(peer, "POST", "/ml-repos/flights/runs") == [{"run_name": "brave-otter", "tags": {"n": "1"}}]
    assert sent(peer, "POST", "/runs/r1/params") == [
        {"params": {"model.depth": "6", "model.deep.x": "[1]", "flat": "True"}},
        {"params": {"nested": '{"a": 1}'}},
    ]
    assert sent(peer, "POST", "/runs/r1/metrics") == [{"metrics": {"auc": 0.9}, "step": 3}]
    assert sent(peer, "POST", "/runs/r1/tags") == [{"tags": {"stage": "dev"}}]
    assert sent(peer, "POST", "/runs/r1/end") == [{"status": "FINISHED"}]


def test_a_run_that_an_error_leaves_has_failed(peer: Peer, client: mlf.Client) -> None:
    with pytest.raises(RuntimeError, match="boom"), client.create_run("flights"):
        raise RuntimeError("boom")
    assert sent(peer, "POST", "/runs/r1/end") == [{"status": "FAILED"}]


def test_runs_are_found_and_read(client: mlf.Client, peer: Peer) -> None:
    run = client.get_run_by_id("r1")
    assert (run.run_id, run.run_name, run.fqn, run.ml_repo) == ("r1", "brave-otter", RUN["fqn"], "flights")
    assert run.status == "FINISHED"
    assert run.get_params() == {"depth": "6"}
    assert run.get_tags() == {"a": "b"}
    assert [point.value for point in run.get_metrics(["auc"])["auc"]] == [0.9]
    assert run.dashboard_link == f"{client.host}/projects/flights/runs/brave-otter"
    assert client.get_run_by_fqn(RUN["fqn"]).run_id == client.get_run_by_name("flights", "brave-otter").run_id == "r1"
    assert [found.run_id for found in client.search_runs("flights", "metrics.auc > 0.5", max_results=3)] == ["r1"]
    client.search_runs("flights", order_by="metrics.auc desc")
    client.search_runs("flights", order_by=["metrics.auc desc", "run_name"])
    orders = [parse_qs(request.path.partition("?")[2])["order_by"] for request in peer.requests[-2:]]
    assert orders == [["metrics.auc desc"], ["metrics.auc desc,run_name"]]
    with pytest.raises(mlf.InvalidInput, match="finite"):
        run.log_metrics({"auc": float("nan")})
    with pytest.raises(mlf.InvalidInput, match="ml_repo"):
        client.create_run()


def test_artifacts_are_uploaded_under_their_name(peer: Peer, client: mlf.Client, tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "roc curve.png").write_bytes(b"png")
    (tmp_path / "notes.txt").write_bytes(b"notes")
    peer.routes |= {
        "PUT /api/v1/runs/r1/artifacts/report/plots/roc%20curve.png": peer.json(None),
        "PUT /api/v1/runs/r1/artifacts/report/notes.txt": peer.json(None),
        "GET /api/v1/runs/r1/artifacts": peer.json(
            [{"path": "report/notes.txt", "size_bytes": 5}, {"path": "x", "size_bytes": 1}]
        ),
    }
    run = client.get_run_by_id("r1")
    found = run.log_artifact("report", [(tmp_path / "plots", "plots"), tmp_path / "notes.txt"], description="d", step=2)
    assert [file.path for file in found] == ["report/notes.txt"]
    assert [r.body for r in peer.requests if r.method == "PUT"] == [b"png", b"notes"]
    assert sent(peer, "POST", "/runs/r1/tags") == [{"tags": {"artifact.report": '{"description": "d", "step": 2}'}}]


def test_a_version_needs_no_files_and_its_schema_is_checked(peer: Peer, client: mlf.Client) -> None:
    schema = mlf.ModelSchema(features=(mlf.Feature("age", "int"),), prediction="categorical", positive_class="late")
    version = client.create_model_version(ml_repo="flights", name="late", model_schema=schema, framework="sklearn")
    assert version.fqn == FQN
    assert version.model_schema == mlf.ModelSchema(features=(mlf.Feature("age", "int"),), prediction="categorical")
    assert sent(peer, "POST", "/ml-repos/flights/model-versions") == [
        {
            "name": "late",
            "model_schema": {
                "features": [{"name": "age", "type": "int"}],
                "prediction": "categorical",
                "positive_class": "late",
            },
            "framework": "sklearn",
        }
    ]
    with pytest.raises(mlf.InvalidInput, match="model_schema"):
        client.create_model_version(ml_repo="flights", name="late", model_schema={"features": [{"name": "a"}]})
    with pytest.raises(mlf.InvalidInput, match="sklearn"):
        client.create_model_version(ml_repo="flights", name="late", framework="abacus")


def test_a_model_is_logged_with_its_folder_or_pickled(peer: Peer, client: mlf.Client, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.bin").write_bytes(b"abc")
    peer.routes |= {
        "PUT /api/v1/model-version/files/sub/a%20b.bin": peer.json(None),
        "PUT /api/v1/model-version/files/model.pkl": peer.json(None),
    }
    with client.create_run("flights") as run:
        run.log_model(name="late", model_file_or_folder=tmp_path, framework="sklearn", step=4)
    assert sent(peer, "POST", "/ml-repos/flights/model-versions")[0] | {"x": 0} == {
        "name": "late",
        "framework": "sklearn",
        "run_id": "r1",
        "step": 4,
        "x": 0,
    }
    version = client.log_model(ml_repo="flights", name="late", model={"weights": [1, 2]})
    assert version.fqn == FQN
    uploads = [request for request in peer.requests if request.method == "PUT"]
    assert uploads[0].body == b"abc"
    assert uploads[0].path.endswith("files/sub/a%20b.bin?model_version_fqn=model%3Adefault%2Fflights%2Flate%3A2")
    assert pickle.load(io.BytesIO(uploads[1].body)) == {"weights": [1, 2]}


def test_a_model_whose_files_do_not_arrive_is_not_registered(peer: Peer, client: mlf.Client, tmp_path: Path) -> None:
    with pytest.raises(mlf.InvalidInput, match="no file or folder"):
        client.log_model(ml_repo="flights", name="late", model_file_or_folder=tmp_path / "none")
    assert sent(peer, "POST", "/ml-repos/flights/model-versions") == []
    (tmp_path / "a.bin").write_bytes(b"a")
    peer.routes["PUT /api/v1/model-version/files/a.bin"] = peer.problem(503, "the disk is nearly full")
    with pytest.raises(mlf.Unavailable, match="nearly full"):
        client.log_model(ml_repo="flights", name="late", model_file_or_folder=tmp_path / "a.bin")
    assert [r.method for r in peer.requests][-1] == "DELETE"


def test_versions_are_found(peer: Peer, client: mlf.Client) -> None:
    assert client.get_model_version_by_fqn(FQN).version == 2
    assert client.get_model_version("flights", "late").version == 2
    assert client.get_model_version("flights", "late", 1).version == 1
    with pytest.raises(mlf.NotFound, match="flights/late:7"):
        client.get_model_version("flights", "late", version=7)
    assert [v.version for v in client.list_model_versions("flights", "late")] == [2, 1]
    assert [v.version for v in client.list_model_versions_by_fqn("model:default/flights/late")] == [2, 1]


def test_a_version_is_changed_and_deleted(peer: Peer, client: mlf.Client) -> None:
    version = client.get_model_version_by_fqn(FQN)
    version.description = "better"
    assert version.update().description == "fresh"
    assert sent(peer, "PATCH", "/model-version")[0]["description"] == "better"
    version.delete()
    assert peer.requests[-1].method == "DELETE"


def test_files_come_down_into_the_folder_and_nowhere_else(peer: Peer, client: mlf.Client, tmp_path: Path) -> None:
    peer.routes |= {
        "GET /api/v1/model-version/files": peer.json([{"path": "sub/a.bin", "size_bytes": 3}]),
        "GET /api/v1/model-version/files/sub/a.bin": peer.json({"x": 1}),
    }
    version = client.get_model_version_by_fqn(FQN)
    assert (version.download(tmp_path / "out") / "sub" / "a.bin").read_bytes() == b'{"x": 1}'
    for path in ("../evil", "/etc/evil", "a/../../evil"):
        peer.routes["GET /api/v1/model-version/files"] = peer.json([{"path": path, "size_bytes": 3}])
        with pytest.raises(mlf.InvalidInput, match="outside"):
            version.download(tmp_path / "out")


def test_a_model_is_logged_with_something(client: mlf.Client) -> None:
    with pytest.raises(mlf.InvalidInput, match="create_model_version"):
        client.log_model(ml_repo="flights", name="late")
