"""Maturity on real cases, asked at times when a part of the actuals had arrived, beside what arrived in the end."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from delays import DAY_S, Floats, at, cohorts, window_of
from mlfoundry.performance.delay_curve import delay_curve
from mlfoundry.performance.maturity import MATURE, maturity

pd: Any = importlib.import_module("pandas")
CASES = Path(__file__).parents[2].parent / "shared" / "reference" / "known-answers" / "cases"
NAMES = ["nycflights_binary", "bike_regression", "creditcard_multiclass", "elec2_binary"]
SHARES = (0.25, 0.5, 0.75)
"""When it is asked, as shares of the time; the same as in truth_asof.json."""


class Case:
    """The times of a case in seconds since its first day."""

    def __init__(self, name: str) -> None:
        columns = ["occurred_at", "actual_delay_s"]
        table: dict[str, Any] = dict(pd.read_parquet(CASES / name / "data.parquet", columns=columns).items())
        made: Floats = table["occurred_at"].astype("datetime64[us, UTC]").astype("int64").to_numpy() / 1e6
        self.made_s = made - made.min() // DAY_S * DAY_S
        self.delay_s = table["actual_delay_s"].to_numpy(np.float64)
        self.length_d = int(float(self.made_s.max()) // DAY_S)

    def ever(self, rows: Any) -> float:
        """Which share of some predictions ever gets an actual."""
        return float((~np.isnan(self.delay_s))[rows].mean())

    def share(self, now_s: float, first_s: float, last_s: float) -> float:
        """Which share of the actuals that a window ever gets is there."""
        inside = (self.made_s >= first_s) & (self.made_s < min(last_s, now_s)) & ~np.isnan(self.delay_s)
        return float((self.made_s + self.delay_s <= now_s)[inside].mean()) if inside.any() else 1.0


@pytest.mark.skipif(not CASES.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("name", NAMES)
def test_days_are_called_mature_when_nine_in_ten_of_their_actuals_are_there(name: str) -> None:
    case = Case(name)
    complete = called = 0
    for share in SHARES:
        # At noon: an hour that is just over, and half a day that is not.
        now_s = (int(case.length_d * share) + 0.5) * DAY_S
        parts = cohorts(case.made_s, case.delay_s, now_s)
        curve = delay_curve(parts, at(now_s))
        assert curve.plateau == pytest.approx(case.ever(slice(None)), abs=0.02)
        for first in range(int(now_s // DAY_S) + 1):
            first_s = first * DAY_S
            cohorts_of_day = window_of(parts[first * 24 : (first + 1) * 24], first_s, first_s + DAY_S)
            if not sum(cohort.n for cohort in cohorts_of_day):
                continue
            judged = maturity(cohorts_of_day, curve)
            truth = case.share(now_s, first_s, first_s + DAY_S)
            # With bikes a day has 24 rows, so that two that wait more or less than expected move it by 8 points.
            assert judged.status == "immature" or truth >= MATURE - 0.09, (share, first, truth, judged)
            if truth >= 0.97:
                complete += 1
                called += judged.status == "immature"
    assert complete > 50
    assert called <= 0.02 * complete


@pytest.mark.skipif(not CASES.exists(), reason="the known answers are not here")
@pytest.mark.parametrize("name", NAMES[1:])
def test_the_coverage_expected_of_a_month_is_the_one_it_gets(name: str) -> None:
    case = Case(name)
    for share in SHARES:
        now_s = case.length_d * share * DAY_S
        parts = cohorts(case.made_s, case.delay_s, now_s)
        judged = maturity(window_of(parts, now_s - 30 * DAY_S, now_s), delay_curve(parts, at(now_s)))
        inside = (case.made_s >= now_s - 30 * DAY_S) & (case.made_s < now_s)
        assert judged.expected_coverage == pytest.approx(case.ever(inside), abs=0.03)
