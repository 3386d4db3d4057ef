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
    expected
        Mean value of the statistic over them, in its unit.
    rows
        nm / (n + m) of the mean window.
    """

    windows: Ints
    dispersion: Floats
    degrees: Floats
    expected: Floats
    rows: Floats

    @classmethod
    def unknown(cls, columns: int) -> Dependence:
        """Nothing is known."""
        nan = np.full(columns, np.nan)
        return cls(np.zeros(columns, np.int64), nan, nan, nan, nan)

    @classmethod
    def joined(cls, parts: Sequence[Dependence]) -> Dependence:
        """Those of several runs of columns, in their order."""
        arrays = [[getattr(part, one.name) for part in parts] for one in fields(cls)]
        return cls(*(np.concatenate(each) for each in arrays)) if parts else cls.unknown(0)

    @classmethod
    def of_windows(cls, figures: Figures, rows: Floats, enough: Bools, length_ratio: float) -> Dependence:
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
            How much longer the windows are that will be judged; D grows with it, unless it is negligible.
        """
        counted = enough & np.isfinite(figures.ratio) & np.isfinite(figures.value)
        windows = counted.sum(axis=-1)
        known = windows >= MIN_WINDOWS
        mean = _mean(figures.ratio, counted)
        spread = _mean(np.square(figures.ratio - mean[:, None]), counted) * windows / np.maximum(windows - 1, 1)
        # A chi-square over its degrees of freedom has the variance 2 / degrees.
        degrees = np.minimum(np.maximum(2.0 * np.square(mean) / np.where(spread > 0, spread, 1.0), 1.0), _MOST_DEGREES)
        dispersion = np.maximum(mean, 1.0)
        dispersion = np.where(dispersion < _NEGLIGIBLE, dispersion, dispersion * length_ratio)
        per_unit = figures.value / np.where(figures.unit > 0, figures.unit, np.nan)
        return cls(
            windows=np.where(known, windows, 0),
            dispersion=np.where(known, dispersion, np.nan),
            degrees=np.where(known, degrees, np.nan),
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
        degrees, windows = self.degrees[:, None], self.windows[:, None]
        dependent = f_tail(degrees, degrees * windows, ratio / dispersion)
        return np.where(windows > 0, np.maximum(p_value, dependent), p_value)


def _mean(values: Floats, counted: Bools) -> Floats:
    return np.where(counted, values, 0.0).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)
