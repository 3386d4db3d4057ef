"""Bins for drift, cut once from the reference; every window is counted in the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from mlfoundry.summaries import CategorySummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.summaries.categories import CodedCounts, Labels

_RARE = 5
Special = Literal["missing", "below", "above", "unseen", "other"]
SPECIALS: tuple[Special, ...] = ("missing", "below", "above", "unseen", "other")


@dataclass(frozen=True, slots=True)
class Binning:
    """How bins are cut; the defaults are right unless another tool's figures are to be reproduced.

    Parameters
    ----------
    count
        Quantile bins of a numeric reference, besides heavy values; fewer where they would hold fewer than 10 rows.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    """

    count: int = 10
    heavy_share: float = 0.05
    least_share: float = 0.005
    categories: int = 200
    edges: tuple[float, ...] | None = None
    outer_bins: bool = True
    missing_bin: bool = True


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin: ``[lower, upper)`` of a numeric column, a category, or a special bin."""

    label: str
    special: Special | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, eq=False)
class NumericBins:
    """Bins of a numeric column: below, quantile bins and heavy values in ascending order, above, missing.

    ``starts`` are the first buckets of the bins after *below*, on ``grid``; ``edges`` the same as numbers.
    """

    bins: tuple[Bin, ...]
    grid: Grid
    starts: Ints
    edges: Floats
    binning: Binning

    @classmethod
    def cut(cls, reference: NumericSummary, binning: Binning) -> NumericBins:
        """Cut the bins from a reference."""
        grid = reference.grid
        if binning.edges is not None:
            edges = np.unique(np.asarray(binning.edges, np.float64))
            starts = grid.buckets(edges)
        else:
            starts = _quantile_starts(reference, binning)
            edges = grid.lower(starts)
        if len(edges) < 2:
            # A reference without numbers: all there is to see is whether there is one.
            starts, edges, bins = starts[:0], edges[:0], [Bin("any number")]
        else:
            bins = [_numeric_bin(lower, upper) for lower, upper in pairwise(edges.tolist())]
        if binning.outer_bins and len(edges):
            below, above = Bin("below", "below", upper=float(edges[0])), Bin("above", "above", lower=float(edges[-1]))
            bins = [below, *bins, above]
        if binning.missing_bin:
            bins.append(Bin("missing", "missing"))
        return cls(tuple(bins), grid, starts, edges, binning)

    @property
    def pooled(self) -> Bools:
        """Bins that a test cannot keep apart: none."""
        return np.zeros(len(self.bins), np.bool_)

    @property
    def singles(self) -> float:
        """Rows that are the only ones of their category: a notion of categories."""
        return 0.0

    @cached_property
    def lookup(self) -> Ints:
        """The bin of every bucket from the one before the first bin's to the first behind the last bin's."""
        if not len(self.starts):
            return np.zeros(1, np.int64)
        ids = np.arange(self.first, int(self.starts[-1]) + 1)
        return self._bin(np.searchsorted(self.starts, ids, side="right"))

    @property
    def first(self) -> int:
        """The bucket that :attr:`lookup` begins with."""
        return int(self.starts[0]) - 1 if len(self.starts) else 0

    def places(self, window: NumericSummary) -> Ints:
        """The bin of each bucket of a window; buckets of another grid fall where they begin."""
        if window.grid == self.grid:
            return self.lookup[np.minimum(np.maximum(window.ids - self.first, 0), len(self.lookup) - 1)]
        return self._bin(np.searchsorted(self.edges, window.grid.lower(window.ids), side="right"))

    def _bin(self, ranges: Ints) -> Ints:
        """The bin of each of the ranges that the edges cut the line into."""
        if self.binning.outer_bins or not len(self.edges):
            return ranges.astype(np.int64)
        return np.minimum(np.maximum(ranges.astype(np.int64) - 1, 0), len(self.edges) - 2)


@dataclass(frozen=True, slots=True, eq=False)
class CategoryBins:
    """Bins of a categorical column: the reference's categories, the most frequent first, other, unseen, missing.

    ``pooled`` marks the bins that a test must take together: *other*, *unseen*, and categories as rare in the
    reference as those. That it saw a rare category at all was luck, which its next rows do not repeat, so that rare and
    unseen ones always look different. By Good and Turing the rows of categories seen up to t times make up the share
    that unseen ones and those will have, provided that none was seen t + 1 times: t is the first such count from 5 and
    from those of *other* on. ``place`` is the bin of every category of the reference, ``shared`` the cells of
    categories without a code of their own that hold any of its, ``singles`` its rows that are alone in their category.
    """

    bins: tuple[Bin, ...]
    own: tuple[str, ...]
    place: dict[str, int]
    shared: frozenset[int]
    pooled: Bools
    singles: float
    binning: Binning
    looked_up: dict[int, tuple[Labels, Ints]] = field(default_factory=dict[int, "tuple[Labels, Ints]"])

    @classmethod
    def cut(cls, reference: CategorySummary, binning: Binning) -> CategoryBins:
        """Cut the bins from a reference."""
        counts = CodedCounts.of(reference.counts).named
        frequent = sorted(counts, key=lambda category: (-counts[category], category))
        own, other = frequent[: binning.categories], frequent[binning.categories :]
        bins = [Bin(category) for category in own]
        bins += [Bin("other", "other"), Bin("unseen", "unseen")]
        if binning.missing_bin:
            bins.append(Bin("missing", "missing"))
        rare = _rare(counts, other[:1])
        pooled = [counts[category] <= rare for category in own]
        pooled += [bin_.special != "missing" for bin_ in bins[len(own) :]]
        place = {category: min(rank, len(own)) for rank, category in enumerate(frequent)}
        shared = frozenset(cell for cell, rows in reference.other.items() if rows)
        singles = float(sum(rows == 1 for rows in counts.values()))
        return cls(tuple(bins), tuple(own), place, shared, np.array(pooled, np.bool_), singles, binning)

    def places(self, labels: Labels) -> Ints:
        """The bin of each of some categories; what was looked up last is kept while the names are the same."""
        found = self.looked_up.get(id(labels))
        if found is None or found[0] is not labels:
            unseen, place = len(self.own) + 1, self.place
            found = labels, np.array([place.get(label, unseen) for label in labels.tolist()], np.int64)
            self.looked_up.clear()
            self.looked_up[id(labels)] = found
        return found[1]

    def places_of_shared(self, cells: Iterable[int]) -> list[int]:
        """The bin of each of some cells that several categories share."""
        other, unseen = len(self.own), len(self.own) + 1
        return [other if cell in self.shared else unseen for cell in cells]


def _rare(counts: Mapping[str, int], largest_other: list[str]) -> int:
    """The largest count of a category that is pooled."""
    seen = set(counts.values())
    rare = max(_RARE, *(counts[category] for category in largest_other), 0)
    while rare + 1 in seen:
        rare += 1
    return rare


def _numeric_bin(lower: float, upper: float) -> Bin:
    if upper == np.nextafter(lower, np.inf):
        return Bin(f"{lower:.6g}", lower=lower, upper=upper)
    return Bin(f"{lower:.4g} – {upper:.4g}", lower=lower, upper=upper)


def _quantile_starts(reference: NumericSummary, binning: Binning) -> Ints:
    """The first bucket of each bin, and the one after the last."""
    ids, counts = reference.ids, reference.counts
    if not len(ids):
        return np.zeros(0, np.int64)
    n = int(counts.sum())
    heavy = counts > binning.heavy_share * n
    light = np.where(heavy, 0, counts)
    mass = int(light.sum())
    # A test takes bins of up to _RARE rows together: of a small reference it would be left with none to tell apart.
    most = min(int(mass / (binning.least_share * n)), mass // (2 * _RARE))
    wanted = max(1, min(binning.count, most))
    before = np.cumsum(light) - light
    # A border is where the mass before it comes nearest to a quantile.
    targets = np.arange(1, wanted) * (mass / wanted)
    cuts = np.searchsorted(before, targets)
    cuts = np.minimum(cuts, len(ids) - 1)
    left = np.maximum(cuts - 1, 0)
    cuts = np.where(np.abs(before[left] - targets) <= np.abs(before[cuts] - targets), left, cuts)
    fixed = np.unique(np.concatenate([ids[:1], ids[heavy], ids[heavy] + 1, ids[-1:] + 1]))
    return _without_slivers(np.union1d(fixed, ids[cuts]), fixed, reference, binning.least_share * n)


def _without_slivers(starts: Ints, fixed: Ints, reference: NumericSummary, least: float) -> Ints:
    """Leave out quantiles that fall so close to a heavy value that almost nothing lies between."""
    rows = np.bincount(
        np.searchsorted(starts, reference.ids, side="right"), weights=reference.counts, minlength=len(starts) + 1
    )
    # rows[i] lies before starts[i], rows[i + 1] behind it.
    sliver = (rows[:-1] < least) | (rows[1:] < least)
    return starts[~sliver | np.isin(starts, fixed)]
