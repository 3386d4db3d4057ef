"""Slices, exact windows and earlier knowledge: the same of every store, and parts add up to the whole."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Generator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.custom_metrics import read_custom_metrics
from mlfoundry.errors import InvalidExpression, InvalidInput
from mlfoundry.events import ActualRow, PredictionRow, Value
from mlfoundry.expression import parse
from mlfoundry.schema import CustomMetric, Feature, ModelSchema
from mlfoundry.store import duckdb_session
from mlfoundry.store.base import ALL_OUTCOMES, ReferenceColumns, Store, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.summaries import Summaries
from mlfoundry.times import as_utc, of_micros, to_micros
from mlfoundry.windows import Window

CLASSIFIER = "model:default/slices/classifier:1"
REGRESSOR = "model:default/slices/regressor:1"
NOON = as_utc("2026-03-01T12:00:00")
T = to_micros(NOON)
MINUTE, HOUR = 60_000_000, 3_600_000_000
WINDOW = Window(NOON, NOON + timedelta(hours=6))
"""Everything that these tests log lies in it."""
FEATURES = (
    Feature("age", "int"),
    Feature("amount", "float"),
    Feature("country", "string"),
    Feature("new", "boolean"),
    Feature("since", "timestamp"),
    Feature("odd name", "float"),
)


OF_CLASSES = (
    "(actual != prediction) * amount",
    "score.late / age",
    "exp(amount) * (actual is null)",
    "-log(score.late)",
)
OF_NUMBERS = ("abs(prediction - actual) * amount", "prediction / age", "(actual > prediction) * 3 - min(age, amount)")
"""Custom metrics, about which every question below asks too."""


@pytest.fixture
def stores(tmp_path: Path) -> Generator[tuple[Store, Store]]:
    yield from both(tmp_path)


def both(path: Path) -> Generator[tuple[Store, Store]]:
    memory = MemoryStore(grid_rows=20, clock=lambda: NOON)
    duckdb = DuckdbStore(path / "events.duckdb", grid_rows=20, clock=lambda: NOON, memory_limit_bytes=2**28)
    for store in (memory, duckdb):
        store.declare(CLASSIFIER, ModelSchema(features=FEATURES, prediction="categorical"), _custom(*OF_CLASSES))
        store.declare(REGRESSOR, ModelSchema(features=FEATURES, prediction="numeric"), _custom(*OF_NUMBERS))
    yield memory, duckdb
    duckdb.close()


def _custom(*expressions: str) -> tuple[CustomMetric, ...]:
    return read_custom_metrics(
        CustomMetric(f"custom-{no}", expression=expression) for no, expression in enumerate(expressions)
    )


def prediction(data_id: str, value: Value = "late", at: int = T, **features: Any) -> PredictionRow:
    return PredictionRow(
        index=0,
        data_id=data_id,
        value=value,
        features=features,
        probabilities={"late": 0.25, "very late": 0.5} if isinstance(value, str) else {},
        shap_values={"age": 0.5},
        occurred_at=at,
        raw_data="{}",
    )


def actual(data_id: str, value: Value, at: int = T + HOUR) -> ActualRow:
    return ActualRow(index=0, data_id=data_id, value=value, occurred_at=at)


def batch(fqn: str, rows: Sequence[PredictionRow | ActualRow], received_at: int = T) -> JudgedBatch:
    predictions = [row for row in rows if isinstance(row, PredictionRow)]
    actuals = tuple(row for row in rows if isinstance(row, ActualRow))
    return JudgedBatch(
        batch_id=str(uuid.uuid4()),
        kind="actual" if actuals else "prediction",
        model_version_fqn=fqn,
        received_at=received_at,
        blocks=blocks_of(msgspec.structs.replace(row, index=index) for index, row in enumerate(predictions)),
        actuals=actuals,
    )


def merge(stores: Sequence[Store], *batches: JudgedBatch) -> None:
    for store in stores:
        store.merge(batches, store.position() + 1)


def ask(stores: Sequence[Store], fqn: str, where: str | None = None, **fields: Any) -> tuple[Summaries, ...]:
    """What the stores say, all the same."""
    fields = {"segment": WINDOW, "outcomes": ALL_OUTCOMES} | fields
    request = SummaryRequest(fqn, where=None if where is None else parse(where), **fields)
    first, *others = [store.summarize(request) for store in stores]
    for other in others:
        assert other == first
    return first


# What a row is like and what may be asked of it

_values = st.sampled_from([1, 1.0, 0, True, False, "1", "late", "very late", 2.5, 1e-7, 2**53 + 1, -0.0, "true"])
_features = st.fixed_dictionaries(
    {},
    optional={
        "age": st.sampled_from([0, 1, -3, 40, 2**53, 2**53 + 1, -(2**63), None, "old", 2.5]),
        "amount": st.sampled_from([0.0, -0.0, 0.1, 2.5, -1e300, 1e300, 5e-324, 7, 2**60, None, "much", True]),
        "country": st.sampled_from(["DE", "FR", "", "Zürich ✈", "a\x00b", "it's", None, 3]),
        "new": st.sampled_from([True, False, None, 1, "true"]),
        "since": st.sampled_from(
            [
                "2026-01-01",
                "2026-01-01T00:00:00Z",
                "2026-01-01T01:30+01:30",
                "2026-01-01 00:00:00.000001",
                "2025-12-31T23:59:59.9-05:30",
                "2026-02-30",
                "20260101",
                "then",
                None,
                7,
            ]
        ),
        "odd name": st.sampled_from([0.5, -2.0, None]),
    },
)
_times = st.integers(0, 6 * 60 - 1).map(lambda minute: T + minute * MINUTE)
_rows = st.lists(
    st.builds(prediction, st.sampled_from([str(n) for n in range(12)]), _values, _times).flatmap(
        lambda row: _features.map(lambda features: _with(row, features))
    ),
    min_size=1,
    max_size=12,
)
_actuals = st.lists(st.builds(actual, st.sampled_from([str(n) for n in range(12)]), _values, _times), max_size=12)


def _with(row: PredictionRow, features: dict[str, Any]) -> PredictionRow:
    return prediction(row.data_id, row.value, row.occurred_at, **features)


_literals = ["0", "1", "2.5", "40", str(2**53 + 1), "9007199254740992.0", "-1e300"]
_numbers = st.sampled_from(["age", "amount", "`odd name`", "score.late", "score.`very late`", *_literals])
_sums = st.recursive(
    _numbers,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{}({})".format, st.sampled_from(["abs", "sqrt", "-"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
    ),
    max_leaves=4,
)
_orders = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_equal = st.sampled_from(["==", "!="])
_labels = st.sampled_from(["1", "1.0", "true", "'1'", "'late'", "2.5", str(2**53 + 1), "1e-7", "actual", "prediction"])
_simple = st.one_of(
    st.builds("{} {} {}".format, _sums, _orders, _sums),
    st.builds("{} < {} <= {}".format, _numbers, _numbers, _numbers),
    st.builds("country {} {}".format, _orders, st.sampled_from(["'DE'", "''", r"'it\'s'", r"'a\0b'", "'Zürich ✈'"])),
    st.builds("since {} {}".format, _orders, st.sampled_from(["'2026-01-01'", "'2026-01-01T02:00+02:00'", "since"])),
    st.builds("{} {} {}".format, st.sampled_from(["prediction", "actual"]), _equal, _labels),
    st.sampled_from(
        ["new", "new == false", "new != true", "true", "actual in (1, 'late', true)", "age in (40, 2.5, 0)"]
    ),
    st.sampled_from(["country not in ('DE', 'FR')", "(new + (age > 1)) > 1", "since in ('2026-01-01', '2026-02-01')"]),
    st.builds(
        "{} is {}".format,
        st.sampled_from(["age", "since", "actual", "new", "country", "amount / age", "sqrt(age)", "(age > 1)"]),
        st.sampled_from(["null", "not null"]),
    ),
)
_conditions = st.recursive(
    _simple,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)
BASE = prediction("base", "late", T, age=20, amount=2.5, country="DE", new=True, since="2026-01-01")
"""A row that is there in every case, so that there are probabilities."""
_bounded = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_bounded
@given(rows=_rows, actuals=_actuals, conditions=st.lists(_conditions, min_size=6, max_size=6))
def test_a_slice_says_the_same_in_every_store_and_parts_add_up(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[PredictionRow],
    actuals: list[ActualRow],
    conditions: list[str],
) -> None:
    for stores in both(tmp_path_factory.mktemp("slices")):
        merge(stores, batch(CLASSIFIER, [BASE, *rows]), batch(CLASSIFIER, actuals))
        [whole] = ask(stores, CLASSIFIER)
        for where in conditions:
            parts = [
                ask(stores, CLASSIFIER, part)[0] for part in (f"({where})", f"not ({where})", f"(({where}) is null)")
            ]
            assert _counts(Summaries.total(parts)) == _counts(whole)
            steps = ask(stores, CLASSIFIER, where, step=timedelta(hours=1))
            assert _counts(Summaries.total(steps)) == _counts(parts[0])


def _counts(summaries: Summaries) -> Summaries:
    """Without the classes that no row has: a part does not know those of the others."""
    confusion = summaries.confusion
    if confusion is not None:
        seen = (confusion.counts.sum(axis=0) + confusion.counts.sum(axis=1)) > 0
        labels = [label for label, is_seen in zip(confusion.labels, seen.tolist(), strict=True) if is_seen]
        confusion = confusion.over(sorted(labels))
    return dataclasses.replace(summaries, confusion=confusion)


_of_numbers = st.builds(
    "{} {} {}".format,
    st.one_of(_sums, st.sampled_from(["prediction", "actual", "abs(prediction - actual) * amount", "actual / age"])),
    _orders,
    st.one_of(_sums, st.sampled_from(["prediction", "actual"])),
)


@_bounded
@given(rows=_rows, actuals=_actuals, conditions=st.lists(_of_numbers, min_size=6, max_size=6))
def test_a_regressor_is_sliced_by_its_numbers(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[PredictionRow],
    actuals: list[ActualRow],
    conditions: list[str],
) -> None:
    for stores in both(tmp_path_factory.mktemp("slices")):
        merge(stores, batch(REGRESSOR, [BASE, *rows]), batch(REGRESSOR, actuals))
        for where in conditions:
            ask(stores, REGRESSOR, where)


def test_a_slice_of_a_few_rows(stores: tuple[Store, Store]) -> None:
    rows = [prediction(str(n), "late" if n % 3 else "ok", T, age=n, country="DE" if n % 2 else None) for n in range(12)]
    merge(stores, batch(CLASSIFIER, rows), batch(CLASSIFIER, [actual(str(n), "late") for n in range(6)]))
    for where, n, with_actual in [
        ("country == 'DE'", 6, 3),
        ("country != 'DE'", 0, 0),
        ("not country == 'DE'", 0, 0),
        ("country is null and age >= 4", 4, 1),
        ("prediction == 'ok'", 4, 2),
        ("prediction == actual", 4, 4),
        ("actual is null", 6, 0),
        ("age in (1, 3, 99) or score.`very late` > 1", 2, 2),
    ]:
        [found] = ask(stores, CLASSIFIER, where)
        assert (found.n, found.n_with_actual) == (n, with_actual), where
    with pytest.raises(InvalidExpression, match="did you mean country"):
        ask(stores, CLASSIFIER, "county == 'DE'")


def test_an_exact_window_ends_where_it_ends(stores: tuple[Store, Store]) -> None:
    merge(stores, batch(CLASSIFIER, [prediction(str(n), at=T + n * 10 * MINUTE) for n in range(18)]))
    segment = Window(NOON + timedelta(minutes=25), NOON + timedelta(minutes=130))
    [whole] = ask(stores, CLASSIFIER, segment=segment, exact=True)
    assert (whole.window, whole.n) == (segment, 10)
    steps = ask(stores, CLASSIFIER, segment=segment, exact=True, step=timedelta(hours=1))
    assert [step.n for step in steps] == [3, 6, 1]
    assert [step.window for step in steps] == [
        Window(segment.start, NOON + timedelta(hours=1)),
        Window(NOON + timedelta(hours=1), NOON + timedelta(hours=2)),
        Window(NOON + timedelta(hours=2), segment.end),
    ]
    assert Summaries.total(steps) == whole
    [snapped] = ask(stores, CLASSIFIER, segment=segment)
    assert snapped.n == 18


@_bounded
@given(
    rows=_rows,
    actuals=_actuals,
    where=st.one_of(st.none(), _conditions),
    first=st.integers(0, 350),
    length=st.integers(1, 360),
    step=st.sampled_from([timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=2)]),
    exact=st.booleans(),
)
def test_a_total_beside_steps_is_that_of_the_window_alone(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[PredictionRow],
    actuals: list[ActualRow],
    where: str | None,
    first: int,
    length: int,
    step: timedelta,
    exact: bool,
) -> None:
    total = Window(NOON + timedelta(minutes=first), NOON + timedelta(minutes=first + length))
    segment = total if exact else total.snapped(min(step, timedelta(days=1)))
    for stores in both(tmp_path_factory.mktemp("total")):
        merge(stores, batch(CLASSIFIER, [BASE, *rows]), batch(CLASSIFIER, actuals))
        alone = ask(stores, CLASSIFIER, where, segment=segment, step=step, exact=exact)
        wanted = [*alone, *ask(stores, CLASSIFIER, where, segment=total, exact=True)]
        for store in stores:
            together = ask([store], CLASSIFIER, where, segment=segment, step=step, exact=exact, total=total)
            assert list(map(_counts, together)) == list(map(_counts, wanted))


def test_many_rows_are_answered_in_parts_as_if_at_once(stores: tuple[Store, Store]) -> None:
    """The engine gives 12,000 rows in several tables; texts, numbers and actuals of each kind are in all of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duckdb_session, "_STREAMED_ROWS", 2_048)
        values = ["late", "very late", 2.5, True, None, "rare"]
        for first in range(0, 12_000, 3_000):
            numbers = range(first, first + 3_000)
            rows = [
                prediction(
                    str(n),
                    "late" if n % 3 else f"class {n % 50}",
                    T + n % 360 * MINUTE,
                    age=n % 90,
                    amount=n / 7 if n % 11 else "much",
                    country=f"country {n % 4_000}" if n % 5 else None,
                    since=f"2026-01-{n % 28 + 1:02}T00:00:00Z",
                )
                for n in numbers
            ]
            known = [actual(str(n), value) for n in numbers if (value := values[n % 6]) is not None]
            merge(stores, batch(CLASSIFIER, rows), batch(CLASSIFIER, known))
        for where in ("age < 60", "actual != 'late'"):
            steps = ask(stores, CLASSIFIER, where, step=timedelta(hours=1))
            assert sum(step.n for step in steps) > 2_048
        ask(stores, CLASSIFIER, "age < 60", as_of=of_micros(T))


@_bounded
@given(
    arrivals=st.lists(
        st.tuples(st.sampled_from("abc"), _values, st.integers(0, 4), st.booleans()), min_size=1, max_size=14
    )
)
def test_what_was_known_at_an_earlier_time(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[str, Value, int, bool]]
) -> None:
    """As of the time after each merge, the later store says what the store said then."""
    for stores in both(tmp_path_factory.mktemp("earlier")):
        merge(stores, batch(CLASSIFIER, [BASE], T - HOUR))
        now: list[tuple[Summaries, ...]] = []
        for no, (data_id, value, known, is_actual) in enumerate(arrivals):
            row = actual(data_id, value, T + known * HOUR) if is_actual else prediction(data_id, value, T + known)
            merge(stores, batch(CLASSIFIER, [row], T + no * MINUTE))
            now.append(ask(stores, CLASSIFIER, columns=("actual", "prediction")))
        for no, then in enumerate(now):
            as_of = of_micros(T + no * MINUTE)
            later = ask(stores, CLASSIFIER, columns=("actual", "prediction"), as_of=as_of)
            assert list(map(_comparable, later)) == list(map(_comparable, then))


def _comparable(summaries: Summaries) -> tuple[Any, ...]:
    """What does not hang on which classes and grids are known by now."""
    found = _counts(summaries)
    return found.n, found.n_with_actual, found.columns, found.confusion, found.delays


def test_a_reference_is_sliced_where_it_has_the_columns(stores: tuple[Store, Store]) -> None:
    table = pa.table({"age": list(range(30)), "country": ["DE", "FR", None] * 10, "p": ["late", "ok"] * 15})
    for store in stores:
        store.put_reference(
            CLASSIFIER, "training", table, ReferenceColumns(features=("age", "country"), prediction="p")
        )
    [found] = ask(stores, CLASSIFIER, "country == 'DE' and age < 20 and prediction == 'late'", segment="training")
    assert (found.n, found.columns["age"].rows) == (4, 4)
    for where in ("actual == 'late'", "amount > 3"):
        with pytest.raises(InvalidInput, match="the reference 'training' has no column"):
            ask(stores, CLASSIFIER, where, segment="training")
