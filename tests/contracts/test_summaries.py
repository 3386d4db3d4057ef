"""Summaries add: in any order, with an empty one, and a whole equals its parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry.summaries import (
    Attribution,
    CategorySummary,
    Confusion,
    CustomSums,
    Delays,
    Grid,
    NumericSummary,
    Ranks,
    Residuals,
    ScoreTable,
    Summaries,
)
from mlfoundry.times import as_utc
from mlfoundry.windows import Window

N_GROUPS = 3
LABELS = ("a", "b", "c")
GRID = Grid.lay(np.random.default_rng(7).normal(size=500))

wild = st.one_of(
    st.floats(-1e3, 1e3),
    st.sampled_from([0.0, -0.0, 1.0, -999.0, 1e18, -1e18, 1e308, -1e308, 5e-324, float("nan"), float("inf")]),
)
row = st.tuples(wild, wild, st.integers(-1, 2), st.integers(-1, 2), st.integers(0, N_GROUPS - 1))
rows = st.lists(row, max_size=40)

Table = dict[str, Any]
Make = Callable[[Table, Any, int], list[Any]]


def table(given_rows: list[tuple[float, float, int, int, int]]) -> Table:
    x, y, i, j, g = zip(*given_rows, strict=True) if given_rows else ((), (), (), (), ())
    return {
        "x": np.array(x, np.float64),
        "y": np.array(y, np.float64),
        "i": np.array(i, np.int64),
        "j": np.array(j, np.int64),
        "g": np.array(g, np.int64),
    }


def scores(t: Table) -> Any:
    return np.where(np.isfinite(t["x"]), np.abs(t["x"]) / 500.0, np.nan)


KINDS: dict[str, tuple[Make, Any]] = {
    "numeric": (lambda t, g, k: NumericSummary.grouped(t["x"], g, k, GRID), NumericSummary.empty(GRID)),
    "category": (lambda t, g, k: CategorySummary.grouped(t["i"], LABELS, g, k), CategorySummary.empty()),
    "confusion": (lambda t, g, k: Confusion.grouped(t["i"], t["j"], LABELS, g, k), Confusion.empty()),
    "scores": (lambda t, g, k: ScoreTable.grouped(scores(t), t["i"] == 0, g, k), ScoreTable.empty()),
    "ranks": (lambda t, g, k: Ranks.grouped([t["x"], t["y"]], t["i"], g, k), Ranks.empty()),
    "residuals": (lambda t, g, k: Residuals.grouped(t["x"], t["y"], g, k, GRID), Residuals.empty(GRID)),
    "delays": (lambda t, g, k: Delays.grouped(t["x"], g, k), Delays.empty()),
    "custom": (lambda t, g, k: CustomSums.grouped(t["x"], g, k), CustomSums.empty()),
    "attribution": (lambda t, g, k: Attribution.grouped(t["x"], g, k), Attribution.empty()),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(given_rows=rows)
def test_the_sum_of_the_parts_is_the_whole(kind: str, given_rows: list[Any]) -> None:
    make, empty = KINDS[kind]
    t = table(given_rows)
    parts = make(t, t["g"], N_GROUPS)
    assert len(parts) == N_GROUPS
    [whole] = make(t, np.zeros_like(t["g"]), 1)
    assert reduce(add, parts) == whole
    assert reduce(add, reversed(parts)) == whole
    a, b, c = parts
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + empty == a == empty + a


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(
        st.permutations(["a", "b", "c"]).flatmap(lambda p: st.integers(0, 3).map(lambda k: p[:k])),
        min_size=3,
        max_size=3,
    )
)
def test_confusions_with_different_labels_add_in_any_order(labels: list[list[str]]) -> None:
    a, b, c = (
        Confusion(tuple(names), np.reshape(np.arange(len(names) ** 2), (len(names), -1))) if names else Confusion()
        for names in labels
    )
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b + c).n == a.n + b.n + c.n


@settings(max_examples=60, deadline=None)
@given(given_rows=rows)
def test_a_window_of_everything_adds(given_rows: list[Any]) -> None:
    t = table(given_rows)
    days = [Window(as_utc(f"2026-01-0{d}"), as_utc(f"2026-01-0{d + 1}")) for d in (1, 2, 3)]
    columns = [make(t, t["g"], N_GROUPS) for make in (KINDS["numeric"][0], KINDS["category"][0])]
    outcomes = {kind: KINDS[kind][0](t, t["g"], N_GROUPS) for kind in ("confusion", "residuals", "delays")}
    a, b, c = (
        Summaries(
            days[g],
            n=5,
            n_with_actual=g,
            columns={"x": columns[0][g], "i": columns[1][g]},
            scores={"a": KINDS["scores"][0](t, t["g"], N_GROUPS)[g]},
            attributions={"x": KINDS["attribution"][0](t, t["g"], N_GROUPS)[g]},
            **{kind: parts[g] for kind, parts in outcomes.items()},
        )
        for g in range(N_GROUPS)
    )
    assert a + b == b + a
    assert (a + b) + c == a + (b + c) == Summaries.total([c, a, b])
    assert a + Summaries.empty() == a
    assert (a + b + c).window == Window(days[0].start, days[2].end)
    assert (a + b + c).coverage == 3 / 15


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(wild, max_size=60), asked=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20)
)
def test_every_number_lies_in_its_bucket(values: list[float], asked: list[float]) -> None:
    grid = Grid.lay(np.array(values))
    given_values = np.sort(np.array(asked + [v for v in values if np.isfinite(v)], np.float64))
    ids = grid.buckets(given_values)
    assert (np.diff(ids) >= 0).all()
    lower, upper = grid.lower(ids), grid.upper(ids)
    # Borders of the tails are computed with rounding; inside they are exact.
    slack = np.where((ids < 0) | (ids >= len(grid.borders) - 1), 1e-9 * np.maximum(np.abs(lower), np.abs(upper)), 0.0)
    with np.errstate(over="ignore"):
        assert (lower - slack <= given_values).all()
        assert ((given_values < upper) | (given_values <= upper + slack) & (slack > 0)).all()
    assert Grid(grid.borders) == grid
    assert Grid(grid.borders).id == grid.id
