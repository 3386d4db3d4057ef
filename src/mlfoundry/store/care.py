"""What is told of a store that keeps its data in files: how much there is, and whether it is sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from mlfoundry.store.base import Store

Progress = Callable[[str, int, int], None]
"""Told what is done now, how much of it is done, and how much there is to do (0 where that is not known)."""


def no_progress(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Rows and the bytes that they take on disk, in whole blocks; rows that are still in the engine's log have none."""

    rows: int
    bytes: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(rows=self.rows + other.rows, bytes=self.bytes + other.bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUsage:
    """What one version takes.

    ``events`` are predictions, ``actuals`` every kept arrival of one, ``outcomes`` those that stand, ``references`` the
    rows of uploaded tables, ``aggregates`` what dashboards read instead of events.
    """

    fqn: str
    events: Amount
    actuals: Amount
    outcomes: Amount
    references: Amount
    aggregates: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUsage:
    """What the engine's files take: the file, of which ``free_bytes`` can be reused, and its log."""

    file_bytes: int
    free_bytes: int
    log_bytes: int
    shared: Amount
    """The tables that versions share: the ledger, remembered batches, refusals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check."""

    level: Literal["ok", "note", "problem"]
    about: str
    text: str


class DurableStore(Store, Protocol):
    """A store with files of its own, which can be looked after."""

    def usage(self) -> tuple[FileUsage, Sequence[VersionUsage]]:
        """How much there is."""
        ...

    def check(self, progress: Progress) -> Sequence[Finding]:
        """Whether what is stored agrees with itself."""
        ...

    def rebuild_cells(self, fqn: str, progress: Progress) -> None:
        """Throw a version's aggregates away and make them anew from its rows; merges wait meanwhile."""
        ...

    def renew_grids(self, fqn: str) -> tuple[str, ...]:
        """Lay the grids anew that columns of a version have outgrown on its last whole day; those columns' keys.

        Cheap to ask; it looks at each day once. Merges wait while the cells of one column are made anew.
        """
        ...

    def checkpoint(self) -> None:
        """Write the engine's log into its file."""
        ...

    def copy_to(self, file: Path, progress: Progress) -> None:
        """Write one consistent state into a new file, while merges go on; free blocks are not copied."""
        ...
