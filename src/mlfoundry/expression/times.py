"""Which texts of a column of times an expression reads as a time: one form that every engine reads alike."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from mlfoundry.times import UTC, to_micros

DATE: Final = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
CLOCK: Final = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
ZONE: Final = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_TIME = re.compile(f"(?P<date>{DATE})(?:(?P<clock>{CLOCK})(?P<zone>{ZONE})?)?")


def micros_of_text(text: str) -> int | None:
    """Microseconds since 1970 of a time in the common form of ISO 8601; None of any other text.

    Examples
    --------
    >>> micros_of_text("1970-01-01T00:00:01.5Z"), micros_of_text("1970-01-01 01:00+01:00")
    (1500000, 0)
    >>> micros_of_text("1970-01-01"), micros_of_text("1970-02-30"), micros_of_text("yesterday")
    (0, None, None)
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    try:
        day = datetime.strptime(match["date"], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:  # the 30th of February
        return None
    return to_micros(day) + _clock_micros(match["clock"]) - _offset_micros(match["zone"])


def _clock_micros(clock: str | None) -> int:
    if clock is None:
        return 0
    hours, minutes, *seconds = clock[1:].split(":")
    whole, _, fraction = (seconds[0] if seconds else "0").partition(".")
    return (int(hours) * 3600 + int(minutes) * 60 + int(whole)) * 1_000_000 + int(fraction.ljust(6, "0"))


def _offset_micros(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    size = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return (-size if zone[0] == "-" else size) * 1_000_000
