"""Whether a window is told to be mature when its actuals are there, on simulated delays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from delays import DAY_S, HOUR_S, Floats, at, cohorts, window_of
from mlfoundry.performance.delay_curve import DelayCurve, delay_curve
from mlfoundry.performance.maturity import MATURE, Maturity, maturity, qualified
from mlfoundry.performance.result import MetricStatus, MetricValue
from mlfoundry.summaries import Summaries

Draw = Callable[[np.random.Generator, int], Floats]


def exponential(mean_d: float, never: float) -> Draw:
    return lambda rng, n: np.where(rng.random(n) < never, np.nan, rng.exponential(mean_d * DAY_S, n))


def constant(days: float, never: float) -> Draw:
    return lambda rng, n: np.where(rng.random(n) < never, np.nan, days * DAY_S)


def with_tail(rng: np.random.Generator, n: int) -> Floats:
    """About five days, of one in ten 10 to 45 days, of one in fifty never."""
    days = np.abs(rng.normal(5, 1, n))
    late = rng.random(n) < 0.1
    days[late] = rng.uniform(10, 45, late.sum())
    days[rng.random(n) < 0.02] = np.nan
    return days * DAY_S


class Traffic:
    """Predictions at random times of some days, with their delays."""

    def __init__(self, draw: Draw, *, days: float, per_hour: float, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        count = int(days * 24 * per_hour)
        self.made_s = np.sort(rng.random(count) * days * DAY_S)
        self.delay_s = draw(rng, count)

    def known(self, day: float) -> list[Summaries]:
        return cohorts(self.made_s, self.delay_s, day * DAY_S)

    def judge(self, day: float, first: float, last: float) -> Maturity:
        parts = self.known(day)
        return maturity(window_of(parts, first * DAY_S, last * DAY_S), self.curve(day))

    def curve(self, day: float) -> DelayCurve:
        return delay_curve(self.known(day), at(day * DAY_S))

    def truth(self, day: float, first: float, last: float) -> float:
        """Which share of the actuals that the window ever gets are there."""
        inside = (self.made_s >= first * DAY_S) & (self.made_s < last * DAY_S) & ~np.isnan(self.delay_s)
        return float((self.made_s + self.delay_s <= day * DAY_S)[inside].mean())


@pytest.mark.parametrize(("day", "cause"), [(10, "delay unknown"), (80, "arriving")])
def test_arrived_actuals_alone_would_call_a_window_mature_too_early(day: int, cause: str) -> None:
    """The trap: of a young model's actuals those that arrived are the quick ones, so a window seems to have most."""
    traffic = Traffic(exponential(7, 0.05), days=day, per_hour=40)
    arrived = traffic.delay_s[traffic.made_s + traffic.delay_s <= 10 * DAY_S]
    assert float((arrived <= 6 * DAY_S).mean()) > 0.88
    assert traffic.truth(day, day - 7, day - 5) < 0.62
    judged = traffic.judge(day, day - 7, day - 5)
    assert (judged.status, judged.cause) == ("immature", cause)


def test_precision_of_slow_positives_is_called_immature() -> None:
    """Positive actuals take ten days, negative ones one: of last week's rows the early ones are mostly negative."""
    rng = np.random.default_rng(5)
    count, days = 60_000, 60
    made_s = np.sort(rng.random(count) * days * DAY_S)
    predicted = rng.random(count) < 0.4
    positive = rng.random(count) < np.where(predicted, 0.5, 0.1)
    delay_s = np.where(positive, rng.exponential(10 * DAY_S, count), rng.exponential(1 * DAY_S, count))
    known = made_s + delay_s <= days * DAY_S
    last = made_s >= (days - 14) * DAY_S
    read, true = (positive[last & predicted & which].mean() for which in (known, np.ones(count, np.bool_)))
    assert read < true - 0.05
    parts = cohorts(made_s, delay_s, days * DAY_S)
    curve = delay_curve(parts, at(days * DAY_S))
    assert curve.plateau == pytest.approx(1.0, abs=0.02)
    assert maturity(window_of(parts, (days - 14) * DAY_S, days * DAY_S), curve).status == "immature"
    assert maturity(window_of(parts, 10 * DAY_S, 24 * DAY_S), curve).status == "mature"


@pytest.mark.parametrize(
    ("draw", "day"),
    [
        (exponential(1, 0.03), 21),
        (exponential(0.01, 0.6), 21),
        (exponential(2, 0.95), 40),
        (constant(5, 0.03), 21),
        (with_tail, 100),
    ],
    ids=["a day", "minutes, most never", "two days, nearly all never", "constant", "long tail"],
)
def test_windows_are_judged_as_the_truth_has_it(draw: Draw, day: float) -> None:
    """Few windows with nearly all of their actuals are called immature, and none with few of them mature."""
    judged = wrong = 0
    for seed in range(6):
        traffic = Traffic(draw, days=day, per_hour=40, seed=seed)
        parts, curve = traffic.known(day), traffic.curve(day)
        assert curve.has_plateau
        for first in range(int(day) - 1):
            share = traffic.truth(day, first, first + 1)
            day_parts = parts[first * 24 : (first + 1) * 24]
            status = maturity(window_of(day_parts, first * DAY_S, (first + 1) * DAY_S), curve).status
            judged += share > 0.96
            wrong += share > 0.96 and status == "immature"
            assert status == "immature" or share > MATURE - 0.12, (first, share)
    assert judged > 20
    assert wrong <= 0.02 * judged


def test_delays_are_unknown_before_any_prediction_is_old_enough() -> None:
    traffic = Traffic(constant(30, 0.03), days=60, per_hour=20)
    before = traffic.judge(20, 0, 20)
    assert (before.status, before.cause, before.expected_coverage) == ("immature", "delay unknown", None)
    after = traffic.judge(34, 0, 34)
    assert (after.status, after.cause) == ("immature", "arriving")
    assert after.expected_coverage == pytest.approx(0.97, abs=0.01)


def test_a_plateau_is_not_taken_from_the_middle_of_a_rise() -> None:
    traffic = Traffic(exponential(10, 0.5), days=80, per_hour=40)
    assert traffic.curve(12).plateau is None
    assert traffic.curve(80).plateau == pytest.approx(0.5, abs=0.03)


def test_it_is_told_when_a_window_will_be_mature() -> None:
    traffic = Traffic(exponential(2, 0.05), days=40, per_hour=60)
    judged = traffic.judge(30, 28, 30)
    assert judged.mature_at is not None
    day = (judged.mature_at - at(0)).total_seconds() / DAY_S
    assert 32 < day < 37
    assert traffic.judge(day + 0.5, 28, 30).status == "mature"
    assert traffic.judge(day - 0.5, 28, 30).status == "immature"


def test_actuals_that_come_in_a_daily_batch_leave_the_rows_since_out() -> None:
    """They became known an hour after each prediction, but nothing of the last twenty hours was delivered yet."""
    traffic = Traffic(constant(1 / 24, 0.02), days=10, per_hour=60)
    undelivered = traffic.made_s > 10 * DAY_S - 20 * HOUR_S
    traffic.delay_s[undelivered] = np.nan
    judged = traffic.judge(10, 9, 10)
    assert (judged.status, judged.cause) == ("immature", "arriving")
    assert judged.expected_coverage == pytest.approx(0.98, abs=0.02)
    assert traffic.judge(10, 8, 9).status == "mature"


def test_a_window_with_nine_in_ten_is_mature_whatever_is_known_of_delays() -> None:
    traffic = Traffic(constant(0, 0.05), days=0.5, per_hour=100)
    assert traffic.judge(0.5, 0, 0.5).status == "mature"


def test_nothing_is_said_of_no_predictions() -> None:
    curve = delay_curve([], at(0))
    assert (curve.plateau, curve.reach_s) == (None, 0.0)
    assert maturity([], curve) == Maturity(status="mature")


def test_coverage_of_parts_adds_up_to_that_of_the_whole() -> None:
    """What is expected of a window does not hang on how finely it is cut."""
    traffic = Traffic(exponential(1, 0.1), days=20, per_hour=100)
    curve = traffic.curve(20)
    fine = maturity(window_of(traffic.known(20), 10 * DAY_S, 20 * DAY_S), curve)
    coarse_parts = cohorts(traffic.made_s, traffic.delay_s, 20 * DAY_S, length_s=DAY_S)
    coarse = maturity(window_of(coarse_parts, 10 * DAY_S, 20 * DAY_S), curve)
    assert fine.expected_coverage == pytest.approx(coarse.expected_coverage, abs=0.01)


def test_only_metrics_that_could_be_relied_on_become_immature() -> None:
    def value(metric: str, status: MetricStatus) -> MetricValue:
        return MetricValue(
            metric=metric,
            value=0.5,
            lower=None,
            upper=None,
            n=9,
            coverage=0.5,
            status=status,
            method=None,
            reason="thin",
        )

    judged = Maturity(status="immature", cause="arriving", reason="immature: 50 % are there")
    given = [value("f1", "ok"), value("recall", "insufficient_data"), value("mean_price", "ok")]
    found = qualified(given, judged, but=("mean_price",))
    assert [one.status for one in found] == ["immature", "insufficient_data", "ok"]
    assert found[0].reason == "immature: 50 % are there; thin"
    assert qualified(given, Maturity(status="mature")) == tuple(given)
