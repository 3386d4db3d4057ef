"""A categorical column over one window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlfoundry.summaries.arrays import Ints, counts_by_group


@dataclass(frozen=True, slots=True)
class CategorySummary:
    """How often each category stands in a column.

    Parameters
    ----------
    counts
        Category to rows; a category without rows is left out.
    missing
        Rows without a value.
    type_errors
        Rows whose value was of another type.

    Examples
    --------
    >>> [summary] = CategorySummary.grouped(np.array([0, 1, 0, -1]), ["JFK", "LGA"], np.zeros(4, np.int64), 1)
    >>> summary.counts, summary.missing
    ({'JFK': 2, 'LGA': 1}, 1)
    """

    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    missing: int = 0
    type_errors: int = 0

    @classmethod
    def empty(cls) -> CategorySummary:
        """The summary of no rows."""
        return cls()

    @classmethod
    def grouped(
        cls, codes: Ints, labels: Sequence[str], groups: Ints, n_groups: int, type_errors: Ints | None = None
    ) -> list[CategorySummary]:
        """Summaries by group; a code is a place in ``labels``, or -1 where the value is missing or of a wrong type.

        ``type_errors`` counts, by group, those of the -1 that were of a wrong type; they are not counted as missing.
        """
        codes = codes.astype(np.int64, copy=False)
        present = codes >= 0
        absent = np.bincount(groups[~present], minlength=n_groups)
        errors = np.zeros(n_groups, np.int64) if type_errors is None else type_errors
        missing = np.maximum(absent - errors, 0).tolist()
        cells = counts_by_group(codes[present], groups[present], n_groups)
        named = [{labels[int(code)]: int(count) for code, count in zip(*cell, strict=True)} for cell in cells]
        return [cls(named[group], missing[group], int(errors[group])) for group in range(n_groups)]

    @classmethod
    def total(cls, parts: Iterable[CategorySummary]) -> CategorySummary:
        """The sum of summaries."""
        counts: Counter[str] = Counter()
        missing = type_errors = 0
        for part in parts:
            counts.update(part.counts)
            missing += part.missing
            type_errors += part.type_errors
        return cls(dict(counts), missing, type_errors)

    def __add__(self, other: CategorySummary) -> CategorySummary:
        return CategorySummary.total((self, other))

    @property
    def n(self) -> int:
        """How many rows have a category."""
        return sum(self.counts.values())

    @property
    def rows(self) -> int:
        """All rows: with a category, missing, and of a wrong type."""
        return self.n + self.missing + self.type_errors

    @property
    def missing_share(self) -> float | None:
        """The share of rows without a category; None without rows."""
        return 1.0 - self.n / self.rows if self.rows else None

    def share(self, category: str) -> float | None:
        """The share of a category among the rows that have one; None without any."""
        n = self.n
        return self.counts.get(category, 0) / n if n else None
