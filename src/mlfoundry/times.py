"""Times as callers give them, made aware UTC; and as the store keeps them, microseconds since 1970."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from mlfoundry.errors import InvalidInput

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECONDS_BELOW = 1e11
_MILLISECONDS_BELOW = 1e14


def as_utc(value: datetime | date | str | int | float) -> datetime:
    """Read a time: a datetime (naive is UTC), an ISO 8601 string, or epoch seconds or milliseconds.

    Numbers below 1e11 are seconds, below 1e14 milliseconds.

    Examples
    --------
    >>> as_utc("2026-01-02T03:04:05+02:00")
    datetime.datetime(2026, 1, 2, 1, 4, 5, tzinfo=datetime.timezone.utc)
    >>> as_utc(1_700_000_000) == as_utc(1_700_000_000_000)
    True
    """
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool):
        raise InvalidInput("a time cannot be a bool; give a datetime, an ISO string or epoch seconds")
    if isinstance(value, (int, float)):
        return _of_number(value)
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        return as_utc(_of_array_scalar(value))
    try:
        # Before Python 3.11 fromisoformat knew no "Z".
        parsed = datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] in ("Z", "z") else value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{value[:60]!r} is no time; one looks like '2026-01-31T13:45:00Z'") from error


def _of_array_scalar(value: Any) -> str | int | float:
    """What a numpy scalar holds; numpy itself is not needed for that."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if getattr(value, "shape", None) == () and kind in "Miuf":
        # item() of a datetime64 in nanoseconds is a bare count of them
        return str(value)[:26] if kind == "M" else value.item()
    raise InvalidInput(f"a {type(value).__name__} is no time; give a datetime, an ISO string or epoch seconds")


def _of_number(value: int | float) -> datetime:
    size = abs(value)
    if not size < _MILLISECONDS_BELOW:  # also true of NaN
        raise InvalidInput(f"{value!r} is no time: numbers are epoch seconds (below 1e11) or milliseconds (below 1e14)")
    try:
        if size < _SECONDS_BELOW:
            return EPOCH + timedelta(seconds=value)
        return EPOCH + timedelta(milliseconds=value)
    except OverflowError as error:
        raise InvalidInput(f"{value!r} lies outside the years 1 to 9999") from error


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (value - EPOCH) // _MICROSECOND


def of_micros(value: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def to_text(value: datetime) -> str:
    """The one text form on the wire: ISO 8601 in UTC with a ``Z``."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
