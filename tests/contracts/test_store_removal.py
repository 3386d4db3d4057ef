"""One suite for every store: rows that leave it, by erasure, by their age, with their version."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.test_store import (
    ALWAYS,
    DAY,
    FQN,
    HOUR,
    MINUTE,
    NOON,
    Feed,
    T,
    actual,
    batch,
    make_duckdb,
    make_memory,
    prediction,
)
from mlfoundry.batches import JudgedBatch
from mlfoundry.events import Rejection
from mlfoundry.store.base import ALL_OUTCOMES, Erasure, Removed, Store, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.times import of_micros

OTHER = "model:default/flights/other:1"
MAKERS = [make_memory, make_duckdb]


@pytest.fixture(params=MAKERS, ids=["memory", "duckdb"])
def feed(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Feed]:
    make: Callable[[Path], Store] = request.param
    store = make(tmp_path)
    yield Feed(store)
    store.close()


def answers(store: Store) -> dict[str, Any]:
    """Everything that a store says of the version, but for the counts of what was erased."""
    return {
        "describe": store.describe(FQN),
        "rows": store.rows(FQN, ALWAYS, limit=1_000).rows,
        "day": store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES)),
        "ledger": [entry for entry in store.ledger(FQN) if entry.state != "erased"],
        "rejected": store.rejected(FQN),
        "explain": {data_id: store.explain(FQN, data_id) for data_id in "abcdxyz"},
    }


def one_of_everything(data_id: str) -> list[JudgedBatch]:
    """A prediction, a duplicate, a conflict, three actuals, one that repeats, a refusal."""
    return [
        batch(prediction(data_id, features={"distance": 7.0})),
        batch(prediction(data_id, features={"distance": 7.0}), prediction(data_id, "ok")),
        batch(actual(data_id, "ok"), received_at=T + 2 * HOUR),
        batch(actual(data_id, "late", at=T + 2 * HOUR), actual(data_id, "late", at=T + 2 * HOUR)),
        batch(rejected=[Rejection(0, "$.features.distance", "a list", data_id), Rejection(1, "$", "no data_id")]),
    ]


def test_an_erased_row_is_gone_from_everywhere(feed: Feed) -> None:
    for one in one_of_everything("a"):
        feed.merge(one)
    assert feed.store.erase(FQN, ["a", "nobody", "a"]) == Erasure(
        Removed(predictions=1, actuals=2, waiting=0, repeats=3, refusals=1), ("nobody",)
    )
    assert (feed.store.row(FQN, "a"), feed.store.explain(FQN, "a")) == (None, ())
    assert feed.store.rows(FQN, ALWAYS, limit=9).rows == ()
    assert [one.rejection.data_id for one in feed.store.rejected(FQN)] == [None]
    info = feed.store.describe(FQN)
    assert (info.n_predictions, info.n_actuals, info.first_at, info.last_received_at) == (0, 0, None, None)
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES))
    assert (summary.n, summary.n_with_actual) == (0, 0)


def test_the_ledger_keeps_the_counts_of_what_was_erased(feed: Feed) -> None:
    for one in one_of_everything("a"):
        feed.merge(one)
    before = feed.totals()
    feed.store.erase(FQN, ["a"])
    after = {state: n for state, n in feed.totals().items() if n}
    assert sum(after.values()) == sum(before.values())
    assert after == {"prediction.erased": 4, "prediction.rejected": 1, "actual.erased": 3}


def test_an_erased_row_does_not_come_back_with_its_batch(feed: Feed) -> None:
    logged = batch(prediction("a"), rejected=[Rejection(1, "$.value", "'Ann' is no number", "a")])
    feed.merge(logged)
    feed.store.erase(FQN, ["a"])
    assert feed.merge(logged) == {}
    reply = feed.store.remembered("prediction", FQN, logged.batch_id)
    assert reply is not None
    assert (reply.accepted, reply.rejected) == (1, (Rejection(1, "$", "erased"),))
    assert feed.store.row(FQN, "a") is None


def test_an_erased_id_may_be_logged_again_as_a_new_row(feed: Feed) -> None:
    feed.merge(batch(prediction("a", "late")), batch(actual("a", "ok")))
    feed.store.erase(FQN, ["a"])
    assert feed.merge(batch(prediction("a", "ok"))) == {("prediction", "stored"): 1}
    assert (feed.row("a").value, feed.row("a").actual) == ("ok", None)


def test_an_actual_that_waits_is_erased(feed: Feed) -> None:
    feed.merge(batch(actual("a", "ok")))
    removed = feed.store.erase(FQN, ["a"]).removed
    assert (removed.actuals, removed.waiting, removed.rows) == (1, 1, 1)
    feed.merge(batch(prediction("a")))
    assert feed.row("a").actual is None


def test_other_versions_keep_the_id(feed: Feed) -> None:
    feed.merge(batch(prediction("a")), batch(prediction("a"), fqn=OTHER))
    feed.store.erase(FQN, ["a"])
    assert feed.store.row(OTHER, "a") is not None
    assert feed.store.erase("model:default/none/none:1", ["a"]) == Erasure(Removed(), ("a",))


KEPT, ERASED = "abcd", "xyz"
_ids = st.sampled_from(KEPT + ERASED)
_operation = st.one_of(
    st.tuples(st.just("predict"), _ids, st.integers(0, 3)),
    st.tuples(st.just("actual"), _ids, st.integers(0, 3)),
    st.tuples(st.just("reject"), _ids, st.integers(0, 3)),
    st.tuples(st.just("erase"), st.sampled_from(ERASED), st.just(0)),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(_operation, max_size=25), seed=st.integers(0, 99))
def test_erasing_equals_never_having_logged(
    operations: list[tuple[str, str, int]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In any order of logging, correcting, refusing and erasing; each store against itself and against the other."""
    ids = list(random.Random(seed).sample(ERASED, len(ERASED)))
    operations = [*operations, *(("erase", data_id, 0) for data_id in ids)]
    found: list[dict[str, Any]] = []
    for make in MAKERS:
        for without in ("", ERASED):
            store = make(tmp_path_factory.mktemp("store"))
            _replay(Feed(store), operations, without=without)
            found.append(answers(store))
            if isinstance(store, DuckdbStore):
                store.close()
    assert found[0] == found[1] == found[2] == found[3]


def _replay(feed: Feed, operations: Sequence[tuple[str, str, int]], *, without: str) -> None:
    anchor = prediction("seen", "ok", features={"distance": 1.0}), actual("seen", "late")
    feed.merge(batch(anchor[0], batch_id=str(uuid.UUID(int=1))), batch(anchor[1], batch_id=str(uuid.UUID(int=2))))
    for no, (what, data_id, n) in enumerate(operations, 3):
        named: dict[str, Any] = {"batch_id": str(uuid.UUID(int=no)), "received_at": T + no * MINUTE}
        if what == "erase":
            feed.store.erase(FQN, [data_id])
        elif data_id in without:
            continue
        elif what == "predict":
            feed.merge(batch(prediction(data_id, "late", features={"distance": float(n)}), **named))
        elif what == "actual":
            feed.merge(batch(actual(data_id, ("late", "ok")[n % 2], at=T + n * HOUR), **named))
        else:
            feed.merge(batch(rejected=[Rejection(n, "$", "wrong", data_id)], **named))


# Age


def test_events_past_their_time_go_with_what_belongs_to_them(feed: Feed) -> None:
    feed.merge(batch(prediction("old", occurred_at=T - HOUR), prediction("new", occurred_at=T)))
    feed.merge(batch(prediction("old", occurred_at=T - HOUR), prediction("new", "ok")))
    feed.merge(batch(actual("old", "ok"), actual("new", "ok")))
    assert feed.store.expire(FQN, NOON, limit=10) == Removed(predictions=1, actuals=1, repeats=1)
    assert [row.data_id for row in feed.store.rows(FQN, ALWAYS, limit=9).rows] == ["new"]
    info = feed.store.describe(FQN)
    assert (info.n_predictions, info.n_actuals, info.first_at) == (1, 1, NOON)
    assert {state: n for state, n in feed.totals().items() if n} == {
        "prediction.stored": 1,
        "prediction.conflict": 1,
        "prediction.expired": 2,
        "actual.matched": 1,
        "actual.expired": 1,
    }
    assert feed.store.expire(FQN, NOON, limit=10) == Removed()


def test_an_expiry_takes_no_more_than_it_may(feed: Feed) -> None:
    feed.merge(batch(*(prediction(str(i), occurred_at=T - i) for i in range(7))))
    taken = [feed.store.expire(FQN, NOON, limit=4).predictions for _ in range(3)]
    assert taken == [4, 2, 0]


def test_actuals_that_waited_too_long_expire(feed: Feed) -> None:
    feed.merge(batch(actual("a", "ok"), received_at=T - HOUR), batch(actual("b", "ok"), received_at=T))
    feed.merge(batch(actual("c", "ok"), received_at=T - HOUR), batch(actual("c", "late"), received_at=T))
    assert feed.store.expire(FQN, NOON, limit=10) == Removed(actuals=1, waiting=1)
    feed.merge(batch(*map(prediction, "abc")))
    assert [feed.row(data_id).actual for data_id in "abc"] == [None, "ok", "late"]


def test_counts_of_rows_that_are_gone_go_with_the_aggregates(feed: Feed) -> None:
    feed.merge(batch(prediction("a"), prediction("b")))
    feed.store.erase(FQN, ["a"])
    feed.store.expire_aggregates(FQN, NOON)
    assert feed.totals()["prediction.erased"] == 1
    feed.store.expire_aggregates(FQN, of_micros(T + HOUR))
    assert {state: n for state, n in feed.totals().items() if n} == {"prediction.stored": 1}


# Whole versions


def test_a_forgotten_version_leaves_nothing(feed: Feed) -> None:
    feed.merge(*one_of_everything("a"), batch(prediction("b"), fqn=OTHER))
    feed.store.forget(FQN)
    feed.store.forget(FQN)
    assert feed.store.versions() == (OTHER,)
    assert (feed.totals(), feed.store.row(FQN, "a"), feed.store.explain(FQN, "a")) == ({}, None, ())
    assert feed.store.describe(FQN).columns == ()
    assert feed.merge(batch(prediction("a"))) == {("prediction", "stored"): 1}
    assert feed.store.describe(FQN).n_predictions == 1
    assert feed.store.row(OTHER, "b") is not None
