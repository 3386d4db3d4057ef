# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pandas as pd

from mlfoundry.demo import flights
from mlfoundry.demo.models import FEATURES

NOW = datetime(2026, 11, 23, 12, 40, tzinfo=timezone.utc)


def test_whole_year_is_read_in_order(year: pd.DataFrame) -> None:
    assert len(year) == 336_776
    assert year["scheduled"].is_monotonic_increasing
    assert set(year.columns) >= {feature.name for feature in FEATURES}


def test_known_flight_landed_when_its_record_says(year: pd.DataFrame) -> None:
    # UA1545 of 1 January: due 05:15, left 05:17 in New York, at its gate in Houston at 08:30 of Houston's clock.
    first = year.iloc[0]
    assert (first["flight"], first["destination"]) == ("UA1545", "IAH")
    assert first["scheduled"] == pd.Timestamp("2013-01-01T10:15Z")
    assert first["landed"] == pd.Timestamp("2013-01-01T14:30Z")
    assert first["arrival_delay"] == 11


def test_landing_is_never_before_time_in_the_air(year: pd.DataFrame) -> None:
    raw = pd.read_csv(flights.data_folder() / "flights.csv.zip")
    raw["flight"] = raw["carrier"] + raw["flight"].astype(str)
    raw["scheduled"] = pd.to_datetime(raw["time_hour"], utc=True) + pd.to_timedelta(raw["minute"], unit="min")
    both = year.merge(raw, on=["scheduled", "flight", "origin"], validate="one_to_one").dropna(subset=["landed"])
    gone = both["scheduled"] + pd.to_timedelta(both["dep_delay"] + both["air_time"], unit="min")
    taxi = both["landed"] - gone
    assert len(both) == 327_346
    assert taxi.min() > timedelta(0)
    assert taxi.max() < timedelta(hours=4)


def test_cancelled_and_diverted_flights_have_no_landing(year: pd.DataFrame) -> None:
    assert year["landed"].isna().sum() == 9_430
    assert (year["landed"].isna() == year["arrival_delay"].isna()).all()


def test_missing_weather_stays_missing(year: pd.DataFrame) -> None:
    assert 0.10 < year["pressure"].isna().mean() < 0.13


def test_airport_delay_is_mean_delay_of_hour_before(year: pd.DataFrame) -> None:
    raw = pd.read_csv(flights.data_folder() / "flights.csv.zip")
    row = year.iloc[200_000]
    due = row["scheduled"]
    left = pd.to_datetime(raw["time_hour"], utc=True) + pd.to_timedelta(raw["minute"] + raw["dep_delay"], unit="min")
    before = raw[(raw["origin"] == row["origin"]) & (left >= due - timedelta(hours=1)) & (left < due)]
    assert len(before) > 5
    assert row["airport_delay"] == round(before["dep_delay"].mean(), 2)


def test_moved_year_keeps_weekday_and_hour_and_ends_now(year: pd.DataFrame) -> None:
    moved, weeks = flights.move_to(year, NOW)
    assert (moved["scheduled"] - year["scheduled"].head(len(moved)) == weeks * timedelta(weeks=1)).all()
    assert timedelta(0) < NOW - moved["scheduled"].max() < timedelta(hours=8)
    assert moved["landed"].max() < NOW
    assert moved["data_id"].is_unique


def test_flight_in_the_air_has_not_landed_yet(year: pd.DataFrame) -> None:
    noon = NOW.replace(hour=18)
    moved, _ = flights.move_to(year, noon)
    last = moved.loc[moved["scheduled"] > noon - timedelta(minutes=30)]
    assert len(last) > 5
    assert last["landed"].isna().all()
    assert last["arrival_delay"].isna().all()
