"""Both forms of a row get the same verdicts."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import InvalidInput
from mlfoundry.events import DropReport
from mlfoundry.judge import Limits, judge

FQN = "model:default/repo/model:1"
LAYOUT = {"features": ["age", "city"], "probabilities": ["a", "b"], "shap_values": ["age"]}


def judged(rows: list[Any], layouts: list[Any] | None = None, limits: Limits | None = None) -> JudgedBatch:
    envelope: dict[str, Any] = {"batch_id": str(uuid.UUID(int=1)), "model_version_fqn": FQN, "rows": rows}
    if layouts is not None:
        envelope["layouts"] = layouts
    batch = judge(json.dumps(envelope).encode(), "prediction", limits=limits or Limits(), received_at=10**15)
    return msgspec.structs.replace(batch, decoded_bytes=0)  # which differs from form to form


def as_array(row: dict[str, Any], number: int = 0) -> list[Any]:
    data = row["prediction_data"]
    return [
        number,
        row["data_id"],
        row.get("occurred_at"),
        data["value"],
        list(row["features"].values()),
        list(data.get("probabilities", {}).values()),
        list(data.get("shap_values", {}).values()),
        row.get("raw_data"),
        row.get("actual_value"),
    ]


def names_of(row: dict[str, Any]) -> dict[str, list[str]]:
    data = row["prediction_data"]
    return {
        "features": list(row["features"]),
        "probabilities": list(data.get("probabilities", {})),
        "shap_values": list(data.get("shap_values", {})),
    }


def make_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "data_id": "1",
        "features": {"age": 31, "city": "Rome"},
        "prediction_data": {"value": "a", "probabilities": {"a": 0.9, "b": 0.1}, "shap_values": {"age": 0.5}},
        "occurred_at": "2026-01-02T03:04:05Z",
        "raw_data": {"request": 7},
        "actual_value": "b",
    }
    data = row["prediction_data"]
    for name, value in changes.items():
        (data if name in ("value", "probabilities", "shap_values") else row)[name] = value
    return row


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"occurred_at": None},
        {"occurred_at": "2999-01-01T00:00:00Z"},
        {"occurred_at": "yesterday"},
        {"data_id": 7},
        {"data_id": ""},
        {"data_id": None},
        {"features": {}},
        {"features": {"age": None, "city": "x"}},
        {"features": {"age": [1], "city": "x"}},
        {"features": {"age": 2**70, "city": "x"}},
        {"features": {"age": 1, "": "x"}},
        {"features": {"age": 1, "x" * 257: "x"}},
        {"features": {"age": 1, "city": "\ud800"}},
        {"value": None},
        {"value": [1]},
        {"probabilities": {}},
        {"probabilities": {"a": 1.5, "b": 0.1}},
        {"probabilities": {"a": None, "b": 0.1}},
        {"shap_values": {"age": None}},
        {"shap_values": {"age": 1e300}},
        {"raw_data": {"a": 1, "b": [1, {"c": None}]}},
        {"raw_data": "text"},
        {"actual_value": True},
        {"actual_value": []},
    ],
)
def test_an_array_is_judged_as_the_object_is(changes: dict[str, Any]) -> None:
    row = make_row(**changes)
    assert judged([as_array(row)], [names_of(row)]) == judged([row])


_LETTERS = 'aé"\\{[ ,\n\u2028\U0001f600'


@given(
    st.dictionaries(
        st.text(_LETTERS, min_size=1, max_size=8),
        st.none()
        | st.booleans()
        | st.integers(-(2**65), 2**65)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(_LETTERS, max_size=5)
        | st.lists(st.integers(), max_size=2),
        max_size=6,
    ),
    st.dictionaries(st.sampled_from("abc"), st.floats(-0.5, 1.5), max_size=3),
)
def test_whatever_the_values_the_forms_agree(features: dict[str, Any], probabilities: dict[str, float]) -> None:
    row = make_row(features=features, probabilities=probabilities)
    assert judged([as_array(row)], [names_of(row)]) == judged([row])


def test_a_bad_value_in_an_array_is_named_and_refused_alone() -> None:
    good, bad = as_array(make_row()), as_array(make_row(features={"age": 1, "city": ["Rome"]}))
    batch = judged([good, bad, make_row(data_id="3"), as_array(make_row(), 1)], [LAYOUT])
    assert [row.index for row in batch.predictions] == [0, 2]
    assert [(refused.index, refused.path, refused.data_id) for refused in batch.rejected] == [
        (1, "$.features.city", "1"),
        (3, "$[0]", "1"),
    ]
    assert "no layout 1" in batch.rejected[1].reason


def test_a_bad_shap_value_in_an_array_is_named() -> None:
    (refused,) = judged([as_array(make_row(shap_values={"age": "much"}))], [LAYOUT]).rejected
    assert (refused.path, refused.reason) == ("$.prediction_data.shap_values.age", "Expected `float | null`, got `str`")


def test_values_and_names_must_be_as_many() -> None:
    short = as_array(make_row())
    short[4] = [31]
    (refused,) = judged([short], [LAYOUT]).rejected
    assert (refused.path, refused.reason) == ("$.features", "1 values for the 2 names of the layout")


@pytest.mark.parametrize("layout", [{"features": [1]}, {"feature": []}, [], None, {"features": ["\ud800"]}])
def test_a_bad_layout_takes_only_its_own_rows_with_it(layout: Any) -> None:
    batch = judged([as_array(make_row(), 1), as_array(make_row(data_id="2"))], [LAYOUT, layout])
    assert [row.data_id for row in batch.predictions] == ["2"]
    assert [(refused.index, refused.path) for refused in batch.rejected] == [(0, "$[0]")]


@pytest.mark.parametrize(
    "row", [[], [0], ["x"], [0, "1", None, 1, [], [], [], None, None, 1], [-1, "1", 0, 1, [], [], []]]
)
def test_an_array_of_the_wrong_shape_is_refused_alone(row: list[Any]) -> None:
    batch = judged([row, as_array(make_row())], [LAYOUT])
    assert [refused.index for refused in batch.rejected] == [0]
    assert len(batch.predictions) == 1


def test_the_names_count_to_the_bytes_of_a_row() -> None:
    layout = {"features": ["x" * 100, "y" * 100]}
    (refused,) = judged([[0, "1", None, 1, [1, 2], [], []]], [layout], Limits(max_row_bytes=200)).rejected
    assert "at most 200 a row" in refused.reason
    assert not judged([[0, "1", None, 1, [1, 2], [], []]], [layout], Limits(max_row_bytes=300)).rejected


def test_layouts_that_are_no_list_are_the_envelopes_fault() -> None:
    with pytest.raises(InvalidInput) as caught:
        judged([], {"features": []})  # pyright: ignore[reportArgumentType]
    assert caught.value.path == "$.layouts"


def test_actuals_have_no_array_form() -> None:
    body = json.dumps({"batch_id": str(uuid.UUID(int=1)), "model_version_fqn": FQN, "rows": [[0, "1", None, 1]]})
    batch = judge(body.encode(), "actual", limits=Limits(), received_at=0)
    assert [(refused.index, refused.path) for refused in batch.rejected] == [(0, "$")]


def dropped(*entries: Any, rows: Any = ()) -> JudgedBatch:
    body = {
        "batch_id": str(uuid.UUID(int=1)),
        "model_version_fqn": FQN,
        "rows": list(rows),
        "dropped": list(entries),
    }
    return judge(json.dumps(body).encode(), "prediction", limits=Limits(), received_at=10**15)


def test_what_the_sender_lost_is_read_by_the_hour_and_needs_no_rows() -> None:
    lost = {"kind": "actual", "reason": "queue_full", "hour": "2026-01-02T05:59:00+02:00", "rows": 7}
    batch = dropped(lost)
    assert batch.dropped == (DropReport("actual", "queue_full", datetime(2026, 1, 2, 3, tzinfo=timezone.utc), 7),)
    assert batch.rows == 0


@pytest.mark.parametrize(
    "change", [{"rows": 0}, {"rows": 2**60}, {"kind": "x"}, {"reason": "Not a name"}, {"hour": "2026-01-02T05:00:00"}]
)
def test_a_malformed_report_is_the_envelopes_fault(change: dict[str, Any]) -> None:
    lost = {"kind": "actual", "reason": "queue_full", "hour": "2026-01-02T05:00:00Z", "rows": 7}
    with pytest.raises(InvalidInput) as caught:
        dropped(lost | change, rows=[make_row()])
    assert caught.value.path.startswith("$.dropped")
