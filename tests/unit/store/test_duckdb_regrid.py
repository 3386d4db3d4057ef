"""A column whose values move on stays resolved: its grid is laid again when a day crowds into a bucket."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from contracts.test_store import FQN, Feed, actual, batch, prediction
from mlfoundry.store.base import ALL_OUTCOMES, ReferenceColumns, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.duckdb_regrid import Renewal, renewed
from mlfoundry.summaries import Grid, NumericSummary
from mlfoundry.times import as_utc, to_micros
from mlfoundry.windows import DAY, Window

START = as_utc("2026-03-01")
DAY_US = 86_400_000_000
ROWS = 2_000
DAYS = 5
Floats = NDArray[np.float64]


class Moving:
    """Days of a version, by a clock that stands at the noon after the last one."""

    def __init__(self, path: Path) -> None:
        self.now = START
        self.values: list[dict[str, Floats]] = []
        self.store = DuckdbStore(path, grid_rows=500, clock=lambda: self.now)
        self.store.declare(FQN, None)

    def log_day(self) -> None:
        day = len(self.values)
        rng = np.random.default_rng(day)
        values = {
            "at": to_micros(START) / 1e6 + (day + rng.random(ROWS)) * 86_400,
            "level": rng.normal(day * 30.0, 1.0, ROWS),
            "still": rng.normal(0.0, 1.0, ROWS),
        }
        self.values.append(values)
        rows = [
            prediction(
                f"{day}-{i}",
                float(values["level"][i]),
                features={key: float(column[i]) for key, column in values.items()},
                occurred_at=to_micros(START) + day * DAY_US + i,
            )
            for i in range(ROWS)
        ]
        feed = Feed(self.store)
        feed.merge(batch(*rows))
        feed.merge(batch(*(actual(row.data_id, 0.0, at=row.occurred_at) for row in rows[::2])))
        self.now = START + (day + 1.5) * DAY

    def summaries(self, key: str) -> list[NumericSummary]:
        window = Window(START, START + len(self.values) * DAY)
        found = [step.columns[key] for step in self.store.summarize(SummaryRequest(FQN, window, step=DAY))]
        return [summary for summary in found if isinstance(summary, NumericSummary)]


@pytest.fixture
def moving(tmp_path: Path) -> Generator[Moving]:
    made = Moving(tmp_path / "events.duckdb")
    yield made
    made.store.close()


def psi(before: NDArray[Any], after: NDArray[Any]) -> float:
    p, q = (np.maximum(counts / counts.sum(), 1e-4) for counts in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def deciles_of(values: Floats, other: Floats) -> float:
    edges = np.quantile(values, np.arange(1, 10) / 10)
    return psi(*(np.bincount(np.searchsorted(edges, sample, side="right"), minlength=10) for sample in (values, other)))


def deciles_of_cells(reference: NumericSummary, current: NumericSummary) -> float:
    """Bins whose edges are those borders of buckets that come nearest to the deciles."""
    shares = np.cumsum(reference.counts) / reference.n
    places = [int(np.abs(shares - decile / 10).argmin()) for decile in range(1, 10)]
    edges = reference.grid.upper(reference.ids[places])
    counts: list[NDArray[Any]] = []
    for summary in (reference, current):
        bins = np.searchsorted(edges, summary.grid.lower(summary.ids), side="right")
        counts.append(np.bincount(bins, weights=summary.counts, minlength=10))
    return psi(*counts)


def test_days_of_a_column_that_moves_can_be_told_apart(moving: Moving) -> None:
    laid: list[tuple[str, ...]] = []
    for _ in range(DAYS):
        moving.log_day()
        laid.append(moving.store.renew_grids(FQN))
    assert laid[0] == ()  # the grid was laid over this day
    assert all({"at", "level"} <= set(keys) and "still" not in keys for keys in laid[1:])
    # Days that are apart by far share the buckets: there no border is nearer to a decile than about 1/32 of a day.
    for key, rel in (("at", 0.02), ("level", 0.05), ("still", 0.02)):
        days = moving.summaries(key)
        assert len(days[0].grid.borders) < 1_400
        for day in range(1, DAYS):
            exact = deciles_of(moving.values[day - 1][key], moving.values[day][key])
            assert deciles_of_cells(days[day - 1], days[day]) == pytest.approx(exact, rel=rel, abs=0.002), (key, day)
        fine = [int((summary.counts > 0.02 * summary.n).sum()) for summary in days]
        assert fine[-1] == 0, (key, fine)


def test_a_day_is_looked_at_once_and_when_it_is_over(moving: Moving) -> None:
    moving.log_day()
    moving.log_day()
    moving.now = START + 1.5 * DAY  # the second day is under way
    assert moving.store.renew_grids(FQN) == ()
    moving.now = START + 2 * DAY
    assert "at" in moving.store.renew_grids(FQN)
    assert moving.store.renew_grids(FQN) == ()


def test_cells_stay_those_of_the_rows(moving: Moving) -> None:
    for _ in range(3):
        moving.log_day()
        moving.store.renew_grids(FQN)
    window = Window(START, START + 4 * DAY)
    asked = SummaryRequest(FQN, window, step=DAY, outcomes=ALL_OUTCOMES)
    kept = moving.store.summarize(asked)
    assert kept == moving.store.summarize(SummaryRequest(FQN, window, step=DAY, outcomes=ALL_OUTCOMES, exact=True))
    moving.store.rebuild_cells(FQN)
    assert moving.store.summarize(asked) == kept


@pytest.mark.parametrize("erased", [[], ["0-3", "1-7"]])
def test_rows_come_and_go_while_a_grid_is_made(
    moving: Moving, monkeypatch: pytest.MonkeyPatch, erased: list[str]
) -> None:
    moving.log_day()
    moving.log_day()
    asked = SummaryRequest(FQN, Window(START, START + 4 * DAY), step=DAY, outcomes=ALL_OUTCOMES)
    grid = moving.summaries("at")[0].grid

    def made_slowly(*arguments: Any, **options: Any) -> Renewal | None:
        found = renewed(*arguments, **options)
        if len(moving.values) == 2:
            moving.log_day()
            moving.store.erase(FQN, erased)
        return found

    monkeypatch.setattr("mlfoundry.store.duckdb.renewed", made_slowly)
    assert {"at", "level"} <= set(moving.store.renew_grids(FQN))

    kept = moving.store.summarize(asked)
    assert moving.summaries("at")[0].grid != grid
    assert [summaries.n for summaries in kept] == [ROWS - len(erased[:1]), ROWS - len(erased[1:]), ROWS, 0]
    assert kept == moving.store.summarize(replace(asked, exact=True))
    moving.store.rebuild_cells(FQN)
    assert moving.store.summarize(asked) == kept


def test_a_reference_moves_to_the_new_grid_and_stays_resolved(moving: Moving) -> None:
    values = np.random.default_rng(9).normal(0.0, 1.0, 5_000)
    moving.store.put_reference(FQN, "training", pa.table({"level": values}), ReferenceColumns(features=("level",)))
    for _ in range(3):
        moving.log_day()
        moving.store.renew_grids(FQN)
    reference = moving.store.summarize(SummaryRequest(FQN, "training"))[0].columns["level"]
    assert isinstance(reference, NumericSummary)
    assert reference.grid == moving.summaries("level")[0].grid != Grid.lay(values)
    assert (reference.n, reference.counts.max() < 0.03 * reference.n) == (5_000, True)
    assert reference.quantile(0.25) == pytest.approx(np.quantile(values, 0.25), abs=0.03)


def test_expired_days_move_along_with_what_is_known_of_them(moving: Moving) -> None:
    moving.log_day()
    moving.log_day()
    before = moving.summaries("at")
    moving.store.expire(FQN, START + DAY, limit=ROWS)
    assert "at" in moving.store.renew_grids(FQN)
    after = moving.summaries("at")
    assert before[0].grid != after[0].grid
    assert [summary.n for summary in after] == [ROWS, ROWS]
    assert after[0].mean == pytest.approx(before[0].mean)
    assert after[0].quantile(0.5) == pytest.approx(np.median(moving.values[0]["at"]), abs=86_400 / 50)


def test_a_day_whose_rows_are_gone_leaves_the_grid(moving: Moving) -> None:
    moving.log_day()
    moving.log_day()
    grid = moving.summaries("at")[0].grid
    moving.store.expire(FQN, START + 2 * DAY, limit=2 * ROWS)
    assert moving.store.renew_grids(FQN) == ()
    assert moving.summaries("at")[0].grid == grid
