from __future__ import annotations

import gzip
import json
import math
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.conftest import Request

from mlfoundry.client.bodies import batch_body, compress
from mlfoundry.client.encoding import MAX_ROW_BYTES, RowEncoder
from mlfoundry.client.snapshot import Snapshot, snapshot_actual, snapshot_prediction
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import Actual, Prediction, PredictionData
from mlfoundry.times import as_utc


def travelled(*rows: Snapshot) -> dict[str, Any]:
    encoder = RowEncoder()
    body = batch_body("id", "model:default/r/m:1", [encoder.encode(row) for row in rows])
    return Request("POST", "/api/v1/predictions", {}, body).json()


def encoded(**fields: Any) -> dict[str, Any]:
    given_fields = {"data_id": "1", "features": {}, "prediction_data": {"value": 1.0}, **fields}
    return travelled(snapshot_prediction(given_fields))["rows"][0]


def test_a_row_travels_with_everything_it_has() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))
    row = encoded(
        data_id=uuid.UUID(int=5),
        features={"a": 1.5, "b": "x", "c": 3, "d": True, "e": None},
        prediction_data={"value": "late", "probabilities": {"late": 0.8}, "shap_values": {"a": -0.2}},
        occurred_at=at,
        raw_data={"any": "data"},
        actual_value="on_time",
    )
    assert as_utc(row.pop("occurred_at")) == at
    assert row == {
        "data_id": str(uuid.UUID(int=5)),
        "features": {"a": 1.5, "b": "x", "c": 3, "d": True, "e": None},
        "prediction_data": {"value": "late", "probabilities": {"late": 0.8}, "shap_values": {"a": -0.2}},
        "raw_data": {"any": "data"},
        "actual_value": "on_time",
    }


def test_numpy_bools_labels_and_nan_become_json() -> None:
    row = encoded(
        features={np.str_("f32"): np.float32(0.1), "nan": math.nan, "f64nan": np.float64("nan"), 7: np.int16(7)},
        prediction_data={
            "value": np.bool_(True),
            "probabilities": {True: np.float32(0.25), 0: 0.75},
            "shap_values": {"late": {"a": np.float32(0.5)}, "on_time": {"a": math.inf}},
        },
        raw_data=None,
        actual_value=np.int64(1),
    )
    assert row["features"] == {"f32": float(np.float32(0.1)), "nan": None, "f64nan": None, "7": 7}
    assert row["prediction_data"] == {
        "value": True,
        "probabilities": {"true": 0.25, "0": 0.75},
        "shap_values": {"late": {"a": 0.5}, "on_time": {"a": None}},
    }
    assert row["actual_value"] == 1
    assert "raw_data" not in row


def test_a_row_is_a_snapshot() -> None:
    features: dict[str, Any] = {"a": 1, "zero_d": np.array(1.0)}
    probabilities, shap, raw = {"x": 0.5}, {"x": {"a": 0.1}}, {"deep": {"list": [1]}, "flat": 1}
    prediction = Prediction(
        data_id="1",
        features=features,
        prediction_data=PredictionData(value="x", probabilities=probabilities, shap_values=shap),
        raw_data=raw,
    )
    snapshot = snapshot_prediction(prediction)
    features["a"] = 2
    features["zero_d"][...] = 9.0
    probabilities["x"] = 0.9
    shap["x"]["a"] = 9.0
    raw["deep"]["list"].append(2)  # type: ignore[index]
    prediction.prediction_data.value = "y"
    (row,) = travelled(snapshot)["rows"]
    assert row["features"] == {"a": 1, "zero_d": 1.0}
    assert row["prediction_data"] == {"value": "x", "probabilities": {"x": 0.5}, "shap_values": {"x": {"a": 0.1}}}
    assert row["raw_data"] == {"deep": {"list": [1]}, "flat": 1}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"features": {"a": [1]}}, "$.features.a"),
        ({"features": {("a",): 1}}, "$.features"),
        ({"prediction_data": {"value": {}}}, "$.prediction_data.value"),
        ({"prediction_data": {"value": 1, "probabilities": {"x": "much"}}}, "$.prediction_data.probabilities.x"),
        ({"prediction_data": {"value": 1, "shap_values": {"a": [1]}}}, "$.prediction_data.shap_values.a"),
        ({"actual_value": [1]}, "$.actual_value"),
    ],
)
def test_a_bad_value_names_its_place(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        encoded(**fields)
    assert caught.value.path == path


def test_broken_text_and_rows_that_are_too_large_are_refused_alone() -> None:
    with pytest.raises(InvalidInput, match="Unicode"):
        encoded(features={"a": "\ud800"})
    with pytest.raises(LimitExceeded, match="at most"):
        encoded(features={"a": "x" * MAX_ROW_BYTES})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"data_id": "1", "prediction_data": {"value": 1}},
        {"features": {}, "prediction_data": {"value": 1}},
        {"data_id": None, "features": {}, "prediction_data": {"value": 1}},
        {"data_id": "1", "features": [], "prediction_data": {"value": 1}},
        {"data_id": "1", "features": {}, "prediction_data": {}},
        {"data_id": "1", "features": {}, "prediction_data": {"value": 1, "probabilities": [0.5]}},
        {"data_id": "1", "features": {}, "prediction_data": {"value": 1}, "unknown": 1},
        {"data_id": "1", "features": {}, "prediction_data": {"value": 1}, "occurred_at": "yesterday"},
        "text",
        None,
        Actual(data_id="1", value=1),
    ],
)
def test_a_wrong_structure_raises_at_once(wrong: Any) -> None:
    with pytest.raises(InvalidInput):
        snapshot_prediction(wrong)


def test_actuals_travel_and_are_checked() -> None:
    snapshot = snapshot_actual({"data_id": 7, "value": np.float32(1.5), "occurred_at": 1_700_000_000})
    (row,) = travelled(snapshot)["rows"]
    assert row == {"data_id": "7", "value": 1.5, "occurred_at": "2023-11-14T22:13:20Z"}
    with pytest.raises(InvalidInput, match="data_id"):
        snapshot_actual({"value": 1})
    with pytest.raises(InvalidInput):
        RowEncoder().encode(snapshot_actual(Actual(data_id="1", value=[1])))


def test_the_estimated_size_follows_texts_and_raw_data() -> None:
    def size(**fields: Any) -> int:
        return snapshot_prediction(
            {"data_id": "1", "features": {}, "prediction_data": {"value": 1}, **fields}
        ).size_bytes

    assert size(features={"a": "x" * 9_000}) > size(features={"a": "x"}) + 8_000
    assert size(raw_data={"a": ["x" * 9_000]}) > size() + 8_000


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats()
        | st.text(st.characters(exclude_categories=["Cs"])),
        max_size=10,
    )
)
def test_every_dict_of_plain_values_arrives_as_it_was(features: dict[str, Any]) -> None:
    arrived = encoded(features=features)["features"]
    expected = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in features.items()}
    assert arrived == expected
    assert {k: type(v) for k, v in arrived.items()} == {k: type(v) for k, v in expected.items()}


def test_names_travel_once_a_batch_and_rows_by_class_beside_them() -> None:
    def row(data_id: str, **data: Any) -> Snapshot:
        return snapshot_prediction({"data_id": data_id, "features": {"a": 1, "b": 2.5}, "prediction_data": data})

    encoder = RowEncoder()
    rows = [
        row("1", value="x", shap_values={"a": 0.5}),
        row("2", value="y", shap_values={"a": 0.25}),
        row("3", value="x", shap_values={"x": {"a": 0.5}}),
        row("4", value="x"),
    ]
    body = json.loads(batch_body("id", "f", [encoder.encode(each) for each in rows]))
    assert body["layouts"] == [
        {"features": ["a", "b"], "probabilities": [], "shap_values": ["a"]},
        {"features": ["a", "b"], "probabilities": [], "shap_values": []},
    ]
    assert [each[0] if isinstance(each, list) else each["data_id"] for each in body["rows"]] == [0, 0, "3", 1]
    assert body["rows"][1][3:] == ["y", [1, 2.5], [], [0.25], None, None]


def test_names_that_never_repeat_do_not_pile_up() -> None:
    encoder = RowEncoder()
    rows = [
        encoder.encode(snapshot_prediction({"data_id": i, "features": {f"f{i}": i}, "prediction_data": {"value": 1}}))
        for i in range(1_000)
    ]
    body = Request("POST", "/api/v1/predictions", {}, batch_body("id", "f", rows)).json()
    assert [row["features"] for row in body["rows"]] == [{f"f{i}": i} for i in range(1_000)]
    assert len(encoder._layouts) <= 256  # pyright: ignore[reportPrivateUsage]


def test_shap_values_by_class_behind_a_number_are_copied_too() -> None:
    inner = {"a": 0.5}
    snapshot = snapshot_prediction(
        {"data_id": "1", "features": {}, "prediction_data": {"value": 1, "shap_values": {"n": 0.1, "x": inner}}}
    )
    inner["a"] = 9.0
    assert snapshot.shap_values == {"n": 0.1, "x": {"a": 0.5}}


class _Hostile:
    def __radd__(self, other: object) -> float:
        return 1.0


def test_what_only_adds_like_a_number_is_still_no_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        encoded(features={"a": 1.0, "b": _Hostile()})
    assert caught.value.path == "$.features.b"


def test_a_body_is_json_and_compressed_it_is_the_same() -> None:
    encoder = RowEncoder()
    rows = [encoder.encode(snapshot_actual({"data_id": i, "value": 1, "occurred_at": 0})) for i in (1, 2)]
    plain = batch_body("id", "model:default/r/m:1", rows)
    at = "1970-01-01T00:00:00Z"
    assert json.loads(plain) == {
        "batch_id": "id",
        "model_version_fqn": "model:default/r/m:1",
        "rows": [{"data_id": "1", "value": 1, "occurred_at": at}, {"data_id": "2", "value": 1, "occurred_at": at}],
    }
    assert gzip.decompress(compress(plain)) == plain
    assert json.loads(batch_body("id", "f", []))["rows"] == []
