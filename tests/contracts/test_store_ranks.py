"""The place of the class that turned out among a row's scores, as every store tells it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from contracts.test_store import DAY, FQN, HOUR, Feed, T, actual, batch, feed, prediction
from mlfoundry.expression import parse
from mlfoundry.store.base import ReferenceColumns, SummaryRequest
from mlfoundry.summaries import Ranks

__all__ = ["feed"]
THREE = {"gold": 0.5, "silver": 0.3, "tin": 0.2}


def ranks(feed: Feed, segment: Any = DAY, **fields: Any) -> dict[int, int] | None:
    [summary] = feed.store.summarize(SummaryRequest(FQN, segment, outcomes=frozenset({"ranks"}), **fields))
    found: Ranks | None = summary.ranks
    return None if found is None else dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True))


def test_ranks_count_places_and_move_with_corrections(feed: Feed) -> None:
    feed.merge(batch(*(prediction(str(n), "gold", probabilities=THREE) for n in range(4))))
    feed.merge(batch(actual("0", "gold"), actual("1", "silver"), actual("2", "tin")))
    assert ranks(feed) == {1: 1, 2: 1, 3: 1}
    feed.merge(batch(actual("2", "gold", at=T + 2 * HOUR), actual("3", "copper")))
    assert ranks(feed) == {1: 2, 2: 1, 4: 1}
    feed.store.erase(FQN, ["1"])
    assert ranks(feed) == {1: 2, 4: 1}
    assert ranks(feed, where=parse("distance > 1")) == {1: 2, 4: 1}


def test_there_are_none_of_two_classes_until_a_third_has_a_score(feed: Feed) -> None:
    feed.merge(batch(prediction("a", "gold", probabilities={"gold": 0.4, "silver": 0.6}), actual("a", "gold")))
    assert ranks(feed) is None
    feed.merge(batch(prediction("b", "gold", probabilities=THREE), actual("b", "gold")))
    assert ranks(feed) == {1: 1, 2: 1}
    feed.merge(batch(prediction("c", "gold", probabilities={**THREE, "iron": 0.9}), actual("c", "gold")))
    assert ranks(feed) == {1: 1, 2: 2}


@pytest.mark.parametrize("columns", [("gold", "silver", "tin"), ("gold", "silver")])
def test_a_reference_has_ranks_where_it_has_the_scores(feed: Feed, columns: tuple[str, ...]) -> None:
    feed.merge(batch(prediction("a", "gold", probabilities=THREE)))
    table = pa.table({"p": ["gold"] * 3, "a": ["gold", "tin", None], **{name: [THREE[name]] * 3 for name in columns}})
    roles = ReferenceColumns(features=(), prediction="p", probabilities={name: name for name in columns}, actual="a")
    feed.store.put_reference(FQN, "training", table, roles)
    assert ranks(feed, "training") == ({1: 1, 3: 1} if len(columns) == 3 else None)
