"""Each check finds what it is for, says how sure it is, and is quiet where nothing is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry import quality
from mlfoundry.quality import ColumnCheck, QualityReference, QualityVerdict, report, series
from mlfoundry.schema import Feature, ModelSchema
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

RNG = np.random.default_rng(0)
BEFORE = RNG.normal(100.0, 10.0, 10_000)
GRID = Grid.lay(BEFORE)
KEYS = [
    "cardinality",
    "conflicting_rows",
    "disallowed_categories",
    "duplicate_rows",
    "late_actuals",
    "lost_rows",
    "missing_share",
    "new_negatives",
    "new_zeros",
    "outside_allowed_range",
    "outside_reference_range",
    "rejected_rows",
    "single_category",
    "stuck_value",
    "type_errors",
    "unseen_categories",
    "volume",
    "waiting_actuals",
]


def numeric(values: Sequence[float] | Floats, *, type_errors: int = 0) -> NumericSummary:
    array = np.asarray(values, np.float64)
    errors = np.array([type_errors])
    return NumericSummary.grouped(array, np.zeros(len(array), np.int64), 1, GRID, errors)[0]


def normal(n: int, *, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(100.0, 10.0, n)


def found(
    current: ColumnSummary, before: ColumnSummary | None, check: str, feature: Feature | None = None
) -> QualityVerdict:
    schema = ModelSchema() if feature is None else ModelSchema((feature,))
    reference = None if before is None else QualityReference({"x": before})
    verdicts = report({"x": current}, reference=reference, schema=schema)
    return next(verdict for verdict in verdicts if verdict.check == check)


def test_the_keys_are_those_that_never_change() -> None:
    assert list(quality.checks()) == KEYS


@pytest.mark.parametrize("check", quality.checks().values(), ids=lambda check: check.name)
def test_every_check_says_what_it_is(check: quality.Check) -> None:
    assert check.title
    assert check.description.endswith(".")
    assert 0 <= check.sizes.watch < check.sizes.breached
    assert check.__doc__


FAULTS: Mapping[str, tuple[ColumnSummary, ColumnSummary, str]] = {
    "missing_share": (
        numeric(np.concatenate([normal(800), np.full(200, np.nan)])),
        numeric(BEFORE),
        "20 % of rows have no value, 0 % in the reference",
    ),
    "type_errors": (
        numeric(np.concatenate([normal(990), np.full(10, np.nan)]), type_errors=10),
        numeric(BEFORE),
        "1 % of rows have a value of another type",
    ),
    "outside_reference_range": (
        numeric(np.concatenate([normal(900).clip(70, 130), np.full(100, 900.0)])),
        numeric(BEFORE),
        "10 % of rows lie outside of the reference's range, 0.02 % are to be expected: all between ",
    ),
    "new_negatives": (
        numeric(np.concatenate([normal(900), np.full(100, -1.0)])),
        numeric(BEFORE),
        "10 % of rows are negative, 0 % in the reference: none below ",
    ),
    "new_zeros": (
        numeric(np.concatenate([normal(900), np.zeros(100)])),
        numeric(BEFORE),
        "10 % of rows are zero, 0 % in the reference",
    ),
    "stuck_value": (
        numeric(np.concatenate([normal(300), np.full(700, 103.25)])),
        numeric(BEFORE),
        "have the same value",
    ),
    "unseen_categories": (
        CategorySummary({"a": 900, "new": 80, "newer": 20}),
        CategorySummary({"a": 5_000, "b": 5_000}),
        "10 % of rows have a category that the reference has not, 0 % are to be expected: 'new' (80 rows), 'newer'",
    ),
    "single_category": (
        CategorySummary({"a": 1_000}),
        CategorySummary({"a": 5_000, "b": 5_000}),
        "100 % of rows stand alone with one category, 50 % have it in the reference: 'a'",
    ),
    "cardinality": (
        CategorySummary({str(i): 1 for i in range(1_000)}),
        CategorySummary({str(i): 1_000 for i in range(10)}),
        "1,000 different categories, about 10 are to be expected of 1,000 rows",
    ),
}


@pytest.mark.parametrize("check", FAULTS)
def test_a_fault_is_found_and_named(check: str) -> None:
    current, before, words = FAULTS[check]
    verdict = found(current, before, check)
    assert verdict.status == "breached"
    assert words in verdict.reason
    assert verdict.value is not None
    assert verdict.effect is not None
    assert verdict.effect >= verdict.breached_at
    assert verdict.null in ("independent rows", "rule")


@pytest.mark.parametrize("check", FAULTS)
def test_a_window_like_its_reference_is_fine(check: str) -> None:
    _, before, _ = FAULTS[check]
    like = numeric(normal(1_000)) if isinstance(before, NumericSummary) else CategorySummary(_tenth(before))
    verdict = found(like, before, check)
    assert verdict.status == "ok", verdict.reason


def _tenth(before: CategorySummary) -> dict[str, int]:
    return {label: n // 10 for label, n in before.counts.items()}


ABOUT_THE_REFERENCE = {"unseen_categories", "new_negatives", "new_zeros", "outside_reference_range"}


@pytest.mark.parametrize("check", sorted(ABOUT_THE_REFERENCE))
def test_without_a_reference_nothing_is_said_of_what_it_has_not(check: str) -> None:
    current, _, _ = FAULTS[check]
    verdicts = report({"x": current}, reference=None, schema=ModelSchema())
    assert verdicts
    assert check not in {verdict.check for verdict in verdicts}


@pytest.mark.parametrize("check", sorted(set(FAULTS) - {"type_errors"} - ABOUT_THE_REFERENCE))
def test_without_a_reference_there_is_the_value_and_no_verdict(check: str) -> None:
    current, _, _ = FAULTS[check]
    verdict = found(current, None, check)
    assert verdict.status == "no_reference"
    assert verdict.value is not None
    assert (verdict.effect, verdict.p_value, verdict.null, verdict.n_reference) == (None, None, None, 0)
    assert "there is no reference" in verdict.reason


def test_few_rows_are_not_compared() -> None:
    verdict = found(numeric([np.nan] * 20), numeric(BEFORE), "missing_share")
    assert (verdict.status, verdict.value) == ("insufficient_data", 1.0)
    assert "the window has 20 such rows, 30 are needed" in verdict.reason
    assert found(numeric([]), numeric(BEFORE), "missing_share").reason == "no row has a value"


def test_rules_of_the_schema_hold_from_the_first_row_on() -> None:
    feature = Feature("x", "string", categories=("a", "b"))
    one = found(CategorySummary({"a": 999, "c": 1}), None, "disallowed_categories", feature)
    assert (one.status, one.null, one.p_value) == ("watch", "rule", None)
    assert one.reason == "0.1 % of rows have a category that the schema does not list: 'c' (1 rows)"
    assert found(CategorySummary({"a": 9}), None, "disallowed_categories", feature).status == "ok"


def test_numbers_at_a_limit_of_the_schema_are_allowed() -> None:
    grid = Grid.lay(np.repeat([0.0, 1.0, 2.0, 3.0], 100))
    values = np.repeat([0.0, 1.0, 2.0, 3.0], [10, 20, 30, 40])
    [summary] = NumericSummary.grouped(values, np.zeros(100, np.int64), 1, grid)
    inside = found(summary, None, "outside_allowed_range", Feature("x", "float", minimum=0.0, maximum=3.0))
    assert (inside.value, inside.error_bound, inside.status) == (0.0, 0.0, "ok")
    beyond = found(summary, None, "outside_allowed_range", Feature("x", "float", minimum=1.0, maximum=2.0))
    assert (beyond.value, beyond.error_bound, beyond.status) == (0.5, 0.0, "breached")
    assert beyond.reason.endswith("all between 0 and 3, allowed is at least 1 and at most 2")


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200),
    limits=st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(sorted),
)
def test_what_buckets_say_of_a_range_is_within_its_bound(values: list[float], limits: list[float]) -> None:
    lower, upper = limits
    feature = Feature("x", "float", minimum=lower, maximum=upper)
    verdict = found(numeric(values), None, "outside_allowed_range", feature)
    true = sum(not lower <= value <= upper for value in values) / len(values)
    assert verdict.value is not None
    assert verdict.error_bound is not None
    assert verdict.value - 1e-12 <= true <= verdict.value + verdict.error_bound + 1e-12


def test_a_zero_in_a_bucket_of_several_numbers_is_said_to_be_unsure() -> None:
    verdict = found(numeric(np.concatenate([normal(900), np.zeros(100)])), numeric(BEFORE), "new_zeros")
    assert verdict.value == verdict.error_bound == 0.1
    assert "to within" in verdict.reason


def test_a_column_whose_reference_has_zeros_and_negatives_is_not_checked_for_them() -> None:
    grid = Grid.lay(np.repeat([-1.0, 0.0, 5.0], 100))
    values = np.repeat([-1.0, 0.0, 5.0], 100)
    [before] = NumericSummary.grouped(values, np.zeros(300, np.int64), 1, grid)
    checks = {verdict.check for verdict in report({"x": before}, reference=QualityReference({"x": before}))}
    assert not checks & {"new_zeros", "new_negatives"}
    assert {"missing_share", "stuck_value"} <= checks


def test_categories_that_share_cells_may_be_unseen_and_the_bound_says_so() -> None:
    before = CategorySummary({"a": 1_000}, other={3: 50})
    verdict = found(CategorySummary({"a": 800}, other={3: 100, 5: 100}), before, "unseen_categories")
    assert (verdict.value, verdict.error_bound) == (0.1, 0.1)


def test_a_reference_with_many_rare_categories_foretells_new_ones() -> None:
    before = CategorySummary({f"rare{i}": 1 for i in range(2_000)} | {"a": 8_000})
    current = CategorySummary({f"new{i}": 1 for i in range(200)} | {"a": 800})
    verdict = found(current, before, "unseen_categories")
    assert (verdict.value, verdict.expected, verdict.status) == (0.2, 0.2, "ok")


def test_a_column_of_another_kind_than_its_reference_is_not_compared() -> None:
    verdict = found(CategorySummary({"a": 100}), numeric(BEFORE), "missing_share")
    assert verdict.status == "no_reference"


def test_steps_say_what_each_window_alone_would() -> None:
    reference = QualityReference({"x": numeric(BEFORE)})
    windows: list[dict[str, ColumnSummary]] = [
        {"x": numeric(normal(500, seed=2))},
        {"x": numeric(np.full(500, 101.0))},
        {},
        {"x": numeric(np.concatenate([normal(50, seed=3), np.full(450, np.nan)]))},
    ]
    lines = series(windows, reference=reference, window_length=timedelta(days=1))
    for place, window in enumerate(windows):
        for verdict in report(window, reference=reference, window_length=timedelta(days=1)):
            line = lines["x", verdict.check]
            assert (line.value[place], line.status[place], line.n[place]) == (verdict.value, verdict.status, verdict.n)
    assert lines["x", "stuck_value"].status[:3] == ["ok", "breached", "insufficient_data"]
    assert lines["x", "missing_share"].status == ["ok", "ok", "insufficient_data", "breached"]


def test_days_that_always_differ_are_no_fault() -> None:
    shares = np.where(np.arange(40) % 4 == 0, 0.4, 0.0)  # every fourth day a source is away
    windows = [CategorySummary({"a": round(1_000 * (1 - share))}, missing=round(1_000 * share)) for share in shares]
    whole = CategorySummary.total(windows)
    day = {"x": CategorySummary({"a": 600}, missing=400)}
    alone = report(day, reference=QualityReference({"x": whole}))
    known = report(day, reference=QualityReference({"x": whole}, windows=[{"x": one} for one in windows]))
    [before], [after] = ([one for one in part if one.check == "missing_share"] for part in (alone, known))
    assert (before.status, before.null) == ("breached", "independent rows")
    assert (after.status, after.null) == ("ok", "windows of the reference")
    assert after.dispersion is not None
    assert after.dispersion > 10


def test_a_column_that_has_one_category_a_day_is_no_fault() -> None:
    days = [{"x": CategorySummary({"mon" if i % 2 else "tue": 500})} for i in range(30)]
    whole = CategorySummary.total([day["x"] for day in days])
    current = {"x": CategorySummary({"mon": 500})}
    alone = report(current, reference=QualityReference({"x": whole}))
    known = report(current, reference=QualityReference({"x": whole}, windows=days))
    [before], [after] = ([one for one in part if one.check == "single_category"] for part in (alone, known))
    assert (before.status, after.status) == ("breached", "ok")
    assert after.p_value == 1.0
    assert after.null == "windows of the reference"
    other = report({"x": CategorySummary({"wed": 500})}, reference=QualityReference({"x": whole}, windows=days))
    assert {one.check for one in other if one.status == "breached"} == {"single_category", "unseen_categories"}


@settings(max_examples=100, deadline=None)
@given(
    counts=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1_000), max_size=6),
    before=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1_000), max_size=6),
    missing=st.integers(0, 500),
    errors=st.integers(0, 500),
    other=st.dictionaries(st.integers(0, 63), st.integers(1, 100), max_size=3),
)
def test_every_verdict_is_finite_and_says_why(
    counts: dict[str, int], before: dict[str, int], missing: int, errors: int, other: dict[int, int]
) -> None:
    reference = QualityReference({"x": CategorySummary(before, missing=missing)})
    for verdict in report({"x": CategorySummary(counts, missing, errors, other)}, reference=reference):
        assert verdict.reason
        numbers = (verdict.value, verdict.error_bound, verdict.expected, verdict.effect, verdict.p_value)
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert verdict.p_value is None or 0 <= verdict.p_value <= 1
        assert not verdict.percent or verdict.value is None or 0 <= verdict.value <= 1
        if verdict.status in ("watch", "breached"):
            assert verdict.effect is not None
            assert verdict.effect >= verdict.watch_at


def test_like_windows_raise_as_few_alarms_as_were_asked_for() -> None:
    rng = np.random.default_rng(7)
    alarms = tests = 0
    for _ in range(150):
        p = rng.dirichlet(np.full(30, 0.5))
        before, current = (
            CategorySummary({str(i): int(n) for i, n in enumerate(rng.multinomial(rows, p)) if n}, missing=gaps)
            for rows, gaps in ((3_000, rng.binomial(3_000, 0.1)), (400, rng.binomial(400, 0.1)))
        )
        grid = Grid.lay(rng.normal(size=3_000))
        values = [rng.normal(size=rows) for rows in (3_000, 400)]
        numbers = [NumericSummary.grouped(one, np.zeros(len(one), np.int64), 1, grid)[0] for one in values]
        verdicts = report({"x": current, "y": numbers[1]}, reference=QualityReference({"x": before, "y": numbers[0]}))
        p_values = [one.p_value for one in verdicts if one.p_value is not None]
        tests += 1
        alarms += min(p_values) * len(p_values) < 0.05
    assert alarms <= 0.05 * tests + 3 * np.sqrt(0.05 * 0.95 * tests)


def test_checks_of_columns_have_kinds() -> None:
    kinds = {check.name: check.applies_to for check in quality.checks().values() if isinstance(check, ColumnCheck)}
    assert kinds["stuck_value"] == ("numeric",)
    assert kinds["unseen_categories"] == ("categorical",)
