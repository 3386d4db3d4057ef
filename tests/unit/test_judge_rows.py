"""What a request and a row may hold, and what is said of those that hold something else."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest

from mlfoundry.batches import JudgedBatch
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import FLAG_FUTURE, FLAG_TIME_DEFAULTED, Kind
from mlfoundry.judge import Limits, judge, judge_again
from mlfoundry.times import as_utc, to_micros

FQN = "model:default/flights/late:1"
BATCH_ID = "6d1f0e52-9b83-4e6f-8f3c-0d1a5a1d9c11"
NOW = to_micros(as_utc("2026-03-01T12:00:00Z"))
GOOD = '{"data_id":"good","features":{"x":1},"prediction_data":{"value":"late"}}'


def body(*rows: str, batch_id: str = BATCH_ID, fqn: str = FQN) -> bytes:
    return f'{{"batch_id":"{batch_id}","model_version_fqn":"{fqn}","rows":[{",".join(rows)}]}}'.encode()


def judged(*rows: str, kind: Kind = "prediction", limits: Limits | None = None) -> JudgedBatch:
    return judge(body(*rows), kind, limits=limits or Limits(), received_at=NOW)


def row(**fields: Any) -> str:
    return json.dumps({"data_id": "a", "features": {}, "prediction_data": {"value": 1}, **fields})


def test_a_whole_prediction() -> None:
    text = row(
        features={"f": 0.1, "i": 7, "s": "a\x00😀", "b": True, "n": None},
        prediction_data={"value": "late", "probabilities": {"late": 1, "ok": 0.0}, "shap_values": {"f": 1, "s": -0.5}},
        occurred_at="2026-03-01T10:00:00+01:00",
        raw_data={"any": ["data"]},
        actual_value=False,
    )
    batch = judged(text)
    [got] = batch.predictions
    assert got.features == {"f": 0.1, "i": 7, "s": "a\x00😀", "b": True, "n": None}
    assert got.probabilities == {"late": 1.0, "ok": 0.0}
    assert got.shap_values == {"f": 1.0, "s": -0.5}
    assert got.occurred_at == NOW - 3 * 3_600_000_000
    assert json.loads(got.raw_data) == {"any": ["data"]}
    assert got.actual_value is False
    assert got.flags == 0
    assert (batch.batch_id, batch.model_version_fqn, batch.received_at) == (BATCH_ID, FQN, NOW)


def test_a_bad_row_never_takes_a_good_one_with_it() -> None:
    batch = judged(GOOD, "17", GOOD, '{"data_id":"x"}', GOOD)
    assert [got.index for got in batch.predictions] == [0, 2, 4]
    assert [(refused.index, refused.data_id) for refused in batch.rejected] == [(1, None), (3, "x")]
    assert batch.reply().accepted == 3


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (row(features={"ok": 1, "bad": [1]}), "$.features.bad", "got `array`"),
        (row(features={"bad": {}}), "$.features.bad", "got `object`"),
        (GOOD.replace('"x":1', '"x":1e999'), "$.features.x", "out of range"),
        (GOOD.replace('"x":1', '"x":-1e999'), "$.features.x", "out of range"),
        (GOOD.replace('"x":1', '"x":' + "9" * 5_000), "$.features.x", "out of range"),
        (GOOD.replace('"x":1', '"x":9223372036854775808'), "$.features.x", "<= 9223372036854775807"),
        (GOOD.replace('"x":1', '"x":"\\ud800"'), "$", "half of a surrogate pair"),
        (GOOD.replace('"x":1', '"x\\udc00":1'), "$", "half of a surrogate pair"),
        (row(raw_data=None).replace("null", '{"a":"\\ud800"}'), "$.raw_data", "half of a surrogate pair"),
        (row(raw_data=None).replace("null", "1e999"), "$.raw_data", "out of range"),
        (row(features=[]), "$.features", "Expected `object`"),
        (row(data_id=""), "$.data_id", "length >= 1"),
        (row(data_id="x" * 257), "$.data_id", "length <= 256"),
        (row(data_id=None), "$.data_id", "got `null`"),
        (row(prediction_data={}), "$.prediction_data", "missing required field `value`"),
        (row(prediction_data={"value": None}), "$.prediction_data.value", "got `null`"),
        (row(prediction_data={"value": 1, "probabilities": {"a": 1.7}}), "$.prediction_data.probabilities.a", "<= 1.0"),
        (row(prediction_data={"value": 1, "probabilities": {"a": None}}), "$.prediction_data.probabilities.a", "null"),
        (row(prediction_data={"value": 1, "shap_values": {"a": 1e39}}), "$.prediction_data.shap_values.a", "<= 3.4"),
        (
            row(prediction_data={"value": 1, "shap_values": {"a": 1.0, "b": {"c": 1.0}}}),
            "$.prediction_data.shap_values",
            "by feature and some by class",
        ),
        (row(feature={}), "$", "unknown field `feature`"),
        (row(occurred_at="yesterday"), "$.occurred_at", "is no time"),
        (row(occurred_at=1e15), "$.occurred_at", "is no time"),
        (row(occurred_at=True), "$.occurred_at", "got `bool`"),
        (row(features={"": 1}), "$", "a name is empty"),
        (row(features={"ü" * 129: 1}), "$", "more than 256 bytes"),
        (row(prediction_data={"value": 1, "shap_values": {"c": {"x" * 257: 1.0}}}), "$", "more than 256 bytes"),
        (row(raw_data=None).replace("null", "[" * 33 + "]" * 33), "$.raw_data", "nested deeper than 32"),
        (row(features={"x": "y" * 262_144}), "$", "at most 262,144 a row"),
    ],
)
def test_what_a_row_may_not_hold(text: str, path: str, reason: str) -> None:
    batch = judged(GOOD, text, GOOD)
    [refused] = batch.rejected
    assert len(batch.predictions) == 2
    assert (refused.index, refused.path) == (1, path)
    assert reason in refused.reason


@pytest.mark.parametrize(
    "text",
    [
        row(features={"ü" * 128: 1}),
        row(features={"x": "\\ud800 is only text"}),
        row(data_id="x" * 256),
        row(data_id=17),
        row(features={"x": -(2**63), "y": 2**63 - 1}),
        row(raw_data=[[[]]]),
        row(raw_data=None).replace("null", "[" * 32 + "]" * 32),
        row(raw_data={str(i): [] for i in range(50)}),
        row(prediction_data={"value": "x", "probabilities": {"a": 1.0000001}}),
        row(prediction_data={"value": "x", "probabilities": None, "shap_values": None}, occurred_at=None),
    ],
)
def test_what_a_row_may_hold(text: str) -> None:
    assert judged(text).rejected == ()


def test_shap_values_that_are_null_are_left_out() -> None:
    flat = judged(row(prediction_data={"value": 1, "shap_values": {"a": None, "b": 1.0}}))
    assert flat.predictions[0].shap_values == {"b": 1.0}
    shap = {"late": {"a": None, "b": 1}, "ok": {"a": None}}
    by_class = judged(row(prediction_data={"value": 1, "shap_values": shap}))
    assert by_class.predictions[0].shap_values == {"late": {"b": 1.0}}


def test_times() -> None:
    texts = [row(), row(occurred_at=NOW / 1e6 + 299), row(occurred_at=NOW // 1_000 + 301_000), row(occurred_at=0)]
    flags = [got.flags for got in judged(*texts).predictions]
    assert flags == [FLAG_TIME_DEFAULTED, 0, FLAG_FUTURE, 0]
    assert judged(row()).predictions[0].occurred_at == NOW


def test_actuals() -> None:
    batch = judged('{"data_id":"a","value":true,"occurred_at":5}', '{"data_id":"b","value":null}', kind="actual")
    [got] = batch.actuals
    assert (got.value, got.occurred_at) == (True, 5_000_000)
    assert batch.rejected[0].path == "$.value"
    assert judged('{"data_id":"a","value":1}', kind="actual").actuals[0].occurred_at == NOW


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "truncated"),
        (b"\xff", "UTF-8"),
        (body('{"data_id":"\xff"}').replace("ÿ".encode(), b"\xff"), "UTF-8"),
        (b"[]", "Expected `object`"),
        (b'{"rows":[]}', "missing required field `batch_id`"),
        (body(GOOD)[:-1], "truncated"),
        (body("01"), "malformed"),
        (body(GOOD, batch_id="7"), "UUID"),
        (body(GOOD, fqn="flights"), "no model version"),
        (body(GOOD, fqn="model:default/flights/late:latest"), "definite version"),
        (body(GOOD).replace(b'"rows"', b'"rowz"'), "unknown field"),
    ],
)
def test_a_bad_envelope_is_refused_whole(given: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        judge(given, "prediction", limits=Limits(), received_at=NOW)


@pytest.mark.parametrize(
    ("given", "limits", "limit"),
    [
        (body(GOOD), Limits(max_body_bytes=10), "max_body_bytes"),
        (body(*[GOOD] * 3), Limits(max_rows=2), "max_rows"),
        (body("[" * 100_000 + "]" * 100_000), Limits(), "max_nesting"),
    ],
)
def test_an_envelope_beyond_a_limit_names_it(given: bytes, limits: Limits, limit: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        judge(given, "prediction", limits=limits, received_at=NOW)
    assert caught.value.limit == limit


def test_an_older_name_of_a_version_is_written_the_new_way() -> None:
    batch = judge(body(fqn="model:acme/someone/flights/late:3"), "actual", limits=Limits(), received_at=NOW)
    assert batch.model_version_fqn == "model:acme/flights/late:3"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_verdict_stays_what_it_was(encoding: Any) -> None:
    text = body(GOOD, row(raw_data={"big": "x" * 300}), "17", batch_id=str(uuid.uuid4()))
    first = judge(text, "prediction", limits=Limits(max_row_bytes=200), received_at=NOW)
    assert [refused.index for refused in first.rejected] == [1, 2]
    kept = gzip.compress(text) if encoding == "gzip" else text
    again = judge_again(kept, encoding, "prediction", received_at=NOW, rejected=first.rejected)
    assert (again.predictions, again.rejected, again.reply()) == (first.predictions, first.rejected, first.reply())
    assert again.decoded_bytes == len(text)
