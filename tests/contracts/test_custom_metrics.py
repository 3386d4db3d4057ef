"""Custom metrics: computed of every row there is and is to come, the same by every store, from cells and from rows."""

from __future__ import annotations

import math
import uuid
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.custom_metrics import read_custom_metric
from mlfoundry.events import ActualRow, PredictionRow
from mlfoundry.expression import parse
from mlfoundry.schema import CustomMetric, Feature, ModelSchema
from mlfoundry.store.base import ALL_OUTCOMES, ReferenceColumns, Store, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.summaries import CustomSums, Summaries
from mlfoundry.times import as_utc, of_micros, to_micros
from mlfoundry.windows import Window

FQN = "model:default/loans/amount:1"
NOON = as_utc("2026-03-01T12:00:00")
T = to_micros(NOON)
HOUR = 3_600_000_000
WINDOW = Window(NOON, NOON + timedelta(hours=4))
ASKED = SummaryRequest(FQN, WINDOW, outcomes=ALL_OUTCOMES)
COST = read_custom_metric({"name": "cost", "expression": "abs(prediction - actual) * amount", "aggregate": "sum"})
LARGE = read_custom_metric({"name": "large", "expression": "prediction > 10"})
RATIO = read_custom_metric({"name": "ratio", "expression": "actual / amount"})
SCHEMA = ModelSchema(features=(Feature("amount", "float"),), prediction="numeric")


@pytest.fixture(params=["memory", "duckdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Store]:
    store = MemoryStore() if request.param == "memory" else DuckdbStore(tmp_path / "events.duckdb")
    store.declare(FQN, SCHEMA)
    yield store
    store.close()


def send(store: Store, *rows: PredictionRow | ActualRow) -> None:
    actuals = tuple(row for row in rows if isinstance(row, ActualRow))
    predictions = [row for row in rows if isinstance(row, PredictionRow)]
    batch = JudgedBatch(
        batch_id=str(uuid.uuid4()),
        kind="prediction",
        model_version_fqn=FQN,
        received_at=T,
        blocks=blocks_of(msgspec.structs.replace(row, index=index) for index, row in enumerate(predictions)),
        actuals=actuals,
    )
    store.merge([batch], store.position() + 1)


def predict(data_id: str, value: float, amount: Any = 1.0, hour: int = 0) -> PredictionRow:
    return PredictionRow(
        index=0,
        data_id=data_id,
        value=value,
        features={"amount": amount},
        probabilities={},
        shap_values={},
        occurred_at=T + hour * HOUR,
        raw_data="{}",
    )


def know(data_id: str, value: float, hour: int = 1) -> ActualRow:
    return ActualRow(index=0, data_id=data_id, value=value, occurred_at=T + hour * HOUR)


def found(store: Store, request: SummaryRequest = ASKED) -> dict[str, CustomSums]:
    """What cells say, which rows say too."""
    [summaries] = store.summarize(request)
    if isinstance(request.segment, Window):
        assert store.summarize(replace(request, exact=True)) == (summaries,)
    return dict(summaries.custom)


def test_each_row_counts_once_it_has_what_the_expression_names(store: Store) -> None:
    store.declare(FQN, None, [COST, LARGE])
    send(store, predict("a", 20.0, 2.0), predict("b", 5.0, 3.0), predict("c", 50.0, None, hour=1))
    assert found(store) == {"cost": CustomSums(), "large": CustomSums.grouped(np.array([1.0, 0, 1]), _one(3), 1)[0]}
    send(store, know("a", 18.0), know("c", 1.0))
    cost = found(store)["cost"]
    assert (cost.n, cost.missing, cost.sum) == (1, 1, 4.0)
    send(store, know("b", 4.5))
    assert found(store)["cost"].sum == 5.5
    steps = store.summarize(replace(ASKED, step=timedelta(hours=1)))
    assert [(step.custom["cost"].n, step.custom["large"].n) for step in steps] == [(2, 2), (0, 1), (0, 0), (0, 0)]
    assert Summaries.total(steps).custom == found(store)


def test_a_corrected_actual_moves_the_sum_exactly(store: Store) -> None:
    store.declare(FQN, None, [COST])
    send(store, predict("a", 0.1, 0.1), predict("b", 1e9, 1e-3), know("a", 0.3), know("b", 0.0))
    first = found(store)["cost"]
    for actual in (1e15, 7.25, 0.3):
        send(store, know("a", actual, hour=int(actual) % 7 + 2 if actual != 0.3 else 20))
    assert found(store)["cost"] == first


def test_one_registered_later_is_computed_of_the_rows_before(store: Store) -> None:
    send(store, predict("a", 20.0, 2.0), predict("b", 5.0, 4.0, hour=2), know("a", 18.0), know("b", 2.0))
    before = found(store)
    store.declare(FQN, None, [RATIO, LARGE])
    after = found(store)
    assert before == {}
    assert (after["ratio"].sum, after["large"].sum) == (9.5, 1.0)
    store.declare(FQN, None, [read_custom_metric({"name": "ratio", "expression": "actual * amount"})])
    assert {name: sums.sum for name, sums in found(store).items()} == {"ratio": 44.0}
    store.declare(FQN, SCHEMA)
    assert list(found(store)) == ["ratio"]
    store.declare(FQN, None, [])
    assert found(store) == {}


def test_a_metric_waits_for_its_columns(store: Store) -> None:
    store.declare(FQN, None, [read_custom_metric({"name": "later", "expression": "amount * bonus"})])
    send(store, predict("a", 20.0, 2.0))
    assert found(store) == {}
    send(store, msgspec.structs.replace(predict("b", 1.0), features={"amount": 2.0, "bonus": 1.5}))
    later = found(store)["later"]
    assert (later.n, later.missing, later.sum) == (1, 1, 3.0)


def test_what_has_no_value_is_missing_and_never_in_a_sum(store: Store) -> None:
    hostile = ("actual / amount", "exp(prediction * 1e9)", "log(actual - 2)", "sqrt(-prediction)", "1e300 * 1e300")
    store.declare(
        FQN, None, [read_custom_metric({"name": f"m{no}", "expression": text}) for no, text in enumerate(hostile)]
    )
    send(store, predict("a", 5.0, 0.0), know("a", 2.0), predict("b", -1.0, "much"), know("b", 0.0))
    for sums in found(store).values():
        assert sums.rows == 2
        assert all(value is None or math.isfinite(value) for value in (sums.sum, sums.mean, sums.variance))
    assert {name: sums.missing for name, sums in found(store).items()} == {"m0": 2, "m1": 1, "m2": 2, "m3": 1, "m4": 2}


def test_values_beyond_range_are_counted_apart(store: Store) -> None:
    store.declare(FQN, None, [read_custom_metric({"name": "huge", "expression": "prediction * amount"})])
    send(store, predict("a", 1e200, 1e30), predict("b", 2.0, 3.0))
    huge = found(store)["huge"]
    assert (huge.n, huge.beyond, huge.sum) == (1, 1, 6.0)


def test_erased_rows_leave_nothing_behind(store: Store) -> None:
    store.declare(FQN, None, [COST, LARGE])
    send(store, predict("a", 0.1, 0.7), know("a", 0.3))
    before = found(store)
    send(store, predict("b", 1e15, 1e3), know("b", 1.0), predict("c", 3.0))
    store.erase(FQN, ["b", "c"])
    assert found(store) == before


def test_a_slice_and_an_earlier_time(store: Store) -> None:
    store.declare(FQN, None, [COST, LARGE])
    send(store, predict("a", 20.0, 2.0), predict("b", 5.0, 3.0), know("a", 18.0), know("b", 4.0))
    sliced = found(store, replace(ASKED, where=parse("abs(prediction - actual) > 1.5")))
    assert (sliced["cost"].sum, sliced["large"].n) == (4.0, 1)
    assert found(store, replace(ASKED, as_of=of_micros(T - 1)))["large"].n == 0


def test_a_reference_says_the_metric_where_it_has_the_columns(store: Store) -> None:
    table = pa.table({"amount": [1.0, 2.0, 3.0], "p": [11.0, 5.0, 30.0], "a": [10.0, 5.0, None]})
    store.declare(FQN, None, [COST])
    store.put_reference(FQN, "full", table, ReferenceColumns(features=("amount",), prediction="p", actual="a"))
    store.put_reference(FQN, "partial", table, ReferenceColumns(features=("amount",), prediction="p"))
    store.declare(FQN, None, [COST, LARGE])
    full = found(store, SummaryRequest(FQN, "full", outcomes=ALL_OUTCOMES))
    assert (full["cost"].n, full["cost"].sum, full["large"].n) == (2, 1.0, 3)
    partial = found(store, SummaryRequest(FQN, "partial", outcomes=ALL_OUTCOMES))
    assert list(partial) == ["large"]


def test_after_the_rows_expire_their_sums_stay_and_new_metrics_leave_them_out(tmp_path: Path) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    store.declare(FQN, SCHEMA, [LARGE])
    send(store, predict("a", 20.0), predict("b", 5.0), predict("c", 11.0, hour=2))
    store.expire(FQN, NOON + timedelta(hours=1), limit=10)
    store.declare(FQN, None, [LARGE, read_custom_metric({"name": "mean", "expression": "prediction"})])
    store.close()
    store = DuckdbStore(tmp_path / "events.duckdb")
    [summaries] = store.summarize(ASKED)
    assert (summaries.n, summaries.custom["large"].sum, summaries.custom["mean"].sum) == (3, 2.0, 11.0)
    before = summaries.custom
    store.rebuild_cells(FQN)
    assert store.summarize(ASKED)[0].custom == before
    store.close()


def test_the_file_remembers_custom_metrics(tmp_path: Path) -> None:
    store = DuckdbStore(tmp_path / "events.duckdb")
    store.declare(FQN, SCHEMA, [COST, LARGE])
    send(store, predict("a", 20.0, 2.0), know("a", 18.0))
    before = found(store)
    store.close()
    store = DuckdbStore(tmp_path / "events.duckdb")
    assert found(store) == before
    store.forget(FQN)
    store.declare(FQN, SCHEMA)
    assert found(store) == {}
    store.close()


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1e15, 1e15) | st.floats(-1, 1) | st.sampled_from([1e9 + 0.25, 1e9, math.nan, math.inf]))
)
def test_sums_are_those_of_the_values(values: list[float]) -> None:
    kept = [value for value in values if math.isfinite(value)]
    [sums] = CustomSums.grouped(np.array(values, np.float64), _one(len(values)), 1)
    assert (sums.n, sums.missing) == (len(kept), len(values) - len(kept))
    if kept:
        mean = math.fsum(kept) / len(kept)
        assert sums.sum == pytest.approx(math.fsum(kept), rel=1e-15, abs=1e-20)
        assert sums.variance == pytest.approx(
            math.fsum((value - mean) ** 2 for value in kept) / len(kept), rel=1e-6, abs=1e-9
        )
    parts = [CustomSums.grouped(np.array([value]), _one(1), 1)[0] for value in values]
    assert sum(parts[::-1], CustomSums.empty()) == sums


def test_the_variance_of_values_far_from_zero_is_exact() -> None:
    values = 1e12 + np.array([0.0, 1.0, 2.0, 3.0])
    [sums] = CustomSums.grouped(values, _one(4), 1)
    assert sums.variance == 1.25
    assert CustomMetric("x").type == "metric"


def _one(n: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.zeros(n, np.int64)
