"""Checks that count the rows with a fault."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mlfoundry.quality.base import ColumnCheck, Measures, Sizes, Subject, percent
from mlfoundry.quality.proportions import OwnWindows, rise
from mlfoundry.summaries import ColumnSummary
from mlfoundry.summaries.arrays import Floats


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of a window.

    Parameters
    ----------
    n
        The rows that count.
    bad
        How many of them have the fault.
    unsure
        How many of them buckets cannot tell.
    bad_reference
        Rows of the reference to compare with: not always those that have the fault, but those that foretell it.
    tests
        Among how many candidates this is the worst.
    """

    n: int
    bad: int
    unsure: int = 0
    bad_reference: float = 0.0
    tests: int = 1


Counter = Callable[[ColumnSummary], Counted]


class ShareCheck(ColumnCheck):
    """The share of rows with a fault, beside the share that the reference foretells.

    ``phrase`` says in the plural what is wrong with those rows, ``normal`` what they are compared with.
    ``windows_differ`` tells whether the reference's own windows have the fault to different degrees.
    """

    __slots__ = ()

    windows_differ: ClassVar[bool] = False
    phrase: ClassVar[str]
    normal: ClassVar[str] = "in the reference"

    @abstractmethod
    def counter(self, subject: Subject) -> Counter:
        """What counts the rows of a window."""

    def rows(self, summary: ColumnSummary) -> int:
        """The rows of the reference that count."""
        return summary.rows

    def details(self, subject: Subject, current: ColumnSummary) -> str:
        """Which values it is about; empty where there is no more to say."""
        return ""

    def measure(self, subject: Subject, windows: Sequence[ColumnSummary]) -> Measures:
        count = self.counter(subject)
        found = [count(window) for window in windows]
        n, bad = _array([one.n for one in found]), _array([one.bad for one in found])
        before = _array([one.bad_reference for one in found])
        rows = np.where(n > 0, n, np.nan)
        value, unknown = bad / rows, np.full(len(n), np.nan)
        n_reference = 0 if subject.reference is None else self.rows(subject.reference)
        expected, p_value, own = np.zeros(len(n)), unknown, OwnWindows(0, 1.0, 1.0)
        if self.compares_with == "reference":
            expected = before / n_reference if n_reference else unknown
        if self.compares_with == "reference" and n_reference:
            evidence = rise(bad, n, np.minimum(before, n_reference), _array([n_reference]))
            own = self._own_windows(subject, count)
            p_value = np.minimum(own.p_values(evidence) * _array([one.tests for one in found]), 1.0)
        return Measures(
            n=n.astype(np.int64),
            value=value,
            error_bound=_array([one.unsure for one in found]) / rows,
            expected=expected,
            effect=value - expected,
            p_value=p_value,
            reference_value=self._of_reference(subject, expected),
            n_reference=n_reference,
            windows=own.windows,
            dispersion=own.dispersion if own.windows else None,
        )

    def _own_windows(self, subject: Subject, count: Counter) -> OwnWindows:
        if not self.windows_differ:
            return OwnWindows(0, 1.0, 1.0)
        found = [count(window) for window in subject.own_windows]
        bad, n = _array([one.bad for one in found]), _array([one.n for one in found])
        return OwnWindows.of(bad, n, subject.length_ratio)

    def _of_reference(self, subject: Subject, expected: Floats) -> Floats:
        """The share that the reference itself has."""
        if self.compares_with == "reference" or subject.reference is None:
            return expected if self.compares_with == "reference" else expected * np.nan
        own = self.counter(subject)(subject.reference)
        return np.full(len(expected), own.bad / own.n if own.n else np.nan)

    def finding(self, subject: Subject, current: ColumnSummary, value: float, expected: float | None) -> str:
        details = self.details(subject, current) if value > 0 else ""
        beside = ""
        if self.compares_with == "reference" and expected is not None:
            beside = f", {percent(expected)} {self.normal}"
        return f"{percent(value)} of rows {self.phrase}{beside}{details and f': {details}'}"


class RuleCheck(ShareCheck):
    """Rows that are not allowed at all: from the first one on it is worth a look."""

    __slots__ = ()

    compares_with: ClassVar[Literal["reference", "rule"]] = "rule"
    sizes: ClassVar[Sizes] = Sizes(0.0, 0.01)


def _array(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)
