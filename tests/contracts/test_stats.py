"""What every function on columns at hand holds to, whatever it is given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlfoundry import drift, stats
from mlfoundry.drift import BinStatistic

NUMBERS = st.lists(st.floats(width=32) | st.none(), min_size=1, max_size=60)
TEXTS = st.lists(st.sampled_from("abcdefg") | st.none(), min_size=1, max_size=60)
OF_NUMBERS = [name for name, one in drift.statistics().items() if "numeric" in one.applies_to]
OF_TEXTS = [name for name, one in drift.statistics().items() if "categorical" in one.applies_to]


def check(name: str, before: list[Any], after: list[Any]) -> None:
    """Finite or unknown, never negative, bounded, symmetric where it says so, unmoved by the order of rows."""
    statistic, function = drift.statistics()[name], getattr(stats, name)
    value = function(before, after)
    if math.isnan(value):
        return
    assert math.isfinite(value)
    assert value >= 0.0
    assert statistic.upper_bound is None or value <= statistic.upper_bound + 1e-12
    assert function(before[::-1], after[::-1]) == pytest.approx(value, rel=1e-9, abs=1e-12)
    # Bins are the reference's, so that only statistics without bins of their own can be turned round.
    if statistic.symmetric and not (isinstance(statistic, BinStatistic) and statistic.by_bin):
        assert function(after, before) == pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", OF_NUMBERS)
@settings(max_examples=60, deadline=None)
@given(before=NUMBERS, after=NUMBERS)
def test_of_numbers(name: str, before: list[Any], after: list[Any]) -> None:
    check(name, before, after)


@pytest.mark.parametrize("name", OF_TEXTS)
@settings(max_examples=60, deadline=None)
@given(before=TEXTS, after=TEXTS)
def test_of_texts(name: str, before: list[Any], after: list[Any]) -> None:
    check(name, before, after)


@pytest.mark.parametrize("name", drift.statistics())
@settings(max_examples=60, deadline=None)
@given(rows=NUMBERS, times=st.integers(1, 4))
def test_equal_shares_are_no_drift(name: str, rows: list[Any], times: int) -> None:
    """At any number of rows: the same column several times over."""
    if name in OF_NUMBERS:
        value = getattr(stats, name)(rows, rows * times)
    else:
        value = getattr(stats, name)([str(one) for one in rows], [str(one) for one in rows] * times)
    assert math.isnan(value) or value <= 1e-9


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.booleans(), st.floats(0.0, 1.0, width=32)), min_size=1, max_size=60))
def test_what_scores_say_hangs_on_their_order_alone(rows: list[tuple[bool, float]]) -> None:
    truth, score = np.array([one for one, _ in rows]), np.array([one for _, one in rows])
    places = np.unique(score, return_inverse=True)[1].astype(float)
    for name in ("roc_auc", "average_precision", "score_ks", "lift"):
        function = getattr(stats, name)
        assert function(truth, score) == pytest.approx(function(truth, places), abs=1e-12, nan_ok=True)
    turned = stats.roc_auc(~truth, -score)
    assert stats.roc_auc(truth, score) == pytest.approx(turned, abs=1e-12, nan_ok=True)
