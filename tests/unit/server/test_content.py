"""Summaries are told apart by what they say, not by how they came about."""

from __future__ import annotations

import numpy as np

from mlfoundry.server.views.content import content_of
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary


def columns(values: list[float], labels: list[str]) -> dict[str, ColumnSummary]:
    grid = Grid.lay(np.arange(10.0))
    groups = np.zeros(len(values), np.int64)
    [numbers] = NumericSummary.grouped(np.array(values), groups, 1, grid)
    distinct = sorted(set(labels))
    codes = np.array([distinct.index(label) for label in labels], np.int64)
    [categories] = CategorySummary.grouped(codes, distinct, np.zeros(len(labels), np.int64), 1)
    return {"x": numbers, "c": categories}


def test_equal_columns_have_the_same_content_however_often_they_were_looked_at() -> None:
    one, other = (columns([1.0, 2.0], ["a", "b"]) for _ in range(2))
    before = content_of(one)
    category = one["c"]
    assert isinstance(category, CategorySummary)
    assert category.counts["a"] == 1
    assert content_of(one) == before == content_of(other)


def test_a_row_more_or_another_value_is_another_content() -> None:
    given = [
        columns([1.0, 2.0], ["a", "b"]),
        columns([1.0, 2.5], ["a", "b"]),
        columns([1.0, 2.0], ["a", "c"]),
        columns([1.0, 2.0], ["a", "b", "b"]),
        columns([1.0, 2.0, float("nan")], ["a", "b"]),
        columns([2.0, 1.0 + 1e-9], ["a", "b"]),
        {"x": columns([1.0, 2.0], ["a"])["x"]},
    ]
    assert len({content_of(one) for one in given}) == len(given)
