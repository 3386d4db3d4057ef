"""The reference over time: cut into windows as long as those that are judged."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from mlfoundry.summaries import CategorySummary, ColumnSummary, NumericSummary
from mlfoundry.times import EPOCH
from mlfoundry.windows import DAY, HOUR

Columns: TypeAlias = Mapping[str, ColumnSummary]
"""Summaries by column key."""
MIN_WINDOWS = 20
"""Fewer windows of the reference say too little of how much windows differ."""
MOST_WINDOWS = 400
"""More say little more, and have to be read."""
_DAY_HOURS = 24
_FEW_WINDOWS = 4
_AS_LONG = 1.1


@dataclass(frozen=True, slots=True)
class Cut:
    """Windows of the reference in the order of time.

    Attributes
    ----------
    length_ratio
        How much longer the windows are that are judged by them, at least 1. Of windows in which days have no rows, or
        not half as many hours of them as the fullest day, only the other days count.
    in_a_row
        How many of these windows put together make the longer ones that tell how differences grow with length; none
        where the windows are as long as those that are judged, or where the reference holds fewer than 4 longer ones.
    """

    windows: list[Columns]
    length_ratio: float
    in_a_row: tuple[int, ...] = ()

    @classmethod
    def of(cls, windows: list[Columns], window: timedelta, length: timedelta, days: Iterable[int]) -> Cut:
        """Windows of one length beside the one that is asked for; ``days`` are those of their pieces."""
        pieces = Counter(days)
        full = sum(2 * count >= max(pieces.values()) for count in pieces.values())
        covered = min(window, full * DAY / len(windows)) if window >= DAY else window
        ratio = max(1.0, length / covered)
        # Below a day the hours have a rhythm, which longer windows say nothing of: only whole days are put together.
        unit = max(1, DAY // window)
        longer = range(unit, len(windows) // _FEW_WINDOWS + 1, unit) if ratio > _AS_LONG and length >= DAY else ()
        return cls(windows, ratio, tuple(each for each in longer if each > 1))


class OwnWindows(Protocol):
    """Where the windows of a reference come from."""

    def cut(self, length: timedelta, keys: Sequence[str] | None = None) -> Cut | None:
        """Whole windows of about that length with these columns (all by default); None where there are too few."""
        ...

    def at_hours(self, start: datetime, length: timedelta) -> OwnWindows:
        """The same of the hours of the day that a window of that start and length covers."""
        ...

    def total(self) -> Columns:
        """All of its rows."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The rows of a reference by short pieces of time, such as hours.

    Parameters
    ----------
    starts
        When each piece begins, aware and ascending. Pieces without rows may be left out.
    pieces
        Summaries of each, by column.
    step
        How long a piece is.
    phase
        Where windows of up to a day begin, counted from whole ones since 1970.
    """

    starts: Sequence[datetime]
    pieces: Sequence[Columns]
    step: timedelta = HOUR
    phase: timedelta = timedelta(0)

    def cut(self, length: timedelta, keys: Sequence[str] | None = None) -> Cut | None:
        """Whole windows of that length; of the longest that gives 20 of them where it does not; None without any.

        Windows of up to a day lie where whole ones since 1970 lie (or off by the phase), longer ones begin with days.
        """
        for steps in self._candidates(length):
            of_piece = self._window_of_piece(steps)
            numbers = sorted({number for number in of_piece if number >= 0})
            if len(numbers) >= MIN_WINDOWS:
                groups: dict[int, list[Columns]] = {number: [] for number in numbers}
                for number, piece in zip(of_piece, self.pieces, strict=True):
                    if number >= 0:
                        groups[number].append(piece)
                inside = (start for start, number in zip(self.starts, of_piece, strict=True) if number >= 0)
                days = ((start - EPOCH - self.phase) // DAY for start in inside)
                windows = [total(group, keys) for group in groups.values()]
                return Cut.of(windows, steps * self.step, length, days)
        return None

    def total(self) -> Columns:
        """All of its rows."""
        return total(self.pieces)

    def at_hours(self, start: datetime, length: timedelta) -> History:
        """The pieces that lie in the same hours of the day as a window."""
        phase = (start - EPOCH) % DAY
        kept = [place for place, begin in enumerate(self.starts) if (begin - EPOCH - phase) % DAY < min(length, DAY)]
        return History([self.starts[i] for i in kept], [self.pieces[i] for i in kept], self.step, phase)

    def _candidates(self, length: timedelta) -> list[int]:
        """Lengths in steps, the longest first: the one asked for, then whole days, then parts of a day."""
        longest = max(1, -(-length // self.step))
        a_day = max(1, DAY // self.step)
        days = range(longest // a_day * a_day, 0, -a_day)
        parts = [steps for steps in range(a_day - 1, 0, -1) if a_day % steps == 0 and steps < longest]
        return list(dict.fromkeys([longest, *days, *parts]))

    def _window_of_piece(self, steps: int) -> list[int]:
        """The number of each piece's window; -1 where the reference covers only a part of it."""
        if not self.starts:
            return []
        length = steps * self.step
        grain, zero = min(length, DAY), EPOCH + self.phase
        origin = zero - (zero - self.starts[0]) // grain * grain
        end = self.starts[-1] + self.step
        last = (end - origin) // length
        return [number if 0 <= (number := (start - origin) // length) < last else -1 for start in self.starts]


class Pieces(Protocol):
    """Reads the pieces of a reference from where they are kept."""

    def __call__(
        self, step: timedelta, keys: Sequence[str] | None, since: datetime
    ) -> Sequence[tuple[datetime, Columns]]:
        """When each piece of that length begins (as whole ones since 1970 do), with these columns; earlier ones may
        come too, those without rows may not, and those at the edges may be covered in part."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ReadHistory:
    """The rows of a reference over time, read in pieces as long as the question needs: no more of them than that.

    Parameters
    ----------
    hours
        The hours that have rows, aware and ascending.
    read
        Reads pieces.
    """

    hours: Sequence[datetime]
    read: Pieces
    _by_length: dict[timedelta, list[tuple[datetime, Columns]]] = field(
        default_factory=dict[timedelta, "list[tuple[datetime, Columns]]"], repr=False
    )

    def cut(self, length: timedelta, keys: Sequence[str] | None = None) -> Cut | None:
        """Whole windows of that length, in whole days from a day on; of the longest that gives 20 where it does not.

        Of more than 400 the last 400 are taken.
        """
        found = self._longest(length)
        if found is None:
            return None
        window, begin = found
        piece = min(window, DAY)
        kept = self._whole(self.read(piece, keys, begin), piece, begin)
        groups: dict[int, list[Columns]] = {}
        for start, columns in kept:
            groups.setdefault((start - begin) // window, []).append(columns)
        last = (self.hours[-1] + HOUR - begin) // window
        windows = [total(groups[number], keys) for number in sorted(groups) if number < last]
        days = ((hour - EPOCH) // DAY for hour in self.hours if begin <= hour < begin + last * window)
        return Cut.of(windows, window, length, days) if len(windows) >= MIN_WINDOWS else None

    def at_hours(self, start: datetime, length: timedelta) -> OwnWindows:
        """The pieces that lie in the same hours of the day as a window of whole hours; all of a longer one's."""
        if length % HOUR or length >= DAY:
            return self
        fits = DAY % length == timedelta(0) and (start - EPOCH) % length == timedelta(0)
        step = length if fits else HOUR
        if step not in self._by_length:  # windows at other hours want the same
            self._by_length[step] = self._whole(self.read(step, None, self.hours[0]), step, self.hours[0])
        pieces = self._by_length[step]
        return History([begin for begin, _ in pieces], [columns for _, columns in pieces], step).at_hours(start, length)

    def total(self) -> Columns:
        """All of its rows."""
        return total([columns for _, columns in self.read(DAY, None, self.hours[0])])

    def _longest(self, length: timedelta) -> tuple[timedelta, datetime] | None:
        """The length of the windows and when the first of them begins."""
        for window in _lengths(length):
            grain = min(window, DAY)
            begin = EPOCH - (EPOCH - self.hours[0]) // grain * grain
            count = (self.hours[-1] + HOUR - begin) // window
            if count < MIN_WINDOWS:
                continue
            begin += max(0, count - MOST_WINDOWS) * window
            first = bisect_left(self.hours, begin)
            if len({(hour - begin) // window for hour in self.hours[first:]}) >= MIN_WINDOWS:
                return window, begin
        return None

    def _whole(
        self, pieces: Sequence[tuple[datetime, Columns]], length: timedelta, begin: datetime
    ) -> list[tuple[datetime, Columns]]:
        end = self.hours[-1] + HOUR
        return [(start, columns) for start, columns in pieces if start >= begin and start + length <= end]


def _lengths(length: timedelta) -> list[timedelta]:
    """Lengths of windows, the longest first: whole days, or the hours asked for; then parts of a day."""
    longest = max(1, -(-length // HOUR))
    days = [days * DAY for days in range(length // DAY, 0, -1)]
    hours = [longest, *(hours for hours in range(_DAY_HOURS - 1, 0, -1) if _DAY_HOURS % hours == 0)]
    return days + [part * HOUR for part in dict.fromkeys(hours) if part <= longest and part < _DAY_HOURS]


def total(pieces: Sequence[Columns], keys: Sequence[str] | None = None) -> Columns:
    """The sum of pieces, column by column; of some columns where they are named."""
    parts: dict[str, list[ColumnSummary]] = {} if keys is None else {key: [] for key in keys}
    for piece in pieces:
        for key in piece if keys is None else keys:
            if key in piece:
                parts.setdefault(key, []).append(piece[key])
    return {key: _sum(summaries) for key, summaries in parts.items() if summaries}


def _sum(summaries: Sequence[ColumnSummary]) -> ColumnSummary:
    numeric = [one for one in summaries if isinstance(one, NumericSummary)]
    return (
        NumericSummary.total(numeric)
        if numeric
        else CategorySummary.total(one for one in summaries if isinstance(one, CategorySummary))
    )
