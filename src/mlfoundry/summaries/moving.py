"""Cells of a numeric column, carried from one grid to another when the values are gone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.summaries.cells import SUMS, Cells, by_group, join_cells, whole_cells
from mlfoundry.summaries.grid import Grid
from mlfoundry.summaries.moments import Moments

_POINTS = 8
_SQUARE = Fraction(2) ** 40
"""How much finer than the square of the unit squares are counted."""


def move_cells(cells: Cells, n_groups: int, old: Grid, new: Grid) -> Cells:
    """The cells of :class:`~mlfoundry.summaries.NumericSummary` on another grid.

    The values of a bucket are taken as evenly spread over it, so a count lands at most the width of its old bucket
    away from where its value belongs. Counts are exact; so are the sums, but for their rounding to the new fixed point.

    Parameters
    ----------
    cells
        Added up and in order, on the old grid.
    n_groups
        How many groups they have.
    old, new
        From which grid to which.

    Examples
    --------
    >>> from mlfoundry.summaries import NumericSummary
    >>> from mlfoundry.summaries.cells import add_cells
    >>> values, groups = np.arange(100.0), np.zeros(100, np.int64)
    >>> old, new = Grid.lay(values), Grid.lay(values * 3)
    >>> moved = add_cells(move_cells(add_cells(NumericSummary.cells(values, groups, 1, old)), 1, old, new))
    >>> summary = NumericSummary.of(by_group(moved, 1)[0], 100, new)
    >>> summary.n, round(summary.mean, 6)
    (100, 49.5)
    """
    if old == new:
        return cells
    counted = cells.buckets < SUMS
    groups, ids, counts = (array[counted] for array in cells)
    parts = _spread(groups, ids, counts, old, new)
    for group, own in enumerate(by_group(cells, n_groups)):
        moments = Moments.of(own, old.frame)
        kept = own.sums | dict(enumerate(_moved_sums(moments, old, new)))
        parts += [whole_cells(field, total, group) for field, total in kept.items()]
    return join_cells(parts)


def _spread(groups: Ints, ids: Ints, counts: Ints, old: Grid, new: Grid) -> list[Cells]:
    lower, upper = old.lower(ids), old.upper(ids)
    last = np.nextafter(upper, -np.inf)
    single = old.single_value(ids)
    share, rest = np.divmod(counts, _POINTS)
    parts: list[Cells] = []
    for point in range(_POINTS):
        own = share + (point < rest)
        kept = own > 0
        values = _point(lower[kept], last[kept], (point + 0.5) / _POINTS, single[kept])
        parts.append(Cells(groups[kept], new.buckets(values), own[kept]))
    return parts


def _point(lower: Floats, last: Floats, place: float, single: Bools) -> Floats:
    return np.where(single, lower, np.minimum(np.maximum(lower * (1 - place) + last * place, lower), last))


def _moved_sums(moments: Moments, old: Grid, new: Grid) -> tuple[int, int, int, int]:
    """Count, values beyond range and the two sums, counted from another center in other units."""
    unit, new_unit = Fraction(2) ** old.frame.exponent, Fraction(2) ** new.frame.exponent
    by = Fraction(old.frame.center) - Fraction(new.frame.center)
    total, squares = moments.total * unit, moments.squares * unit**2 * _SQUARE
    moved = total + moments.n * by
    moved_squares = squares + 2 * by * total + moments.n * by * by
    return moments.n, moments.beyond, round(moved / new_unit), round(moved_squares / (new_unit**2 * _SQUARE))
