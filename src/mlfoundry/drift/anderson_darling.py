"""Anderson-Darling statistic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.drift.laws import Evidence, weighted_bridge
from mlfoundry.drift.line import Line, before
from mlfoundry.drift.ordered import OrderedStatistic
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class AndersonDarling(OrderedStatistic):
    """The Cramér-von Mises statistic with more weight on the tails: each square over its variance (Pettitt 1976).

    0 for equal windows; without drift about 1. With ties it is that of Scholz and Stephens (1987, eq. 6). It grows
    with nm / (n + m), and so do the sizes that matter.

    Examples
    --------
    >>> round(AndersonDarling().exact(np.array([1.0, 2.0]), np.array([3.0, 4.0])), 6)
    1.666667
    """

    name: ClassVar[str] = "anderson_darling"
    title: ClassVar[str] = "Anderson-Darling statistic"
    description: ClassVar[str] = "How far two distribution functions differ, tails included; grows with the rows."
    symmetric: ClassVar[bool] = True
    sizes: ClassVar[Sizes] = Sizes(0.0483, 0.1195)

    def values(self, line: Line) -> Floats:
        return line.rows * (_weights(line) * line.mean_square).sum(axis=-1)

    def expected(self, line: Line) -> Floats:
        below = np.cumsum(line.shares, axis=-1)
        return np.maximum((_weights(line) * below * (1.0 - below)).sum(axis=-1), 0.0)

    def error_bound(self, line: Line) -> Floats:
        """From the most that square and weight can be in each bucket; the outermost weigh no more than their rows."""
        if not line.wide.any():
            return np.zeros(len(line.current))
        lowest, highest = line.square_limits
        end = np.minimum(np.cumsum(line.shares, axis=-1), 1.0)
        start = before(end)
        thinner = np.maximum((line.n + line.m) / np.maximum(np.minimum(line.n, line.m), 1.0), 1.0)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            most = highest / np.minimum(start * (1.0 - start), end * (1.0 - end))
            # |F - G| is at most (n + m) / min(n, m) times H, and times 1 - H.
            outermost = np.square(thinner) * np.fmin(end / (1.0 - end), (1.0 - start) / start)
            at_most = line.shares * np.fmin(most, outermost)
        at_least = line.shares * lowest * 4.0
        own = _weights(line) * line.mean_square
        off = np.where(line.wide & (line.shares > 0), np.maximum(at_most - own, own - at_least), 0.0)
        return line.rows * off.sum(axis=-1)

    def unit(self, line: Line) -> Floats:
        return line.rows

    def evidence(self, line: Line) -> Evidence:
        return weighted_bridge(self.values(line), line.shares, _weights(line))


def _weights(line: Line) -> Floats:
    """Share over variance, at the ends of single values and in the middle of wider buckets."""
    end = np.cumsum(line.shares, axis=-1)
    at = np.where(line.wide, end - line.shares / 2.0, end)
    variance = at * (1.0 - at)
    inside = variance > 1e-12
    return np.where(inside, line.shares / np.where(inside, variance, 1.0), 0.0)
