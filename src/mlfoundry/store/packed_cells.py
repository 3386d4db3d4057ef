"""Cells as an engine keeps them: one row for each period and series, with its buckets and their counts as lists.

A row for each bucket would repeat period and series some hundred times, and an engine would spend on hashing them what
arrays add up in a tenth of the time. Counts and the limbs of sums lie in lists of their own: counts are small and pack
well, limbs fill 64 bits. Rows of one period and series add up like cells do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from mlfoundry.store.extract import Ints
from mlfoundry.summaries.cells import SUMS, Cells, add_cells, join_cells, no_cells

Numbered: TypeAlias = Sequence[tuple[int, Cells]]
"""Cells by the number of their series; their groups are places in a list of periods."""
_LISTS = (("buckets", "counts"), ("limbs", "sums"))


def pack(made: Numbered, periods: Ints) -> pa.Table:
    """Cells as rows ``(period, series, buckets, counts, limbs, sums)``, period by period."""
    joined = join_cells(cells for _, cells in made)
    places: Ints = np.repeat(np.arange(len(made)), [len(cells.groups) for _, cells in made])
    keys = joined.groups * len(made) + places
    order = np.argsort(keys, kind="stable")
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


def unpack(table: pa.Table, groups: Ints, wanted: Iterable[int]) -> Mapping[int, Cells]:
    """The cells of each series wanted, added up: counts by group and bucket, then sums likewise.

    Parameters
    ----------
    table
        Rows as :func:`pack` makes them, in any order.
    groups
        The group that each row belongs to.
    """
    if not table.num_rows:
        return dict.fromkeys(wanted, no_cells())
    order = np.argsort(table.column("series").to_numpy(), kind="stable")
    numbers = table.column("series").to_numpy()[order]
    parts = [_flat(table, names, order) for names in _LISTS]
    found: dict[int, Cells] = {}
    for number in wanted:
        low, high = np.searchsorted(numbers, [number, number + 1]).tolist()
        own = groups[order[low:high]]
        cells = (
            Cells(np.repeat(own, np.diff(ends[low : high + 1])), *(flat[ends[low] : ends[high]] for flat in flats))
            for ends, flats in parts
        )
        found[number] = join_cells(map(add_cells, cells)) if high > low else no_cells()
    return found


def _flat(table: pa.Table, names: tuple[str, str], order: Ints) -> tuple[Ints, tuple[Ints, Ints]]:
    """Where each row's list ends, after a zero, and the lists one after the other, rows in an order."""
    chosen = table.select(names).take(order).combine_chunks()
    lists = [chosen.column(name).combine_chunks() for name in names]
    lengths = lists[0].value_lengths().to_numpy(zero_copy_only=False)
    ends: Ints = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    buckets, counts = (one.flatten().to_numpy(zero_copy_only=False).astype(np.int64, copy=False) for one in lists)
    return ends, (buckets, counts)
