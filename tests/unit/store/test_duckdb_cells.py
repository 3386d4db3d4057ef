"""Cells say what events say: after any sequence of rows, corrections, schemas, references and erasures, kept or made
anew."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.test_store import FQN, ROLES, T, numbered, prediction, reference_table

from mlfoundry.batches import JudgedBatch
from mlfoundry.custom_metrics import read_custom_metric
from mlfoundry.errors import InvalidInput
from mlfoundry.events import ActualRow, PredictionRow
from mlfoundry.schema import CustomMetric, Feature, ModelSchema
from mlfoundry.store.base import ALL_OUTCOMES, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.summaries import CategorySummary, NumericSummary
from mlfoundry.times import of_micros
from mlfoundry.windows import DAY, HOUR, Window

HOUR_US = 3_600_000_000


def make_store(path: Path) -> DuckdbStore:
    return DuckdbStore(path / "events.duckdb", grid_rows=4)


def window(hours: int, length: int) -> Window:
    return Window(of_micros(T + hours * HOUR_US), of_micros(T + (hours + length) * HOUR_US))


# Whole days, days with hours at both ends, hours alone, and some columns only.
REQUESTS = [
    SummaryRequest(FQN, window(-60, 144), outcomes=ALL_OUTCOMES),
    SummaryRequest(FQN, window(-36, 96), step=DAY, outcomes=ALL_OUTCOMES),
    SummaryRequest(FQN, window(-36, 96), step=2 * DAY),
    SummaryRequest(FQN, window(-6, 60), step=timedelta(hours=6), outcomes=ALL_OUTCOMES),
    SummaryRequest(FQN, window(-1, 30), outcomes=ALL_OUTCOMES),
    SummaryRequest(FQN, window(0, 5), step=HOUR, outcomes=ALL_OUTCOMES),
    SummaryRequest(FQN, window(2, 3), columns=("x", "prediction")),
]


def assert_cells_say_what_events_say(store: DuckdbStore, *, horizon: int = -60) -> None:
    """Of references, and of events from an hour on: before it they have begun to expire."""
    requests = [SummaryRequest(FQN, info.name, outcomes=ALL_OUTCOMES) for info in store.describe(FQN).references]
    for request in REQUESTS:
        assert isinstance(request.segment, Window)
        start, step = request.segment.start, request.step or HOUR
        while start < of_micros(T + horizon * HOUR_US):
            start += step
        if start < request.segment.end:
            requests.append(replace(request, segment=Window(start, request.segment.end)))
    for request in requests:
        assert store.summarize(request) == store.summarize(replace(request, exact=True))


_IDS = st.sampled_from("abcdefgh")
_VALUES = st.sampled_from(["late", "ok", 1, 2.5])
_TIMES = st.integers(0, 60).map(lambda hour: T + hour * HOUR_US)
_PREDICTIONS = st.builds(
    prediction,
    _IDS,
    _VALUES,
    features=st.dictionaries(
        st.sampled_from(["x", "y", "z"]), st.sampled_from([1, 2.5, -1e300, "t", True, None, 7]), max_size=3
    ),
    probabilities=st.sampled_from([{}, {"late": 0.25, "ok": 0.75}, {"late": 1.0}]),
    shap_values=st.sampled_from([{}, {"x": 0.1}, {"late": {"x": 0.5}, "ok": {"y": 1.5}}]),
    occurred_at=_TIMES,
    actual_value=st.one_of(st.none(), _VALUES),
)
_ACTUALS = st.builds(ActualRow, index=st.just(0), data_id=_IDS, value=_VALUES, occurred_at=_TIMES)
_BATCHES = st.builds(
    JudgedBatch,
    batch_id=st.integers(0, 10_000).map(lambda no: str(uuid.UUID(int=no))),
    kind=st.just("prediction"),
    model_version_fqn=st.just(FQN),
    received_at=_TIMES,
    blocks=st.lists(_PREDICTIONS, max_size=5).map(numbered),
    actuals=st.lists(_ACTUALS, max_size=5).map(tuple),
)
_SCHEMAS = [
    ModelSchema(features=(Feature("x", "float"), Feature("y", "int", kind="categorical"))),
    ModelSchema(features=(Feature("x", "int", kind="categorical"),)),
    ModelSchema(prediction="categorical"),
]
_CUSTOM = st.lists(
    st.builds(
        CustomMetric,
        st.sampled_from(["one", "two"]),
        expression=st.sampled_from(
            [
                "(actual == prediction) * 2.5",
                "x * 1e9 + (actual == 'late')",
                "abs(prediction - actual) / x",
                "score.late + x",
                "(prediction == 'late')",
                "1 / (x - 1)",
            ]
        ),
    ).map(read_custom_metric),
    max_size=2,
    unique_by=lambda metric: metric.name,
)
_OPERATIONS = st.one_of(
    st.tuples(st.just("custom"), _CUSTOM),
    st.tuples(st.just("merge"), st.lists(_BATCHES, min_size=1, max_size=3)),
    st.tuples(st.just("erase"), st.lists(_IDS, min_size=1, max_size=3)),
    st.tuples(st.just("declare"), st.sampled_from(_SCHEMAS)),
    st.tuples(st.just("reference"), st.sampled_from(["training", "test"])),
    st.tuples(st.just("reopen"), st.none()),
    st.tuples(st.just("expire"), st.integers(0, 40)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(_OPERATIONS, min_size=1, max_size=8))
def test_after_any_operations_cells_say_what_events_say_and_are_made_anew_the_same(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("store")
    store = make_store(path)
    store.declare(FQN, None)
    horizon = -60
    for position, (operation, given_) in enumerate(operations, start=1):
        match operation:
            case "merge":
                store.merge(given_, position)  # type: ignore[arg-type]
            case "erase":
                store.erase(FQN, given_)  # type: ignore[arg-type]
            case "declare":
                store.declare(FQN, given_)  # type: ignore[arg-type]
            case "custom":
                store.declare(FQN, None, given_)  # type: ignore[arg-type]
            case "reference":
                with suppress(InvalidInput):  # a column of another type than that of the events
                    store.put_reference(FQN, str(given_), reference_table(), ROLES)
            case "expire":
                assert isinstance(given_, int)
                store.expire(FQN, of_micros(T + given_ * HOUR_US), limit=3)
                horizon = max(horizon, given_)
            case _:
                store.close()
                store = make_store(path)
    assert_cells_say_what_events_say(store, horizon=horizon)
    before = [store.summarize(request) for request in REQUESTS]
    store.rebuild_cells(FQN)
    assert [store.summarize(request) for request in REQUESTS] == before
    assert [finding.level for finding in store.check(lambda step, done, total: None)] == ["ok"]
    store.close()


def test_categories_beyond_the_dictionary_share_cells(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    rows = [prediction(str(i), "ok", features={"city": f"city-{i % 10_500}"}, occurred_at=T) for i in range(12_000)]
    store.merge([batch_of(rows)], 1)
    asked = SummaryRequest(FQN, window(0, 1))
    [kept] = store.summarize(asked)
    city = kept.columns["city"]
    assert isinstance(city, CategorySummary)
    assert (len(city.counts), sum(city.other.values()), city.n) == (10_000, 500, 12_000)
    assert len(city.other) <= 64
    assert [kept] == list(store.summarize(replace(asked, exact=True)))
    store.close()
    store = make_store(tmp_path)
    more = [prediction(f"new-{i}", "ok", features={"city": f"late-{i}"}, occurred_at=T) for i in range(100)]
    store.merge([batch_of(more)], 2)
    assert store.summarize(asked) == store.summarize(replace(asked, exact=True))
    before = store.summarize(asked)
    store.rebuild_cells(FQN)
    assert store.summarize(asked) == before
    store.close()


def test_cells_are_made_anew_when_a_summary_has_come_to_hold_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(tmp_path)
    rows = [prediction(str(i), "ok", features={"x": float(i)}, occurred_at=T) for i in range(50)]
    store.merge([batch_of(rows)], 1)
    asked = SummaryRequest(FQN, window(0, 1), columns=("x", "prediction"))
    before = store.summarize(asked)
    store.close()
    with duckdb.connect(str(tmp_path / "events.duckdb")) as connection:  # as if an older program had left sums out
        no = connection.execute("SELECT no FROM series WHERE name = 'x'").fetchall()[0][0]
        for tier in ("hour", "day"):
            connection.execute(f"UPDATE cells_{tier}_1 SET limbs = [], sums = [] WHERE series = {no}")
    store = make_store(tmp_path)
    assert store.summarize(asked) != before
    store.close()
    monkeypatch.setattr(NumericSummary, "cells_version", 2)
    store = make_store(tmp_path)
    assert store.summarize(asked) == before
    store.close()


def test_many_columns_get_their_grids_over_some_merges(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    numbers = {f"x{i}": float(i) for i in range(250)}
    for position in range(1, 6):
        rows = [
            prediction(f"{position}-{i}", "ok", features={name: value + i for name, value in numbers.items()})
            for i in range(2)
        ]
        store.merge([batch_of(rows)], position)
    columns = tuple(numbers)
    asked = SummaryRequest(FQN, window(0, 1), columns=columns)
    assert store.summarize(asked) == store.summarize(replace(asked, exact=True))
    _, [version] = store.usage()
    store.close()
    with duckdb.connect(str(tmp_path / "events.duckdb")) as connection:
        assert connection.execute("SELECT count(DISTINCT key) FROM grids").fetchall() == [(250,)]
    assert version.aggregates.rows > 250


def batch_of(rows: Sequence[PredictionRow]) -> JudgedBatch:
    return JudgedBatch(
        batch_id=str(uuid.uuid4()),
        kind="prediction",
        model_version_fqn=FQN,
        received_at=T,
        blocks=numbered(rows),
        actuals=(),
    )
