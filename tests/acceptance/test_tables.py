"""One row is one row: logged alone or in a table, in either order, with values of every type."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pyarrow
import pytest

import mlfoundry as mlf
from serving import Server

pa: Any = pyarrow
AT = datetime(2026, 1, 2, 3, 4, 5, 678901)
ZONED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
COLUMNS: dict[str, tuple[Any, list[Any]]] = {
    "float64": (pa.float64(), [0.1, float("nan"), None]),
    "float32": (pa.float32(), [np.float32(0.1), np.float32("inf"), None]),
    "float16": (pa.float16(), [np.float16(0.1), None, np.float16(2)]),
    "int64": (pa.int64(), [2**63 - 1, -(2**63), None]),
    "int8": (pa.int8(), [np.int8(1), -1, 0]),
    "uint64": (pa.uint64(), [np.uint64(2**63 - 1), 1, None]),
    "boolean": (pa.bool_(), [True, np.bool_(False), None]),
    "text": (pa.string(), ["", "a\x00ß😀", None]),
    "large_text": (pa.large_string(), ["x" * 1_000, "y", None]),
    "category": (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b"]),
    "decimal": (pa.decimal128(38, 30), [Decimal("0.1"), Decimal("123456.789012345678901234567890"), None]),
    "day": (pa.date32(), [date(2026, 1, 2), None, date(1, 1, 1)]),
    "time": (pa.timestamp("us"), [AT, None, datetime(1969, 12, 31)]),
    "instant": (pa.timestamp("us", "UTC"), [ZONED.astimezone(timezone.utc), None, None]),
    "zoned": (pa.timestamp("ms", "+02:00"), [ZONED, None, None]),
    "nothing": (pa.null(), [None, None, None]),
}
TIMES: dict[str, tuple[Any, list[Any]]] = {
    "naive": (pa.timestamp("ns"), [AT, AT, AT]),
    "zoned": (pa.timestamp("us", "Europe/Rome"), [ZONED, ZONED, ZONED]),
    "seconds": (pa.int64(), [1_700_000_000, 0, -5]),
    "fractions": (pa.float64(), [1_700_000_000.123, 1.5, 0.1]),
    "text": (pa.string(), ["2026-01-02T03:04:05Z", "2026-01-02", "2026-01-02T03:04:05.5+02:00"]),
    "day": (pa.date32(), [date(2026, 1, 2)] * 3),
}


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[mlf.Client]:
    with mlf.get_client(host=server.url) as made:
        made.create_ml_repo("tables")
        yield made


def new_version(client: mlf.Client) -> str:
    return client.create_model_version(ml_repo="tables", name=f"model-{uuid.uuid4().hex[:8]}").fqn


@pytest.mark.parametrize("tables_first", [True, False])
@pytest.mark.parametrize("occurred_at", TIMES)
def test_a_row_of_a_table_repeats_the_row_alone(client: mlf.Client, tables_first: bool, occurred_at: str) -> None:
    fqn = new_version(client)
    times_type, times = TIMES[occurred_at]
    truths = [True, None, False]
    features = {name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()}
    others = {"id": [1, 2, 3], "at": pa.array(times, times_type), "truth": truths, "label": [1.0, 0.5, float(2**53)]}
    table = pa.table({**features, **others, "p": pa.array([0.1, 1.0, 0.0], pa.float32()), "s": [1, None, -3]})
    shap_columns = {"late": {"text": "s", "day": "p"}}

    def log_table() -> None:
        counts = client.log_table(
            fqn,
            table,
            data_id="id",
            occurred_at="at",
            features=list(COLUMNS),
            prediction="label",
            probabilities={True: "p"},
            shap_values=shap_columns,
            actual="truth",
        )
        assert counts == mlf.Counts(sent=3, accepted=3)

    def log_rows() -> None:
        rows = [
            mlf.Prediction(
                data_id=i + 1,
                features={name: values[i] for name, (_, values) in COLUMNS.items()},
                prediction_data={
                    "value": others["label"][i],
                    "probabilities": {True: np.float32([0.1, 1.0, 0.0][i])},
                    "shap_values": {"late": {"text": [1, float("nan"), -3][i], "day": np.float32([0.1, 1.0, 0.0][i])}},
                },
                occurred_at=times[i],
                actual_value=truths[i],
            )
            for i in range(3)
        ]
        client.log_predictions(fqn, rows)
        counts = client.flush(20)
        assert counts.rejected == counts.dropped == 0

    for log in (log_table, log_rows) if tables_first else (log_rows, log_table):
        log()
    totals = client.get_ledger(fqn).totals
    assert totals == {
        "prediction.stored": 3,
        "prediction.duplicate": 3,
        "actual.matched": 2,
        "actual.duplicate": 2,
    }
    values: dict[str, Any] = {row.data_id: row.features for row in client.get_inference_dataset(fqn, start_time=-1e10)}
    assert values["1"]["int64"] == 2**63 - 1
    assert (values["1"]["float64"], values["2"]["float64"]) == (0.1, None)
    assert values["1"]["zoned"] == "2026-01-02T03:04:05+02:00"


def test_a_table_sent_again_repeats_itself_also_without_times(client: mlf.Client) -> None:
    fqn = new_version(client)
    table = pl.DataFrame({"id": ["a", "b"], "x": [1, 2], "label": ["late", "ok"], "truth": ["ok", None]})
    for _ in range(2):
        assert client.log_table(fqn, table, data_id="id", prediction="label", actual="truth").accepted == 2
    totals = client.get_ledger(fqn).totals
    assert totals["prediction.stored"] == totals["prediction.duplicate"] == 2


def test_bad_rows_are_told_as_those_of_rows_alone(server: Server) -> None:
    told: list[mlf.RejectedRow] = []
    with mlf.get_client(host=server.url, on_reject=told.append, linger_s=0.0) as client:
        fqn = new_version(client)
        table = {"id": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "label": ["late", None, "ok"], "p": [0.5, 0.5, 1.5]}
        counts = client.log_table(fqn, table, data_id="id", prediction="label", probabilities={"late": "p"})
        assert counts == mlf.Counts(sent=3, accepted=1, rejected=2)
        of_table, told[:] = list(told), []
        for data_id, x, label, p in zip(*table.values(), strict=True):
            data = {"value": label, "probabilities": {"late": p}}
            client.log_predictions(fqn, [{"data_id": data_id, "features": {"x": x}, "prediction_data": data}])
        client.flush(20)
        assert sorted(told, key=lambda row: row.data_id) == of_table
        assert [row.path for row in of_table] == [
            "$.prediction_data.value",
            "$.prediction_data.probabilities.late",
        ]
        assert client.stats() == mlf.Counts(sent=6, accepted=2, rejected=4)


def test_no_more_categories_are_counted_than_can_be_told_apart(client: mlf.Client, server: Server) -> None:
    fqn = new_version(client)
    n = 10_050
    table = {"id": [str(i) for i in range(n)], "word": [f"w{i}" for i in range(n)], "at": [AT] * n, "y": [1.0] * n}
    client.log_table(fqn, table, data_id="id", occurred_at="at", prediction="y")
    client.get_ledger(fqn)  # waits for the merge
    asked = {"model_version_fqn": fqn, "column": "word", "start": "2026-01-02", "end": "2026-01-03"}
    answer = server.http.get("/api/v1/column", params=asked).json()
    figures = {figure["name"]: figure["current"] for figure in answer["figures"]}
    assert (figures["rows"], figures["categories"]) == (n, "10,000 or more")
