from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.times import as_utc, of_micros, to_micros, to_text
from mlfoundry.windows import Window, parse_duration

NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "given",
    [
        NOON,
        datetime(2026, 1, 2, 12),
        datetime(2026, 1, 2, 14, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-02T12:00:00Z",
        "2026-01-02T12:00:00",
        "2026-01-02T14:00:00+02:00",
        NOON.timestamp(),
        int(NOON.timestamp() * 1000),
    ],
)
def test_every_form_of_one_instant_is_that_instant(given: datetime | str | float) -> None:
    assert as_utc(given) == NOON


def test_a_date_is_its_midnight() -> None:
    assert as_utc(date(2026, 1, 2)) == NOON - timedelta(hours=12)


@pytest.mark.parametrize("given", [1e14, -1e14, float("nan"), float("inf"), True, "yesterday", "", "9999-99-99"])
def test_what_is_no_time_is_refused(given: str | float) -> None:
    with pytest.raises(InvalidInput):
        as_utc(given)


def test_microseconds_survive_the_round_trip() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
    assert of_micros(to_micros(moment)) == moment
    assert as_utc(to_text(moment)) == moment
    assert to_text(moment) == "2026-01-02T03:04:05.678901Z"


def test_a_window_snaps_outward_and_is_cut_into_steps() -> None:
    window = Window(NOON + timedelta(minutes=20), NOON + timedelta(hours=2, minutes=1))
    assert window.snapped() == Window(NOON, NOON + timedelta(hours=3))
    steps = window.steps(parse_duration("1h"))
    assert [step.start for step in steps] == [NOON + timedelta(hours=h) for h in range(3)]
    assert steps[-1].end == NOON + timedelta(hours=3)


def test_an_empty_window_and_too_many_steps_are_refused() -> None:
    with pytest.raises(InvalidInput, match="before it ends"):
        Window(NOON, NOON)
    with pytest.raises(InvalidInput, match="coarser"):
        Window(NOON, NOON + timedelta(days=365)).steps(parse_duration("1m"))


def test_steps_of_many_days_begin_with_the_window() -> None:
    start = datetime(2026, 1, 19, 5, tzinfo=timezone.utc)
    steps = Window(start, start + timedelta(days=5)).steps(parse_duration("3d"))
    assert [step.start.day for step in steps] == [19, 22]
    assert steps[-1].end.day == 25
