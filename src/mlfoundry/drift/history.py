"""The reference over time: cut into windows as long as those that are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from mlfoundry.summaries import CategorySummary, ColumnSummary, NumericSummary
from mlfoundry.times import EPOCH
from mlfoundry.windows import DAY, HOUR

Columns: TypeAlias = Mapping[str, ColumnSummary]
"""Summaries by column key."""
MIN_WINDOWS = 20
"""Fewer windows of the reference say too little of how much windows differ."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Windows of the reference, and how much longer the windows are that are judged by them (at least 1)."""

    windows: list[Columns]
    length_ratio: float


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

    def cut(self, length: timedelta) -> Cut | None:
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
                ratio = max(1.0, length / (steps * self.step))
                return Cut([total(group) for group in groups.values()], ratio)
        return None

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


def total(pieces: Sequence[Columns]) -> Columns:
    """The sum of pieces, column by column."""
    parts: dict[str, list[ColumnSummary]] = {}
    for piece in pieces:
        for key, summary in piece.items():
            parts.setdefault(key, []).append(summary)
    return {key: _sum(summaries) for key, summaries in parts.items()}


def _sum(summaries: Sequence[ColumnSummary]) -> ColumnSummary:
    numeric = [one for one in summaries if isinstance(one, NumericSummary)]
    return (
        NumericSummary.total(numeric)
        if numeric
        else CategorySummary.total(one for one in summaries if isinstance(one, CategorySummary))
    )
