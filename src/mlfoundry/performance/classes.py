"""Figures of each class of a multiclass model, and the three ways to make one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.base import Absent, Estimate, Metric, Outcomes
from mlfoundry.performance.intervals import Interval, wilson
from mlfoundry.performance.proportions import delta, over
from mlfoundry.summaries import Confusion

Average = Literal["macro", "micro", "weighted"]
Floats = NDArray[np.float64]
NO_ROWS = Absent("no rows with a class as prediction and actual")


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of counts of one class: so many times its hits, its actual rows, its predicted rows, and all rows."""

    hits: float = 0.0
    actual: float = 0.0
    predicted: float = 0.0
    all: float = 0.0

    def of(self, hits: Floats, actual: Floats, predicted: Floats) -> Floats:
        """The sum for each class, from shares of all rows."""
        return self.hits * hits + self.actual * actual + self.predicted * predicted + self.all


@dataclass(frozen=True, slots=True)
class ClassRatio:
    """A figure of one class as a quotient of counts, such as precision: hits over predicted rows.

    The denominator holds no hits.

    Examples
    --------
    >>> precision = ClassRatio(Terms(hits=1), Terms(predicted=1))
    >>> table = Confusion(("a", "b"), np.array([[8, 2], [0, 10]]))
    >>> precision.values(table).round(3).tolist()
    [1.0, 0.833]
    """

    numerator: Terms
    denominator: Terms

    def values(self, table: Confusion) -> Floats:
        """The figure of each class; 0 where nothing can be divided by."""
        return over(*self._quotients(table))

    def average(self, table: Confusion, average: Average) -> Estimate | Absent:
        """One figure of all classes.

        ``macro`` is the plain mean over classes, ``weighted`` the mean by how often each turned out, ``micro`` the
        quotient of the sums, in which every row counts alike.
        """
        if not table.n:
            return NO_ROWS
        if average == "micro":
            return self._micro(table)
        values = self.values(table)
        actual = table.counts.sum(axis=1) / table.n
        weights = actual if average == "weighted" else np.full(len(values), 1 / len(values))
        value = float(weights @ values)
        gradient = self._gradient(table, values, weights)
        if average == "weighted":
            gradient = gradient + (values - value)[:, None]
        return Estimate(value, delta(value, table, gradient))

    def _quotients(self, table: Confusion) -> tuple[Floats, Floats]:
        shares = table.counts / max(table.n, 1)
        sides = shares.diagonal(), shares.sum(axis=1), shares.sum(axis=0)
        numerator, denominator = self.numerator.of(*sides), self.denominator.of(*sides)
        # A difference of shares that is 0 in truth can be left a rounding away from it.
        return np.where(np.abs(numerator) < 1e-15, 0.0, numerator), np.where(denominator < 1e-15, 0.0, denominator)

    def _gradient(self, table: Confusion, values: Floats, weights: Floats) -> Floats:
        """How the weighted mean moves with the share of rows in each place."""
        per = over(weights, self._quotients(table)[1])
        top, bottom = self.numerator, self.denominator
        hits, actual, predicted = (
            per * (above - values * below)
            for above, below in (
                (top.hits, 0.0),
                (top.actual, bottom.actual),
                (top.predicted, bottom.predicted),
            )
        )
        return np.eye(len(values)) * hits + actual[:, None] + predicted[None, :]

    def _micro(self, table: Confusion) -> Estimate | Absent:
        """Summed over classes, all but the hits are multiples of the rows; so the quotient follows the accuracy."""
        top, bottom, classes = self.numerator, self.denominator, len(table.labels)
        fixed, below = (terms.actual + terms.predicted + terms.all * classes for terms in (top, bottom))
        if below <= 0:
            return Absent("there is only one class")
        accuracy = wilson(hits := int(np.trace(table.counts)), table.n)
        value, *ends = (
            (top.hits * share + fixed) / below for share in (hits / table.n, accuracy.lower, accuracy.upper)
        )
        return Estimate(value, Interval(min(ends), max(ends), "Wilson of accuracy"))


def averages(
    alone: type[Metric], ratio: ClassRatio, *, what: str, when_none: str
) -> tuple[type[Metric], type[Metric], type[Metric]]:
    """The metrics of all classes that go with one of the positive class: ``_macro``, ``_micro`` and ``_weighted``.

    Parameters
    ----------
    alone
        The metric of the positive class, which theirs are named after, and in whose module they are found.
    ratio
        What is averaged.
    what
        How it is called in a sentence.
    when_none
        Which class has none, so that it counts as 0.
    """
    described: dict[Average, str] = {
        "macro": f"The plain mean over classes of {what}; a class {when_none} counts as 0.",
        "micro": f"{what[0].upper()}{what[1:]} of all classes taken together, so that every row counts alike.",
        "weighted": f"The mean over classes of {what}, each weighted by how often it turned out.",
    }

    def averaged(way: Average) -> type[Metric]:
        class Averaged(Metric):
            __doc__ = described[way]
            name = f"{alone.name}_{way}"
            title = f"{alone.title} ({way})"
            applies_to = ("multiclass",)
            better = alone.better
            percent = alone.percent

            def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
                """The average over the classes that occur."""
                return ratio.average(outcomes.confusion, way)

        Averaged.__module__ = alone.__module__
        Averaged.__name__ = Averaged.__qualname__ = f"{alone.__name__}{way.title()}"
        return Averaged

    return averaged("macro"), averaged("micro"), averaged("weighted")


PRECISION = ClassRatio(Terms(hits=1), Terms(predicted=1))
RECALL = ClassRatio(Terms(hits=1), Terms(actual=1))
SPECIFICITY = ClassRatio(Terms(hits=1, actual=-1, predicted=-1, all=1), Terms(actual=-1, all=1))
FALSE_POSITIVE_RATE = ClassRatio(Terms(hits=-1, predicted=1), Terms(actual=-1, all=1))
FALSE_NEGATIVE_RATE = ClassRatio(Terms(hits=-1, actual=1), Terms(actual=1))


def f_score(beta: float) -> ClassRatio:
    """The F score in which recall counts ``beta`` times as much as precision."""
    square = beta * beta
    return ClassRatio(Terms(hits=1 + square), Terms(actual=square, predicted=1))
