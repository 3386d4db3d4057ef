"""Cells: summaries as additive whole numbers, one for each group and bucket, the form in which a store keeps them.

Everything in a summary is a count of a bucket or an exact sum. A sum is written in limbs of 32 bits, which are counts
of buckets of their own, so that cells of the same group and bucket add up whatever they mean, and adding the same cells
with the opposite sign takes rows away to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from mlfoundry.summaries.arrays import Bools, Floats, Ints, no_ints

SUMS = 1 << 28
"""Buckets from here on are limbs of sums."""
_LIMB_BITS = 32
_LARGEST_SUM = 2.0**62
_LARGEST_INT = 2.0**63
_LIMBS = 8
_DENSE_CELLS = 1 << 22
_NEAR_A_FAR = 8
_ROWS_A_RUN = 8
"""Runs at least so long on average are added up before they go to their groups."""


class Cells(NamedTuple):
    """Whole numbers by group and bucket; cells of one group and bucket add up.

    Examples
    --------
    >>> cells = count_cells(np.array([7, 7, 9]), np.array([0, 0, 1]), 2)
    >>> [group.ids.tolist() for group in by_group(cells, 2)]
    [[7], [9]]
    """

    groups: Ints
    buckets: Ints
    counts: Ints

    def negative(self) -> Cells:
        """What takes these cells away."""
        return Cells(self.groups, self.buckets, -self.counts)

    def of_groups(self, wanted: Bools) -> Cells:
        """The cells of some groups; ``wanted`` says of each group whether it is one."""
        kept = wanted[self.groups]
        return self if kept.all() else Cells(self.groups[kept], self.buckets[kept], self.counts[kept])


class GroupCells(NamedTuple):
    """The cells of one group: counts by bucket, ascending, and the sums by field."""

    ids: Ints
    counts: Ints
    sums: dict[int, int]

    def sum(self, field: int) -> int:
        """A sum; 0 where nothing was added."""
        return self.sums.get(field, 0)


def no_cells() -> Cells:
    """No cells."""
    return Cells(no_ints(), no_ints(), no_ints())


def join_cells(parts: Iterable[Cells]) -> Cells:
    """All cells of parts, not yet added up."""
    given = list(parts)
    if len(given) == 1:
        return given[0]
    if not given:
        return no_cells()
    return Cells(*(np.concatenate(arrays) for arrays in zip(*given, strict=True)))


def add_cells(cells: Cells) -> Cells:
    """One cell for each group and bucket, in that order; those that add up to 0 are left out."""
    if not len(cells.groups):
        return cells
    lowest, highest = int(cells.buckets.min()), int(cells.buckets.max())
    if highest < SUMS:  # a sum's limbs may be too large for the floats that are added up here
        added = _add_dense(cells, lowest, highest - lowest + 1)
        if added is not None:
            return added
    order = np.lexsort((cells.buckets, cells.groups))
    groups, buckets = cells.groups[order], cells.buckets[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (groups[1:] != groups[:-1]) | (buckets[1:] != buckets[:-1])
    starts = np.flatnonzero(first)
    counts = np.add.reduceat(cells.counts[order], starts)
    kept = counts != 0
    return Cells(groups[starts][kept], buckets[starts][kept], counts[kept])


def _add_dense(cells: Cells, lowest: int, width: int) -> Cells | None:
    """The same through a table of all groups and buckets; None where that would be mostly empty."""
    n_groups, places = int(cells.groups.max()) + 1, cells.buckets - lowest
    most = max(_DENSE_CELLS // 16, 8 * len(places))
    distinct: Ints | None = None
    if n_groups * width > most and width <= min(_DENSE_CELLS * 2, 64 * len(places)):
        there = np.zeros(width, np.bool_)
        there[places] = True
        distinct = np.flatnonzero(there)
        ranks = np.empty(width, np.int64)
        ranks[distinct] = np.arange(len(distinct))
        places, width = ranks[places], len(distinct)
    if n_groups * width > most:
        return None
    dense = np.bincount(cells.groups * width + places, weights=cells.counts, minlength=n_groups * width)
    found = np.flatnonzero(dense)
    groups, places = np.divmod(found, width)
    buckets = places + lowest if distinct is None else distinct[places] + lowest
    return Cells(groups, buckets, dense[found].astype(np.int64))


def count_cells(ids: Ints, groups: Ints, n_groups: int) -> Cells:
    """How often each id stands in each group; ids lie below :data:`SUMS`."""
    if not len(ids):
        return no_cells()
    lowest, first = int(ids.min()), int(groups.min())
    width = int(ids.max()) - lowest + 1
    if n_groups == 1 or int(groups.max()) == first:
        keys, size = ids - lowest, width
    else:
        # The groups of rows that lie together are few, however many there are in all.
        keys = groups * width
        keys += ids
        keys -= lowest + first * width
        size = (int(groups.max()) - first + 1) * width
    if size <= max(_DENSE_CELLS // 16, 4 * len(ids)):
        dense = np.bincount(keys, minlength=size)
        found = np.flatnonzero(dense)
        counts = dense[found]
    else:
        found, counts = np.unique(keys, return_counts=True)
    if size == width:
        return Cells(np.full(len(found), first), found + lowest, counts.astype(np.int64, copy=False))
    return Cells(found // width + first, found % width + lowest, counts.astype(np.int64, copy=False))


def tally_cells(field: int, counts: Ints) -> Cells:
    """One small number for each group, as a sum of that field."""
    return _limb_cells(SUMS + field * _LIMBS, counts.astype(np.int64, copy=False))


def sum_cells(field: int, units: Floats, groups: Ints, n_groups: int) -> Cells:
    """The exact sum by group of whole numbers, given as finite floats that are rounded first; for up to 2^30 rows."""
    rest = np.rint(units)
    if not rest.size:
        return no_cells()
    parts: list[Cells] = []
    limb = SUMS + field * _LIMBS
    largest = max(float(rest.max()), -float(rest.min()))
    if largest * rest.size >= _LARGEST_SUM:
        # A few that are far away would make all the others as slow to add as they are.
        far = np.abs(rest) >= _LARGEST_SUM / rest.size
        if np.count_nonzero(far) * _NEAR_A_FAR < rest.size:
            parts.append(sum_cells(field, rest[far], groups[far], n_groups))
            rest[far] = 0.0
            largest = _LARGEST_SUM / (rest.size + 1)
    while largest >= _LARGEST_INT:
        high = np.trunc(rest * 2.0**-_LIMB_BITS)
        parts.append(_limb_cells(limb, _sums((rest - high * 2.0**_LIMB_BITS).astype(np.int64), groups, n_groups)))
        rest, largest = high, largest / 2**_LIMB_BITS
        limb += 1
    values = rest.astype(np.int64)
    if largest * values.size >= _LARGEST_SUM:
        parts.append(_limb_cells(limb, _sums(values & (2**_LIMB_BITS - 1), groups, n_groups)))
        values >>= _LIMB_BITS
        limb += 1
    if largest:
        # What is left fits into 64 bits when it is added up, and is cut into limbs afterwards.
        sums = _sums(values, groups, n_groups)
        parts += [_limb_cells(limb, sums & (2**_LIMB_BITS - 1)), _limb_cells(limb + 1, sums >> _LIMB_BITS)]
    return join_cells(parts)


def whole_cells(field: int, total: int, group: int) -> Cells:
    """A whole number of any size as a sum of that field of one group."""
    limbs: list[int] = []
    while not -(2**62) <= total < 2**62:
        limbs.append(total & (2**_LIMB_BITS - 1))
        total >>= _LIMB_BITS
    counts = np.array([*limbs, total], np.int64)
    places = np.flatnonzero(counts)
    return Cells(np.full(len(places), group), SUMS + field * _LIMBS + places, counts[places])


def group_sizes(groups: Ints, n_groups: int) -> Ints:
    """How many rows each group has.

    Examples
    --------
    >>> group_sizes(np.array([0, 0, 2]), 3).tolist()
    [2, 0, 1]
    """
    if n_groups == 1:
        return np.array([len(groups)], np.int64)
    starts = _run_starts(groups)
    if len(starts) * _ROWS_A_RUN > len(groups):
        return np.bincount(groups, minlength=n_groups).astype(np.int64, copy=False)
    sizes = np.zeros(n_groups, np.int64)
    np.add.at(sizes, groups[starts], np.diff(starts, append=len(groups)))
    return sizes


def _sums(values: Ints, groups: Ints, n_groups: int) -> Ints:
    """Sums by group of whole numbers that fit into 64 bits."""
    if n_groups == 1:
        return values.sum(keepdims=True)
    sums = np.zeros(n_groups, np.int64)
    starts = _run_starts(groups)
    if len(starts) * _ROWS_A_RUN > len(groups):
        np.add.at(sums, groups, values)
    else:
        np.add.at(sums, groups[starts], np.add.reduceat(values, starts))
    return sums


def _run_starts(groups: Ints) -> Ints:
    """Where runs of rows of one group begin: rows come about in the order of time, and so do their groups."""
    if not len(groups):
        return no_ints()
    return np.concatenate([np.zeros(1, np.int64), np.flatnonzero(groups[1:] != groups[:-1]) + 1])


def _limb_cells(bucket: int, sums: Ints) -> Cells:
    groups = np.flatnonzero(sums)
    return Cells(groups, np.full(len(groups), bucket), sums[groups])


def _totals(groups: Ints, buckets: Ints, counts: Ints) -> Iterable[tuple[int, int, int]]:
    """The group, the field and the value of each sum, from its limbs in order."""
    if not len(groups):
        return ()
    fields, limbs = np.divmod(buckets - SUMS, _LIMBS)
    first = np.flatnonzero(np.append(True, (np.diff(groups) != 0) | (np.diff(fields) != 0)))
    # As Python's whole numbers: a sum may need more than 64 bits.
    shifted: list[int] = np.add.reduceat(counts.astype(np.object_) << (_LIMB_BITS * limbs), first).tolist()
    starts: tuple[list[int], list[int]] = groups[first].tolist(), fields[first].tolist()
    return zip(*starts, shifted, strict=True)


def by_group(cells: Cells, n_groups: int) -> list[GroupCells]:
    """The cells of each group; they must be added up and in order."""
    is_sum = cells.buckets >= SUMS
    sums: list[dict[int, int]] = [{} for _ in range(n_groups)]
    for group, field, total in _totals(*(array[is_sum] for array in cells)):
        sums[group][field] = total
    counted = ~is_sum
    groups, buckets, counts = (array[counted] for array in cells)
    ends = np.searchsorted(groups, np.arange(n_groups + 1)).tolist()
    return [GroupCells(buckets[ends[g] : ends[g + 1]], counts[ends[g] : ends[g + 1]], sums[g]) for g in range(n_groups)]
