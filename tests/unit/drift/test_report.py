"""Verdicts on all columns."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Literal

import numpy as np
import pytest

from mlfoundry import drift
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary

RNG = np.random.default_rng(21)
REFERENCE_VALUES = RNG.normal(size=10_000)
GRID = Grid.lay(REFERENCE_VALUES)
DAY = timedelta(days=1)


def numeric(mean: float, n: int = 5_000) -> NumericSummary:
    return NumericSummary.grouped(RNG.normal(mean, 1.0, n), np.zeros(n, np.int64), 1, GRID)[0]


def reference() -> dict[str, ColumnSummary]:
    zeros = np.zeros(len(REFERENCE_VALUES), np.int64)
    x = NumericSummary.grouped(REFERENCE_VALUES, zeros, 1, GRID)[0]
    return {"x": x, "score.late": x, "carrier": CategorySummary({"AA": 500, "UA": 500})}


OF_SHARES = {"missing_share_shift", "unseen_share"}


@pytest.mark.parametrize("statistic", [name for name in drift.statistics() if name not in OF_SHARES])
@pytest.mark.parametrize(("shift", "expected"), [(0.0, "ok"), (0.42, "watch"), (0.8, "drifted")])
def test_a_shift_of_a_normal_column_has_the_same_verdict_by_every_statistic(
    statistic: str, shift: float, expected: Literal["ok", "watch", "drifted"]
) -> None:
    [verdict] = drift.report(reference(), {"x": numeric(shift)}, statistic=statistic, window_length=DAY)
    assert verdict.status == expected
    assert verdict.effect is not None
    assert verdict.null == "independent rows"


def test_a_large_value_of_few_rows_is_not_drift() -> None:
    small = CategorySummary({"AA": 20, "UA": 12})
    [verdict] = drift.report(reference(), {"carrier": small}, window_length=DAY)
    assert verdict.status == "ok"
    assert verdict.reason == "chance alone can explain it"


def test_a_real_but_tiny_shift_is_not_drift() -> None:
    [verdict] = drift.report({"x": numeric(0.0, 200_000)}, {"x": numeric(0.05, 200_000)}, window_length=DAY)
    assert verdict.p_value is not None
    assert verdict.p_value < 1e-6
    assert (verdict.status, verdict.reason) == ("ok", "too small to matter")


def test_all_missing_is_drift() -> None:
    empty = NumericSummary.empty(GRID)
    gone = NumericSummary(GRID, empty.ids, empty.counts, empty.moments, missing=300)
    [verdict] = drift.report(reference(), {"x": gone})
    assert verdict.status == "drifted"
    assert (verdict.missing_share, verdict.missing_share_reference) == (1.0, 0.0)


def test_a_few_rows_are_not_judged() -> None:
    [verdict] = drift.report(reference(), {"x": numeric(3.0, 11)}, reference_name="training")
    assert (verdict.status, verdict.n, verdict.n_reference) == ("insufficient_data", 11, 10_000)
    assert verdict.p_value is None
    assert "11 rows" in (verdict.reason or "")
    assert verdict.reference == "training"


@pytest.mark.parametrize("given", [None, {}, {"x": CategorySummary({"a": 100})}])
def test_without_a_comparable_reference_there_is_no_verdict(given: dict[str, ColumnSummary] | None) -> None:
    [verdict] = drift.report(given, {"x": numeric(0.0, 100)}, reference_name="training")
    assert (verdict.status, verdict.value, verdict.reference) == ("no_reference", None, None)
    assert verdict.reason
    assert (verdict.n, verdict.kind) == (100, "numeric")


def test_verdicts_know_their_columns() -> None:
    current: dict[str, ColumnSummary] = {"score.late": numeric(0.0), "carrier": CategorySummary({"AA": 50, "UA": 50})}
    score, carrier = drift.report(reference(), current)
    assert (score.column, score.role, score.kind) == ("score.late", "score", "numeric")
    assert (carrier.column, carrier.role, carrier.kind) == ("carrier", "feature", "categorical")


@pytest.mark.parametrize("statistic", list(drift.statistics()))
def test_a_series_says_what_reports_say(statistic: str) -> None:
    windows: list[dict[str, ColumnSummary]] = [
        {"x": numeric(shift, n), "carrier": CategorySummary({"AA": n, "UA": n // 2, "new": 3})}
        for shift, n in ((0.0, 500), (0.5, 500), (1.0, 12), (0.4, 4_000))
    ]
    windows.append({"carrier": CategorySummary({})})
    together = drift.series(reference(), windows, statistic=statistic, window_length=DAY)
    for place, window in enumerate(windows):
        for verdict in drift.report(reference(), window, statistic=statistic, window_length=DAY):
            series = together[verdict.column]
            assert series.status[place] == verdict.status
            assert series.n[place] == verdict.n
            value = series.value[place]
            assert value == pytest.approx(verdict.value) if value is not None else verdict.value is None
    assert (together["x"].value[-1], together["x"].n[-1]) == (None, 0)
    assert together["x"].status[-1] == "insufficient_data"


def test_bins_share_out_the_statistic() -> None:
    for current, name in ((numeric(0.5), "x"), (CategorySummary({"AA": 90, "new": 10}, missing=5), "carrier")):
        found = drift.bins(reference()[name], current)
        assert sum(bin_.share for bin_ in found) == pytest.approx(1.0)
        assert sum(bin_.reference_share for bin_ in found) == pytest.approx(1.0)
        assert sum(bin_.contribution or 0.0 for bin_ in found) == pytest.approx(1.0)
    assert [bin_.special for bin_ in found] == [None, None, "unseen", "missing"]


def test_bins_without_a_reference_show_the_window_alone() -> None:
    found = drift.bins(None, CategorySummary({"AA": 3, "UA": 1}))
    assert [(bin_.label, bin_.share, bin_.contribution) for bin_ in found] == [("AA", 0.75, None), ("UA", 0.25, None)]


def test_equal_windows_have_bins_that_contribute_nothing() -> None:
    found = drift.bins(reference()["carrier"], reference()["carrier"])
    assert [bin_.contribution for bin_ in found] == [0.0, 0.0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(NotFound, match="did you mean 'psi'"):
        drift.report(reference(), {}, statistic="psy")
    with pytest.raises(InvalidInput, match="above 0"):
        drift.report(reference(), {"x": numeric(0)}, false_alarms_per_month=0)


def test_no_columns_no_verdicts() -> None:
    assert drift.report(reference(), {}) == ()
    assert drift.series(reference(), []) == {}


def test_answers_are_plain_values() -> None:
    [verdict] = drift.report(reference(), {"x": numeric(0.1)})
    plain = (str, int, float, type(None))
    assert all(type(getattr(verdict, field.name)) in plain for field in fields(verdict))


@pytest.mark.parametrize("n", [30, 48, 60])
def test_a_small_reference_can_tell_that_everything_moved(n: int) -> None:
    values = np.arange(n, dtype=np.float64)
    grid = Grid.lay(np.concatenate([values, values + n]))
    groups = np.zeros(n, np.int64)
    [before], [after] = (NumericSummary.grouped(each, groups, 1, grid) for each in (values, values + n))
    [verdict] = drift.report({"x": before}, {"x": after})
    assert verdict.status == "drifted"
    [same] = drift.report({"x": before}, {"x": before})
    assert same.status == "ok"
