"""Cells as an engine keeps them: one row for each period and series, with its buckets and their counts as lists.

A row for each bucket would repeat period and series some hundred times, and an engine would spend on hashing them what
arrays add up in a tenth of the time. Counts and the limbs of sums lie in lists of their own: counts are small and pack
well, limbs fill 64 bits. Rows of one period and series add up like cells do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from mlfoundry.store.extract import Ints
from mlfoundry.summaries.arrays import Bools, no_ints
from mlfoundry.summaries.cells import SUMS, Cells, add_cells, join_cells, no_cells

Numbered: TypeAlias = Sequence[tuple[int, Cells]]
"""Cells by the number of their series; their groups are places in a list of periods."""
_LISTS = (("buckets", "counts"), ("limbs", "sums"))
_FAR = 1 << 62
_EMPTY_CELLS = 1 << 16


def pack(made: Numbered, periods: Ints) -> pa.Table:
    """Cells as rows ``(period, series, buckets, counts, limbs, sums)``, period by period, buckets ascending."""
    joined = join_cells(cells for _, cells in made)
    places: Ints = np.repeat(np.arange(len(made)), [len(cells.groups) for _, cells in made])
    keys = joined.groups * len(made) + places
    order = np.argsort(keys, kind="stable")
    if (np.diff(joined.buckets[order])[np.diff(keys[order]) == 0] < 0).any():
        order = np.lexsort((joined.buckets, keys))
    keys, is_sum = keys[order], joined.buckets[order] >= SUMS
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    rows = np.cumsum(np.diff(keys, prepend=-1) != 0) - 1
    groups, series = np.divmod(keys[first], max(len(made), 1))
    numbers = np.array([number for number, _ in made], np.int32)
    columns = {"period": pa.array(periods[groups].astype(np.int32)), "series": pa.array(numbers[series])}
    for names, kept in zip(_LISTS, (~is_sum, is_sum), strict=True):
        offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=len(first)))]).astype(np.int32)
        buckets = pa.array(joined.buckets[order][kept].astype(np.int32))
        values = (buckets, pa.array(joined.counts[order][kept]))
        columns |= {name: pa.ListArray.from_arrays(offsets, array) for name, array in zip(names, values, strict=True)}
    return pa.table(columns)


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of buckets for each row, with their counts: how long each is, and all of them end to end."""

    lengths: Ints
    buckets: Ints
    counts: Ints

    @classmethod
    def joined(cls, parts: Sequence[Lists]) -> Lists:
        """The lists of several parts, in their order."""
        arrays = [(part.lengths, part.buckets, part.counts) for part in parts]
        return cls(*(np.concatenate(each) for each in zip(*arrays, strict=True)))


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows of packed cells as arrays."""

    periods: Ints
    series: Ints
    counts: Lists
    sums: Lists

    @classmethod
    def of(cls, table: pa.Table) -> PackedRows:
        """The rows of a table with the columns of :func:`pack`."""
        if not table.num_rows:
            return cls.of_nothing()
        periods, series = (table.column(name).to_numpy().astype(np.int64) for name in ("period", "series"))
        return cls(periods, series, *(_lists(table, names) for names in _LISTS))

    @classmethod
    def of_nothing(cls) -> PackedRows:
        """No rows."""
        nothing = Lists(no_ints(), no_ints(), no_ints())
        return cls(no_ints(), no_ints(), nothing, nothing)

    @classmethod
    def joined(cls, parts: Sequence[PackedRows]) -> PackedRows:
        """The rows of one or more parts, in their order."""
        return cls(
            np.concatenate([part.periods for part in parts]),
            np.concatenate([part.series for part in parts]),
            Lists.joined([part.counts for part in parts]),
            Lists.joined([part.sums for part in parts]),
        )

    @property
    def size_bytes(self) -> int:
        """What the arrays hold."""
        lists = (array for part in (self.counts, self.sums) for array in (part.lengths, part.buckets, part.counts))
        return sum(array.nbytes for array in (self.periods, self.series, *lists))

    def within(self, first: int, end: int) -> PackedRows:
        """The rows of periods from one on and before another."""
        kept = (self.periods >= first) & (self.periods < end)
        return self if kept.all() else self._chosen(kept)

    def by_key(self, keys: Ints, wanted: Iterable[int]) -> dict[int, PackedRows]:
        """Copies of the rows of each key wanted; ``keys`` has the key of each row."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        counts, sums = (_sliced(_reordered(part, order)) for part in (self.counts, self.sums))
        found: dict[int, PackedRows] = {}
        for key in wanted:
            first, end = np.searchsorted(ordered, (key, key + 1)).tolist()
            rows = order[first:end]
            found[key] = PackedRows(self.periods[rows], self.series[rows], counts(first, end), sums(first, end))
        return found

    def _chosen(self, kept: Bools) -> PackedRows:
        lists = (_chosen(part, kept) for part in (self.counts, self.sums))
        return PackedRows(self.periods[kept], self.series[kept], *lists)

    def added_up(self, groups: Ints, wanted: Iterable[int]) -> Mapping[int, Cells]:
        """The cells of each series wanted: counts by group and bucket, then sums likewise.

        Parameters
        ----------
        groups
            The group that each row belongs to.
        wanted
            The numbers of all series that there are rows of, and maybe of others.
        """
        numbers = np.unique(np.fromiter(wanted, np.int64))
        places: Ints = np.searchsorted(numbers, self.series)
        parts = [_add_up(lists, groups, places, len(numbers)) for lists in (self.counts, self.sums)]
        return {no: join_cells(cells) for no, cells in zip(numbers.tolist(), zip(*parts, strict=True), strict=True)}


def _lists(table: pa.Table, names: tuple[str, str]) -> Lists:
    buckets, counts = (table.column(name).combine_chunks() for name in names)
    lengths: Ints = buckets.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    return Lists(lengths, *(one.flatten().to_numpy(zero_copy_only=False) for one in (buckets, counts)))


def _chosen(lists: Lists, kept: Bools) -> Lists:
    cells = np.repeat(kept, lists.lengths)
    return Lists(lists.lengths[kept], lists.buckets[cells], lists.counts[cells])


def _reordered(lists: Lists, order: Ints) -> Lists:
    """The lists of rows in another order."""
    if (np.diff(order) == 1).all():
        return lists
    starts, lengths = np.cumsum(lists.lengths) - lists.lengths, lists.lengths[order]
    cells = np.arange(len(lists.buckets)) + np.repeat(starts[order] - (np.cumsum(lengths) - lengths), lengths)
    return Lists(lengths, lists.buckets[cells], lists.counts[cells])


def _sliced(lists: Lists) -> Callable[[int, int], Lists]:
    """Copies of the lists of rows from one on and before another."""
    ends: list[int] = [0, *np.cumsum(lists.lengths).tolist()]

    def cut(first: int, end: int) -> Lists:
        cells = slice(ends[first], ends[end])
        parts = lists.lengths[first:end], lists.buckets[cells], lists.counts[cells]
        return Lists(*(np.array(part) for part in parts))

    return cut


def _add_up(lists: Lists, groups: Ints, places: Ints, n_series: int) -> list[Cells]:
    """One cell for each group and bucket of each series, through one table of all of them.

    A series whose buckets lie far apart would leave such a table empty; it is added up by itself.
    """
    filled = lists.lengths > 0
    if not filled.any():
        return [no_cells()] * n_series
    if not filled.all():
        lists, groups, places = (
            Lists(lists.lengths[filled], lists.buckets, lists.counts),
            groups[filled],
            places[filled],
        )
    ends = np.cumsum(lists.lengths)
    lowest, highest = np.full(n_series, _FAR), np.full(n_series, -_FAR)
    np.minimum.at(lowest, places, lists.buckets[ends - lists.lengths])
    np.maximum.at(highest, places, lists.buckets[ends - 1])
    widths, n_groups = np.maximum(highest - lowest + 1, 0), int(groups.max()) + 1
    cells = np.bincount(places, weights=lists.lengths, minlength=n_series)
    together = widths * n_groups <= np.maximum(_EMPTY_CELLS, 8 * cells)
    bases: Ints = np.concatenate([[0], np.cumsum(np.where(together, widths, 0) * n_groups)])
    keys = bases[places] + groups * widths[places] - lowest[places]
    dense = _dense(lists, keys, together[places], int(bases[-1]))
    there = np.flatnonzero(dense)
    splits = np.searchsorted(there, bases).tolist()
    found: list[Cells] = []
    for place, (low, high) in enumerate(pairwise(splits)):
        if together[place]:
            of_groups, buckets = np.divmod(there[low:high] - bases[place], max(int(widths[place]), 1))
            found.append(Cells(of_groups, buckets + lowest[place], dense[there[low:high]]))
        else:
            own = _chosen(lists, places == place)
            of_groups = np.repeat(groups[places == place], own.lengths)
            found.append(add_cells(Cells(of_groups, own.buckets.astype(np.int64), own.counts)))
    return found


def _dense(lists: Lists, keys: Ints, chosen: Bools, size: int) -> Ints:
    """The counts of chosen rows by the row's key and the bucket."""
    if not chosen.all():
        lists, keys = _chosen(lists, chosen), keys[chosen]
    dense = np.zeros(size, np.int64)
    np.add.at(dense, np.repeat(keys, lists.lengths) + lists.buckets, lists.counts)
    return dense
