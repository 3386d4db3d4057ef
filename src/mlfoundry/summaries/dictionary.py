"""Permanent codes for the categories of a column."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np

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
    >>> dictionary = Dictionary(limit=2)
    >>> dictionary.learn(["JFK", "LGA", "EWR"])
    ['JFK', 'LGA']
    >>> dictionary.codes(["LGA", "EWR"]).tolist()
    [1, 16359]
    """

    def __init__(self, labels: Iterable[str] = (), *, limit: int = MAX_CATEGORIES) -> None:
        self._codes = {label: code for code, label in enumerate(labels)}
        self._limit = limit

    def copy(self) -> Dictionary:
        """One that can be changed without changing this one."""
        return Dictionary(self._codes, limit=self._limit)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def labels(self) -> list[str]:
        """The categories by code."""
        return list(self._codes)

    def learn(self, labels: Iterable[str]) -> list[str]:
        """Give codes to new categories while there are any left; those that got one."""
        new: list[str] = []
        for label in labels:
            if len(self._codes) >= self._limit:
                break
            if label not in self._codes:
                self._codes[label] = len(self._codes)
                new.append(label)
        return new

    def codes(self, labels: Sequence[str]) -> Ints:
        """The code of each category."""
        known = self._codes
        return np.array([known[label] if label in known else _shared_code(label) for label in labels], np.int64)


def _shared_code(label: str) -> int:
    return OTHER + zlib.crc32(label.encode("utf-8", "surrogatepass")) % OTHER_CELLS
