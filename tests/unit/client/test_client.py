from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import mlfoundry as mlf

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

FQN = "model:default/repo/model:1"
ROW: dict[str, Any] = {"data_id": "1", "features": {"a": 1}, "prediction_data": {"value": 1}}


@pytest.fixture
def client(peer: Peer) -> Iterator[mlf.Client]:
    with mlf.get_client(host=peer.host, linger_s=0.01) as opened:
        yield opened


def test_the_public_names_are_these() -> None:
    assert sorted(mlf.__all__) == mlf.__all__
    assert mlf.__all__ == [
        "Actual",
        "AlreadyExists",
        "Client",
        "Counts",
        "CustomMetric",
        "Drop",
        "Feature",
        "InvalidInput",
        "LimitExceeded",
        "MissingExtra",
        "MlfoundryError",
        "ModelSchema",
        "ModelVersion",
        "NotAllowed",
        "NotFound",
        "Prediction",
        "PredictionData",
        "RejectedRow",
        "RowsLost",
        "Run",
        "Unavailable",
        "__version__",
        "generate_hash_from_data",
        "generate_random_id",
        "get_client",
        "login",
    ]
    assert all(hasattr(mlf, name) for name in mlf.__all__)


def test_importing_it_imports_nothing_heavy() -> None:
    program = (
        "import sys, mlfoundry; mlfoundry.get_client(); "
        "heavy = ('numpy', 'pandas', 'pyarrow', 'httpx', 'zstandard', 'asyncio'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_the_program_of_the_documentation_runs(peer: Peer, client: mlf.Client) -> None:
    data_id = uuid.uuid4().hex
    client.log_predictions(
        model_version_fqn=FQN,
        predictions=[
            mlf.Prediction(
                data_id=data_id,
                features={"feature1": 3.33, "feature2": "class1"},
                prediction_data={
                    "value": "pred_class1",
                    "probabilities": {"pred_class1": 0.2, "pred_class2": 0.8},
                    "shap_values": {"feature1": 0.23, "feature2": 0.77},
                },
                occurred_at=datetime.utcnow(),  # pyright: ignore[reportDeprecated]
                raw_data={"data": "any_data"},
            )
        ],
    )
    client.log_actuals(model_version_fqn=FQN, actuals=[mlf.Actual(data_id=data_id, value="pred_class2")])
    assert client.flush().accepted == 2
    assert peer.batches("predictions")[0]["rows"][0]["prediction_data"]["value"] == "pred_class1"
    assert peer.batches("actuals")[0]["rows"][0]["data_id"] == data_id


def test_the_caller_s_dicts_may_change_after_the_call(peer: Peer, client: mlf.Client) -> None:
    features = {"a": 1}
    for value in (1, 2, 3):
        features["a"] = value
        client.log_predictions(FQN, [{**ROW, "data_id": value, "features": features}])
    client.flush()
    assert [row["features"]["a"] for batch in peer.batches() for row in batch["rows"]] == [1, 2, 3]


def test_nothing_given_does_nothing(peer: Peer, client: mlf.Client) -> None:
    before = threading.active_count()
    client.log_predictions(FQN, [])
    client.log_actuals(FQN, [])
    assert client.flush() == mlf.Counts()
    assert threading.active_count() == before
    assert peer.requests == []


def test_generators_and_the_older_fqn_are_taken(peer: Peer, client: mlf.Client) -> None:
    client.log_predictions("model:default/owner/repo/model:1", ({**ROW, "data_id": i} for i in range(3)))
    assert client.flush().accepted == 3
    assert peer.batches()[0]["model_version_fqn"] == FQN


@pytest.mark.parametrize(
    "fqn", ["", "late:1", "model:default/repo/model", "model:default/repo/model:0", FQN[:-1] + "latest"]
)
def test_a_wrong_fqn_raises_at_once(client: mlf.Client, fqn: str) -> None:
    with pytest.raises(mlf.InvalidInput):
        client.log_predictions(fqn, [ROW])


@pytest.mark.parametrize("rows", [None, 3, "text", ROW, mlf.Prediction(**ROW), [ROW, {"data_id": "2"}], [None]])
def test_a_wrong_structure_raises_at_once_and_nothing_of_it_is_sent(client: mlf.Client, rows: Any) -> None:
    with pytest.raises(mlf.InvalidInput):
        client.log_predictions(FQN, rows)
    assert client.stats() == mlf.Counts()


def test_leaving_the_block_sends_what_waits(peer: Peer) -> None:
    with mlf.get_client(host=peer.host, linger_s=60, exit_timeout_s=10) as client:
        client.log_predictions(FQN, [ROW])
    assert client.stats() == mlf.Counts(sent=1, accepted=1)


def test_a_client_that_is_let_go_sends_what_it_has(peer: Peer) -> None:
    mlf.get_client(host=peer.host, linger_s=60).log_predictions(FQN, [ROW])
    peer.wait_for(1)


def test_an_event_loop_goes_on_while_the_server_hangs(peer: Peer, client: mlf.Client) -> None:
    gate = threading.Event()
    peer.next(peer.answer_after(gate, peer.accept))

    async def program() -> float:
        slowest = 0.0
        for index in range(200):
            began = time.perf_counter()
            client.log_predictions(FQN, [{**ROW, "data_id": index}])
            slowest = max(slowest, time.perf_counter() - began)
            await asyncio.sleep(0)
        return slowest

    assert asyncio.run(program()) < 1.0
    assert client.stats().pending == 200
    gate.set()
    assert client.flush().accepted == 200


def test_ping_says_what_is_wrong_and_what_to_do(peer: Peer, client: mlf.Client) -> None:
    healthy: dict[str, Any] = {"status": "ok", "version": "9.9", "ready": True, "reasons": []}
    peer.routes["GET /health"] = peer.json(healthy)
    peer.routes["GET /api/v1/ml-repos"] = peer.json([])
    assert client.ping()
    assert str(client.ping()) == f"mlfoundry 9.9 answers at {peer.host}"
    peer.routes["GET /api/v1/ml-repos"] = peer.problem(401, "a key is needed")
    assert "MLF_API_KEY" in str(client.ping())
    peer.routes["GET /health"] = peer.json({**healthy, "ready": False, "reasons": ["the disk is nearly full"]})
    assert "the disk is nearly full" in repr(client.ping())
    peer.routes["GET /health"] = peer.json("hello")
    assert "no mlfoundry server" in str(client.ping())


def test_ping_without_a_server_says_how_to_start_one() -> None:
    with mlf.get_client(host="http://127.0.0.1:9") as client:
        found = client.ping()
    assert not found
    assert "mlfoundry server" in str(found)


def test_ids_are_offered_by_the_client_too(client: mlf.Client) -> None:
    assert client.generate_hash_from_data({"a": 1}) == mlf.generate_hash_from_data({"a": 1})
    assert len(client.generate_random_id()) == 32


def test_a_lone_name_for_a_list_of_features_is_an_error() -> None:
    with pytest.raises(mlf.InvalidInput, match="list of names"):
        mlf.get_client(drop_features="email")
    with pytest.raises(mlf.InvalidInput, match="list of names"):
        mlf.get_client(hash_features="email")
