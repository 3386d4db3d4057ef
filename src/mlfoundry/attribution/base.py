"""What compares the importance of all features with the reference's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from mlfoundry.summaries.arrays import Floats

AttributionStatus = Literal["ok", "watch", "drifted", "insufficient_data", "no_reference"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Which value is worth a look, and which is drift."""

    watch: float
    drifted: float


class RankingStatistic(ABC):
    """One number that says how much the features' importances differ from the reference's.

    A subclass is a frozen dataclass, found by scan.

    Attributes
    ----------
    name
        Its configuration key, which never changes.
    better
        Whether equal importances have the highest or the lowest value.
    """

    __slots__ = ()

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    better: ClassVar[Literal["higher", "lower"]]
    sizes: ClassVar[Sizes]

    @abstractmethod
    def compute(self, reference: Floats, current: Floats) -> float:
        """The value for importances (or mean |SHAP|) of the same features in the same order; NaN where all are 0."""

    def is_beyond(self, value: float, size: float) -> bool:
        """Whether a value is as bad as a size, or worse."""
        return value <= size if self.better == "higher" else value >= size
