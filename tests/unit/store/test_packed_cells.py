"""Packed cells by day, and those that are kept in memory."""

from __future__ import annotations

import numpy as np
import pytest

from mlfoundry.store.cell_blocks import CellBlocks
from mlfoundry.store.extract import Ints
from mlfoundry.store.packed_cells import Lists, PackedRows


def rows_of(periods: Ints) -> PackedRows:
    """One row a period, with lists of 0 to 3 buckets that say which period they are of."""

    def lists() -> Lists:
        lengths = np.abs(periods) % 4
        return Lists(lengths, np.repeat(periods, lengths), np.repeat(periods * 10, lengths))

    return PackedRows(periods, np.arange(len(periods)), lists(), lists())


@pytest.mark.parametrize("in_order", [True, False])
def test_rows_by_day_are_those_of_the_day_in_their_order(in_order: bool) -> None:
    periods = np.random.default_rng(0).integers(-72, 72, 1_000)
    rows = rows_of(np.sort(periods) if in_order else periods)
    days = rows.by_key(rows.periods // 24, range(-4, 4))
    assert list(days) == list(range(-4, 4))
    for day, found in days.items():
        expected = rows.within(day * 24, (day + 1) * 24)
        for of in ("periods", "series"):
            assert getattr(found, of).tolist() == getattr(expected, of).tolist()
        for found_lists, lists in ((found.counts, expected.counts), (found.sums, expected.sums)):
            for of in ("lengths", "buckets", "counts"):
                assert getattr(found_lists, of).tolist() == getattr(lists, of).tolist()
                assert getattr(found_lists, of).base is None  # a view would keep all days in memory for one


def test_what_is_kept_in_memory_is_bounded_and_the_latest() -> None:
    block = rows_of(np.arange(1_000))
    blocks = CellBlocks(5 * block.size_bytes)
    for key in range(50):
        blocks.put(key, block)
        blocks.get([0])
    held = blocks.get(range(50))
    assert {0, 49} <= held.keys()
    assert sum(one.size_bytes for one in held.values()) <= 5 * block.size_bytes
    blocks.put("large", PackedRows.joined([block] * 6))
    assert blocks.get(["large"]) == {}
