"""Statistics of a few shares: missing values, unseen categories."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.drift import Binning
from mlfoundry.summaries import CategorySummary


def verdict(before: CategorySummary, after: CategorySummary, statistic: str) -> drift.DriftVerdict:
    [found] = drift.report({"c": before}, {"c": after}, statistic=statistic)
    return found


@pytest.mark.parametrize(("missing", "status"), [(50, "ok"), (110, "watch"), (300, "drifted")])
def test_a_larger_missing_share_is_drift_of_its_own(missing: int, status: str) -> None:
    before, after = CategorySummary({"a": 9_500}, missing=500), CategorySummary({"a": 1_000 - missing}, missing=missing)
    found = verdict(before, after, "missing_share_shift")
    assert found.value == pytest.approx(missing / 1_000 - 0.05, abs=1e-12)
    assert found.status == status


def test_values_that_are_missing_for_the_first_time_are_drift() -> None:
    found = verdict(CategorySummary({"a": 1_000}), CategorySummary({"a": 700}, missing=300), "missing_share_shift")
    assert found.status == "drifted"
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_the_missing_share_is_counted_even_where_other_statistics_drop_it() -> None:
    [found] = drift.report(
        {"c": CategorySummary({"a": 900}, missing=100)},
        {"c": CategorySummary({"a": 500}, missing=500)},
        statistic="missing_share_shift",
        binning=Binning(missing_bin=False),
    )
    assert found.value == pytest.approx(0.4)


def test_a_new_category_is_drift() -> None:
    found = verdict(CategorySummary({"a": 1_000}), CategorySummary({"a": 900, "new": 100}), "unseen_share")
    assert (found.value, found.expected, found.status) == (0.1, 0.0, "drifted")


@pytest.mark.parametrize("kind", ["identifiers", "a long tail"])
def test_unseen_categories_that_the_reference_foretells_are_none(kind: str) -> None:
    rng = np.random.default_rng(6)
    values = rng.zipf(1.5, 22_000) if kind == "a long tail" else rng.integers(0, 1 << 60, 22_000)
    first, second = (CategorySummary(dict(Counter(map(str, part.tolist())))) for part in np.split(values, [20_000]))
    found = verdict(first, second, "unseen_share")
    assert found.value is not None
    assert found.value > 0.02
    assert found.expected == pytest.approx(found.value, abs=0.01)
    assert found.status == "ok"
