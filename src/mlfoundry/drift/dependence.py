"""What rows that depend on each other make of a p-value: windows differ by more than chance among independent rows.

The reference's own windows tell by how much. Each is compared with the rest: *D* is the mean ratio of its squared
difference to what independent rows would show, and an F distribution with that mean and their spread is the law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mlfoundry.drift.base import Figures
from mlfoundry.drift.history import MIN_WINDOWS
from mlfoundry.special import f_tail
from mlfoundry.summaries.arrays import Bools, Floats, Ints

_NEGLIGIBLE = 1.2
_MOST_DEGREES = 1e6
_TOWARDS_WORST = 1.0 / 3.0
"""Few windows show less growth than there is: so much of the way to the worst is added, over the lengths seen."""
_FEWEST_INDEPENDENT = 5.0
_LEAST_RATIO = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """How much the windows of a reference differ, by column; NaN where there are too few to tell.

    Attributes
    ----------
    windows
        How many were compared.
    dispersion
        D, at least 1: so many times more than those of independent rows.
    degrees
        Degrees of freedom of the one difference, such that its spread is that of the windows.
    independent
        How many windows that do not depend on each other they are worth.
    expected
        Mean value of the statistic over them, in its unit.
    rows
        nm / (n + m) of the mean window.
    """

    windows: Ints
    dispersion: Floats
    degrees: Floats
    independent: Floats
    expected: Floats
    rows: Floats

    @classmethod
    def unknown(cls, columns: int) -> Dependence:
        """Nothing is known."""
        nan = np.full(columns, np.nan)
        return cls(np.zeros(columns, np.int64), nan, nan, nan, nan, nan)

    @classmethod
    def joined(cls, parts: Sequence[Dependence]) -> Dependence:
        """Those of several runs of columns, in their order."""
        arrays = [[getattr(part, one.name) for part in parts] for one in fields(cls)]
        return cls(*(np.concatenate(each) for each in arrays)) if parts else cls.unknown(0)

    @classmethod
    def of_windows(
        cls, figures: Figures, rows: Floats, enough: Bools, *, length_ratio: float, growth: Floats, longest: int
    ) -> Dependence:
        """What windows beside the rest of their reference tell.

        Parameters
        ----------
        figures
            By column and window.
        rows
            nm / (n + m), by column and window.
        enough
            Which windows have rows enough to count.
        length_ratio
            How much longer the windows are that will be judged.
        growth
            With which power of the length D grows, by column, see :func:`growth_rate`; NaN where that is unknown.
        longest
            How many times as long as these the longest windows are that the growth was seen in.
        """
        counted = enough & np.isfinite(figures.ratio) & np.isfinite(figures.value)
        windows = counted.sum(axis=-1)
        known = windows >= MIN_WINDOWS
        mean = _mean(figures.ratio, counted)
        spread = _mean(np.square(figures.ratio - mean[:, None]), counted) * windows / np.maximum(windows - 1, 1)
        # A chi-square over its degrees of freedom has the variance 2 / degrees.
        degrees = np.minimum(np.maximum(2.0 * np.square(mean) / np.where(spread > 0, spread, 1.0), 1.0), _MOST_DEGREES)
        dispersion = np.maximum(mean, 1.0)
        grown = _grown(growth, length_ratio, longest, negligible=dispersion < _NEGLIGIBLE)
        per_unit = figures.value / np.where(figures.unit > 0, figures.unit, np.nan)
        return cls(
            windows=np.where(known, windows, 0),
            dispersion=np.where(known, dispersion * grown, np.nan),
            degrees=np.where(known, degrees, np.nan),
            # What makes D grow is that windows depend on their neighbours.
            independent=np.where(known, np.maximum(windows / grown, np.minimum(windows, _FEWEST_INDEPENDENT)), np.nan),
            expected=np.where(known, _mean(per_unit, counted & np.isfinite(per_unit)), np.nan),
            rows=np.where(known, _mean(rows, counted) * length_ratio, np.nan),
        )

    def of_rows(self, rows: Floats) -> Floats:
        """D of windows with these nm / (n + m), by column and window.

        What windows have in common grows with their rows: where they have more than the reference's, D - 1 does too.
        """
        more = np.maximum(rows / self.rows[:, None], 1.0)
        return 1.0 + (self.dispersion[:, None] - 1.0) * more

    def p_values(self, ratio: Floats, p_value: Floats, dispersion: Floats) -> Floats:
        """The p-values of differences, never below those of independent rows."""
        degrees, independent = self.degrees[:, None], self.independent[:, None]
        dependent = f_tail(degrees, degrees * independent, ratio / dispersion)
        return np.where(self.windows[:, None] > 0, np.maximum(p_value, dependent), p_value)


def growth_rate(ratios: Sequence[tuple[int, Floats, Bools]]) -> Floats:
    """With which power of the length D grows, by column: 0 where windows are independent, 1 where all have the same.

    The line through the logarithms of the mean ratios that passes through the first; NaN where it has no second.

    Parameters
    ----------
    ratios
        How many of the shortest windows each length is, the shortest first; the ratios by column and window; which of
        these count. Windows of one length may overlap.

    Examples
    --------
    >>> every = np.ones((1, 4), np.bool_)
    >>> growth_rate([(1, np.full((1, 4), 2.0), every), (4, np.full((1, 4), 4.0), every)]).tolist()
    [0.5]
    """
    (_, shortest, counted), *longer = ratios
    first = np.maximum(_mean(shortest, counted), _LEAST_RATIO)
    along, square = np.zeros(len(first)), np.zeros(len(first))
    for length, ratio, of_length in longer:
        grown = np.log(np.maximum(_mean(ratio, of_length), _LEAST_RATIO) / first)
        weight = of_length.sum(axis=-1) / length
        along += weight * np.log(length) * grown
        square += weight * np.log(length) ** 2
    power = along / np.where(square > 0, square, 1.0)
    return np.where(square > 0, np.minimum(np.maximum(power, 0.0), 1.0), np.nan)


def _grown(growth: Floats, length_ratio: float, longest: int, *, negligible: Bools) -> Floats:
    """How many times larger D is in windows of the length that is judged."""
    unknown, rate = np.isnan(growth), np.nan_to_num(growth)
    seen = length_ratio**rate
    unseen = min(length_ratio, longest) ** (_TOWARDS_WORST * (1.0 - rate))
    # Windows that differ by no more than chance are those of independent rows.
    return np.where(negligible, np.where(unknown, 1.0, seen), np.where(unknown, length_ratio, seen * unseen))


def _mean(values: Floats, counted: Bools) -> Floats:
    return np.where(counted, values, 0.0).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)
