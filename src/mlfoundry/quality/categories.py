"""Categories of a column that are not among the known ones."""

from __future__ import annotations

from collections.abc import Container

from mlfoundry.summaries import CategorySummary, ColumnSummary

_NAMED = 3


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
