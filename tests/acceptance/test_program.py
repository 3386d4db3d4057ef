"""The program of the original documentation, unmodified, in a process of its own against a real server."""

import json
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from typing import Any

import pytest

import mlfoundry as mlf
from serving import Server, environment

PROGRAM = """
import uuid
from datetime import datetime
import mlfoundry as mlf

client = mlf.get_client()
data_id = uuid.uuid4().hex
client.log_predictions(
    model_version_fqn=fqn,
    predictions=[mlf.Prediction(
        data_id=data_id,
        features={"feature1": 3.33, "feature2": "class1"},
        prediction_data={
            "value": "pred_class1",
            "probabilities": {"pred_class1": 0.2, "pred_class2": 0.8},
            "shap_values": {"feature1": 0.23, "feature2": 0.77},
        },
        occurred_at=datetime.utcnow(),
        raw_data={"data": "any_data"},
    )],
)
client.log_actuals(model_version_fqn=fqn, actuals=[mlf.Actual(data_id=data_id, value="pred_class2")])
"""
HASHES = """
data_id = mlf.generate_hash_from_data(features={"features1": 1.22, "feature2": "class2"})
data_id = mlf.generate_hash_from_data(features={"features1": 1.22}, timestamp=datetime.now())
"""


def register(server: Server) -> str:
    client = mlf.get_client(host=server.url)
    repo = f"program-{uuid.uuid4().hex[:8]}"
    client.create_ml_repo(repo)
    return client.create_model_version(ml_repo=repo, name="model").fqn


def run_program(server: Server, fqn: str) -> str:
    """Run the program as its user would; returns the data_id that it made."""
    source = f"fqn = {fqn!r}\n{PROGRAM}\nprint(data_id)\n{HASHES}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", source],
        env=environment(MLF_HOST=server.url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_the_program_and_what_comes_back(server: Server) -> None:
    fqn = register(server)
    before = datetime.now(timezone.utc)
    data_id = run_program(server, fqn)
    after = datetime.now(timezone.utc)

    (row,) = mlf.get_client(host=server.url).get_inference_dataset(fqn)

    assert row.data_id == data_id
    assert row.features == {"feature1": 3.33, "feature2": "class1"}
    assert [type(value) for value in row.features.values()] == [float, str]
    assert row.prediction == "pred_class1"
    assert row.probabilities == {"pred_class1": 0.2, "pred_class2": 0.8}
    assert row.shap_values == pytest.approx({"feature1": 0.23, "feature2": 0.77}, rel=1e-7)
    assert row.raw_data == {"data": "any_data"}
    assert row.actual == "pred_class2"
    assert before <= row.occurred_at <= row.received_at <= after
    assert row.model_version_fqn == fqn


def test_the_row_shows_in_every_answer(server: Server) -> None:
    fqn = register(server)
    data_id = run_program(server, fqn)
    mlf.get_client(host=server.url).get_inference_dataset(fqn)  # waits for the merge

    def get(address: str, **params: str) -> dict[str, Any]:
        answer = server.http.get(f"/api/v1/{address}", params={"model_version_fqn": fqn, **params})
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content)

    about = get("version")
    assert (about["n_predictions"], about["n_actuals"], about["inbox_rows"]) == (1, 1, 0)
    assert about["has_probabilities"]
    assert about["has_shap"]
    assert (get("volume")["n_predictions"], get("volume")["n_with_actual"]) == (1, 1)
    assert get("confusion")["counts"] in ([[0, 0], [1, 0]], [[0, 1], [0, 0]])
    assert get("ledger")["totals"] == {"prediction.stored": 1, "actual.matched": 1}
    fates = get("row", data_id=data_id)["fates"]
    assert sorted(fate["kind"] for fate in fates) == ["actual", "prediction"]
    fleet = server.http.get("/api/v1/fleet").json()["versions"]
    assert [version["predictions"] for version in fleet if version["fqn"] == fqn] == [1]
