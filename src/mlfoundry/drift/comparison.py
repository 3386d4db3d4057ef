"""One column of many windows compared with the reference, all windows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import numpy as np

from mlfoundry.drift.base import DriftStatistic
from mlfoundry.drift.bins import Binning, CategoryBins, NumericBins
from mlfoundry.drift.decision import (
    MIN_ROWS,
    DriftStatus,
    benjamini_hochberg,
    false_alarm_rate,
    status,
    two_sample_p,
)
from mlfoundry.errors import InvalidInput
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import CategorySummary, ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints

Columns: TypeAlias = Mapping[str, ColumnSummary]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is known of one column; the arrays are aligned with the windows, NaN where there is nothing to say.

    ``incomparable`` says in words why there is no comparison at all.
    """

    key: str
    statistic: DriftStatistic
    reference: ColumnSummary | None
    n: Ints
    value: Floats
    expected: Floats
    effect: Floats
    p_value: Floats
    incomparable: str | None = None

    @property
    def n_reference(self) -> int:
        """All rows of the reference; 0 without one."""
        return 0 if self.reference is None else self.reference.rows

    @property
    def enough(self) -> Bools:
        """In which windows there are rows enough for a verdict."""
        return (self.n >= MIN_ROWS) & (self.n_reference >= MIN_ROWS) & np.isfinite(self.value)

    def statuses(self, real: Bools) -> list[DriftStatus]:
        """The verdict on every window, given where the difference is real."""
        if self.incomparable is not None:
            return ["no_reference"] * len(self.n)
        sizes = self.statistic.sizes
        return [
            status(effect=effect, real=is_real, sizes=sizes) if enough else "insufficient_data"
            for effect, is_real, enough in zip(self.effect.tolist(), real.tolist(), self.enough.tolist(), strict=True)
        ]


def compare(
    reference: Columns | None, windows: Sequence[Columns], statistic: DriftStatistic, binning: Binning
) -> list[Comparison]:
    """Compare every column that any window has, in the order in which they first come."""
    keys = dict.fromkeys(key for window in windows for key in window)
    return [
        _compare_column(key, (reference or {}).get(key), [window.get(key) for window in windows], statistic, binning)
        for key in keys
    ]


def real(comparisons: Sequence[Comparison], window_length: timedelta | None, per_month: float) -> Bools:
    """By column and window: whether the difference is more than chance, within the budget of false alarms."""
    if not per_month > 0:
        raise InvalidInput("the budget of false alarms a month must be above 0")
    if not comparisons:
        return np.zeros((0, 0), np.bool_)
    p_values = np.vstack([np.where(column.enough, column.p_value, np.nan) for column in comparisons])
    return benjamini_hochberg(p_values, false_alarm_rate(window_length, per_month=per_month))


def cut(reference: ColumnSummary, binning: Binning) -> NumericBins | CategoryBins:
    """The bins of a column."""
    if isinstance(reference, NumericSummary):
        return NumericBins.cut(reference, binning)
    return CategoryBins.cut(reference, binning)


def count(bins: NumericBins | CategoryBins, windows: Sequence[ColumnSummary]) -> Floats:
    """Rows by window and bin; the windows are of the bins' kind."""
    if isinstance(bins, NumericBins):
        return bins.counts([window for window in windows if isinstance(window, NumericSummary)])
    return bins.counts([window for window in windows if isinstance(window, CategorySummary)])


def kind(summary: ColumnSummary) -> ColumnKind:
    """How the column is monitored."""
    return "numeric" if isinstance(summary, NumericSummary) else "categorical"


def _compare_column(
    key: str,
    reference: ColumnSummary | None,
    windows: Sequence[ColumnSummary | None],
    statistic: DriftStatistic,
    binning: Binning,
) -> Comparison:
    present = [window for window in windows if window is not None]
    n = np.array([0 if window is None else window.rows for window in windows], np.int64)
    incomparable = _incomparable(reference, present)
    if reference is None or incomparable:
        nothing = np.full(len(windows), np.nan)
        return Comparison(key, statistic, reference, n, nothing, nothing, nothing, nothing, incomparable)
    bins = cut(reference, binning)
    of_reference = count(bins, [reference])[0]
    counts = np.zeros((len(windows), len(bins.bins)))
    counts[np.array([window is not None for window in windows], np.bool_)] = count(bins, present)
    # Bins that nothing falls into would only cost time.
    used = (of_reference > 0) | (counts > 0).any(axis=0)
    a, b = of_reference[used], counts[:, used]
    value, expected = statistic.values(a, b), statistic.expected(a, b)
    effect = statistic.effect(value, expected)
    return Comparison(key, statistic, reference, n, value, expected, effect, two_sample_p(a, b, bins.pooled[used]))


def _incomparable(reference: ColumnSummary | None, windows: Sequence[ColumnSummary]) -> str | None:
    if reference is None:
        return "the reference has no such column"
    other = next((window for window in windows if kind(window) != kind(reference)), None)
    return None if other is None else f"{kind(reference)} in the reference, {kind(other)} in the window"
