"""One suite for every store: what ``docs/semantics.md`` says, held against each engine."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlfoundry import expression
from mlfoundry.batches import JudgedBatch, PredictionBlock, blocks_of
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.events import (
    FLAG_FUTURE,
    FLAG_TIME_DEFAULTED,
    ActualRow,
    Kind,
    PredictionRow,
    Rejection,
    StoredRow,
    Value,
)
from mlfoundry.expression import parse
from mlfoundry.schema import Feature, ModelSchema
from mlfoundry.store.base import ALL_OUTCOMES, ReferenceColumns, Store, SummaryRequest
from mlfoundry.store.catalog import MAX_CLASSES
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.summaries import CategorySummary, NumericSummary, Summaries
from mlfoundry.times import as_utc, of_micros, to_micros
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
NOON = as_utc("2026-03-01T12:00:00")
T = to_micros(NOON)
MINUTE, HOUR = 60_000_000, 3_600_000_000
DAY = Window(as_utc("2026-03-01"), as_utc("2026-03-02"))
ALWAYS = Window(as_utc("1900-01-01"), as_utc("2100-01-01"))
GRID_ROWS = 40


class Feed:
    """A store with the position that grows from merge to merge."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.position = store.position()

    def merge(self, *batches: JudgedBatch) -> Counter[tuple[Kind, str]]:
        self.position += 1
        return Counter(dict(self.store.merge(batches, self.position).rows))

    def totals(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for entry in self.store.ledger(FQN):
            totals[f"{entry.kind}.{entry.state}"] += entry.n
        return dict(totals)

    def row(self, data_id: str) -> StoredRow:
        row = self.store.row(FQN, data_id)
        assert row is not None
        return row


def make_memory(path: Path) -> Store:
    return MemoryStore(grid_rows=GRID_ROWS, clock=lambda: NOON)


def make_duckdb(path: Path) -> Store:
    return DuckdbStore(path / "events.duckdb", grid_rows=GRID_ROWS, clock=lambda: NOON, memory_limit_bytes=2**28)


@pytest.fixture(params=[make_memory, make_duckdb], ids=["memory", "duckdb"])
def feed(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Feed]:
    make: Callable[[Path], Store] = request.param
    store = make(tmp_path)
    yield Feed(store)
    store.close()


def prediction(data_id: str, value: Value = "late", **fields: Any) -> PredictionRow:
    given: dict[str, Any] = {
        "index": 0,
        "features": {"distance": 100.0},
        "probabilities": {},
        "shap_values": {},
        "occurred_at": T,
        "raw_data": "{}",
    }
    return PredictionRow(data_id=data_id, value=value, **{**given, **fields})


def actual(data_id: str, value: Value, *, at: int = T + HOUR) -> ActualRow:
    return ActualRow(index=0, data_id=data_id, value=value, occurred_at=at)


def numbered(rows: Sequence[PredictionRow]) -> tuple[PredictionBlock, ...]:
    return blocks_of(msgspec.structs.replace(row, index=index) for index, row in enumerate(rows))


def batch(
    *rows: PredictionRow | ActualRow,
    received_at: int = T + MINUTE,
    batch_id: str | None = None,
    fqn: str = FQN,
    rejected: Sequence[Rejection] = (),
) -> JudgedBatch:
    predictions = [row for row in rows if isinstance(row, PredictionRow)]
    actuals = tuple(row for row in rows if isinstance(row, ActualRow))
    return JudgedBatch(
        batch_id=batch_id or str(uuid.uuid4()),
        kind="actual" if actuals else "prediction",
        model_version_fqn=fqn,
        received_at=received_at,
        blocks=numbered(predictions),
        actuals=actuals,
        rejected=tuple(rejected),
    )


# Predictions: the first one stays


def test_a_prediction_comes_back_as_it_was_given(feed: Feed) -> None:
    features = {"f": 0.1, "i": 3, "s": "Zürich ✈", "t": True, "none": None, "nul": "a\x00b", "": "empty name"}
    given = prediction(
        "a",
        "ok",
        features=features,
        probabilities={"ok": 0.75, "late": 0.25},
        shap_values={"f": 0.1, "i": -2.0},
        raw_data='{"z":[1,{"y":null}]}',
    )
    feed.merge(batch(given))
    row = feed.row("a")
    assert list(row.features.items()) == list(features.items())
    assert [type(value) for value in row.features.values()] == [type(value) for value in features.values()]
    assert list(row.probabilities.items()) == [("ok", 0.75), ("late", 0.25)]
    assert row.shap_values == {"f": 0.1, "i": -2.0}
    assert bytes(row.raw_data) == b'{"z":[1,{"y":null}]}'
    assert (row.value, row.occurred_at, row.received_at) == ("ok", NOON, of_micros(T + MINUTE))
    assert (row.actual, row.actual_occurred_at, row.actual_received_at) == (None, None, None)


@pytest.mark.parametrize(
    "value", ["", "1", "true", "\x00", 0, -1, 2**63 - 1, -(2**63), 2**53 + 1, 0.0, 1.0, 1e308, 5e-324, True, False]
)
def test_values_keep_their_type(feed: Feed, value: Value) -> None:
    feed.merge(batch(prediction("a", value, actual_value=value)))
    row = feed.row("a")
    assert (row.value, type(row.value)) == (value, type(value))
    assert (row.actual, type(row.actual)) == (value, type(value))


def test_none_and_absent_are_two_things(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": 1.5, "y": None}), prediction("b", features={"x": 2.5})))
    assert feed.row("a").features == {"x": 1.5, "y": None}
    assert feed.row("b").features == {"x": 2.5}


def test_a_value_that_does_not_fit_its_column_is_kept_and_counted(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": 1, "s": "text"})))
    features = {"x": "many", "s": 7}
    feed.merge(batch(prediction("b", features=features), prediction("c", features={"x": True, "s": None})))
    assert feed.row("b").features == features
    assert feed.row("c").features["x"] is True
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY))
    x, s = summary.columns["x"], summary.columns["s"]
    assert isinstance(x, NumericSummary)
    assert (x.n, x.missing, x.type_errors) == (1, 0, 2)
    assert isinstance(s, CategorySummary)
    assert (dict(s.counts), s.missing, s.type_errors) == ({"text": 1}, 1, 1)


def test_an_int_widens_in_a_column_of_floats_unless_no_float_is_that_int(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": 0.5})))
    feed.merge(batch(prediction("b", features={"x": 3}), prediction("c", features={"x": 2**53 + 1})))
    assert type(feed.row("b").features["x"]) is float
    assert feed.row("c").features["x"] == 2**53 + 1
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY))
    assert summary.columns["x"].type_errors == 0


def test_the_schema_says_the_type(feed: Feed) -> None:
    features = (Feature("weekday", "int", kind="categorical"), Feature("price", "float"), Feature("at", "timestamp"))
    feed.store.declare(FQN, ModelSchema(features=features, prediction="numeric"))
    given = {"weekday": 3, "price": 2, "at": "2026-03-01T01:00:00+01:00"}
    feed.merge(batch(prediction("a", 1.5, features=given), prediction("b", 2, features={"at": "soon"})))
    infos = {info.key: (info.kind, info.type) for info in feed.store.describe(FQN).columns}
    assert infos["weekday"] == ("categorical", "int")
    assert infos["price"] == ("numeric", "float")
    assert infos["prediction"][0] == "numeric"
    assert feed.row("a").features["at"] == given["at"]
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY))
    weekday, at = summary.columns["weekday"], summary.columns["at"]
    assert isinstance(weekday, CategorySummary)
    assert dict(weekday.counts) == {"3": 1}
    assert isinstance(at, NumericSummary)
    assert (at.n, at.type_errors, at.moments.mean) == (1, 1, as_utc("2026-03-01").timestamp())


def test_shap_values_per_class(feed: Feed) -> None:
    shap = {"late": {"x": 0.5, "y": -1.0}, "ok": {"x": -0.5}}
    rows = [
        prediction("a", "late", probabilities={"late": 0.6, "ok": 0.4}, shap_values=shap),
        prediction("b", "ok", probabilities={"late": 0.6, "ok": 0.4}, shap_values={"x": 2.0}),
    ]
    feed.merge(batch(*rows))
    assert feed.row("a").shap_values == shap
    assert feed.row("b").shap_values == {"x": 2.0}
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES))
    assert summary.attributions["x"].mean == 1.25  # of the predicted class: 0.5 and 2.0
    assert summary.attributions["y"].mean == -1.0


def test_more_features_than_a_version_may_have_stay_in_the_row(feed: Feed) -> None:
    features: dict[str, Any] = {f"f{i}": float(i) for i in range(2_003)}
    feed.merge(batch(prediction("a", features=features)))
    assert feed.row("a").features == features
    assert sum(info.role == "feature" for info in feed.store.describe(FQN).columns) == 2_000


def test_an_identical_prediction_is_a_duplicate_and_a_different_one_a_conflict(feed: Feed) -> None:
    first = prediction("a", features={"x": 1, "y": None}, raw_data='{"a":1,"b":2}', shap_values={"x": 0.1})
    again = prediction("a", features={"y": None, "x": 1.0}, raw_data='{"b": 2, "a": 1}', shap_values={"x": 0.1})
    other = prediction("a", "ok", features={"x": 1, "y": None})
    without_y = prediction("a", features={"x": 1}, raw_data='{"a":1,"b":2}', shap_values={"x": 0.1})
    assert feed.merge(batch(first, again, other)) == {
        ("prediction", "stored"): 1,
        ("prediction", "duplicate"): 1,
        ("prediction", "conflict"): 1,
    }
    assert feed.merge(batch(again)) == {("prediction", "duplicate"): 1}
    assert feed.merge(batch(other, without_y)) == {("prediction", "conflict"): 2}
    assert feed.row("a").value == "late"
    assert feed.totals() == {"prediction.stored": 1, "prediction.duplicate": 2, "prediction.conflict": 3}
    fates = feed.store.explain(FQN, "a")
    assert Counter(fate.state for fate in fates) == {"stored": 1, "duplicate": 2, "conflict": 3}


def test_true_and_1_are_two_values(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": True}), prediction("b", 1)))
    assert feed.merge(batch(prediction("a", features={"x": 1}), prediction("b", True))) == {
        ("prediction", "conflict"): 2
    }


def test_a_time_that_was_not_given_is_no_difference(feed: Feed) -> None:
    feed.merge(batch(prediction("a"), prediction("b", flags=FLAG_TIME_DEFAULTED), prediction("c")))
    rows = [
        prediction("a", occurred_at=T + 5, flags=FLAG_TIME_DEFAULTED),
        prediction("b", occurred_at=T + 5),
        prediction("c", occurred_at=T + 5),
    ]
    assert feed.merge(batch(*rows)) == {("prediction", "duplicate"): 2, ("prediction", "conflict"): 1}


def test_a_time_in_the_future_is_flagged(feed: Feed) -> None:
    feed.merge(batch(prediction("a", flags=FLAG_FUTURE), prediction("b")))
    assert (feed.row("a").in_future, feed.row("b").in_future) == (True, False)


# Actuals


def test_an_actual_is_joined(feed: Feed) -> None:
    feed.merge(batch(prediction("a")))
    assert feed.merge(batch(actual("a", "ok", at=T + HOUR), received_at=T + 2 * HOUR)) == {("actual", "matched"): 1}
    row = feed.row("a")
    assert row.actual == "ok"
    assert row.actual_occurred_at == of_micros(T + HOUR)
    assert row.actual_received_at == of_micros(T + 2 * HOUR)


def test_an_actual_waits_for_its_prediction(feed: Feed) -> None:
    assert feed.merge(batch(actual("a", "ok"))) == {("actual", "waiting"): 1}
    assert feed.store.row(FQN, "a") is None
    feed.merge(batch(prediction("b")))
    assert feed.merge(batch(prediction("a"), received_at=T + 3 * HOUR)) == {
        ("prediction", "stored"): 1,
        ("actual", "waiting"): -1,
        ("actual", "matched"): 1,
    }
    assert feed.row("a").actual == "ok"
    assert feed.store.describe(FQN).n_actuals == 1
    # The actual stays in the hour in which it arrived.
    assert [entry.hour for entry in feed.store.ledger(FQN) if entry.kind == "actual"] == [NOON]


def test_an_actual_that_came_along_was_known_at_the_prediction(feed: Feed) -> None:
    feed.merge(batch(prediction("a", actual_value="ok")))
    assert feed.row("a").actual_occurred_at == NOON
    feed.merge(batch(actual("a", "late", at=T - HOUR)))
    assert feed.row("a").actual == "ok"  # the other one was known before
    assert feed.totals() == {"prediction.stored": 1, "actual.matched": 1, "actual.superseded": 1}


def test_the_actual_known_last_stands_in_whatever_order_they_come(tmp_path: Path) -> None:
    arrivals = [
        batch(prediction("a"), batch_id=str(uuid.UUID(int=0))),
        *(
            batch(actual("a", value, at=T + hour * HOUR), batch_id=str(uuid.UUID(int=hour)))
            for hour, value in enumerate(["late", "late", "ok", "late", 1, 1.0, True], start=1)
        ),
    ]
    seen: set[tuple[Any, ...]] = set()
    for seed in range(6):
        (tmp_path / str(seed)).mkdir()
        for make in (make_memory, make_duckdb):
            feed = Feed(make(tmp_path / str(seed)))
            shuffled = random.Random(seed).sample(arrivals, len(arrivals))
            for first in range(0, len(shuffled), 3):
                feed.merge(*shuffled[first : first + 3])
            row = feed.row("a")
            fates = {(fate.occurred_at, fate.value, fate.state) for fate in feed.store.explain(FQN, "a")}
            seen.add((row.actual, row.actual_occurred_at, tuple(sorted(feed.totals().items())), frozenset(fates)))
            feed.store.close()
    [(value, known_at, totals, _)] = seen
    assert (value, known_at) == (True, of_micros(T + 7 * HOUR))
    assert dict(totals) == {
        "prediction.stored": 1,
        "actual.matched": 1,
        "actual.superseded": 4,
        "actual.duplicate": 2,
    }


def test_a_repeated_actual_is_a_duplicate(feed: Feed) -> None:
    feed.merge(batch(prediction("a")), batch(actual("a", "ok"), actual("a", "ok")))
    assert feed.merge(batch(actual("a", "ok"))) == {("actual", "duplicate"): 1}
    assert feed.merge(batch(actual("a", "ok", at=T + 5 * HOUR))) == {("actual", "duplicate"): 1}
    assert feed.row("a").actual_occurred_at == of_micros(T + HOUR)
    assert Counter(fate.state for fate in feed.store.explain(FQN, "a")) == {"stored": 1, "matched": 1, "duplicate": 3}


def test_a_correction_moves_every_figure(feed: Feed) -> None:
    feed.merge(batch(prediction("a", "late"), prediction("b", "late")), batch(actual("a", "ok")))
    request = SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES)
    [before] = feed.store.summarize(request)
    assert before.confusion is not None
    assert before.confusion.over(["late", "ok"]).counts.tolist() == [[0, 0], [1, 0]]
    feed.merge(batch(actual("a", "late", at=T + 2 * HOUR)))
    [after] = feed.store.summarize(request)
    assert after.confusion is not None
    assert after.confusion.over(["late", "ok"]).counts.tolist() == [[1, 0], [0, 0]]
    assert (after.n, after.n_with_actual) == (2, 1)
    assert feed.store.describe(FQN).n_actuals == 1


# The ledger, refusals, batches


def test_every_received_row_is_in_one_state(feed: Feed) -> None:
    rng = random.Random(7)
    received: Counter[str] = Counter()
    for _ in range(12):
        rows: list[PredictionRow | ActualRow] = []
        if rng.random() < 0.5:
            rows = [prediction(str(rng.randrange(15)), rng.choice(["late", "ok"])) for _ in range(8)]
            kind = "prediction"
        else:
            rows = [
                actual(str(rng.randrange(20)), rng.choice(["late", "ok"]), at=T + rng.randrange(4)) for _ in range(8)
            ]
            kind = "actual"
        refused = [Rejection(8, "$.features.x", "wrong", "bad")]
        received[kind] += 9
        feed.merge(batch(*rows, received_at=T + rng.randrange(5) * HOUR, rejected=refused))
    totals = feed.totals()
    for kind in ("prediction", "actual"):
        assert sum(n for key, n in totals.items() if key.startswith(kind)) == received[kind]
    assert all(entry.n > 0 for entry in feed.store.ledger(FQN))
    whole = sum(entry.n for entry in feed.store.ledger(FQN))
    first = Window(NOON, NOON + timedelta(hours=2))
    second = Window(first.end, first.end + timedelta(hours=10))
    assert sum(entry.n for w in (first, second) for entry in feed.store.ledger(FQN, w)) == whole


def test_a_refused_row_can_be_looked_up(feed: Feed) -> None:
    refusal = Rejection(3, "$.features.age", "Expected `int`", "a")
    feed.merge(batch(prediction("b"), rejected=[refusal], batch_id="5f2f3f7e-4d0c-4a58-8d3a-1f0a1c1b7a11"))
    [row] = feed.store.rejected(FQN)
    assert row.rejection == refusal
    [fate] = feed.store.explain(FQN, "a")
    assert (fate.state, fate.reason) == ("rejected", "Expected `int` (at $.features.age)")
    assert feed.totals() == {"prediction.stored": 1, "prediction.rejected": 1}


def test_a_batch_sent_again_changes_nothing(feed: Feed) -> None:
    sent = batch(prediction("a"), prediction("a", "ok"), rejected=[Rejection(2, "$", "wrong")])
    feed.merge(sent, sent)
    before = feed.totals()
    assert feed.merge(sent) == {}
    assert feed.totals() == before
    assert feed.store.remembered("prediction", FQN, sent.batch_id) == sent.reply()
    assert feed.store.remembered("actual", FQN, sent.batch_id) is None
    assert feed.store.remembered("prediction", FQN, str(uuid.uuid4())) is None


def test_a_batch_is_forgotten_after_seven_days(feed: Feed) -> None:
    old = batch(prediction("a"), received_at=T - 8 * 24 * HOUR)
    feed.merge(old)
    assert feed.store.remembered("prediction", FQN, old.batch_id) is None


def test_a_position_that_was_merged_changes_nothing(feed: Feed) -> None:
    feed.merge(batch(prediction("a")))
    report = feed.store.merge([batch(prediction("b"))], feed.position)
    assert (report.position, dict(report.rows)) == (feed.position, {})
    assert feed.store.row(FQN, "b") is None
    assert feed.store.position() == feed.position


def test_versions_do_not_meet(feed: Feed) -> None:
    other = "model:default/flights/late:2"
    feed.merge(
        batch(prediction("a", "late")), batch(prediction("a", "ok"), fqn=other), batch(actual("a", 1), fqn=other)
    )
    first, second = feed.store.row(FQN, "a"), feed.store.row(other, "a")
    assert first is not None
    assert second is not None
    assert (first.value, first.actual) == ("late", None)
    assert (second.value, second.actual) == ("ok", 1)
    assert set(feed.store.versions()) == {FQN, other}


def test_nothing_is_known_of_what_was_never_declared(feed: Feed) -> None:
    assert feed.store.describe("model:default/a/b:1").n_predictions == 0
    assert feed.store.rows("model:default/a/b:1", DAY, limit=5).rows == ()
    assert feed.store.explain("model:default/a/b:1", "a") == ()
    assert feed.store.ledger("model:default/a/b:1") == ()
    [summary] = feed.store.summarize(SummaryRequest("model:default/a/b:1", DAY))
    assert (summary.n, summary.window) == (0, DAY)


# Rows


def test_rows_come_in_pages(feed: Feed) -> None:
    rows = [prediction(str(i), occurred_at=T + (i // 3) * MINUTE) for i in range(20)]
    feed.merge(batch(*rows[:7]), batch(actual("3", "ok")))
    feed.merge(batch(*rows[7:]))
    for order in ("newest", "oldest"):
        seen: list[str] = []
        cursor = None
        while True:
            page = feed.store.rows(FQN, DAY, limit=6, cursor=cursor, order=order)
            seen += [row.data_id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [str(i) for i in (range(19, -1, -1) if order == "newest" else range(20))]
    [only] = feed.store.rows(FQN, DAY, limit=6, actual_required=True).rows
    assert only.data_id == "3"
    inside = Window(NOON, NOON + timedelta(minutes=1))
    assert [row.data_id for row in feed.store.rows(FQN, inside, limit=9).rows] == ["2", "1", "0"]


def test_a_cursor_that_is_none_is_refused(feed: Feed) -> None:
    with pytest.raises(InvalidInput, match="no cursor"):
        feed.store.rows(FQN, DAY, limit=5, cursor="'; DROP TABLE events_1")


@pytest.mark.parametrize(
    "name", ['x"; DROP TABLE events_1; --', "a'b", "seq", "f_1", "data_id", "ключ", "\x00", "{no}"]
)
def test_hostile_names_are_only_names(feed: Feed, name: str) -> None:
    row = prediction(name, name, features={name: name}, probabilities={name: 0.5}, shap_values={name: 0.5})
    feed.merge(batch(row), batch(actual(name, name)))
    stored = feed.row(name)
    assert stored.features == {name: name}
    assert (stored.value, stored.actual, stored.probabilities) == (name, name, {name: 0.5})
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES))
    assert summary.n_with_actual == 1
    assert set(summary.attributions) == {name}


# Description


def test_a_version_is_described(feed: Feed) -> None:
    feed.store.declare(FQN, ModelSchema(prediction="categorical", classes=("late", "ok"), positive_class="late"))
    rows = [
        prediction("a", True, occurred_at=T - HOUR, probabilities={"ok": 0.5}),
        prediction("b", "ok", features={"features.x": 1, "distance": 2.0, "kind": "jet"}),
    ]
    feed.merge(batch(*rows, received_at=T + 5))
    feed.merge(batch(actual("a", "very late")))
    info = feed.store.describe(FQN)
    assert info.classes == ("late", "ok", "true", "very late")
    assert (info.n_predictions, info.n_actuals) == (2, 1)
    assert (info.first_at, info.last_at) == (of_micros(T - HOUR), NOON)
    assert info.last_received_at == of_micros(T + 5)
    assert (info.has_probabilities, info.has_shap) == (True, False)
    keys = [(column.key, column.kind) for column in info.columns]
    assert keys == [
        ("distance", "numeric"),
        ("features.features.x", "numeric"),
        ("kind", "categorical"),
        ("prediction", "categorical"),
        ("score.ok", "numeric"),
        ("actual", "categorical"),
    ]


def test_classes_are_bounded(feed: Feed) -> None:
    feed.merge(batch(*(prediction(str(i), f"class {i}") for i in range(MAX_CLASSES + 5))))
    assert len(feed.store.describe(FQN).classes) == MAX_CLASSES


# Summaries


def test_summaries_by_step(feed: Feed) -> None:
    rows = [
        prediction(str(i), "late" if i % 3 else "ok", occurred_at=T + i * 10 * MINUTE, features={"x": float(i)})
        for i in range(18)
    ]
    feed.merge(batch(*rows), batch(*(actual(str(i), "late", at=T + i * 10 * MINUTE + HOUR) for i in range(9))))
    steps = feed.store.summarize(
        SummaryRequest(FQN, Window(NOON, NOON + timedelta(hours=3)), step=timedelta(hours=1), outcomes=ALL_OUTCOMES)
    )
    assert [(step.n, step.n_with_actual) for step in steps] == [(6, 6), (6, 3), (6, 0)]
    means = [step.columns["x"].moments.mean for step in steps if isinstance(step.columns["x"], NumericSummary)]
    assert means == pytest.approx([2.5, 8.5, 14.5])
    assert steps[0].delays is not None
    assert steps[0].delays.n == 6
    assert [step.columns["actual"].missing for step in steps] == [0, 0, 0]
    total = steps[0] + steps[1] + steps[2]
    [whole] = feed.store.summarize(SummaryRequest(FQN, Window(NOON, NOON + timedelta(hours=3)), outcomes=ALL_OUTCOMES))
    assert total == whole


def test_only_the_columns_asked_for(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": 1.0, "y": "b"})))
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY, columns=("features.y", "nothing of the kind")))
    assert set(summary.columns) == {"y"}


def test_a_regressor_has_residuals(feed: Feed) -> None:
    feed.merge(batch(prediction("a", 10.0), prediction("b", 4), prediction("c", 1.0)))
    feed.merge(batch(actual("a", 8), actual("b", 5.0), actual("c", "none")))
    [summary] = feed.store.summarize(SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES))
    assert summary.residuals is not None
    assert summary.residuals.moments.n == 2
    assert summary.residuals.moments.mean == 0.5
    assert summary.confusion is None
    assert summary.columns["actual"].type_errors == 1
    assert feed.store.describe(FQN).classes == ()


def test_a_grid_once_laid_stays(feed: Feed) -> None:
    feed.merge(batch(*(prediction(f"a{i}", features={"x": i / 7}) for i in range(GRID_ROWS))))
    request = SummaryRequest(FQN, DAY, columns=("x",))
    [before] = feed.store.summarize(request)
    feed.merge(batch(*(prediction(f"b{i}", features={"x": 1e6 + i}) for i in range(GRID_ROWS))))
    [after] = feed.store.summarize(request)
    x_before, x_after = before.columns["x"], after.columns["x"]
    assert isinstance(x_before, NumericSummary)
    assert isinstance(x_after, NumericSummary)
    assert x_before.grid == x_after.grid


# References


def reference_table(n: int = 30) -> pa.Table:
    return pa.table(
        {
            "x": pa.array([float(i) if i % 5 else float("nan") for i in range(n)]),
            "plane": pa.array(["a" if i % 2 else "b" for i in range(n)]).dictionary_encode(),
            "p": ["late" if i % 3 else "ok" for i in range(n)],
            "p_late": [i / n for i in range(n)],
            "y": ["late" if i % 4 else None for i in range(n)],
            "at": pa.array([datetime(2026, 1, 1) + timedelta(hours=i) for i in range(n)], pa.timestamp("ns")),
        }
    )


ROLES = ReferenceColumns(
    features=("x", "plane"), prediction="p", probabilities={"late": "p_late"}, actual="y", occurred_at="at"
)


def test_a_reference_is_summarised_like_events(feed: Feed) -> None:
    info = feed.store.put_reference(FQN, "training", reference_table(), ROLES)
    assert (info.name, info.n, info.is_default, info.has_actuals, info.has_times) == ("training", 30, True, True, True)
    assert feed.store.describe(FQN).references == (info,)
    [summary] = feed.store.summarize(SummaryRequest(FQN, "training", outcomes=ALL_OUTCOMES))
    assert (summary.n, summary.n_with_actual, summary.window) == (30, 22, None)
    x = summary.columns["x"]
    assert isinstance(x, NumericSummary)
    assert (x.n, x.missing) == (24, 6)
    assert set(summary.scores) == {"late"}
    assert summary.confusion is not None
    assert summary.confusion.counts.sum() == 22
    feed.merge(batch(prediction("a", features={"x": 3.0, "plane": "c"}, probabilities={"late": 0.5})))
    [current] = feed.store.summarize(SummaryRequest(FQN, DAY))
    current_x = current.columns["x"]
    assert isinstance(current_x, NumericSummary)
    assert current_x.grid == x.grid


def test_a_reference_is_replaced_by_name(feed: Feed) -> None:
    feed.store.put_reference(FQN, "training", reference_table(30), ROLES)
    other = feed.store.put_reference(FQN, "validation", reference_table(10), ROLES)
    again = feed.store.put_reference(FQN, "training", reference_table(20), ROLES)
    assert (other.is_default, again.is_default) == (False, True)
    assert [(info.name, info.n) for info in feed.store.describe(FQN).references] == [
        ("validation", 10),
        ("training", 20),
    ]
    with pytest.raises(NotFound, match="did you mean 'training'"):
        feed.store.summarize(SummaryRequest(FQN, "trainig"))


@pytest.mark.parametrize("hours", [1, 6, 24, 48])
def test_a_reference_is_cut_by_the_times_of_its_rows(feed: Feed, hours: int) -> None:
    table = reference_table(100)
    at = [datetime(2026, 1, 1, 5) + timedelta(hours=i if i < 50 else i + 240) for i in range(99)]
    table = table.set_column(table.column_names.index("at"), "at", pa.array([*at, None], pa.timestamp("us")))
    feed.store.put_reference(FQN, "training", table, ROLES)
    step = timedelta(hours=hours)
    steps = feed.store.summarize(SummaryRequest(FQN, "training", step, outcomes=ALL_OUTCOMES))
    grain, first = min(step, timedelta(days=1)), as_utc(at[0])
    begin = first - (first - as_utc(0)) % grain
    windows = [one.window for one in steps if one.window is not None]
    assert sorted({(as_utc(time) - begin) // step for time in at}) == [(one.start - begin) // step for one in windows]
    assert all(window.length == step for window in windows)
    assert [one.n for one in steps] == [
        sum(window.start <= as_utc(time) < window.end for time in at) for window in windows
    ]
    [timed] = feed.store.summarize(
        SummaryRequest(FQN, "training", where=parse("x != 99 or x is null"), outcomes=ALL_OUTCOMES)
    )
    whole = Summaries.total(steps)
    assert (whole.n, whole.n_with_actual, whole.columns) == (99, timed.n_with_actual, timed.columns)
    assert whole.confusion == timed.confusion
    for since in (windows[2 % len(windows)].start, windows[-1].start + timedelta(hours=1)):
        after = [as_utc(time) for time in at if as_utc(time) >= since]
        asked = SummaryRequest(FQN, "training", step, since=since)
        for where in (None, parse("x > -1 or x is null")):
            found = feed.store.summarize(replace(asked, where=where))
            assert sum(one.n for one in found) == len(after)
            assert {one.window for one in found} <= set(windows)
    late = SummaryRequest(FQN, "training", step, where=parse("prediction == 'late'"))
    assert sum(one.n for one in feed.store.summarize(late)) == sum(i % 3 > 0 for i in range(99))


def test_a_reference_without_times_has_no_steps(feed: Feed) -> None:
    roles = ReferenceColumns(features=("x", "plane"), prediction="p", actual="y")
    feed.store.put_reference(FQN, "training", reference_table(), roles)
    for where in (None, parse("plane == 'a'")):
        assert feed.store.summarize(SummaryRequest(FQN, "training", timedelta(hours=1), where=where)) == ()
    with pytest.raises(InvalidInput, match="whole hours"):
        feed.store.summarize(SummaryRequest(FQN, "training", timedelta(minutes=15)))


def test_a_deleted_reference_leaves_its_place_to_the_oldest(feed: Feed) -> None:
    for name in ("training", "validation", "april"):
        feed.store.put_reference(FQN, name, reference_table(), ROLES)
    feed.store.delete_reference(FQN, "training")
    assert [(info.name, info.is_default) for info in feed.store.describe(FQN).references] == [
        ("validation", True),
        ("april", False),
    ]
    for gone in ("training", "may"):
        with pytest.raises(NotFound):
            feed.store.delete_reference(FQN, gone)
    feed.store.delete_reference(FQN, "april")
    feed.store.delete_reference(FQN, "validation")
    assert feed.store.describe(FQN).references == ()
    assert feed.store.put_reference(FQN, "april", reference_table(), ROLES).is_default


SHAP_TABLE = pa.table(
    {
        "x": [1.0, 2.0, 3.0, 4.0],
        "label": ["late", "ok", "late", None],
        "flat": [0.5, -0.25, None, float("nan")],
        "late_x": [1.0, 2.0, 3.0, 4.0],
        "ok_x": [10.0, 20.0, 30.0, 40.0],
    }
)


def test_a_reference_carries_shap_values(feed: Feed) -> None:
    flat = ReferenceColumns(features=("x",), shap_values={"x": "flat"})
    by_class = ReferenceColumns(
        features=("x",), prediction="label", shap_values={"late": {"x": "late_x"}, "ok": {"x": "ok_x"}}
    )
    feed.store.put_reference(FQN, "flat", SHAP_TABLE, flat)
    info = feed.store.put_reference(FQN, "by class", SHAP_TABLE, by_class)
    assert info.attributions == (("x", "late"), ("x", "ok"))
    feed.merge(batch(prediction("a", features={"x": 1.0}, shap_values={"new": {"x": 7.0}, "late": {"x": 6.0}})))
    condition = expression.parse("x >= 2")
    for name, where, n, mean in (
        ("flat", None, 2, 0.125),
        ("by class", None, 3, (1.0 + 20.0 + 3.0) / 3),
        ("by class", condition, 2, (20.0 + 3.0) / 2),
    ):
        request = SummaryRequest(FQN, name, outcomes=frozenset({"attribution"}), where=where)
        [summary] = feed.store.summarize(request)
        found = summary.attributions["x"]
        assert (found.n, found.mean) == (n, mean)
    [events] = feed.store.summarize(SummaryRequest(FQN, DAY, outcomes=frozenset({"attribution"})))
    assert events.attributions["x"].mean == 6.0


def test_a_reference_without_shap_values_has_no_attributions(feed: Feed) -> None:
    feed.merge(batch(prediction("a", shap_values={"x": 0.5})))
    feed.store.put_reference(FQN, "training", reference_table(), ROLES)
    [summary] = feed.store.summarize(SummaryRequest(FQN, "training", outcomes=ALL_OUTCOMES))
    assert summary.attributions == {}
    roles = ReferenceColumns(features=("x",), shap_values={"late": {"x": "late_x"}})
    with pytest.raises(InvalidInput, match="name the column of the prediction"):
        feed.store.put_reference(FQN, "by class", SHAP_TABLE, roles)


def test_a_reference_that_does_not_fit_is_refused_whole(feed: Feed) -> None:
    feed.merge(batch(prediction("a", features={"x": "text"})))
    with pytest.raises(InvalidInput, match="'x' is double, but this version's 'x' is string"):
        feed.store.put_reference(FQN, "training", reference_table(), ROLES)
    with pytest.raises(NotFound, match="did you mean 'plane'"):
        feed.store.put_reference(FQN, "training", reference_table(), ReferenceColumns(features=("plan",)))
    with pytest.raises(InvalidInput, match="at least one row"):
        feed.store.put_reference(FQN, "training", reference_table().slice(0, 0), ReferenceColumns(features=("plane",)))
    info = feed.store.describe(FQN)
    assert info.references == ()
    assert [column.key for column in info.columns if column.role == "feature"] == ["x"]


def test_where_values_lie_in_a_reference(feed: Feed) -> None:
    feed.store.put_reference(FQN, "training", reference_table(), ROLES)
    positions = feed.store.feature_positions(FQN, "training", {"x": 14, "plane": "a", "p": "late", "z": None})
    assert positions == {"x": 12 / 24, "plane": 0.5}
    assert feed.store.feature_positions(FQN, "training", {"x": "text"}) == {}
    with pytest.raises(NotFound):
        feed.store.feature_positions(FQN, "test", {})


# Random operations: both stores say the same

_IDS = st.sampled_from(["a", "b", "c", "d", "e"])
_VALUES = st.sampled_from(["late", "ok", 1, 1.0, True, 2.5])
_FEATURES = st.dictionaries(
    st.sampled_from(["x", "y", "z"]), st.sampled_from([1, 2.5, "t", True, None, 2**60, -0.0]), max_size=3
)
_TIMES = st.integers(0, 5).map(lambda hour: T + hour * HOUR)
_PREDICTIONS = st.builds(
    prediction,
    _IDS,
    _VALUES,
    features=_FEATURES,
    probabilities=st.sampled_from([{}, {"late": 0.25, "ok": 0.75}, {"late": 1.0}]),
    shap_values=st.sampled_from([{}, {"x": 0.1}, {"late": {"x": 0.5}, "ok": {"y": 1.5}}]),
    occurred_at=_TIMES,
    flags=st.sampled_from([0, FLAG_TIME_DEFAULTED]),
    actual_value=st.one_of(st.none(), _VALUES),
)
_ACTUALS = st.builds(ActualRow, index=st.just(0), data_id=_IDS, value=_VALUES, occurred_at=_TIMES)
_BATCHES = st.builds(
    JudgedBatch,
    batch_id=st.integers(0, 1_000).map(lambda no: str(uuid.UUID(int=no))),
    kind=st.just("prediction"),
    model_version_fqn=st.just(FQN),
    received_at=_TIMES,
    blocks=st.lists(_PREDICTIONS, max_size=4).map(numbered),
    actuals=st.lists(_ACTUALS, max_size=4).map(tuple),
)


def answers(store: Store) -> dict[str, Any]:
    """Everything that a store says."""
    rows = store.rows(FQN, ALWAYS, limit=100).rows
    window = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=8))
    return {
        "rows": [
            [getattr(row, name) for name in row.__struct_fields__ if name != "raw_data"] + [bytes(row.raw_data)]
            for row in rows
        ],
        "types": [[type(value) for value in (row.value, row.actual, *row.features.values())] for row in rows],
        "ledger": {(entry.hour, entry.kind, entry.state): entry.n for entry in store.ledger(FQN)},
        "info": store.describe(FQN),
        "fates": {
            data_id: Counter(
                (fate.kind, fate.state, fate.received_at, fate.occurred_at, fate.value, type(fate.value), fate.batch_id)
                for fate in store.explain(FQN, data_id)
            )
            for data_id in "abcde"
        },
        "summaries": store.summarize(SummaryRequest(FQN, window, step=timedelta(hours=2), outcomes=ALL_OUTCOMES)),
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(merges=st.lists(st.lists(_BATCHES, min_size=1, max_size=3), min_size=1, max_size=5), reopen=st.booleans())
def test_both_stores_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, merges: list[list[JudgedBatch]], reopen: bool
) -> None:
    path = tmp_path_factory.mktemp("store")
    memory, duckdb = make_memory(path), make_duckdb(path)
    for position, batches in enumerate(merges, start=1):
        expected = memory.merge(batches, position)
        assert duckdb.merge(batches, position) == expected
        if reopen:
            duckdb.close()
            duckdb = make_duckdb(path)
    expected_answers, found = answers(memory), answers(duckdb)
    duckdb.close()
    assert found == expected_answers
