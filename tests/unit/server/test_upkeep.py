"""Retention and deletions that were begun, a turn at a time, by a given clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.test_store import ALWAYS, FQN, NOON, Feed, T, batch, prediction
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.registry.records import NewVersion, Retention
from mlfoundry.registry.registry import Registry
from mlfoundry.server.upkeep import Turn, Upkeep
from mlfoundry.store.duckdb import DuckdbStore

DAY_MICROS = 86_400_000_000
OLD, NEW = T - 10 * DAY_MICROS, T


class Kept:
    """A registry and a store with ten old rows and one new one of one version."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(f"sqlite:///{folder / 'registry.db'}", str(folder / "artifacts"))
        self.store = DuckdbStore(folder / "events.duckdb", clock=lambda: NOON)
        self.turns: list[Turn] = []
        self.upkeep = Upkeep(self.registry, self.store, clock=lambda: NOON, on_change=self.turns.append, rows_a_turn=6)
        self.registry.projects.create("flights")
        self.registry.models.create_version("flights", NewVersion(name="late"))
        rows = [prediction(str(i), occurred_at=OLD) for i in range(10)]
        Feed(self.store).merge(batch(*rows, prediction("new", occurred_at=NEW)))

    def ids(self) -> list[str]:
        return [row.data_id for row in self.store.rows(FQN, ALWAYS, limit=99).rows]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()
    made.registry.close()


def test_without_a_limit_everything_stays(kept: Kept) -> None:
    turn = kept.upkeep.turn()
    assert (turn.expired.rows, turn.more, turn.problem, kept.turns) == (0, False, None, [])
    assert len(kept.ids()) == 11


def test_a_turn_takes_a_bounded_piece_and_says_that_more_is_left(kept: Kept) -> None:
    kept.registry.projects.retain("flights", Retention(events_days=5))
    assert [(turn.expired.predictions, turn.more) for turn in (kept.upkeep.turn(), kept.upkeep.turn())] == [
        (6, True),
        (4, False),
    ]
    assert kept.ids() == ["new"]
    assert len(kept.turns) == 2
    assert kept.upkeep.last == kept.turns[-1]


def test_archived_projects_are_kept_no_longer_than_others(kept: Kept) -> None:
    kept.registry.projects.retain("flights", Retention(events_days=5))
    kept.registry.projects.archive("flights", archived=True)
    assert kept.upkeep.turn().expired.predictions == 6


def test_counts_go_with_the_aggregates(kept: Kept) -> None:
    kept.registry.projects.retain("flights", Retention(events_days=1, aggregates_days=1))
    feed = Feed(kept.store)
    feed.merge(batch(prediction("late", occurred_at=OLD), received_at=T - 2 * DAY_MICROS))
    while kept.upkeep.turn().more:
        pass
    kept.upkeep.turn()
    hours = {entry.hour for entry in kept.store.ledger(FQN) if entry.n}
    assert min(hours) > NOON - timedelta(days=1)


def test_a_deletion_that_a_crash_cut_off_is_finished(kept: Kept) -> None:
    kept.registry.models.delete_version(ModelVersionFqn.parse(FQN))  # and here the process was killed
    assert kept.upkeep.turn().forgotten == (FQN,)
    assert kept.store.versions() == ()
    Feed(kept.store).merge(batch(prediction("from the inbox")))  # what was accepted before, merged afterwards
    assert kept.upkeep.turn().forgotten == (FQN,)
    assert kept.upkeep.turn().forgotten == ()
