"""Where the numbers of one column lie, over many windows and in the reference: the same points or buckets of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from mlfoundry.summaries import Moments, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints

_FARTHEST = 1e140
"""Numbers beyond are taken as this, so that squares do not overflow."""


class Spread(NamedTuple):
    """Mean and variance (with n - 1) by window; NaN where there are too few rows."""

    mean: Floats
    variance: Floats


class Line:
    """Counts of two samples in ascending buckets, and what follows from them.

    Parameters
    ----------
    lower, upper
        The ends of the buckets; equal where a bucket holds a single value.
    reference, current
        Rows by window and bucket; the reference's first axis may be 1.
    reference_spread, current_spread
        Exact means and variances; else they are those of the buckets' middles.
    bounded
        Whether all numbers lie in the buckets they are counted in, so that error bounds hold.

    Examples
    --------
    >>> line = Line.of_values(np.array([1.0, 2.0]), np.array([2.0, 2.0]))
    >>> line.difference.tolist()
    [[0.5, 0.0]]
    """

    def __init__(
        self,
        lower: Floats,
        upper: Floats,
        reference: Floats,
        current: Floats,
        *,
        reference_spread: Spread | None = None,
        current_spread: Spread | None = None,
        bounded: bool = True,
    ) -> None:
        self.lower, self.upper = lower, upper
        self.reference, self.current = reference, current
        self.reference_spread = reference_spread or _spread((lower + upper) / 2.0, reference)
        self.current_spread = current_spread or _spread((lower + upper) / 2.0, current)
        self.bounded = bounded

    @classmethod
    def of_values(cls, reference: Floats, current: Floats) -> Line:
        """Every distinct value by itself, so that every figure is exact."""
        points, places = np.unique(_within_reach(np.concatenate([reference, current])) + 0.0, return_inverse=True)
        sides = np.split(places, [len(reference)])
        a, b = (np.bincount(side, minlength=len(points)).astype(np.float64)[None] for side in sides)
        return cls(points, points, a, b)

    @classmethod
    def of_summaries(cls, reference: NumericSummary, windows: Sequence[NumericSummary | None]) -> Line:
        """The buckets of the reference's grid."""
        grid = reference.grid
        same = [window is None or window.grid == grid for window in windows]
        sides = [reference, *windows]
        ids = [_ids(side, reference) for side in sides]
        union = np.unique(np.concatenate(ids))
        counts = np.vstack(
            [
                np.bincount(np.searchsorted(union, of_side), None if side is None else side.counts, len(union))
                for side, of_side in zip(sides, ids, strict=True)
            ]
        ).astype(np.float64)
        lower, upper = grid.lower(union), grid.upper(union)
        upper = np.where(upper == np.nextafter(lower, np.inf), lower, upper)
        lower, upper = _within_reach(lower), _within_reach(upper)
        around = _spread((lower + upper) / 2.0, counts)
        exact = [side is not None and not side.moments.beyond for side in sides]
        spread = _exact_spread([side.moments if side is not None else None for side in sides])
        mean, variance = (np.where(exact, first, second) for first, second in zip(spread, around, strict=True))
        return cls(
            lower,
            upper,
            counts[:1],
            counts[1:],
            reference_spread=Spread(mean[:1], variance[:1]),
            current_spread=Spread(mean[1:], variance[1:]),
            bounded=all(same) and not any(side.moments.beyond for side in sides if side is not None),
        )

    def without_windows(self) -> Line:
        """Each window beside the rest of a reference that is made of all of them."""
        rest = np.maximum(self.reference - self.current, 0.0)
        n, m = self.reference.sum(axis=-1), self.current.sum(axis=-1)
        left, whole, part = np.maximum(n - m, 1.0), self.reference_spread, self.current_spread
        mean, variance = np.nan_to_num(part.mean), np.nan_to_num(part.variance)
        of_rest = (n * whole.mean - m * mean) / left
        within = (n - 1.0) * whole.variance - np.maximum(m - 1.0, 0.0) * variance
        between = m * np.square(mean - whole.mean) + left * np.square(of_rest - whole.mean)
        spread = Spread(of_rest, np.maximum(within - between, 0.0) / np.maximum(left - 1.0, 1.0))
        return Line(
            self.lower,
            self.upper,
            rest,
            self.current,
            reference_spread=spread,
            current_spread=self.current_spread,
            bounded=self.bounded,
        )

    @cached_property
    def n(self) -> Floats:
        """Numbers of the reference, by window or once for all."""
        return self.reference.sum(axis=-1)

    @cached_property
    def m(self) -> Floats:
        """Numbers of each window."""
        return self.current.sum(axis=-1)

    @cached_property
    def rows(self) -> Floats:
        """nm / (n + m) by window: what squared differences of distribution functions are multiplied with."""
        return self.n * self.m / np.maximum(self.n + self.m, 1.0)

    @cached_property
    def known(self) -> Bools:
        """Where both sides have numbers."""
        return (self.n > 0) & (self.m > 0)

    @cached_property
    def shares(self) -> Floats:
        """Share of each bucket among the rows of both sides."""
        return (self.reference + self.current) / np.maximum(self.n + self.m, 1.0)[:, None]

    @cached_property
    def below(self) -> tuple[Floats, Floats]:
        """Both distribution functions at the buckets' ends."""
        a, b = np.cumsum(self.reference, axis=-1), np.cumsum(self.current, axis=-1)
        return a / np.maximum(self.n, 1.0)[:, None], b / np.maximum(self.m, 1.0)[:, None]

    @cached_property
    def difference(self) -> Floats:
        """The distribution function of the reference less the window's, at the buckets' ends."""
        return self.below[0] - self.below[1]

    @cached_property
    def difference_before(self) -> Floats:
        """The same at the buckets' beginnings."""
        return before(self.difference)

    @cached_property
    def wide(self) -> Bools:
        """Buckets that hold more than one value."""
        return self.upper > self.lower

    @cached_property
    def mean_square(self) -> Floats:
        """The mean squared difference over the numbers of each bucket, taken as evenly spread in it."""
        a, b = self.difference_before, self.difference
        return np.where(self.wide, (a * a + a * b + b * b) / 3.0, b * b)

    @cached_property
    def square_limits(self) -> tuple[Floats, Floats]:
        """The least and the most that the squared difference can be inside each bucket."""
        if not self.wide.any():
            return np.square(self.difference), np.square(self.difference)
        f, g = self.below
        highest = np.maximum(f - before(g), g - before(f))
        lowest = np.maximum(np.maximum(before(f) - g, before(g) - f), 0.0)
        exact = np.square(self.difference)
        return np.where(self.wide, np.square(lowest), exact), np.where(self.wide, np.square(highest), exact)

    @cached_property
    def widths(self) -> tuple[Floats, Floats]:
        """How long each bucket is, and the gap behind it."""
        return self.upper - self.lower, np.append(self.lower[1:] - self.upper[:-1], 0.0)

    @cached_property
    def deviation(self) -> Floats:
        """The standard deviation of the reference; of both sides together where the reference is constant."""
        before, now = self.reference_spread, self.current_spread
        own = np.sqrt(np.nan_to_num(before.variance))
        within = np.maximum(self.n - 1.0, 0.0) * np.nan_to_num(before.variance)
        within = within + np.maximum(self.m - 1.0, 0.0) * np.nan_to_num(now.variance)
        between = self.rows * np.square(np.nan_to_num(now.mean - before.mean))
        both = np.sqrt((within + between) / np.maximum(self.n + self.m - 1.0, 1.0))
        return np.where(own > 0, own, both)

    def quantiles(self, at: Floats) -> tuple[Floats, Floats]:
        """Quantiles of both sides, by window and level."""
        sides = [np.array([_quantiles(self, row, at) for row in side]) for side in (self.reference, self.current)]
        return sides[0], sides[1]


def before(cumulated: Floats) -> Floats:
    """Cumulated figures one bucket earlier."""
    return np.concatenate([np.zeros_like(cumulated[..., :1]), cumulated[..., :-1]], axis=-1)


def _ids(side: NumericSummary | None, reference: NumericSummary) -> Ints:
    if side is None:
        return np.zeros(0, np.int64)
    # Buckets of another grid fall where they begin.
    return side.ids if side.grid == reference.grid else reference.grid.buckets(side.grid.lower(side.ids))


def _within_reach(ends: Floats) -> Floats:
    return np.minimum(np.maximum(ends, -_FARTHEST), _FARTHEST)


def _spread(points: Floats, counts: Floats) -> Spread:
    n = counts.sum(axis=-1)
    some = np.maximum(n, 1.0)
    # Around the first point, so that large numbers that lie close together keep their digits.
    origin = points[len(points) // 2] if len(points) else 0.0
    mean = (counts * (points - origin)).sum(axis=-1) / some
    squares = (counts * np.square(points - origin - mean[:, None])).sum(axis=-1)
    return Spread(np.where(n > 0, origin + mean, np.nan), np.where(n > 1, squares / np.maximum(n - 1.0, 1.0), np.nan))


def _exact_spread(moments: Sequence[Moments | None]) -> Spread:
    means = [None if one is None else one.mean for one in moments]
    deviations = [None if one is None else one.std for one in moments]
    nan = np.nan
    return Spread(
        _within_reach(np.array([nan if mean is None else mean for mean in means], np.float64)),
        np.square(_within_reach(np.array([nan if one is None else one for one in deviations], np.float64))),
    )


def _quantiles(line: Line, counts: Floats, at: Floats) -> Floats:
    """Quantiles of one row of counts, evenly spread in each bucket; NaN without rows."""
    below = np.cumsum(counts)
    if not len(below) or not below[-1] > 0:
        return np.full(len(at), np.nan)
    place = quantile_places(counts, at)
    within = 1.0 - (below[place] - at * below[-1]) / np.maximum(counts[place], 1.0)
    return line.lower[place] + np.minimum(np.maximum(within, 0.0), 1.0) * (line.upper[place] - line.lower[place])


def quantile_places(counts: Floats, at: Floats) -> Ints:
    """The buckets that quantiles of one row of counts lie in."""
    below = np.cumsum(counts)
    ranks: Floats = at * float(below[-1])
    return np.minimum(np.searchsorted(below, ranks).astype(np.int64), len(below) - 1)
