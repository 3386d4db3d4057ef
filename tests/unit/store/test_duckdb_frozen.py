"""Aggregates outlive the rows that they are made of: nothing is lost with the rows, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from contracts.test_store import FQN, Feed, actual, batch, prediction
from mlfoundry.schema import Feature, ModelSchema
from mlfoundry.store.base import ALL_OUTCOMES, ReferenceColumns, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.summaries import CategorySummary, NumericSummary, Residuals, Summaries
from mlfoundry.times import as_utc, of_micros, to_micros
from mlfoundry.windows import DAY, HOUR, Window

START = as_utc("2026-03-01")
T = to_micros(START)
HOUR_US = 3_600_000_000
TWO_DAYS = Window(START, START + 2 * DAY)
HALF = START + 30 * HOUR
Open = Callable[[], DuckdbStore]


@pytest.fixture
def reopen(tmp_path: Path) -> Generator[Open]:
    opened: list[DuckdbStore] = []

    def again() -> DuckdbStore:
        if opened:
            opened[-1].close()
        opened.append(DuckdbStore(tmp_path / "events.duckdb", grid_rows=50))
        return opened[-1]

    yield again
    opened[-1].close()


def log(feed: Feed, *, first: int = 0, n: int = 480, sparse: int = 0) -> None:
    """Ten rows an hour for two days; a third have an actual, one in ten no ``x``, the last ``sparse`` a value of it."""
    rng = np.random.default_rng(first)
    rows = [
        prediction(
            f"row-{i}",
            float(i % 17),
            features={"x": None if i % 10 == 0 else float(rng.normal()), "city": "abc"[i % 3]}
            | ({"sparse": float(i)} if i < sparse else {}),
            occurred_at=T + (i % 480) * HOUR_US // 10,
        )
        for i in range(first, first + n)
    ]
    feed.merge(batch(*rows))
    feed.merge(batch(*(actual(row.data_id, float(i % 5), at=T + 9 * HOUR_US) for i, row in enumerate(rows[::3]))))


def by_hour(store: DuckdbStore) -> tuple[Summaries, ...]:
    return store.summarize(SummaryRequest(FQN, TWO_DAYS, step=HOUR, outcomes=ALL_OUTCOMES))


def by_day(store: DuckdbStore) -> tuple[Summaries, ...]:
    return store.summarize(SummaryRequest(FQN, TWO_DAYS, step=DAY, outcomes=ALL_OUTCOMES))


def numeric(summary: Summaries, key: str) -> NumericSummary:
    found = summary.columns[key]
    assert isinstance(found, NumericSummary)
    return found


def problems(store: DuckdbStore) -> list[str]:
    return [finding.text for finding in store.check(lambda step, done, total: None) if finding.level != "ok"]


def test_charts_stay_when_rows_expire_and_cells_are_made_anew(reopen: Open) -> None:
    store = reopen()
    log(Feed(store))
    before = by_hour(store), by_day(store)
    assert store.expire(FQN, HALF, limit=100).predictions == 100
    assert store.expire(FQN, HALF, limit=1_000).predictions == 200
    assert (by_hour(store), by_day(store)) == before
    store.rebuild_cells(FQN)
    assert (by_hour(store), by_day(store)) == before
    assert problems(store) == []
    store = reopen()
    store.rebuild_cells(FQN)
    assert (by_hour(store), by_day(store)) == before


def test_an_expired_row_that_is_logged_again_is_not_counted_again(reopen: Open) -> None:
    store = reopen()
    log(Feed(store))
    before = by_hour(store)
    store.expire(FQN, HALF, limit=1_000)
    log(Feed(store))
    assert store.describe(FQN).n_predictions == 480
    assert by_hour(store) == before
    assert store.expire(FQN, HALF, limit=1_000).predictions == 300
    assert by_hour(store) == before
    store = reopen()
    log(Feed(store))
    assert by_hour(store) == before


def test_an_hour_of_which_a_part_has_expired_is_frozen_whole(reopen: Open) -> None:
    store = reopen()
    feed = Feed(store)
    log(feed)
    store.expire(FQN, of_micros(T + HOUR_US // 2), limit=1_000)
    before = by_hour(store)
    feed.merge(
        batch(
            prediction("late", 1.0, features={}, occurred_at=T + HOUR_US - 1), actual("row-7", 3.0, at=T + 99 * HOUR_US)
        )
    )
    store.erase(FQN, ["row-8"])
    assert by_hour(store) == before
    feed.merge(batch(prediction("later", 1.0, features={}, occurred_at=T + HOUR_US)))
    assert [summary.n for summary in by_hour(store)[:3]] == [10, 11, 10]
    assert problems(store) == []


def test_a_new_grid_takes_the_numbers_of_expired_rows_along(reopen: Open) -> None:
    store = reopen()
    log(Feed(store))
    before = by_day(store)
    store.expire(FQN, HALF, limit=1_000)
    values = np.random.default_rng(5).normal(0.2, 1.5, 3_000)
    columns = ReferenceColumns(features=("x",), prediction="p", actual="y")
    table = pa.table({"x": values, "p": np.abs(values), "y": values * 2})
    store.put_reference(FQN, "training", table, columns)
    after = by_day(store)
    for then, now in zip(before, after, strict=True):
        was, became = numeric(then, "x"), numeric(now, "x")
        assert was.grid != became.grid
        assert (became.n, became.missing, became.type_errors) == (was.n, was.missing, was.type_errors)
        assert became.mean == pytest.approx(was.mean, rel=1e-9)
        assert became.std == pytest.approx(was.std, rel=1e-9)
        assert isinstance(now.residuals, Residuals)
        assert now.residuals == then.residuals
    store.rebuild_cells(FQN)
    assert by_day(store) == after
    assert numeric(store.summarize(SummaryRequest(FQN, "training"))[0], "x").n == 3_000


def test_of_a_column_that_changes_its_kind_nothing_is_known_where_rows_have_expired(reopen: Open) -> None:
    store = reopen()
    log(Feed(store))
    store.expire(FQN, START + DAY, limit=1_000)
    store.declare(FQN, ModelSchema(features=(Feature("x", "float"), Feature("city", "string", kind="categorical"))))
    categorical = ModelSchema(features=(Feature("x", "int", kind="categorical"),))
    store.declare(FQN, categorical)
    first, second = by_day(store)
    x, there = first.columns["x"], second.columns["x"]
    assert isinstance(x, CategorySummary)
    assert isinstance(there, CategorySummary)
    assert (first.n, x.rows, x.missing_share) == (240, 0, None)
    assert (second.n, there.rows) == (240, 240)
    assert first.columns["city"].rows == 240
    store.rebuild_cells(FQN)
    assert by_day(store) == (first, second)


def test_a_column_that_is_new_was_missing_before(reopen: Open) -> None:
    store = reopen()
    feed = Feed(store)
    log(feed)
    store.expire(FQN, START + DAY, limit=1_000)
    feed.merge(batch(*(prediction(f"new-{i}", 1.0, features={"y": "a"}, occurred_at=T + 40 * HOUR_US) for i in "ab")))
    first, second = by_day(store)
    assert (first.columns["y"].missing, second.columns["y"].missing) == (240, 240)
    assert second.columns["y"].rows == 242


def test_a_column_without_a_grid_gets_one_before_its_rows_expire(reopen: Open) -> None:
    store = reopen()
    log(Feed(store), sparse=45)
    store.expire(FQN, START + DAY, limit=1_000)
    assert numeric(by_day(store)[0], "sparse").rows == 0  # too few values for a grid: nothing is kept of them
    log(Feed(store), first=480, n=480, sparse=900)
    assert numeric(by_day(store)[0], "sparse").rows == 0
    assert numeric(by_day(store)[1], "sparse").n == 180


def test_aggregates_are_forgotten_by_whole_days(reopen: Open) -> None:
    store = reopen()
    log(Feed(store))
    store.expire(FQN, HALF, limit=1_000)
    before = by_day(store)
    store.expire_aggregates(FQN, START + 20 * HOUR)
    assert by_day(store) == before
    store.expire_aggregates(FQN, START + 28 * HOUR)
    store.rebuild_cells(FQN)
    assert [summary.n for summary in by_day(store)] == [0, 240]
    assert by_day(store)[1] == before[1]
    assert problems(store) == []
