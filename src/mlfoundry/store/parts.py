"""Summaries of many rows, made of parts of them: several parts at a time, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from mlfoundry.store.base import OutcomePart
from mlfoundry.store.cells import (
    Dictionaries,
    Grids,
    Series,
    cells_of,
    learned,
    read_cells,
    series_wanted,
)
from mlfoundry.store.extract import Bools, Extract, Ints
from mlfoundry.summaries import Summaries
from mlfoundry.summaries.cells import Cells, add_cells, join_cells
from mlfoundry.windows import Window

_THREADS = 2
"""numpy and Arrow work without Python's lock."""
_AHEAD = 2
"""How many parts wait at each stage."""
_LOOSE_CELLS = 1 << 17
"""So many cells of a series are added up, for what they take in memory."""


class Pieces:
    """The groups of rows while they are read: the steps, of which another window may cut two in two.

    Parameters
    ----------
    steps
        The windows of the steps; None for a reference.
    total
        A window within them, of which a summary is wanted too.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from mlfoundry.times import as_utc
    >>> days = Window(as_utc("2026-01-01"), as_utc("2026-01-03")).steps(timedelta(days=1))
    >>> pieces = Pieces(days, Window(as_utc("2026-01-01T06:00"), as_utc("2026-01-03")))
    >>> len(pieces.windows), pieces.n, len(pieces.cuts)
    (3, 4, 2)
    """

    def __init__(self, steps: Sequence[Window | None], total: Window | None = None) -> None:
        self.cuts = () if total is None else (total.start, total.end)
        """A row's group is its step and one for each of these times that it does not lie before."""
        self.n = len(steps) + len(self.cuts)
        self.windows = (*steps, *(() if total is None else (total,)))
        """What summaries are wanted of."""
        self._step_of: Ints = np.zeros(self.n, np.int64)
        self._inside: Bools = np.zeros(self.n, np.bool_)
        for place, step in enumerate(steps):
            first = sum(step is not None and cut <= step.start for cut in self.cuts)
            last = sum(step is not None and cut < step.end for cut in self.cuts)
            for passed in range(first, last + 1):
                self._step_of[place + passed], self._inside[place + passed] = place, passed == 1

    def united(self, cells: Cells) -> Cells:
        """Cells by piece as cells by window."""
        if not self.cuts:
            return cells
        whole = cells.of_groups(self._inside)
        last: Ints = np.full(len(whole.groups), len(self.windows) - 1)
        return join_cells((cells._replace(groups=self._step_of[cells.groups]), whole._replace(groups=last)))


def summarise_parts(
    parts: Iterable[Callable[[], Extract]],
    columns: Sequence[str],
    pieces: Pieces,
    grids: Grids,
    dictionaries: Dictionaries,
    *,
    outcomes: Collection[OutcomePart],
) -> tuple[Summaries, ...]:
    """Summaries of each window of rows that come in parts, at least one, in their order.

    They are those of :func:`~mlfoundry.store.cells.summarise` of all rows together: cells add up. A part holds the rows
    of any steps, and of all parts the same columns; it is read where it is worked on, by one of two threads. Six parts
    at most are held at a time.
    """
    total = _Total()
    reading: deque[Future[Extract]] = deque()
    counting: deque[Future[Mapping[Series, Cells]]] = deque()
    categorical: set[str] = set()

    with ThreadPoolExecutor(_THREADS) as pool:

        def count(keep: int) -> None:
            nonlocal dictionaries
            while len(reading) > keep:
                extract = reading.popleft().result()
                categorical.update(extract.labels)
                # In the order of the parts, so that who comes first does not depend on which thread is quicker.
                dictionaries = learned(dictionaries, extract)
                wanted = series_wanted(extract, columns, outcomes)
                counting.append(pool.submit(cells_of, extract, wanted, grids, dictionaries))
            while len(counting) > keep:
                total.add(counting.popleft().result())

        for part in parts:
            reading.append(pool.submit(part))
            count(_AHEAD)
        count(0)
    cells = {series: add_cells(pieces.united(made)) for series, made in total.cells()}
    return read_cells(cells, pieces.windows, grids, dictionaries, categorical=categorical)


class _Total:
    """Cells by series, added up whenever they have become many."""

    def __init__(self) -> None:
        self._parts: dict[Series, list[Cells]] = {}
        self._loose: dict[Series, int] = {}

    def add(self, made: Mapping[Series, Cells]) -> None:
        for series, cells in made.items():
            parts = self._parts.setdefault(series, [])
            parts.append(cells)
            self._loose[series] = self._loose.get(series, 0) + len(cells.groups)
            if self._loose[series] > max(_LOOSE_CELLS, 2 * len(parts[0].groups)):
                self._parts[series] = [add_cells(join_cells(parts))]
                self._loose[series] = 0

    def cells(self) -> Iterator[tuple[Series, Cells]]:
        return ((series, join_cells(parts)) for series, parts in self._parts.items())
