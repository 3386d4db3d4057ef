"""Windows longer than those of which a reference holds 20: laws for them, on columns that are simulated by bin.

Each column is a reference of some days and a later window, whose days have an autoregressive effect and whose hours
follow a sine of 1 sd; rows scatter by 1 sd around that. Only counts by bin are drawn, of all columns at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from mlfoundry import drift
from mlfoundry.drift.base import Figures
from mlfoundry.drift.dependence import Dependence, growth_rate
from mlfoundry.drift.table import Table
from mlfoundry.summaries.arrays import Bools, Floats, Ints

SHIFTS = (0.0, 0.3, 0.6, 1.0, 3.0)
PER_DAY, GAP, BINS = 2_400, 14, 10
_PSI = drift.statistic("psi")
_LINE = np.arange(-14.0, 22.0, 0.02)
_HOURS = np.sqrt(2.0) * np.sin(2 * np.pi * np.arange(24) / 24)
_HALVES: list[Floats] = [
    cast("Any", special).ndtr(_LINE[:, None] - _HOURS[None, half : half + 12]).mean(axis=1) for half in (0, 12)
]
"""Distribution functions of the two halves of a day without an effect of its own."""


@dataclass(frozen=True)
class Traffic:
    """What days are like: the effect's correlation with the day before, its sd, and how weekends differ."""

    correlation: float
    deviation: float
    weekend: float = 0.0

    def __str__(self) -> str:
        """As a table's head has it."""
        if not self.deviation:
            return "days alike"
        return "weekends 1 sd" if self.weekend else f"{self.correlation}, {self.deviation} sd"


@dataclass(frozen=True, eq=False)
class Columns:
    """Rows of references by column, half day and bin; of their windows by column, shift and bin."""

    reference: Floats
    windows: Floats
    days: int


def simulate(rng: np.random.Generator, traffic: Traffic, *, columns: int, days: int, length: int) -> Columns:
    """Columns whose window of that many days begins two weeks after their reference ends."""
    effects = np.zeros((columns, days + GAP + length))
    effects[:, 0] = rng.normal(size=columns)
    for day in range(1, effects.shape[1]):
        fresh = np.sqrt(1 - traffic.correlation**2) * rng.normal(size=columns)
        effects[:, day] = traffic.correlation * effects[:, day - 1] + fresh
    weekday = (np.arange(effects.shape[1]) + rng.integers(7, size=(columns, 1))) % 7
    effects = traffic.deviation * effects + np.where(weekday < 5, 0.0, traffic.weekend)
    known, later = effects[:, :days], effects[:, -length:]
    n = PER_DAY * days
    levels = np.concatenate([[1 / n], np.arange(1, BINS) / BINS, [1 - 1 / n]])
    whole = (_HALVES[0] + _HALVES[1]) / 2
    edges = np.zeros((columns, len(levels)))
    for column in range(columns):
        mixed = sum(_interpolated(_LINE - effect, whole) for effect in known[column].tolist())
        edges[column] = np.interp(levels, np.asarray(mixed) / days, _LINE)
    reference = _drawn(rng, edges, known)
    reference[:, :, [0, -1]] = 0.0  # nothing of a reference lies outside of it
    windows = [_drawn(rng, edges, later + shift).sum(axis=1) for shift in SHIFTS]
    return Columns(reference, np.stack(windows, axis=1), days)


def _drawn(rng: np.random.Generator, edges: Floats, effects: Floats) -> Floats:
    halves: list[Floats] = []
    for half in _HALVES:
        below = _interpolated(edges[:, None, :] - effects[:, :, None], half)
        ends = np.zeros_like(below[..., :1]), np.ones_like(below[..., :1])
        shares = np.maximum(np.diff(np.concatenate([ends[0], below, ends[1]], axis=-1)), 0.0)
        halves.append(rng.multinomial(PER_DAY // 2, shares / shares.sum(axis=-1, keepdims=True)).astype(np.float64))
    return np.reshape(np.stack(halves, axis=2), (len(edges), -1, edges.shape[1] + 1))


def _interpolated(at: Floats, heights: Floats) -> Floats:
    return np.asarray(np.interp(at, _LINE, heights), np.float64)


Law = Callable[[Columns, int], Floats]
"""The p-values of windows of so many days, by column and shift."""


def as_few_as_20(columns: Columns, length: int) -> Floats:
    """(a) What was before: a long window tells no more than one of those of which there are 20."""
    steps = _longest(columns, length, 20)
    figures, rows, enough = _own(columns.reference, steps, steps)
    growth = np.full(len(rows), np.nan)
    found = Dependence.of_windows(figures, rows, enough, length_ratio=2 * length / steps, growth=growth, longest=1)
    return _p_values(columns, replace(found, independent=found.windows.astype(np.float64)))


def as_few_as(fewest: int) -> Law:
    """(b) The longest windows of which there are so few, and no growth of what is known but that of their length."""

    def law(columns: Columns, length: int) -> Floats:
        steps = _longest(columns, length, fewest)
        figures, rows, _ = _own(columns.reference, steps, steps)
        mean, ratio = figures.ratio.mean(axis=1), 2 * length / steps
        variance = np.asarray(figures.ratio.var(axis=1, ddof=1), np.float64)
        degrees = np.maximum(2.0 * np.square(mean) / variance, 1.0)
        dispersion = np.asarray(np.where(mean < 1.2, np.maximum(mean, 1.0), mean * ratio), np.float64)
        windows = np.full(len(rows), rows.shape[1], np.int64)
        found = Dependence(windows, dispersion, degrees, windows.astype(np.float64), mean, rows.mean(axis=1) * ratio)
        return _p_values(columns, found)

    return law


def as_they_grow(columns: Columns, length: int) -> Floats:
    """(c) What there is now: the growth that longer windows show, and a third of the way to the worst."""
    return _p_values(columns, _growing(columns, length))


def as_seen(columns: Columns, length: int) -> Floats:
    """(c) with the growth that longer windows show as it is, and 20 windows taken as 20."""
    steps = _longest(columns, length, 20)
    found = _growing(columns, length)
    plain = _growth(columns, steps)
    mean = _own(columns.reference, steps, steps)[0].ratio.mean(axis=1)
    grown = np.maximum(mean, 1.0) * (2 * length / steps) ** np.nan_to_num(plain, nan=1.0)
    return _p_values(columns, replace(found, dispersion=grown, independent=found.windows.astype(np.float64)))


def both(columns: Columns, length: int) -> Floats:
    """(d) That of 5 windows, for an effect larger than that of any of them; else what was before."""
    steps = _longest(columns, length, 5)
    largest = _own(columns.reference, steps, steps)[0].value.max(axis=1, keepdims=True)
    beyond = _beside(columns.reference.sum(axis=1, keepdims=True), columns.windows).value > largest
    before, few = as_few_as_20(columns, length), as_few_as(5)(columns, length)
    return np.where(beyond, np.minimum(before, few), before)


def as_values_scatter(columns: Columns, length: int) -> Floats:
    """(e) The logarithm of the value beside that of the longest windows of which there are 5: Student's t."""
    steps = _longest(columns, length, 5)
    own = np.log(np.maximum(_own(columns.reference, steps, steps)[0].value, 1e-9))
    figures = _beside(columns.reference.sum(axis=1, keepdims=True), columns.windows)
    count = own.shape[1]
    deviation = own.std(axis=1, ddof=1, keepdims=True) * np.sqrt(1 + 1 / count)
    away = (np.log(np.maximum(figures.value, 1e-9)) - own.mean(axis=1, keepdims=True)) / deviation
    return np.maximum(cast("Any", special).stdtr(count - 1.0, -away), figures.p_value)


NOW = "growth, cautious (now)"
LAWS: dict[str, Law] = {
    "20 windows (before)": as_few_as_20,
    "12 windows": as_few_as(12),
    "8 windows": as_few_as(8),
    "5 windows": as_few_as(5),
    "5, if the largest": both,
    "log value, t": as_values_scatter,
    "growth as seen": as_seen,
    NOW: as_they_grow,
}


def _growing(columns: Columns, length: int) -> Dependence:
    steps = _longest(columns, length, 20)
    figures, rows, enough = _own(columns.reference, steps, steps)
    ratio, growth = 2 * length / steps, _growth(columns, steps)
    return Dependence.of_windows(
        figures, rows, enough, length_ratio=ratio, growth=growth, longest=max(1, *_in_a_row(columns, steps))
    )


def _growth(columns: Columns, steps: int) -> Floats:
    """As the reference does it: longer windows are whole days, and 4 of them fit."""
    ratios: list[tuple[int, Floats, Bools]] = []
    for number in (1, *_in_a_row(columns, steps)):
        figures, _, enough = _own(columns.reference, steps * number, steps)
        ratios.append((number, figures.ratio, enough))
    return growth_rate(ratios)


def _in_a_row(columns: Columns, steps: int) -> list[int]:
    unit = max(1, 2 // steps)
    return [each for each in range(unit, columns.reference.shape[1] // steps // 4 + 1, unit) if each > 1]


def _longest(columns: Columns, length: int, fewest: int) -> int:
    lengths = [2 * days for days in range(length, 0, -1)] + [1]
    return next(steps for steps in lengths if columns.reference.shape[1] // steps >= fewest)


def _own(reference: Floats, steps: int, stride: int) -> tuple[Figures, Floats, Bools]:
    """Windows of so many half days beside the rest of their reference."""
    summed = np.cumsum(np.concatenate([np.zeros_like(reference[:, :1]), reference], axis=1), axis=1)
    starts: Ints = np.arange(0, int(reference.shape[1]) - steps + 1, stride).astype(np.int64)
    windows = np.asarray(summed[:, starts + steps] - summed[:, starts], np.float64)
    rest = summed[:, -1:] - windows
    n: Floats = rest.sum(axis=-1)
    m: Floats = windows.sum(axis=-1)
    return _beside(rest, windows), np.asarray(n * m / (n + m), np.float64), np.ones(n.shape, np.bool_)


def _beside(reference: Floats, windows: Floats) -> Figures:
    columns, _, bins = windows.shape
    nothing = np.zeros((columns, 1, bins))
    table = Table(reference, windows, nothing > 0, nothing.astype(np.int64), np.zeros((columns, 1)))
    return _PSI.figures(table, [None] * columns)


def _p_values(columns: Columns, found: Dependence) -> Floats:
    reference = columns.reference.sum(axis=1, keepdims=True)
    figures = _beside(reference, columns.windows)
    n, m = reference.sum(axis=-1), columns.windows.sum(axis=-1)
    return found.p_values(figures.ratio, figures.p_value, found.of_rows(n * m / (n + m)))
