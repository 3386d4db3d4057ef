"""Categories of a column that are not among the known ones."""

from __future__ import annotations

from collections.abc import Container, Mapping

import numpy as np

from mlfoundry.summaries import CategorySummary, ColumnSummary
from mlfoundry.summaries.arrays import Bools
from mlfoundry.summaries.categories import CodedCounts, Labels

_NAMED = 3


class Known:
    """Which categories are known; windows that were read together share one array of names, looked up once.

    Examples
    --------
    >>> Known({"JFK": 5}).rows_of_others({"JFK": 2, "XX": 3})
    3
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._names = CodedCounts.of(counts).named
        self._looked_up: tuple[Labels, Bools] | None = None

    def rows_of_others(self, counts: Mapping[str, int]) -> int:
        """How many rows have a category that is not known."""
        coded = CodedCounts.of(counts)
        if self._looked_up is None or self._looked_up[0] is not coded.labels:
            others = np.array([label not in self._names for label in coded.labels.tolist()], np.bool_)
            self._looked_up = coded.labels, others
        return int(coded.rows[self._looked_up[1][coded.codes]].sum())


def strangers(current: ColumnSummary, known: Container[str]) -> dict[str, int]:
    """The categories that are not known, with their rows."""
    if not isinstance(current, CategorySummary):
        return {}
    return {label: n for label, n in current.counts.items() if label not in known}


def named(categories: dict[str, int]) -> str:
    """The most frequent ones in words.

    Examples
    --------
    >>> named({"XX": 3, "YY": 1200})
    "'YY' (1,200 rows), 'XX' (3 rows)"
    """
    ordered = sorted(categories, key=lambda label: -categories[label])
    listed = ", ".join(f"{_short(label)!r} ({categories[label]:,} rows)" for label in ordered[:_NAMED])
    more = len(ordered) - _NAMED
    return listed + (f" and {more:,} more" if more > 0 else "")


def _short(label: str) -> str:
    return label if len(label) <= 40 else f"{label[:37]}..."
