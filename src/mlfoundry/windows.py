"""Half-open windows of time, in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mlfoundry.errors import InvalidInput
from mlfoundry.times import EPOCH

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MAX_STEPS = 2_000
MAX_DURATION = timedelta(days=36_500)
EARLIEST, LATEST = datetime(200, 1, 1, tzinfo=timezone.utc), datetime(9800, 1, 1, tzinfo=timezone.utc)
"""Between these a window can be snapped, moved by the longest duration and compared with what was before it."""
_DURATION = re.compile(r"(\d{1,6})(m|h|d|w)\Z")
_UNITS = {"m": timedelta(minutes=1), "h": HOUR, "d": timedelta(days=1), "w": timedelta(weeks=1)}


def parse_duration(text: str) -> timedelta:
    """Read ``15m``, ``2h``, ``7d`` or ``1w``.

    Examples
    --------
    >>> parse_duration("2h")
    datetime.timedelta(seconds=7200)
    """
    match = _DURATION.match(text)
    if not match or int(match[1]) == 0:
        raise InvalidInput(f"{text!r} is no duration; one looks like '15m', '2h', '1d' or '1w'")
    duration = int(match[1]) * _UNITS[match[2]]
    if duration > MAX_DURATION:
        raise InvalidInput(f"{text!r} is longer than {MAX_DURATION.days:,} days")
    return duration


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The times ``start <= t < end``, both aware UTC.

    Examples
    --------
    >>> from mlfoundry.times import as_utc
    >>> day = Window(as_utc("2026-01-01"), as_utc("2026-01-02"))
    >>> len(day.steps(timedelta(hours=6)))
    4
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput("a window's start and end must be aware times")
        if not self.start < self.end:
            raise InvalidInput(
                f"a window must start before it ends: {self.start.isoformat()} .. {self.end.isoformat()}"
            )

    @classmethod
    def within_reach(cls, start: datetime, end: datetime) -> Window:
        """The part of a window that there can be answers about: ``datetime.min`` and ``max`` stand for no bound."""
        return cls(max(start, EARLIEST), min(end, LATEST))

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def snapped(self, step: timedelta = HOUR) -> Window:
        """The smallest window of whole steps (counted from 1970) that covers this one."""
        first = (self.start - EPOCH) // step
        last = -((EPOCH - self.end) // step)
        return Window(EPOCH + first * step, EPOCH + last * step)

    def steps(self, step: timedelta) -> tuple[Window, ...]:
        """This window, snapped outward and cut into steps.

        Steps of up to a day lie where whole steps since 1970 lie; longer ones begin with the window's first day, so
        that "3d" from the 19th are the 19th to the 21st.
        """
        snapped = self.snapped(min(step, DAY))
        count = -(-snapped.length // step)
        if count > MAX_STEPS:
            raise InvalidInput(
                f"{count:,} windows of {step} are more than {MAX_STEPS:,}; ask for a coarser granularity"
            )
        return tuple(Window(snapped.start + i * step, snapped.start + (i + 1) * step) for i in range(count))
