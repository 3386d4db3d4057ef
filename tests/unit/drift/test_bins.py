"""Bins cut from the reference."""

from __future__ import annotations

import numpy as np
import pytest

from mlfoundry.drift.bins import Binning, CategoryBins, NumericBins
from mlfoundry.drift.tally import count
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats

RNG = np.random.default_rng(11)


def summary(values: Floats, grid: Grid | None = None) -> NumericSummary:
    groups = np.zeros(len(values), np.int64)
    return NumericSummary.grouped(values, groups, 1, grid or Grid.lay(values))[0]


def test_a_smooth_reference_is_cut_into_tenths() -> None:
    reference = summary(RNG.normal(size=20_000))
    bins = NumericBins.cut(reference, Binning())
    assert [bin_.special for bin_ in bins.bins] == ["below", *[None] * 10, "above", "missing"]
    shares = count(bins, [reference])[0] / reference.n
    assert shares[1:11] == pytest.approx([0.1] * 10, abs=0.01)
    assert shares[[0, 11, 12]].tolist() == [0, 0, 0]


def test_edges_lie_on_borders_of_buckets() -> None:
    reference = summary(RNG.lognormal(size=20_000))
    bins = NumericBins.cut(reference, Binning())
    assert bins.edges.tolist() == reference.grid.lower(bins.starts).tolist()


def test_a_heavy_value_has_a_bin_of_its_own() -> None:
    values = np.where(RNG.random(10_000) < 0.9, 0.0, RNG.lognormal(size=10_000))
    reference = summary(values)
    bins = NumericBins.cut(reference, Binning())
    counts = count(bins, [reference])[0]
    zero = next(place for place, bin_ in enumerate(bins.bins) if bin_.lower == 0.0)
    assert bins.bins[zero].label == "0"
    assert counts[zero] == (values == 0).sum()
    assert (counts > 0).sum() == 11


def test_no_sliver_is_left_beside_a_heavy_value() -> None:
    values = np.concatenate([RNG.uniform(0, 1, 5_000), np.full(3_000, 0.5003)])
    reference = summary(values)
    bins = NumericBins.cut(reference, Binning())
    rows = count(bins, [reference])[0]
    assert rows[rows > 0].min() >= 0.004 * len(values)


def test_what_lies_outside_or_is_missing_is_counted_apart() -> None:
    reference = summary(RNG.uniform(0, 1, 5_000))
    bins = NumericBins.cut(reference, Binning())
    current = summary(np.array([-5.0, -1.0, 0.5, 7.0, np.nan, np.inf]), reference.grid)
    by_name = dict(zip((bin_.special for bin_ in bins.bins), count(bins, [current])[0].tolist(), strict=True))
    assert (by_name["below"], by_name["above"], by_name["missing"]) == (2, 1, 2)


def test_given_edges_open_outer_bins_and_dropped_nulls() -> None:
    edges = (0.0, 1.0, 2.0, 3.0)
    current = summary(np.array([-1.0, 0.0, 0.5, 1.0, 2.5, 3.0, 9.0, np.nan]), Grid(edges))
    bins = NumericBins.cut(current, Binning(edges=edges, outer_bins=False, missing_bin=False))
    assert count(bins, [current])[0].tolist() == [3, 1, 3]


def test_a_window_on_another_grid_falls_into_the_same_bins() -> None:
    reference, values = summary(RNG.normal(size=20_000)), RNG.normal(0.2, 1, size=20_000)
    bins = NumericBins.cut(reference, Binning())
    same, other = count(bins, [summary(values, reference.grid)])[0], count(bins, [summary(values)])[0]
    assert other / 20_000 == pytest.approx(same / 20_000, abs=0.005)


@pytest.mark.parametrize("values", [[], [np.nan] * 5, [3.0] * 50, [0.0, 1.0] * 20, [1e308, -1e308] * 20])
def test_strange_references_still_have_bins(values: list[float]) -> None:
    reference = summary(np.array(values, np.float64))
    for binning in (Binning(), Binning(outer_bins=False), Binning(missing_bin=False)):
        bins = NumericBins.cut(reference, binning)
        counts = count(bins, [reference, NumericSummary.empty(reference.grid)])
        assert counts.shape == (2, len(bins.bins))
        assert counts[0].sum() == (reference.rows if binning.missing_bin else reference.n)


def test_categories_have_bins_by_frequency_then_other_unseen_missing() -> None:
    reference = CategorySummary({"a": 10, "b": 30, "c": 20}, missing=4)
    bins = CategoryBins.cut(reference, Binning(categories=2))
    assert [bin_.label for bin_ in bins.bins] == ["b", "c", "other", "unseen", "missing"]
    current = CategorySummary({"a": 1, "b": 2, "new": 3}, missing=5, type_errors=6)
    assert count(bins, [current]).tolist() == [[2, 0, 1, 3, 11]]


def test_rare_categories_are_tested_together_with_unseen_ones() -> None:
    reference = CategorySummary({"a": 900, "b": 7, "c": 6, "d": 5, "e": 1})
    bins = CategoryBins.cut(reference, Binning())
    pooled = {bin_.label for bin_, together in zip(bins.bins, bins.pooled, strict=True) if together}
    assert pooled == {"b", "c", "d", "e", "other", "unseen"}
