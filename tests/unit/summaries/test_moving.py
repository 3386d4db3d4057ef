"""Counts carried to another grid stay where they were, to within the bucket they come from."""

from __future__ import annotations

import numpy as np
import pytest

from mlfoundry.summaries import Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats, Ints
from mlfoundry.summaries.cells import Cells, add_cells, by_group
from mlfoundry.summaries.moving import move_cells

RNG = np.random.default_rng(3)
COLUMNS = {
    "normal": RNG.normal(0, 1, 20_000),
    "zero-inflated": np.where(RNG.random(20_000) < 0.6, 0.0, RNG.lognormal(3, 1, 20_000)),
    "unix time": 1.7e9 + 86_400 * RNG.random(20_000),
    "sentinel": np.where(RNG.random(20_000) < 0.1, -999.0, RNG.normal(20, 5, 20_000)),
}


def cells_on(grid: Grid, values: Floats, groups: Ints) -> Cells:
    errors = np.array([3, 0, 1])
    return add_cells(NumericSummary.cells(values, groups, 3, grid, errors))


@pytest.mark.parametrize("name", COLUMNS)
def test_moved_counts_say_what_the_values_say(name: str) -> None:
    values = COLUMNS[name]
    groups = np.arange(len(values)) % 3
    middle = np.median(values)
    old, new = Grid.lay(values[:10_000]), Grid.lay(middle + (values - middle) * 0.9 + values.std() / 2)
    moved = by_group(add_cells(move_cells(cells_on(old, values, groups), 3, old, new)), 3)
    direct = by_group(cells_on(new, values, groups), 3)
    spread = float(np.subtract(*np.percentile(values, [95, 5])))
    for group, own in enumerate(values[groups == place] for place in range(3)):
        became = NumericSummary.of(moved[group], len(own) + 5, new)
        exact = NumericSummary.of(direct[group], len(own) + 5, new)
        assert (became.n, became.missing, became.type_errors) == (exact.n, exact.missing, exact.type_errors)
        assert became.mean == pytest.approx(exact.mean, rel=1e-12)
        assert became.std == pytest.approx(exact.std, rel=1e-9)
        for q in (0.05, 0.3, 0.5, 0.8, 0.95):
            assert became.quantile(q) == pytest.approx(np.quantile(own, q), abs=0.01 * spread)


def test_a_value_with_a_bucket_of_its_own_stays_itself() -> None:
    values = COLUMNS["zero-inflated"]
    groups = np.zeros(len(values), np.int64)
    old, new = Grid.lay(values), Grid.lay(values + (values > 0))
    summary = NumericSummary.of(
        by_group(add_cells(move_cells(cells_on(old, values, groups), 3, old, new)), 3)[0], 0, new
    )
    zero = summary.counts[summary.ids == new.buckets(np.zeros(1))[0]]
    assert zero.tolist() == [int((values == 0).sum())]


def test_cells_on_the_same_grid_are_the_same() -> None:
    grid = Grid.lay(COLUMNS["normal"])
    cells = cells_on(grid, COLUMNS["normal"], np.zeros(20_000, np.int64))
    assert move_cells(cells, 3, grid, Grid(grid.borders)) is cells
