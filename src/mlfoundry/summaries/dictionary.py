"""Permanent codes for the categories of a column."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mlfoundry.summaries.arrays import Ints

MAX_CATEGORIES = 10_000
OTHER_CELLS = 64
CODES = 1 << 14
"""All codes lie below this, so that two of them fit into one bucket."""
OTHER = CODES - OTHER_CELLS
"""Codes from here on stand for many categories each."""


class Dictionary:
    """Which categories of a column have a code of their own: the first ones, for ever; the rest share 64 by hash.

    Parameters
    ----------
    labels
        The categories that have a code, in its order.
    limit
        How many may have one.

    Examples
    --------
    >>> dictionary = Dictionary(limit=2).learned(["JFK", "LGA", "EWR"])
    >>> dictionary.codes(["LGA", "EWR"]).tolist()
    [1, 16370]
    """

    def __init__(self, labels: Iterable[str] = (), *, limit: int = MAX_CATEGORIES) -> None:
        self._codes = {label: code for code, label in enumerate(labels)}
        self._limit = limit
        self._names: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def labels(self) -> list[str]:
        """The categories by code."""
        return list(self._codes)

    @property
    def names(self) -> NDArray[np.object_]:
        """The same as an array, which is always the same one."""
        if self._names is None:
            self._names = np.array([*self._codes], np.object_)
        return self._names

    def learned(self, labels: Iterable[str]) -> Dictionary:
        """The dictionary with codes for new categories too, while there are any left; itself where none is new."""
        free = self._limit - len(self._codes)
        new = [label for label in dict.fromkeys(labels) if label not in self._codes] if free > 0 else []
        return Dictionary((*self._codes, *new[:free]), limit=self._limit) if new else self

    def codes(self, labels: Sequence[str]) -> Ints:
        """The code of each category."""
        codes = list(map(self._codes.get, labels))
        if None not in codes:
            return np.array(codes, np.int64)
        pairs = zip(labels, codes, strict=True)
        return np.array([_shared_code(label) if code is None else code for label, code in pairs], np.int64)


def _shared_code(label: str) -> int:
    return OTHER + zlib.crc32(label.encode("utf-8", "surrogatepass")) % OTHER_CELLS
