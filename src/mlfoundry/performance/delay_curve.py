"""How long actuals take, told from all predictions: those that still wait say as much as those that have one.

Kaplan and Meier's estimate (1958) of the share of predictions without an actual by their age. Judged by the actuals
that arrived alone, delays look shorter than they are, since the longest ones are not over yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mlfoundry.summaries import Delays, Summaries
from mlfoundry.windows import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ENOUGH_ACTUALS = 120
"""An age counts as reached when predictions at least that old have about so many actuals."""
_FLAT = 0.025
"""The curve has its plateau when the later half of the ages reached added no more than this share of it."""
_NEARLY_ALL = 0.95
"""So is it when so many have an actual: what may still come does not matter."""
_CENTURIES_S = 1e10
_ROUNDS, _TIMES = 3, 33
"""How finely a time is looked for: to within a 33,000th of the reach."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The predictions of one window by when they were made: how many, and how many have an actual by now."""

    window: Window
    n: int
    n_with_actual: int

    @property
    def pending(self) -> int:
        """Those without an actual."""
        return max(self.n - self.n_with_actual, 0)


@dataclass(frozen=True)
class DelayCurve:
    """The share of predictions that have no actual yet, by age, as far as predictions have grown old.

    Parameters
    ----------
    clock
        Until when actuals are known: the time of the last one. What was predicted later has no age yet.
    ages_s, pending
        Steps of the curve: from each age on (seconds, ascending) this share has no actual; before the first it is 1.
    reach_s
        The oldest age that the curve is sure of; it is level from there on.
    has_plateau
        Whether the curve is known to have come to its end.
    """

    clock: datetime
    ages_s: Floats
    pending: Floats
    reach_s: float
    has_plateau: bool

    @property
    def plateau(self) -> float | None:
        """The share of predictions that get an actual in the end; None while that is unknown."""
        return 1.0 - self._last if self.has_plateau else None

    def arrived(self, age_s: float) -> float:
        """The share of predictions of that age that have an actual.

        Examples
        --------
        >>> curve = DelayCurve(datetime.min, np.array([60.0, 3600.0]), np.array([0.5, 0.1]), 7200.0, True)
        >>> curve.arrived(30), curve.arrived(60), curve.plateau
        (0.0, 0.5, 0.9)
        """
        place = int(np.searchsorted(self.ages_s, age_s, side="right"))
        return 1.0 - float(self.pending[place - 1]) if place else 0.0

    def still_to_come(self, cohorts: Sequence[Cohort]) -> Floats:
        """How many pending predictions of each cohort are expected to get their actual.

        Predictions are taken as evenly spread over a cohort's time. Of those, the ones that wait are mostly young.
        """
        return self._later(cohorts, np.zeros(1))[0]

    def wait_s(self, cohorts: Sequence[Cohort], *, until: float) -> float | None:
        """In how many seconds from ``clock`` on no more actuals than ``until`` are still to come; None if never."""
        last = max((cohort.window.end for cohort in cohorts), default=self.clock)
        early, late = 0.0, max((last - self.clock).total_seconds(), 0.0) + self.reach_s
        for _ in range(_ROUNDS):
            times = np.linspace(early, late, _TIMES)
            soon = np.flatnonzero(self._later(cohorts, times).sum(axis=1) <= until)
            if not len(soon):
                return None
            early, late = float(times[max(soon[0] - 1, 0)]), float(times[soon[0]])
        return late

    def _later(self, cohorts: Sequence[Cohort], after_s: Floats) -> Floats:
        """How many actuals are expected to come later than in so many seconds: a row a time, a column a cohort."""
        pending = np.array([cohort.pending for cohort in cohorts], np.float64)
        youngest = np.array([(self.clock - cohort.window.end).total_seconds() for cohort in cohorts])
        length = np.array([cohort.window.length.total_seconds() for cohort in cohorts])
        oldest = youngest + length
        now = self._area(oldest) - self._area(youngest)
        ages = after_s[:, None]
        later = self._area(oldest + ages) - self._area(youngest + ages) - self._last * length
        share = np.divide(later, now, out=np.zeros_like(later), where=now > 1e-12 * length)
        return np.minimum(np.maximum(share, 0.0), 1.0) * pending

    @property
    def _last(self) -> float:
        return float(self.pending[-1]) if len(self.pending) else 1.0

    def _area(self, at: Floats) -> Floats:
        """The integral of the curve from age 0; predictions to come (of negative age) have no actual."""
        level = np.concatenate([[1.0], self.pending])
        knots = np.concatenate([[0.0], self.ages_s])
        areas = np.concatenate([[0.0], np.cumsum(np.diff(knots) * level[:-1])])
        inside = np.interp(at, knots, areas)
        return inside + np.minimum(at, 0.0) + np.maximum(at - knots[-1], 0.0) * level[-1]


def delay_curve(cohorts: Iterable[Summaries], now: datetime) -> DelayCurve:
    """Estimate the curve from predictions of consecutive windows, with the delays of their actuals.

    Parameters
    ----------
    cohorts
        Summaries of windows that do not overlap, with ``delays``; of an hour or a day each, say. A cohort counts up to
        the age of its youngest prediction, so that no row is taken to be older than it is.
    now
        The time of asking. The curve's clock is that of the last actual known, if that is earlier: with a batch that
        comes once a day, or while deliveries are down, nothing can be said of what was predicted since.
    """
    given = [(part.window, part.n, part.delays or Delays.empty()) for part in cohorts if part.window and part.n]
    delays, counts = _table([delays for _, _, delays in given])
    clock = min(now, _last_known([window for window, _, _ in given], delays[0], counts) or now)
    ages = np.array([max((clock - window.end).total_seconds(), 0.0) for window, _, _ in given])
    n = np.array([n for _, n, _ in given], np.float64)
    ends = delays[1]
    seen = ages[:, None] >= ends
    counts *= seen
    at_risk = ((n[:, None] - np.cumsum(counts, axis=1) + counts) * seen).sum(axis=0)
    hazard = np.divide(counts.sum(axis=0), at_risk, out=np.zeros(len(ends)), where=at_risk > 0)
    pending = np.cumprod(1.0 - np.minimum(hazard, 1.0)).astype(np.float64)
    return _trusted(DelayCurve(clock, ends, pending, 0.0, has_plateau=False), ages, n)


def _table(delays: Sequence[Delays]) -> tuple[tuple[Floats, Floats], Floats]:
    """The bounds of the delays that occur, ascending, and how many actuals of each cohort took so long."""
    ids: Ints = np.concatenate([np.zeros(0, np.int64), *(one.ids for one in delays)])
    distinct, places = np.unique(ids, return_inverse=True)
    counts = np.zeros((len(delays), len(distinct)))
    rows = np.repeat(np.arange(len(delays)), [len(one.ids) for one in delays])
    if len(ids):
        counts[rows, places] = np.concatenate([one.counts for one in delays])
    return Delays.bounds_s(distinct), counts


def _last_known(windows: Sequence[Window], shortest_s: Floats, counts: Floats) -> datetime | None:
    """The last time at which an actual became known, the earliest that it can be; None without actuals."""
    some: list[int] = np.flatnonzero(counts.any(axis=1)).tolist()
    if not some:
        return None
    longest: Floats = shortest_s[counts.shape[1] - 1 - np.argmax(counts[:, ::-1] > 0, axis=1)]
    # Beyond centuries a time cannot be written; such a delay says as much as one that ends now.
    seconds: list[float] = np.minimum(longest, _CENTURIES_S).tolist()
    return max([windows[row].start + timedelta(seconds=seconds[row]) for row in some])


def _trusted(curve: DelayCurve, ages: Floats, n: Floats) -> DelayCurve:
    """The curve up to the oldest age that enough predictions have reached, and whether it is level there."""
    order = np.argsort(ages)[::-1]
    older = np.cumsum(n[order])
    reach = next(
        (
            float(age)
            for age, rows in zip(ages[order], older, strict=True)
            if rows * curve.arrived(float(age)) >= _ENOUGH_ACTUALS
        ),
        0.0,
    )
    kept = curve.ages_s <= reach
    plateau = curve.arrived(reach)
    level = plateau - curve.arrived(reach / 2) <= _FLAT * plateau or plateau >= _NEARLY_ALL
    return DelayCurve(curve.clock, curve.ages_s[kept], curve.pending[kept], reach, has_plateau=reach > 0 and level)
