"""What a metric is: a name, words about it, and an estimate from the summaries of a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mlfoundry.performance.intervals import Interval
from mlfoundry.performance.tasks import Task
from mlfoundry.summaries import Confusion, ScoreTable, Summaries

Better = Literal["higher", "lower", "none"]
MIN_ROWS = 10
"""Below this many rows (for two classes: of the rarer one) a metric is ``insufficient_data``."""


@dataclass(frozen=True, slots=True)
class BinaryCounts:
    """Rows by whether they were, and were predicted, the positive class."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        """All rows."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def rarer(self) -> int:
        """Rows of the class that turned out less often."""
        positives = self.true_positive + self.false_negative
        return min(positives, self.n - positives)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The rows of a window that have an actual, as metrics see them."""

    summaries: Summaries
    task: Task
    positive_class: str | None

    @property
    def confusion(self) -> Confusion:
        """Rows by actual and predicted class, over the classes that occur."""
        table = self.summaries.confusion or Confusion.empty()
        occurs = (table.counts.sum(axis=0) + table.counts.sum(axis=1)) > 0
        return table.over([label for label, there in zip(table.labels, occurs, strict=True) if there])

    @property
    def binary(self) -> BinaryCounts:
        """The four counts of the positive class."""
        table = self.summaries.confusion or Confusion.empty()
        counts = table.counts
        is_positive = np.array([label == self.positive_class for label in table.labels], np.bool_)
        return BinaryCounts(
            int(counts[np.ix_(is_positive, is_positive)].sum()),
            int(counts[np.ix_(~is_positive, is_positive)].sum()),
            int(counts[np.ix_(is_positive, ~is_positive)].sum()),
            int(counts[np.ix_(~is_positive, ~is_positive)].sum()),
        )

    @property
    def positive_scores(self) -> ScoreTable | None:
        """The scores of the positive class; None where none were logged."""
        return self.summaries.scores.get(self.positive_class) if self.positive_class is not None else None

    @property
    def n(self) -> int:
        """Rows with a prediction and an actual that the task can compare."""
        if self.task == "regression":
            return self.summaries.residuals.n if self.summaries.residuals else 0
        return self.summaries.confusion.n if self.summaries.confusion else 0

    @property
    def is_thin(self) -> bool:
        """Whether there are too few rows to make anything of them."""
        if self.task == "binary":
            return self.binary.rarer < MIN_ROWS
        return self.n < MIN_ROWS


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Absent:
    """No value, and why."""

    reason: str


NO_SCORES = Absent("no probabilities were logged for these rows")


class Metric(ABC):
    """A performance metric; a subclass in a module of its own is found by the scan.

    Attributes
    ----------
    name
        The key in configurations and URLs; never changes.
    title
        How it reads on a page.
    applies_to
        The tasks it makes sense for.
    better
        Which direction is better.
    lower_bound, upper_bound
        Its range; None where there is no end.
    percent
        Whether it is a share that reads well as a percentage.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    applies_to: ClassVar[tuple[Task, ...]]
    better: ClassVar[Better] = "higher"
    lower_bound: ClassVar[float | None] = 0.0
    upper_bound: ClassVar[float | None] = 1.0
    percent: ClassVar[bool] = False

    @abstractmethod
    def estimate(self, outcomes: Outcomes) -> Estimate | Absent:
        """The metric of a window that has at least one row with an actual."""

    @property
    def description(self) -> str:
        """The first paragraph of the class's docstring, on one line."""
        return " ".join((type(self).__doc__ or "").strip().split("\n\n")[0].split())
