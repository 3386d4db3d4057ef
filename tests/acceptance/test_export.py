"""Rows go out to Parquet and come back into another server the same."""

from __future__ import annotations

import subprocess
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet  # pyright: ignore[reportMissingTypeStubs]
import pytest

import mlfoundry as mlf
from mlfoundry.exports import ExportedRow, ExportInfo, read_rows
from serving import Server, ServerFactory, environment

parquet: Any = pyarrow.parquet
AT = datetime(2026, 3, 1, tzinfo=timezone.utc)


def odd_rows() -> list[mlf.Prediction]:
    """Rows whose values do not fit their columns, lack names, or have them null."""
    features: list[dict[str, Any]] = [
        {"f": -0.0, "i": 2**62, "s": "Zürich\x00✈", "t": True, "n": None},
        {"f": 2**60 + 1, "i": "seven", "s": None},
        {},
        {"f": 1, "t": 0, "data_id": "a feature of that name"},
    ]
    return [
        mlf.Prediction(
            data_id=f"odd-{no}",
            features=given,
            prediction_data={"value": value, "shap_values": shap, "probabilities": {"ok": 0.1, "late": 0.9}},
            occurred_at=AT + timedelta(seconds=no),
            raw_data={"deep": [no, None]} if no % 2 else None,
        )
        for no, (given, value, shap) in enumerate(
            zip(features, ["late", 1, True, -0.0], [{"f": 0.23}, {}, {"late": {"f": 0.5}}, {"f": None}], strict=True)
        )
    ]


def usual_rows(n: int) -> list[mlf.Prediction]:
    return [
        mlf.Prediction(
            data_id=f"usual-{no}",
            features={"f": no / 7, "i": no, "s": f"c{no % 5}", "t": no % 3 == 0, "n": None},
            prediction_data={
                "value": "late" if no % 4 else "ok",
                "probabilities": {"late": no / n, "ok": 1 - no / n},
                "shap_values": {"f": no / 3, "i": -0.25},
            },
            occurred_at=AT + timedelta(minutes=no),
        )
        for no in range(n)
    ]


def filled(server: Server, n: int = 300) -> str:
    repo = f"export-{uuid.uuid4().hex[:8]}"
    with mlf.get_client(host=server.url) as client:
        client.create_ml_repo(repo)
        fqn = client.create_model_version(ml_repo=repo, name="late").fqn
        client.log_predictions(fqn, usual_rows(n))
        client.flush()
        client.log_predictions(fqn, odd_rows())
        client.log_actuals(
            fqn,
            [mlf.Actual(data_id=f"usual-{no}", value="ok", occurred_at=AT + timedelta(days=no)) for no in range(50)],
        )
        client.log_actuals(fqn, [mlf.Actual(data_id="odd-1", value=1.5, occurred_at=AT)])
        client.get_ledger(fqn)  # waits for the merge
    return fqn


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlfoundry", *arguments, "--host", server.url],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rows_in(path: Path) -> list[ExportedRow]:
    table = parquet.read_table(path)
    info = ExportInfo.decode(table.schema.metadata)
    return [row for batch in table.to_batches() for row in read_rows(batch, info)]


def shown(server: Server, address: str, fqn: str, **params: str) -> Any:
    window = {"start": "2026-02-01", "end": "2026-05-01"}
    answer = server.http.get(f"/api/v1/{address}", params={"model_version_fqn": fqn, **window, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_export_comes_back_the_same_in_another_server(start: ServerFactory, tmp_path: Path) -> None:
    first, second = start(tmp_path / "first"), start(tmp_path / "second")
    fqn = filled(first)
    out, again = tmp_path / "rows.parquet", tmp_path / "again.parquet"
    done = command(first, "export", fqn, "--out", str(out))
    assert (done.returncode, done.stdout.partition(" in ")[0]) == (0, f"304 rows of {fqn}")
    assert command(first, "export", fqn, "--out", str(out)).returncode == 2

    missing = command(second, "import", str(out))
    assert (missing.returncode, "Traceback" in missing.stderr) == (2, False)
    done = command(second, "import", str(out), "--create")
    assert done.returncode == 0, done.stderr
    assert "304 predictions stored" in done.stdout
    assert "51 actuals matched" in done.stdout
    repeated = command(second, "import", str(out), "--create")
    assert "304 predictions duplicate" in repeated.stdout
    assert "51 actuals duplicate" in repeated.stdout
    assert "stored" not in repeated.stdout

    command(second, "export", fqn, "--out", str(again))
    assert list(map(repr, rows_in(again))) == list(map(repr, rows_in(out)))
    own = ("received_at", "actual_received_at")
    before, after = (
        [{k: v for k, v in row.items() if k not in own} for row in shown(server, "rows", fqn, limit="5000")["rows"]]
        for server in (first, second)
    )
    assert list(map(repr, after)) == list(map(repr, before))
    for address, more in (
        ("performance", {}),
        ("confusion", {}),
        ("column", {"column": "f"}),
        ("column", {"column": "s"}),
    ):
        assert shown(second, address, fqn, **more) == shown(first, address, fqn, **more)


def test_any_window_streams_into_arrow_pandas_and_parquet(server: Server, tmp_path: Path) -> None:
    fqn = filled(server, 40)
    client = mlf.get_client(host=server.url)
    dataset = client.get_inference_dataset(fqn, AT, AT + timedelta(minutes=10))
    table = dataset.to_arrow()
    assert table.num_rows == len(dataset) == 14
    assert [row.data_id for row in dataset][-1] in table.column("data_id").to_pylist()
    assert list(dataset.to_pandas()["features.i"])[:3] == [0, 1, 2]
    assert dataset.to_parquet(tmp_path / "part.parquet") == 14
    assert sum(batch.num_rows for batch in dataset.batches()) == 14
    whole = client.get_inference_dataset(fqn.rpartition(":")[0], AT, actual_value_required=True)
    assert whole.to_arrow().num_rows == 41
    assert "The first predictions" in repr(whole)
    done = client.import_dataset(tmp_path / "part.parquet", progress=False)
    assert done.booked["prediction.duplicate"] == 14
    with pytest.raises(mlf.InvalidInput, match="no export of mlfoundry"):
        client.import_dataset(table.replace_schema_metadata(None))
    with pytest.raises(mlf.NotFound, match="no model version"):
        client.import_dataset(table, model_version_fqn="model:default/nowhere/late:1")


def test_a_reader_that_hangs_up_leaves_the_server_free(server: Server) -> None:
    fqn = filled(server, 40)
    with server.http.stream("GET", "/api/v1/export", params={"model_version_fqn": fqn}) as answer:
        assert answer.headers["x-mlfoundry-rows"] == "44"
    with mlf.get_client(host=server.url) as client:
        client.log_predictions(fqn, usual_rows(60))
        assert client.get_inference_dataset(fqn, AT - timedelta(days=1)).to_arrow().num_rows == 64
