"""What a check of data quality is: something that is counted, and what it would be without a fault."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from mlfoundry.schema import ColumnKind, Feature
from mlfoundry.summaries import ColumnSummary
from mlfoundry.summaries.arrays import Floats, Ints

QualityStatus = Literal["ok", "watch", "breached", "insufficient_data", "no_reference"]
STATUSES: tuple[QualityStatus, ...] = ("ok", "watch", "breached", "insufficient_data", "no_reference")
"""In the order of their codes."""
RULE = "rule"
"""In place of a law of chance: what is counted is not allowed at all."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """From which effect on a check is worth a look, and from which it is breached.

    A ``watch`` of 0 means: from the first row on.
    """

    watch: float
    breached: float


@dataclass(frozen=True, slots=True)
class Subject:
    """The column that is checked.

    Parameters
    ----------
    key
        Its key.
    kind
        How it is monitored in the window.
    reference
        The reference's column, where there is one of the same kind.
    feature
        What the schema says of it, where it does.
    own_windows
        The reference cut into windows of the length that is judged, where it is known when its rows happened.
    length_ratio
        How much longer the windows are that are judged, where the reference is too short for as long ones.
    """

    key: str
    kind: ColumnKind
    reference: ColumnSummary | None = None
    feature: Feature | None = None
    own_windows: tuple[ColumnSummary, ...] = ()
    length_ratio: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What a check says of one column over windows: arrays by window, NaN where there is nothing to say.

    Attributes
    ----------
    n
        The rows that count.
    value
        What was found: for most checks the share of rows with the fault.
    error_bound
        The most that the value from buckets can be off from the one from all events.
    expected
        What no fault would show at these n; 0 for a rule.
    effect
        The value freed of what is expected, in the unit of the check's sizes.
    p_value
        How likely chance alone is to show as much; NaN for a rule.
    reference_value
        The same of the reference; NaN without one.
    n_reference
        The rows of it.
    windows, dispersion
        How many windows of the reference tell how much windows differ (0: rows are taken as independent), and, where
        that is known, how many times more than independent rows would.
    """

    n: Ints
    value: Floats
    error_bound: Floats
    expected: Floats
    effect: Floats
    p_value: Floats
    reference_value: Floats
    n_reference: int
    windows: int = 0
    dispersion: float | None = None


class Check(ABC):
    """One thing that can be wrong. A subclass is a frozen dataclass, found by scan.

    Attributes
    ----------
    name
        Its configuration key, which never changes.
    percent
        Whether the value is a share.
    sizes
        Which effects matter.
    """

    __slots__ = ()

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    percent: ClassVar[bool] = True
    sizes: ClassVar[Sizes]


class ColumnCheck(Check):
    """One thing that can be wrong with a column.

    ``compares_with`` says what is normal: the reference, or a rule, such as the schema's. ``beside_reference`` says
    that the value itself is of what the reference has not, so that without one there is none.
    """

    __slots__ = ()

    applies_to: ClassVar[tuple[ColumnKind, ...]] = ("numeric", "categorical")
    compares_with: ClassVar[Literal["reference", "rule"]] = "reference"
    beside_reference: ClassVar[bool] = False

    def suits(self, subject: Subject) -> bool:
        """Whether there is anything to check."""
        return subject.kind in self.applies_to and not (self.beside_reference and subject.reference is None)

    @abstractmethod
    def measure(self, subject: Subject, windows: Sequence[ColumnSummary]) -> Measures:
        """What there is to say of windows, all of the subject's kind."""

    @abstractmethod
    def finding(self, subject: Subject, current: ColumnSummary, value: float, expected: float | None) -> str:
        """What was found, in words, beside what is normal (None where that is unknown)."""


def percent(share: float) -> str:
    """A share as text.

    Examples
    --------
    >>> percent(0.125), percent(0.00031), percent(0.0)
    ('12.5 %', '0.031 %', '0 %')
    """
    return f"{100.0 * share:.3g} %"
