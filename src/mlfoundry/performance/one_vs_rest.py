"""Figures of the scores of one class against the rest, and the three ways to make one of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.performance.base import NO_SCORES, Absent, Estimate, Outcomes, Takes
from mlfoundry.performance.classes import Average
from mlfoundry.performance.intervals import Interval
from mlfoundry.performance.tasks import Task
from mlfoundry.summaries import ScoreTable
from mlfoundry.summaries.arrays import add_counts


@dataclass(frozen=True, slots=True)
class ScoreFigure:
    """A figure of one table of scores, its interval, and how far bins can have moved it."""

    value: float
    interval: Interval
    bound: float

    def estimate(self, n: int, rarer: int) -> Estimate:
        """The same as a metric of so many rows."""
        return Estimate(self.value, self.interval, n=n, rarer=rarer, bound=self.bound)


def together(outcomes: Outcomes) -> ScoreTable:
    """The scores of all classes as if of one; their losses are not added up."""
    tables = outcomes.summaries.scores.values()
    ids, positive = add_counts([(table.ids, table.positive) for table in tables])
    _, negative = add_counts([(table.ids, table.negative) for table in tables])
    return ScoreTable(ids, positive, negative)


@dataclass(frozen=True, slots=True)
class OneVsRest:
    """A figure of one class's scores, worked out for every class once.

    Parameters
    ----------
    figure
        The figure of a table; None where the table lacks the rows for it.
    """

    figure: Callable[[ScoreTable], ScoreFigure | None]

    def by_class(self, outcomes: Outcomes) -> list[tuple[int, ScoreFigure]]:
        """The figure of each class that turned out, and how many rows it has."""
        tables = outcomes.summaries.scores.values()
        found = [(table.n_positive, self.figure(table)) for table in tables if table.n_positive]
        return [(rows, figure) for rows, figure in found if figure is not None]

    def average(self, outcomes: Outcomes, average: Average) -> Estimate | Absent:
        """One figure of all classes.

        The classes share their rows, so that their errors hang together in an unknown way. The mean of the classes'
        bounds is as wide as the interval can get. Taken together (``micro``) a row stands in as many tables as there
        are classes, and there is no interval.
        """
        tables = outcomes.summaries.scores.values()
        n = sum(table.n_positive for table in tables)
        if average == "micro":
            found = self.figure(outcomes.once(together))
            return Estimate(found.value, None, n=n, rarer=n, bound=found.bound) if found else NO_SCORES
        by_class = outcomes.once(self.by_class)
        if not by_class:
            return NO_SCORES
        weights = [rows if average == "weighted" else 1 for rows, _ in by_class]

        def mean(of: Callable[[ScoreFigure], float]) -> float:
            return math.fsum(w * of(each) for w, (_, each) in zip(weights, by_class, strict=True)) / sum(weights)

        methods = " or ".join(sorted({each.interval.method for _, each in by_class}))
        interval = Interval(
            mean(lambda each: each.interval.lower),
            mean(lambda each: each.interval.upper),
            f"{methods}, mean over classes",
        )
        return Estimate(mean(lambda each: each.value), interval, n=n, rarer=n, bound=mean(lambda each: each.bound))


class AveragedScores:
    """A metric of the scores of all classes; stands before :class:`Metric` among the bases."""

    family: ClassVar[OneVsRest]
    way: ClassVar[Average]
    applies_to: ClassVar[tuple[Task, ...]] = ("multiclass",)
    takes: ClassVar[Takes] = "scores"

    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The average over the classes that turned out."""
        return self.family.average(outcomes, self.way)
