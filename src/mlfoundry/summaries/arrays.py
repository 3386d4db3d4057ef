"""What the summaries share: types of arrays, equality, and the adding of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class ArrayEquality:
    """Equality for dataclasses that hold arrays, field by field."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in fields(cast("Any", self))]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(cast("Ints", a), cast("Ints", b))
    return bool(a == b)


def no_ints() -> Ints:
    """An empty array of integers."""
    return np.zeros(0, np.int64)


def add_counts(parts: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Add counts that are given as (ascending ids, counts)."""
    if not parts:
        return no_ints(), no_ints()
    first = parts[0][0]
    if all(np.array_equal(first, ids) for ids, _ in parts[1:]):
        return first, np.vstack([counts for _, counts in parts]).sum(axis=0, dtype=np.int64)
    ids = np.concatenate([ids for ids, _ in parts])
    distinct, places = np.unique(ids, return_inverse=True)
    counts = np.zeros(len(distinct), np.int64)
    np.add.at(counts, places, np.concatenate([counts for _, counts in parts]))
    return distinct, counts
