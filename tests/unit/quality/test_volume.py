"""Volume beside its weekly rhythm: gaps are found, growth and known weekends are not, past gaps do no harm."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from mlfoundry.quality.answers import VolumeReport
from mlfoundry.quality.rhythm import weekly_rhythm
from mlfoundry.quality.volume import volume_report
from mlfoundry.special import negative_binomial_lower
from mlfoundry.summaries.arrays import Floats
from mlfoundry.times import as_utc

# Without types of its own.
stats: Any = importlib.import_module("scipy.stats")
START = as_utc("2026-03-02")  # a Monday
HOURS = np.arange(168)
SHAPE = np.exp(np.sin(2 * np.pi * (HOURS % 24 - 9) / 24)) * np.where(HOURS // 24 >= 5, 0.4, 1.0)
WEEK = timedelta(days=7)


def traffic(weeks: int, *, level: float = 100.0, growth: float = 0.0, noise: float = 0.1, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    usual = level * np.tile(SHAPE, weeks) * np.exp(growth * np.repeat(np.arange(weeks), 168))
    return rng.poisson(usual * np.exp(noise * rng.normal(size=168 * weeks))).astype(np.float64)


def judge(week: Floats, history: Floats, lost: Floats | None = None) -> VolumeReport:
    return volume_report(week, history, START, lost=np.zeros(len(week)) if lost is None else lost, window_length=WEEK)


@pytest.mark.parametrize("growth", [0.0, 0.1, -0.1])
def test_a_week_like_those_before_is_fine(growth: float) -> None:
    found = 0
    for seed in range(10):
        rows = traffic(7, growth=growth, seed=seed)
        report = judge(rows[-168:], rows[:-168])
        found += report.verdict.status != "ok"
        assert (report.hours, report.weeks) == (1, 6)
    assert found <= 2


@pytest.mark.parametrize("weeks", [3, 8])
def test_a_gap_is_a_breach_with_its_hours_and_what_clients_lost(weeks: int) -> None:
    rows = traffic(weeks + 1)
    week, lost = rows[-168:], np.zeros(168)
    week[34:40], lost[35] = 0.0, 120.0
    report = judge(week, rows[:-168], lost)
    assert report.verdict.status == "breached"
    worst = report.issues[0]
    assert (worst.start, worst.end) == (as_utc("2026-03-03T10:00"), as_utc("2026-03-03T16:00"))
    assert worst.reason.startswith("no rows from 2026-03-03 10:00 to 2026-03-03 16:00 UTC, about ")
    assert worst.reason.endswith("clients say they lost 120 in this time")
    assert report.status[34:40] == ["breached"] * 6
    assert report.status.count("ok") >= 160
    assert report.lost[35] == 120


def test_a_day_with_less_than_half_is_found_though_no_hour_stands_out() -> None:
    rows = traffic(9, noise=0.5)
    week = rows[-168:]
    week[24:48] = np.floor(week[24:48] * 0.3)
    report = judge(week, rows[:-168])
    assert report.verdict.status in ("watch", "breached")
    assert any(issue.end - issue.start == timedelta(days=1) for issue in report.issues)


def test_a_flood_is_found() -> None:
    rows = traffic(6)
    week = rows[-168:]
    week[50:53] *= 8
    report = judge(week, rows[:-168])
    assert report.verdict.status == "breached"
    assert report.issues[0].value is not None
    assert report.issues[0].reference_value is not None
    assert report.issues[0].value > 6 * report.issues[0].reference_value


def test_gaps_of_the_past_do_not_become_usual() -> None:
    rows = traffic(7)
    rows[168 + 30 : 168 + 50] = 0.0
    rows[168 * 3 + 100 : 168 * 3 + 120] = 0.0
    rhythm, clean = weekly_rhythm(rows[:-168]), weekly_rhythm(traffic(7)[:-168])
    assert rhythm is not None
    assert clean is not None
    np.testing.assert_allclose(rhythm.mean, clean.mean, rtol=0.15)
    week: Floats = np.array(rows[-168:])
    week[32:40] = 0.0
    assert judge(week, rows[:-168]).verdict.status == "breached"


def test_the_level_goes_on_with_its_trend_but_not_beyond_what_was_seen() -> None:
    rows = traffic(6, growth=0.2, noise=0.0)
    rhythm = weekly_rhythm(rows)
    assert rhythm is not None
    assert rhythm.mean.sum() == pytest.approx(rows[-168:].sum(), rel=0.05)


def test_few_rows_are_judged_by_longer_blocks() -> None:
    rows = traffic(7, level=1.0)
    week = rows[-168:]
    report = judge(week, rows[:-168])
    assert report.hours is not None
    assert report.hours > 1
    assert report.verdict.status == "ok"
    assert sum(report.rows) == week[: len(report.rows) * report.hours].sum()
    silent = np.concatenate([week[:72], np.zeros(96)])
    assert judge(silent, rows[:-168]).verdict.status == "breached"


def test_too_few_weeks_say_so() -> None:
    rows = traffic(3)
    report = judge(rows[-168:], rows[:-168])
    assert report.verdict.status == "insufficient_data"
    assert report.verdict.reason == "there are 2 whole weeks with rows before the window; 3 are needed"
    assert (report.hours, report.expected, report.verdict.expected) == (None, [], None)
    assert judge(rows[-168:], np.zeros(0)).weeks == 0
    assert judge(rows[-168:], np.zeros(168 * 8)).verdict.reason.startswith("there are 0 whole weeks")


def test_the_band_holds_most_blocks() -> None:
    rows = traffic(9, noise=0.2)
    report = judge(rows[-168:], rows[:-168])
    inside = [low <= n <= high for low, n, high in zip(report.lower, report.rows, report.upper, strict=True)]
    assert 0.88 <= np.mean(inside) <= 1.0


@pytest.mark.parametrize(("mean", "dispersion"), [(3.0, 0.5), (100.0, 0.02), (5.0, 0.0)])
def test_the_law_of_counts_is_that_of_scipy(mean: float, dispersion: float) -> None:
    rows = np.arange(0.0, 200.0)
    if dispersion:
        size = 1.0 / dispersion
        expected = stats.nbinom.cdf(rows, size, size / (size + mean))
    else:
        expected = stats.poisson.cdf(rows, mean)
    means, dispersions = np.full_like(rows, mean), np.full_like(rows, dispersion)
    np.testing.assert_allclose(negative_binomial_lower(rows, means, dispersions), expected, atol=1e-7)
