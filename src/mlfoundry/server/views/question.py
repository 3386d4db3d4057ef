"""What a monitoring question is about: a version, a window, a step, a reference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlfoundry.expression import Type
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.registry.records import ModelVersion
from mlfoundry.schema import ModelSchema
from mlfoundry.server.answers import WindowAnswer
from mlfoundry.server.parts import Parts
from mlfoundry.server.views.slices import EVERYTHING, AskedSlice, Slice, read_slice
from mlfoundry.server.views.subject import subject_of
from mlfoundry.store.base import OutcomePart, SummaryRequest, VersionInfo
from mlfoundry.summaries import Summaries
from mlfoundry.times import as_utc
from mlfoundry.windows import DAY, EARLIEST, HOUR, Window, parse_duration

DEFAULT_LENGTH = timedelta(days=7)
MOST_STEPS = 90
TABLE_STEPS = 32
"""What a line in a row of a table can show."""
_FEWEST_STEPS = 7
_MOST_ROWS_IN_MINUTES = 50_000
_FEWEST_ROWS = 300
# No 12h: half days alternate between day and night and hide everything else.
_STEPS = tuple(parse_duration(text) for text in ("15m", "30m", "1h", "2h", "3h", "6h", "1d", "1w"))


@dataclass(frozen=True, slots=True)
class Question:
    """A version and a window, and the way to its summaries."""

    parts: Parts
    version: ModelVersion
    info: VersionInfo
    window: Window
    slice: Slice = EVERYTHING

    @property
    def fqn(self) -> str:
        """The version's FQN."""
        return str(self.version.fqn)

    @property
    def schema(self) -> ModelSchema:
        """The version's schema; an empty one where none was given."""
        return self.version.schema or ModelSchema()

    @property
    def covered(self) -> Window:
        """What totals are about: the window, snapped outward to whole hours where it need not be exact."""
        return self.window if self.slice.exact else self.window.snapped()

    @property
    def window_answer(self) -> WindowAnswer:
        """What totals are about, for the answer."""
        return WindowAnswer(start=self.covered.start, end=self.covered.end)

    def total(self, *, columns: Sequence[str] | None = None, outcomes: Iterable[OutcomePart] = ()) -> Summaries:
        """One summary of the window."""
        return self._summaries(self.covered, None, columns, outcomes)[0]

    def series(
        self, step: timedelta, *, columns: Sequence[str] | None = None, outcomes: Iterable[OutcomePart] = ()
    ) -> tuple[Summaries, ...]:
        """One summary a step of the window."""
        return self._summaries(self._stepped(step), step, columns, outcomes)

    def both(
        self,
        step: timedelta,
        *,
        columns: Sequence[str] | None = None,
        outcomes: Iterable[OutcomePart] = (),
        of_total: Iterable[OutcomePart] = (),
    ) -> tuple[Summaries, tuple[Summaries, ...]]:
        """The window and its steps, for a slice read from the rows together; steps may lack what is ``of_total``."""
        wanted = (*outcomes, *of_total)
        if self.slice == EVERYTHING:
            total = self.total(columns=columns, outcomes=wanted)
            return total, self.series(step, columns=columns, outcomes=outcomes)
        *steps, total = self._summaries(self._stepped(step), step, columns, wanted, total=self.covered)
        return total, tuple(steps)

    def _stepped(self, step: timedelta) -> Window:
        """What steps are cut out of."""
        return self.window if self.slice.exact else self.window.snapped(min(step, DAY))

    @property
    def judged_among(self) -> int | None:
        """How many columns a verdict on one shares its budget of false alarms with, whichever of them were read.

        None where all of them are at hand. Of a slice only what is shown is read from the rows, and its verdicts must
        not hang on that.
        """
        return None if self.slice == EVERYTHING else max(len(self.info.columns), 1)

    def step(self, granularity: str | None, *, most: int = MOST_STEPS) -> timedelta:
        """The step that was asked for, else one that fits the window, the version's volume and what is shown."""
        first, last = self.info.first_at, self.info.last_at
        days = (last - first) / DAY if first and last else 0.0
        rows_per_day = self.info.n_predictions / days if days else math.inf
        return read_step(granularity, self.window, rows_per_day=rows_per_day, most=most)

    def starts(self, step: timedelta) -> list[datetime]:
        """When each step begins."""
        starts = [window.start for window in self.window.steps(step)]
        return [max(start, self.window.start) for start in starts] if self.slice.exact else starts

    def _summaries(
        self,
        window: Window,
        step: timedelta | None,
        columns: Sequence[str] | None,
        outcomes: Iterable[OutcomePart],
        *,
        total: Window | None = None,
    ) -> tuple[Summaries, ...]:
        request = SummaryRequest(
            self.fqn,
            window,
            step,
            columns=None if columns is None else tuple(columns),
            outcomes=frozenset(outcomes),
            exact=self.slice.exact,
            where=self.slice.condition,
            as_of=self.slice.as_of,
            total=total,
        )
        return self.summaries(request, position=self.parts.store.position())

    def summaries(self, request: SummaryRequest, *, position: int) -> tuple[Summaries, ...]:
        """What a store says as it stands at a position; 0 for what stands still until the cache is emptied."""
        return self.parts.summaries.get((request, position), lambda: self.parts.store.summarize(request))


def ask(
    parts: Parts, fqn: str, start: str | None = None, end: str | None = None, asked: AskedSlice | None = None
) -> Question:
    """Read a question; without times it is about the last seven days, or those before its ``as_of``.

    Raises
    ------
    NotFound
        There is no such version.
    InvalidInput
        A time or the filter cannot be read, or the window is empty.
    """
    version = parts.registry.models.version(ModelVersionFqn.parse(fqn))
    info = describe(parts, str(version.fqn))
    asked = asked or AskedSlice()
    window = read_window(start, end, asked.known_at or parts.clock())
    columns: dict[str, Type] = {column.key: column.expression_type for column in info.columns}
    positive_class = subject_of(version.schema or ModelSchema(), info).positive_class
    return Question(parts, version, info, window, read_slice(asked, columns, positive_class=positive_class))


def describe(parts: Parts, fqn: str) -> VersionInfo:
    """What the store knows of a version."""
    return parts.cache.get(("describe", fqn, parts.store.position()), lambda: parts.store.describe(fqn))


def read_window(start: str | None, end: str | None, now: datetime) -> Window:
    """The window between two texts.

    Examples
    --------
    >>> read_window(None, "2026-01-08", as_utc("2026-02-01")).start.isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    last = as_utc(end) if end else now
    return Window.within_reach(as_utc(start) if start else max(last, EARLIEST) - DEFAULT_LENGTH, last)


def read_step(
    granularity: str | None, window: Window, *, rows_per_day: float = math.inf, most: int = MOST_STEPS
) -> timedelta:
    """The step that was asked for, else the finest of the usual ones that leaves each step something to say.

    That is: at most ``most`` steps, and about 300 rows in each as long as there are at least 7 steps. Statistics of
    fewer rows mostly show their own noise. Steps of minutes are counted from the rows themselves, so they are for
    windows of few rows.

    Examples
    --------
    >>> week = Window(as_utc("2026-01-01"), as_utc("2026-01-08"))
    >>> read_step(None, week), read_step(None, week, rows_per_day=1_000)
    (datetime.timedelta(seconds=7200), datetime.timedelta(days=1))
    """
    if granularity:
        return parse_duration(granularity)
    finest = HOUR if rows_per_day * (window.length / DAY) > _MOST_ROWS_IN_MINUTES else _STEPS[0]
    few = [step for step in _STEPS if step >= finest and window.length / step <= most]
    few = few or [_STEPS[-1] * math.ceil(window.length / (_STEPS[-1] * most))]
    enough = [step for step in few if rows_per_day * (step / DAY) >= _FEWEST_ROWS]
    wanted = enough[0] if enough else few[-1]
    # Few rows are no reason to show a window as one or two points.
    return max((step for step in few if step <= wanted and window.length / step >= _FEWEST_STEPS), default=few[0])
