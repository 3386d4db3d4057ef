"""Attributions beside a reference: sizes with their intervals, ranks, and what is drift of them."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry.attribution import impact, rankings, report, series, statistics
from mlfoundry.attribution.importance import importances, ranks
from mlfoundry.summaries import Attribution
from mlfoundry.summaries.arrays import Floats


def of(values: Floats) -> Attribution:
    return Attribution.grouped(values, np.zeros(len(values), np.int64), 1)[0]


def normal(sd: float, n: int = 2_000, seed: int = 0) -> Attribution:
    return of(np.random.default_rng(seed).normal(0.0, sd, n))


BEFORE = {"a": normal(1.0, seed=1), "b": normal(0.5, seed=2), "c": normal(0.1, seed=3)}


def test_the_keys_are_those_that_never_change() -> None:
    assert list(statistics()) == ["attribution_ndcg", "importance_shift"]


def test_like_windows_are_no_drift() -> None:
    now = {"a": normal(1.0, seed=4), "b": normal(0.5, seed=5), "c": normal(0.1, seed=6)}
    found = report(now, 2_000, reference=BEFORE, window_length=timedelta(days=1))
    assert [one.feature for one in found] == ["a", "b", "c"]
    assert {one.status for one in found} == {"ok"}
    assert {one.coverage for one in found} == {1.0}
    assert {(one.rank, one.rank_change) for one in found} == {(1, 0), (2, 0), (3, 0)}
    assert [one.status for one in rankings(found)] == ["ok", "ok"]


def test_a_feature_that_stops_to_matter_is_drift_and_so_are_those_that_gain() -> None:
    now = {"a": normal(0.1, seed=4), "b": normal(0.5, seed=5), "c": normal(0.1, seed=6)}
    found = {one.feature: one for one in report(now, 2_000, reference=BEFORE)}
    gone = found["a"]
    assert gone.status == "drifted"
    assert gone.effect is not None
    assert gone.effect < -0.4
    assert gone.reason.endswith("points less of the importance than in the reference")
    assert (gone.rank_reference, gone.null, gone.real) == (1, "independent rows", True)
    # The size of b is what it was: that its share grew is the others' doing.
    assert (found["b"].status, found["b"].real) == ("ok", False)
    ndcg, shift = rankings(tuple(found.values()))
    assert (ndcg.status, shift.status) == ("drifted", "drifted")
    assert "'a'" in shift.reason


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    truth, rng, held = math.sqrt(2 / math.pi), np.random.default_rng(0), 0
    for _ in range(400):
        [one] = report({"a": of(rng.normal(size=200))}, 200)
        assert one.lower is not None
        assert one.upper is not None
        held += one.lower <= truth <= one.upper
    assert 0.91 <= held / 400 <= 0.98


def test_what_is_unknown_is_none() -> None:
    [one] = report({"a": of(np.array([0.5]))}, 4)
    assert (one.n, one.coverage, one.mean_absolute, one.lower, one.upper) == (1, 0.25, 0.5, None, None)
    assert (one.status, one.reason) == ("no_reference", "the reference has no SHAP values of it")
    [few] = report({"a": of(np.ones(10))}, 10, reference=BEFORE | {"b": Attribution(), "c": Attribution()})[:1]
    assert few.status == "insufficient_data"
    assert few.reason == "the window has 10 rows with SHAP values of it; 30 are needed"
    gone = {one.feature: one for one in report({}, 10, reference=BEFORE)}
    assert (gone["a"].n, gone["a"].mean_absolute, gone["a"].importance, gone["a"].rank) == (0, None, None, None)
    assert report({}, 0) == ()
    [nothing, _] = rankings(report({}, 0))
    assert (nothing.value, nothing.status) == (None, "no_reference")


def test_steps() -> None:
    found = series([{"a": normal(1.0)}, {}, {"a": normal(1.0), "b": normal(1.0)}], ["a", "b"])
    assert found["a"].n == [2_000, 0, 2_000]
    assert found["a"].importance == [1.0, None, 0.5]
    assert found["b"].mean_absolute[:2] == [None, None]


def test_impact_ranks_drift_by_importance() -> None:
    assert impact(-0.1, 0.25, 0.5) == 0.0
    assert impact(None, 0.25, 0.5) is None
    assert impact(0.1, None, 0.5) is None


@settings(max_examples=150, deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=2, max_size=30))
def test_every_ranking_statistic_is_bounded_and_best_for_equal_sides(pairs: list[tuple[float, float]]) -> None:
    before, now = (np.array(side) for side in zip(*pairs, strict=True))
    for statistic in statistics().values():
        value, same = statistic.compute(before, now), statistic.compute(before, before)
        assert math.isnan(value) or 0 <= value <= 1
        if before.sum() > 0:
            assert same == pytest.approx(1.0 if statistic.better == "higher" else 0.0, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(-1e5, 1e5, width=32), min_size=2, max_size=100), split=st.integers(0, 100))
def test_parts_of_the_rows_add_up_to_the_bit(values: list[float], split: int) -> None:
    array = np.array(values)
    assert of(array[:split]) + of(array[split:]) == of(array)
    found = of(array).std_absolute
    assert found == pytest.approx(float(np.abs(array).std(ddof=1)), rel=1e-7, abs=1e-12)


def test_ranks_and_importances_of_nothing() -> None:
    assert importances({"a": Attribution(), "b": of(np.zeros(3))}) == {}
    assert ranks({}) == {}
