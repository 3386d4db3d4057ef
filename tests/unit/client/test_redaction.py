"""What must not leave the process does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.counts import Counts
from mlfoundry.client.options import Options
from mlfoundry.client.redaction import BeforeSend, Redaction
from mlfoundry.client.snapshot import Snapshot, snapshot_actual, snapshot_prediction
from mlfoundry.client.transport import Transport
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Actual, Prediction

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer

FQN = "model:default/repo/model:1"


def prediction(**changes: Any) -> Snapshot:
    fields = {
        "data_id": "1",
        "features": {"age": 31, "email": "ann@example.org", "name": "Ann"},
        "prediction_data": {"value": 1, "shap_values": {"age": 0.5, "email": 0.25, "name": 0.125}},
        "raw_data": {"name": "Ann", "deep": [{"email": "ann@example.org", "kept": 1}]},
    }
    return snapshot_prediction({**fields, **changes})


def sent(peer: Peer, redaction: Redaction, *rows: Snapshot, **options: Any) -> tuple[list[dict[str, Any]], Counts]:
    batcher = Batcher(Transport(peer.host, None), Options(linger_s=0, redaction=redaction, **options))
    kind = "prediction" if hasattr(rows[0], "features") else "actual"
    batcher.put(kind, FQN, list(rows))
    counts = batcher.close(20)
    return [row for batch in peer.batches() for row in batch["rows"]], counts


def test_dropped_features_leave_in_no_form(peer: Peer) -> None:
    (row,), counts = sent(peer, Redaction(drop_features=frozenset({"email", "name"})), prediction())
    assert counts == Counts(sent=1, accepted=1)
    assert row["features"] == {"age": 31}
    assert row["prediction_data"]["shap_values"] == {"age": 0.5}
    assert row["raw_data"] == {"deep": [{"kept": 1}]}
    assert "Ann" not in json.dumps(peer.batches())


def test_shap_values_by_class_lose_them_too(peer: Peer) -> None:
    by_class = {"value": 1, "shap_values": {"name": {"age": 0.5, "name": 0.25}}}
    (row,), _ = sent(peer, Redaction(drop_features=frozenset({"name"})), prediction(prediction_data=by_class))
    assert row["prediction_data"]["shap_values"] == {"name": {"age": 0.5}}


def test_hashed_features_stay_equal_where_they_were_and_say_nothing_else(peer: Peer) -> None:
    redaction = Redaction(hash_features=frozenset({"email", "name", "age"}), hash_key=b"secret")
    people = [
        prediction(),
        prediction(data_id="2", features={"age": "31", "email": None, "name": "Bo"}),
        prediction(data_id="3", raw_data={}, features={"age": 31, "email": "ann@example.org"}),
    ]
    (first, second, third), _ = sent(peer, redaction, *people)
    assert first["features"]["email"] == third["features"]["email"]
    assert len(first["features"]["email"]) == 32
    assert first["features"]["age"] == second["features"]["age"]  # 31 and "31" are one label
    assert first["features"]["name"] != second["features"]["name"]
    assert second["features"]["email"] is None
    assert first["prediction_data"]["shap_values"] == {"age": 0.5, "email": 0.25, "name": 0.125}
    assert first["raw_data"] == {"deep": [{"kept": 1}]}
    plain = Redaction(hash_features=frozenset({"email"})).apply(prediction())
    assert plain is not None
    assert plain.features["email"] != first["features"]["email"]  # type: ignore[union-attr]


def test_a_hook_changes_rows_or_leaves_them_out(peer: Peer) -> None:
    def hook(row: Prediction) -> Prediction | None:
        if row.data_id == "2":
            return None
        assert row.raw_data["deep"][0]["kept"] == 1
        row.features["age"] = row.features["age"] // 10 * 10
        return row

    rows, counts = sent(peer, Redaction(before_send=hook), prediction(), prediction(data_id="2"))
    assert [row["features"]["age"] for row in rows] == [30]
    assert counts == Counts(sent=2, accepted=1, dropped=1, dropped_by_reason={"before_send": 1})


def test_a_hook_sees_actuals_and_may_give_dicts(peer: Peer) -> None:
    def hook(row: Actual) -> dict[str, Any]:
        return {"data_id": row.data_id, "value": row.value * 2, "occurred_at": row.occurred_at}

    rows, _ = sent(peer, Redaction(before_send=hook), snapshot_actual({"data_id": 1, "value": 4}))
    assert [row["value"] for row in rows] == [8]


def _raises(row: Any) -> Any:
    raise RuntimeError(row.data_id)


def _returns_nonsense(row: Any) -> Any:
    return 7


@pytest.mark.parametrize("hook", [_raises, _returns_nonsense])
def test_a_hook_that_fails_sends_nothing(peer: Peer, hook: BeforeSend, caplog: pytest.LogCaptureFixture) -> None:
    rows, counts = sent(peer, Redaction(before_send=hook), prediction(), prediction(data_id="2"))
    assert rows == []
    assert counts == Counts(sent=2, dropped=2, dropped_by_reason={"before_send_failed": 2})
    assert caplog.text.count("before_send raised") == 1


def test_the_lists_come_after_the_hook(peer: Peer) -> None:
    def hook(row: Prediction) -> Prediction:
        row.features["name"] = "Ann again"
        return row

    redaction = Redaction(before_send=hook, drop_features=frozenset({"name"}))
    (row,), _ = sent(peer, redaction, prediction())
    assert "name" not in row["features"]


def test_a_value_that_cannot_be_hashed_does_not_leave(peer: Peer) -> None:
    redaction = Redaction(hash_features=frozenset({"email"}))
    rows, counts = sent(peer, redaction, prediction(features={"email": ["ann@example.org"]}))
    assert rows == []
    assert counts.dropped_by_reason == {"before_send_failed": 1}


def test_a_name_in_both_lists_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="choose one"):
        Redaction(hash_features=frozenset({"a"}), drop_features=frozenset({"a"}))
    with pytest.raises(InvalidInput, match="hash_key"):
        Redaction(hash_key=b"x" * 65)
