"""Kolmogorov-Smirnov distance of the scores of the two classes."""

from __future__ import annotations

import numpy as np

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, combined, wilson


class ScoreKs(Metric):
    """The largest distance between recall and false positive rate, over all thresholds.

    0 where the scores of both classes are spread alike, 1 where a threshold parts them. The interval is that of the
    distance at the best threshold; chance alone keeps it above 0.
    """

    name = "score_ks"
    title = "KS of scores"
    applies_to = ("binary",)
    takes = "scores"

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The largest distance at the ends of bins; inside a bin it can be larger by the bound."""
        table = outcomes.positive_scores
        if table is None or not table.n:
            return NO_SCORES
        if not table.n_positive or not table.n_negative:
            return Absent("only one class turned out")
        hits, misses = np.cumsum(table.positive), np.cumsum(table.negative)
        below, other = hits / table.n_positive, misses / table.n_negative
        best = int(np.argmax(np.abs(other - below)))
        value = float(abs(other[best] - below[best]))
        # Within a bin one class may come before the other.
        before, other_before = below - table.positive / table.n_positive, other - table.negative / table.n_negative
        highest = float(max((other - before).max(), (below - other_before).max()))
        shares = (int(misses[best]), table.n_negative), (int(hits[best]), table.n_positive)
        signs = (1.0, -1.0) if other[best] >= below[best] else (-1.0, 1.0)
        interval = combined(
            ((sign, successes / n, wilson(successes, n)) for sign, (successes, n) in zip(signs, shares, strict=True)),
            "Newcombe's of two proportions, at the best threshold",
        )
        return Estimate(
            value,
            Interval(max(0.0, interval.lower), min(1.0, interval.upper), interval.method),
            n=table.n,
            rarer=min(table.n_positive, table.n_negative),
            bound=max(0.0, min(highest, 1.0) - value),
        )
