from __future__ import annotations

from itertools import pairwise

import numpy as np

from mlfoundry.store.id_filter import CHUNK, Hashes, IdFilter

RNG = np.random.default_rng(5)
KNOWN = RNG.integers(0, 2**64, 5 * CHUNK + 100, np.uint64)
NEW = RNG.integers(0, 2**64, 100_000, np.uint64)


def filled(step: int) -> IdFilter:
    ids = IdFilter()
    for first in range(0, len(KNOWN), step):
        part = KNOWN[first : first + step]
        ids.add(np.arange(first, first + len(part)), part)
    return ids


def holds(ranges: list[tuple[int, int]], number: int) -> bool:
    return any(first <= number <= last for first, last in ranges)


def one(number: int) -> Hashes:
    return KNOWN[number : number + 1]


def test_no_known_id_is_missed_however_it_came() -> None:
    for step in (len(KNOWN), 50_000, 7_001):
        ids = filled(step)
        for number in (*range(0, len(KNOWN), 997), len(KNOWN) - 1):
            assert holds(ids.ranges(one(number)), number)


def test_new_ids_are_rarely_looked_for() -> None:
    ids = filled(10_000)
    looked_for = sum(bool(ids.ranges(NEW[i : i + 1])) for i in range(5_000))
    assert looked_for < 50


def test_few_ranges_hold_all_that_is_known() -> None:
    ids = IdFilter()
    numbers = np.arange(0, 40 * CHUNK, CHUNK * 2)
    ids.add(numbers, KNOWN[: len(numbers)])
    ranges = ids.ranges(KNOWN[: len(numbers)])
    assert len(ranges) <= 8
    assert all(holds(ranges, int(number)) for number in numbers)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_numbers_may_be_given_away_again() -> None:
    ids = filled(30_000)
    ids.add(np.array([10]), NEW[:1])
    assert holds(ids.ranges(NEW[:1]), 10)
    assert holds(ids.ranges(one(10)), 10)


def test_what_is_forgotten_costs_nothing() -> None:
    ids = filled(30_000)
    before = ids.size_bytes
    ids.forget_below(3 * CHUNK + 5)
    assert ids.size_bytes < before / 2
    assert not holds(ids.ranges(one(5)), 5)
    assert holds(ids.ranges(one(3 * CHUNK + 9)), 3 * CHUNK + 9)


def test_nothing_is_known_at_first() -> None:
    ids = IdFilter()
    ids.add(np.empty(0, np.int64), np.empty(0, np.uint64))
    assert ids.ranges(NEW) == []
