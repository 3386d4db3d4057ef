"""Histograms to look at."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlfoundry.summaries import Grid, NumericSummary
from mlfoundry.summaries.histogram import edges_for, round_edges, shares_between


def summary_of(values: list[float]) -> NumericSummary:
    array = np.array(values, np.float64)
    (summary,) = NumericSummary.grouped(array, np.zeros(len(array), np.int64), 1, Grid.lay(array))
    return summary


SENSIBLE = st.floats(-1e12, 1e12)


@given(SENSIBLE, SENSIBLE, st.integers(1, 60))
def test_edges_cover_what_they_shall(one: float, other: float, most: int) -> None:
    lower, upper = min(one, other), max(one, other)
    edges = round_edges(lower, upper, most=most)
    assert edges[0] <= lower
    assert upper < edges[-1]
    assert 1 <= len(edges) - 1 <= max(most, 2)
    assert edges == sorted(edges)


@pytest.mark.parametrize(
    ("lower", "upper", "edges"),
    [(0, 1, [0.0, 0.5, 1.0, 1.5]), (0.1, 0.35, [0.1, 0.2, 0.3, 0.4]), (7, 7, None), (-3e307, 1.7e308, None)],
)
def test_edges_are_round(lower: float, upper: float, edges: list[float] | None) -> None:
    found = round_edges(lower, upper, most=3)
    assert found == edges or edges is None
    assert all(math.isfinite(edge) for edge in found)


def test_whole_numbers_make_no_comb() -> None:
    assert round_edges(0, 5, most=40, least_step=1.0) == [0, 1, 2, 3, 4, 5, 6]


def test_shares_are_those_of_the_values() -> None:
    values = [float(value) for value in range(100)]
    shares = shares_between(summary_of(values), [10.0, 20.0, 50.0])
    assert shares.inside == pytest.approx((0.1, 0.3), abs=0.01)
    assert (shares.below, shares.above) == pytest.approx((0.1, 0.5), abs=0.01)


def test_a_single_value_lies_in_its_own_bin() -> None:
    shares = shares_between(summary_of([5.0] * 10), [0.0, 5.0, 10.0])
    assert (shares.inside, shares.below, shares.above) == ((0.0, 1.0), 0.0, 0.0)


@given(st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=30))
def test_shares_sum_to_one(values: list[float]) -> None:
    shares = shares_between(summary_of(values), round_edges(-5.0, 5.0))
    assert shares.below + sum(shares.inside) + shares.above == pytest.approx(1.0)
    assert min(shares.inside) >= 0


def test_nothing_has_no_shares() -> None:
    empty = NumericSummary.empty(Grid.lay(np.array([1.0])))
    assert shares_between(empty, [0.0, 1.0]).inside == (0.0,)


def test_edges_cover_both_sides_but_their_tails() -> None:
    values = [float(value) for value in range(100)]
    before, after = summary_of([*values, *values, *values, 1e9]), summary_of([value + 50 for value in values])
    edges = edges_for([before, None, after, summary_of([])])
    assert (edges[0], edges[-1]) == (0, 150)
    assert edges_for([None]) == []


@pytest.mark.parametrize("n", [49, 60, 103])
def test_nothing_seems_to_lie_beyond_edges_that_cover_all(n: int) -> None:
    shares = shares_between(summary_of([float(value) for value in range(n)]), [-1.0, n / 2, float(n)])
    assert (shares.below, shares.above) == (0.0, 0.0)
    assert sum(shares.inside) == pytest.approx(1.0, abs=1e-15)
