"""The weekly rhythm of a number of rows: what is usual at this time of the week, and how far it varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlfoundry.special import negative_binomial_lower
from mlfoundry.summaries.arrays import Floats

WEEK_HOURS = 168
MIN_WEEKS = 3
"""Fewer whole weeks say too little of how much one week differs from another."""
_ENOUGH = 12.0
"""A block of hours is worth being judged where about so many rows are usual."""
_BLOCKS = (1, 2, 3, 4, 6, 8, 12, 24)
_WIDE, _MIDDLE = 1.959964, 0.6744898
"""Within so many standard deviations lie 95 and 50 % of a normal variable."""
_MOST_DISPERSION = 100.0
_DOUBT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """What is usual in each block of hours of the week.

    Parameters
    ----------
    hours
        How long a block is.
    mean
        Rows that are usual in each block of the week, at the level of the weeks to come.
    dispersion
        Counts vary as negative binomial ones with the variance mean + dispersion · mean².
    weeks
        On how many weeks that rests.
    """

    hours: int
    mean: Floats
    dispersion: float
    weeks: int

    def low_tail(self, rows: Floats, mean: Floats) -> Floats:
        """How likely so few rows or fewer are."""
        return negative_binomial_lower(rows, np.maximum(mean, 1e-9), np.full_like(mean, self.dispersion))

    def high_tail(self, rows: Floats, mean: Floats) -> Floats:
        """How likely so many rows or more are."""
        return np.where(rows > 0, 1.0 - self.low_tail(np.maximum(rows - 1.0, 0.0), mean), 1.0)

    def band(self, mean: Floats) -> tuple[Floats, Floats]:
        """About 95 % of counts lie between these."""
        root = np.sqrt(mean + self.dispersion * np.square(mean))
        # The logarithm of a count is closer to normal than the count itself, and never below 0 rows.
        width = _WIDE * np.sqrt(np.log1p(np.square(root / np.maximum(mean, 1e-9))))
        middle = np.maximum(mean, 1e-9) * np.exp(-0.5 * np.square(width / _WIDE))
        return middle * np.exp(-width), middle * np.exp(width)


def weekly_rhythm(history: Floats, *, hours: int | None = None) -> Rhythm | None:
    """The rhythm of the past weeks; None where fewer than three of them have rows.

    Each week has a level, the median of its blocks' ratios to the usual ones, so that weeks of growing traffic compare;
    a block's usual rows are the median over the weeks at one level. So neither a gap nor a rush of some hours moves
    them. The level to come continues the weeks' trend (Theil 1950; Sen 1968), no farther than the range they had.

    Parameters
    ----------
    history
        Rows by hour of whole weeks, the oldest first; the last hour is the one before the first that will be judged.
    hours
        How long a block is; by default the shortest part of a day in which enough rows are usual to tell a gap.

    Examples
    --------
    >>> week = np.concatenate([np.full(120, 100.0), np.full(48, 20.0)])
    >>> rhythm = weekly_rhythm(np.tile(week, 4))
    >>> rhythm.hours, rhythm.mean[[0, -1]].round(6).tolist()
    (1, [100.0, 20.0])
    """
    weeks = np.reshape(history, (-1, WEEK_HOURS))
    weeks = weeks[weeks.sum(axis=1) > 0]
    if len(weeks) < MIN_WEEKS:
        return None
    length = hours or _block_length(weeks)
    counts = np.reshape(weeks, (len(weeks), WEEK_HOURS // length, length)).sum(axis=2)
    profile, levels = _profile(counts)
    # So few weeks tell the variance itself only roughly.
    doubt = 1.0 + _DOUBT / (len(weeks) - 1)
    return Rhythm(length, profile * _next_level(levels), _dispersion(counts) * doubt, len(weeks))


def _block_length(weeks: Floats) -> int:
    """The shortest part of a day in which the typical row finds enough others."""
    for length in _BLOCKS:
        usual = np.median(np.reshape(weeks, (len(weeks), -1, length)).sum(axis=2), axis=0)
        active = usual[usual > 0]
        if len(active) and float(np.median(active)) >= _ENOUGH:
            return length
    return _BLOCKS[-1]


def _profile(counts: Floats) -> tuple[Floats, Floats]:
    """Usual rows by block, and the level of each week beside it."""
    levels = np.ones(len(counts))
    profile = np.median(counts, axis=0)
    for _ in range(3):
        levels = _levels(counts, profile)
        profile = np.median(counts / levels[:, None], axis=0)
    return profile, levels


def _levels(counts: Floats, profile: Floats) -> Floats:
    """The median ratio of each week to the profile, each block weighing as many rows as it has."""
    used = profile > 0
    if not used.any():
        return np.ones(len(counts))
    ratios, weights = counts[:, used] / profile[used], profile[used]
    order = np.argsort(ratios, axis=1)
    mass = np.cumsum(weights[order], axis=1)
    middle = (mass >= 0.5 * weights.sum()).argmax(axis=1)
    found = np.take_along_axis(ratios, np.take_along_axis(order, middle[:, None], axis=1), axis=1)[:, 0]
    # A week that stood still for the most part has no level of its own.
    return np.where(found > 0, found, 1.0)


def _next_level(levels: Floats) -> float:
    """The level of the week to come: the trend of the logarithms, within what the weeks have shown."""
    logs, places = np.log(levels), np.arange(len(levels))
    first, last = np.triu_indices(len(levels), 1)
    slope = float(np.median((logs[last] - logs[first]) / (places[last] - places[first])))
    middle = float(np.median(logs - slope * places))
    low, high = float(logs.min()), float(logs.max())
    return float(np.exp(min(max(middle + slope * len(levels), low), high)))


def _dispersion(counts: Floats) -> float:
    """How much more blocks vary than independent rows, each week foretold by the others.

    The larger of what the middle half and the widest twentieth of the deviations tell, so that some gaps in the weeks
    count little and heavy tails count.
    """
    rows: list[Floats] = []
    means: list[Floats] = []
    for week in range(len(counts)):
        others = np.delete(counts, week, axis=0)
        profile, levels = _profile(others)
        neighbours = levels[max(week - 1, 0) : week + 1]
        rows.append(counts[week])
        means.append(profile * float(np.mean(neighbours)))
    found, mean = np.concatenate(rows), np.concatenate(means)
    used = mean >= 1.0
    if not used.any():
        return 0.0
    deviation, mean = np.abs(found[used] - mean[used]), mean[used]

    def excess(dispersion: float) -> float:
        scaled = deviation / np.sqrt(mean + dispersion * np.square(mean))
        return float(max(np.quantile(scaled, 0.5) / _MIDDLE, np.quantile(scaled, 0.95) / _WIDE)) - 1.0

    low, high = 0.0, _MOST_DISPERSION
    if excess(low) <= 0:
        return 0.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high
