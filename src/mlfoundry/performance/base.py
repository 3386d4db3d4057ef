"""What a metric is: a name, words about it, and an estimate from the summaries of a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar, cast

import numpy as np

from mlfoundry.performance.intervals import Interval
from mlfoundry.performance.tasks import Task
from mlfoundry.schema import Better
from mlfoundry.summaries import Confusion, ScoreTable, Summaries
from mlfoundry.summaries.arrays import Floats

T = TypeVar("T")
Takes = Literal["classes", "scores", "probabilities", "errors", "actual", "predicted"]
"""What of each row a metric looks at: its actual and predicted class, or scores and the actual class, or numbers."""
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
    def positive(self) -> int:
        """Rows that turned out positive."""
        return self.true_positive + self.false_negative

    @property
    def negative(self) -> int:
        """Rows that did not."""
        return self.true_negative + self.false_positive

    @property
    def touched(self) -> int:
        """Rows that were predicted or turned out positive."""
        return self.true_positive + self.false_positive + self.false_negative

    @property
    def rarer(self) -> int:
        """Rows of the class that turned out less often."""
        return min(self.positive, self.negative)


@dataclass(frozen=True, slots=True)
class Absent:
    """No value, and why."""

    reason: str


NO_SCORES = Absent("no probabilities were logged for these rows")
NO_NUMBERS = Absent("no rows with a number as prediction and actual")


@dataclass(frozen=True)
class Outcomes:
    """The rows of a window that have an actual, as metrics see them; what several of them need is worked out once."""

    summaries: Summaries
    task: Task
    positive_class: str | None
    _known: dict[Callable[..., Any], Any] = field(default_factory=dict[Callable[..., Any], Any], repr=False)

    def once(self, work: Callable[[Outcomes], T]) -> T:
        """What a function makes of these outcomes; the second metric to ask gets the first one's result."""
        if work not in self._known:
            self._known[work] = work(self)
        return cast("T", self._known[work])

    @cached_property
    def confusion(self) -> Confusion:
        """Rows by actual and predicted class, over the classes that occur."""
        table = self.summaries.confusion or Confusion.empty()
        occurs = (table.counts.sum(axis=0) + table.counts.sum(axis=1)) > 0
        return table.over([label for label, there in zip(table.labels, occurs, strict=True) if there])

    @cached_property
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
    def no_positive(self) -> str:
        """Why there is no figure of the positive rows."""
        return f"no row turned out {self.positive_class!r}"

    @property
    def no_negative(self) -> str:
        """Why there is no figure of the other rows."""
        return f"no row turned out anything but {self.positive_class!r}"

    @property
    def untouched(self) -> Absent:
        """Why there is no figure of rows that are positive in one way or the other."""
        return Absent(f"no row was predicted or turned out {self.positive_class!r}")

    @cached_property
    def n(self) -> int:
        """Rows with a prediction and an actual that the task can compare."""
        if self.task == "regression":
            return self.summaries.residuals.n if self.summaries.residuals else 0
        return self.summaries.confusion.n if self.summaries.confusion else 0

    @property
    def rarer(self) -> int:
        """The rows that limit what can be said: for two classes those of the rarer one, else all."""
        return self.binary.rarer if self.task == "binary" else self.n


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with what is known of it.

    Parameters
    ----------
    value, interval
        The value, and its 95 % interval where there is a method for one.
    n, rarer
        The rows it is about, and those of the rarer class, where they are not all rows with an actual.
    bound
        How far buckets can have moved the value; 0 where it comes of counts and exact sums.
    expected
        What a faultless model would show with so many rows.
    note
        What has to be said of it in words.
    """

    value: float
    interval: Interval | None
    _: KW_ONLY
    n: int | None = None
    rarer: int | None = None
    bound: float = 0.0
    expected: float | None = None
    note: str | None = None


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
    takes
        What of each row it looks at.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    applies_to: ClassVar[tuple[Task, ...]]
    takes: ClassVar[Takes] = "classes"
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


class ErrorMetric(Metric):
    """A metric of a regressor that buckets blur; where all errors are at hand it is exact."""

    takes = "errors"

    @abstractmethod
    def exact(self, sizes: Floats) -> float:
        """The metric of the sizes of at least one error."""
