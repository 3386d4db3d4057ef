"""Statistics of where numbers lie."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import DriftStatistic, Figures, Histogram, require_same_bins
from mlfoundry.drift.laws import Evidence, two_sample_chi_square
from mlfoundry.drift.line import Line
from mlfoundry.drift.table import Table
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries.arrays import Floats


class OrderedStatistic(DriftStatistic):
    """A statistic of two distribution functions; rows without a number do not count."""

    __slots__ = ()

    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric",)
    ordered: ClassVar[bool] = True

    @abstractmethod
    def values(self, line: Line) -> Floats:
        """The statistic by window, wherever both sides have numbers."""

    @abstractmethod
    def expected(self, line: Line) -> Floats:
        """What independent rows without any drift would show on average at these n."""

    def error_bound(self, line: Line) -> Floats:
        """The most that buckets make the value differ from the exact one."""
        return np.zeros(len(line.current))

    def unit(self, line: Line) -> Floats:
        """What the sizes are multiples of."""
        return np.ones(len(line.current))

    def evidence(self, line: Line) -> Evidence | None:
        """How real the difference is by the statistic's own law; None where Pearson's test on bins tells."""
        return None

    def exact(self, reference: Floats, current: Floats) -> float:
        """The statistic of two arrays of numbers, NaN when either is empty.

        Examples
        --------
        >>> from mlfoundry.drift import statistic
        >>> statistic("kolmogorov_smirnov").exact(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
        0.5
        """
        line = Line.of_values(reference, current)
        return float(self.values(line)[0]) if line.known[0] else float("nan")

    def figures(self, table: Table, lines: Sequence[Line | None]) -> Figures:
        windows = table.current.shape[1]
        evidences = [None if line is None else self.evidence(line) for line in lines]
        if all(evidence is None for evidence in evidences):
            ratio, p_value = two_sample_chi_square(table.reference, table.current, table.pooled)
        else:
            ratio = _stack([None if one is None else one.ratio for one in evidences], windows)
            p_value = _stack([None if one is None else one.p_value for one in evidences], windows)

        def over_lines(figure: Callable[[Line], Floats]) -> Floats:
            found = [None if line is None else np.where(line.known, figure(line), np.nan) for line in lines]
            return _stack(found, windows)

        bounded = np.array([[line is not None and line.bounded] for line in lines], np.bool_)
        return Figures(
            value=over_lines(self.values),
            error_bound=np.where(bounded, over_lines(self.error_bound), np.nan),
            expected=over_lines(self.expected),
            unit=over_lines(self.unit),
            ratio=ratio,
            p_value=p_value,
        )

    def compute(self, reference: Histogram, current: Histogram) -> float:
        require_same_bins(reference, current)
        points = np.arange(len(reference.labels), dtype=np.float64)
        line = Line(points, points, reference.counts[None], current.counts[None])
        return float(self.values(line)[0]) if line.known[0] else float("nan")


def _stack(rows: Sequence[Floats | None], windows: int) -> Floats:
    nothing = np.full(windows, np.nan)
    return np.vstack([np.zeros((0, windows)), *[nothing if row is None else row for row in rows]])
