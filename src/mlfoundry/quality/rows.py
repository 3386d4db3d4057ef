"""Checks of what became of the rows that were sent."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from mlfoundry.quality.base import Check, Sizes
from mlfoundry.summaries import Delays

RowKind = Literal["prediction", "actual"]


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What is known of the rows of a window.

    Parameters
    ----------
    states
        Rows that arrived in the window, by kind and by what became of them (the ledger's states).
    lost
        Rows that clients say they lost in the window, by kind.
    delays
        How long the actuals of the window's predictions took.
    """

    states: Mapping[tuple[RowKind, str], int] = field(default_factory=dict["tuple[RowKind, str]", int])
    lost: Mapping[RowKind, int] = field(default_factory=dict["RowKind", int])
    delays: Delays | None = None

    def received(self, *kinds: RowKind) -> int:
        """All rows that arrived, of some kinds."""
        return sum(n for (kind, _), n in self.states.items() if kind in kinds)

    def state(self, kind: RowKind, state: str) -> int:
        """Rows of a kind that are in one state."""
        return self.states.get((kind, state), 0)


class Share(NamedTuple):
    """Some of n rows."""

    bad: int
    n: int


class RowCheck(Check):
    """The share of rows of which something became that should not.

    ``phrase`` says in the plural what is wrong with them. From ``sizes.watch`` on a share is worth a look, from the
    first row on where that is 0: every row is counted, so chance has no part in it.
    """

    __slots__ = ()

    sizes: ClassVar[Sizes] = Sizes(0.0, 0.01)
    phrase: ClassVar[str]

    @abstractmethod
    def count(self, rows: RowCounts, before: RowCounts) -> Share:
        """The rows of the window; ``before`` is what was known of earlier rows."""

    def foretold(self, before: RowCounts) -> Share | None:
        """What rows before show, where the window is to be tested against them; None for a rule."""
        return None
