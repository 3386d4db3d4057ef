from __future__ import annotations

from datetime import datetime, timezone

import pytest
from tests.unit.client.conftest import Request

from mlfoundry.client.bodies import MAX_BATCH_BYTES, MAX_BATCH_ROWS
from mlfoundry.client.compression import Encoding
from mlfoundry.client.encoding import EncodedRow, Layout, RowEncoder
from mlfoundry.client.packing import Packer, Parcel
from mlfoundry.client.snapshot import snapshot_prediction
from mlfoundry.events import DropReport

FQN = "model:default/repo/model:1"


def no_reports(_: str) -> tuple[DropReport, ...]:
    return ()


def test_a_full_batch_leaves_with_the_predictions_of_its_version_before_it() -> None:
    packer = Packer(no_reports, lambda: "gzip")
    row = EncodedRow("1", b"{}", 10)
    assert packer.add("prediction", FQN, row, 0.0) == []
    for _ in range(MAX_BATCH_ROWS):
        assert packer.add("actual", FQN, row, 0.0) == []
    leaving = packer.add("actual", FQN, row, 0.0)
    assert [(batch.kind, batch.rows) for batch in leaving] == [("prediction", 1), ("actual", MAX_BATCH_ROWS)]
    assert [(batch.kind, batch.rows) for batch in packer.drain()] == [("actual", 1)]
    assert packer.opened_at is None


def test_a_batch_never_outgrows_its_bytes() -> None:
    packer = Packer(no_reports, lambda: "identity")
    row = EncodedRow("1", b"x" * 250_000, 10)
    leaving = [batch for _ in range(100) for batch in packer.add("prediction", FQN, row, 0.0)]
    assert leaving
    assert all(len(batch.body) <= MAX_BATCH_BYTES + 200 for batch in leaving)


def test_names_count_once_a_batch_to_its_bytes() -> None:
    packer = Packer(no_reports, lambda: "identity")
    layout = Layout(b"x" * 200_000)
    for _ in range(1_000):
        assert packer.add("prediction", FQN, EncodedRow("1", b"{}", 10, layout), 0.0) == []
    other = [EncodedRow("1", b"{}", 10, Layout(b"x" * 200_000)) for _ in range(50)]
    leaving = [parcel for row in other for parcel in packer.add("prediction", FQN, row, 0.0)]
    assert leaving
    assert all(len(parcel.body) <= MAX_BATCH_BYTES + 200 for parcel in leaving)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_halves_share_the_names_and_cut_again_are_the_same(encoding: Encoding) -> None:
    encoder = RowEncoder()
    rows = [
        encoder.encode(
            snapshot_prediction({"data_id": i, "features": {"a": i}, "prediction_data": {"value": 1}, "occurred_at": 0})
        )
        for i in range(5)
    ]
    report = DropReport("prediction", "queue_full", datetime(2026, 1, 1, tzinfo=timezone.utc), 7)
    whole = Parcel.of("prediction", FQN, rows, (report,), encoding=encoding)
    first, second = whole.halves()
    assert first.encoding == second.encoding == encoding
    assert (first.rows, second.rows, first.reports, second.reports) == (2, 3, (report,), ())
    assert first.size_bytes + second.size_bytes == whole.size_bytes
    assert (first.data_ids, second.data_ids) == (("0", "1"), ("2", "3", "4"))
    assert whole.halves() == (first, second)
    bodies = [Request("POST", "/api/v1/predictions", part.headers, part.body).json() for part in (first, second)]
    assert [row["features"]["a"] for body in bodies for row in body["rows"]] == [0, 1, 2, 3, 4]
    assert [body["batch_id"] for body in bodies] == [first.batch_id, second.batch_id]
    assert [len(body.get("dropped", [])) for body in bodies] == [1, 0]
