"""Many values at once take quicker ways, which say the same as the plain ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mlfoundry.summaries import Attribution, Grid
from mlfoundry.summaries.cells import SUMS, add_cells, by_group, count_cells, group_sizes, sum_cells

N, N_GROUPS = 4_000, 7
Draw = Callable[[np.random.Generator], NDArray[np.float64]]
COLUMNS: dict[str, Draw] = {
    "normal": lambda random: random.normal(1013, 8, N),
    "rounded": lambda random: np.round(random.normal(7.2, 0.3, N), 2),
    "log-normal": lambda random: random.lognormal(6, 1.5, N),
    "half of it 0": lambda random: np.where(random.random(N) < 0.5, 0.0, random.lognormal(6, 1.5, N)),
    "eight decades": lambda random: 10 ** random.uniform(-8, 8, N) * random.choice([-1, 1], N),
    "Cauchy": lambda random: random.standard_cauchy(N),
    "whole numbers": lambda random: random.poisson(3, N).astype(np.float64),
    "constant": lambda random: np.full(N, -2.5),
    "as wide as floats are": lambda random: np.ldexp(random.uniform(-1, 1, N), random.integers(-1070, 1024, N)),
    "tiny": lambda random: random.uniform(-1, 1, N) * 1e-310,
    "close together far from 0": lambda random: np.nextafter(1e15, 2e15) + random.integers(0, 9, N) / 8,
}


def drawn(name: str) -> NDArray[np.float64]:
    return COLUMNS[name](np.random.default_rng(len(name)))


@pytest.mark.parametrize("name", COLUMNS)
def test_many_values_fall_into_the_buckets_that_each_falls_into_by_itself(name: str):
    values = drawn(name)
    grid = Grid.lay(values[:1_000])
    beside = [np.nextafter(grid.borders, to) for to in (-np.inf, np.inf)]
    odd = [0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308, np.inf, -np.inf]
    everything = np.concatenate([values, grid.borders, *beside, odd])
    one_by_one = [int(grid.buckets(everything[place : place + 1])[0]) for place in range(len(everything))]
    assert grid.buckets(everything).tolist() == one_by_one


@pytest.mark.parametrize("order", ["in runs", "mixed"])
@pytest.mark.parametrize("name", COLUMNS)
def test_sums_of_many_values_are_exact(name: str, order: str):
    values = np.rint(np.minimum(np.maximum(drawn(name), -(2.0**69)), 2.0**69) * 2.0**41)
    values[[5, 900]] = 2.0**110, -(2.0**104)
    groups = np.random.default_rng(1).integers(0, N_GROUPS, N)
    if order == "in runs":
        groups.sort()
    sums = [group.sum(3) for group in by_group(add_cells(sum_cells(3, values, groups, N_GROUPS)), N_GROUPS)]
    assert sums == [sum(map(int, values[groups == group])) for group in range(N_GROUPS)]


@pytest.mark.parametrize("order", ["in runs", "mixed"])
def test_many_rows_are_counted_by_group(order: str):
    random = np.random.default_rng(2)
    groups = random.integers(2, N_GROUPS, N)
    if order == "in runs":
        groups.sort()
    ids = random.integers(-40, 40, N) * 1_000
    cells = count_cells(ids, groups, N_GROUPS)
    assert (cells.buckets < SUMS).all()
    keys = zip(cells.groups.tolist(), cells.buckets.tolist(), strict=True)
    found = Counter(dict(zip(keys, cells.counts.tolist(), strict=True)))
    assert found == Counter(zip(groups.tolist(), ids.tolist(), strict=True))
    assert group_sizes(groups, N_GROUPS).tolist() == np.bincount(groups, minlength=N_GROUPS).tolist()


def test_attributions_that_are_all_in_range_add_like_those_among_others():
    random = np.random.default_rng(3)
    values, groups = random.normal(0, 0.3, N).astype(np.float32), np.sort(random.integers(0, N_GROUPS, N))
    plain = Attribution.grouped(values, groups, N_GROUPS)
    odd = np.array([np.nan, np.inf, 1e30], np.float32)
    among = Attribution.grouped(np.append(values, odd), np.append(groups, [0, 0, 0]), N_GROUPS)
    assert plain[1:] == among[1:]
    assert (among[0].n, among[0].total, among[0].absolute) == (plain[0].n, plain[0].total, plain[0].absolute)
    assert (plain[0].beyond, among[0].beyond) == (0, 1)


@pytest.mark.parametrize(
    "values",
    [np.arange(1, 300) * 5e-324, -(10.0 ** np.linspace(-315, 300, 1_000))],
    ids=["smallest", "tiny beside huge"],
)
def test_a_grid_is_laid_over_numbers_that_halving_or_scaling_makes_0(values: NDArray[np.float64]):
    grid = Grid.lay(values)
    assert len(np.unique(grid.buckets(values))) > 100
