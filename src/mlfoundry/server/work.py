"""Long work on the data: one piece at a time, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from mlfoundry.errors import Unavailable
from mlfoundry.store.care import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkNow:
    """What is being done; ``total`` is 0 while it is not known."""

    name: str
    step: str = ""
    done: int = 0
    total: int = 0


class Work:
    """The one piece of long work that may go on.

    Examples
    --------
    >>> work = Work()
    >>> with work.begin("backup") as progress:
    ...     progress("copying rows", 5, 10)
    ...     work.now()
    WorkNow(name='backup', step='copying rows', done=5, total=10)
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._now: WorkNow | None = None

    def now(self) -> WorkNow | None:
        """What is being done, or None."""
        return self._now

    @contextmanager
    def begin(self, name: str) -> Generator[Progress]:
        """Take the turn; raises :class:`Unavailable` when something else is being done."""
        if not self._turn.acquire(blocking=False):
            busy = self._now
            raise Unavailable(f"a {busy.name if busy else 'piece of work'} is under way; try again when it is done")
        self._now = WorkNow(name=name)

        def progress(step: str, done: int, total: int) -> None:
            self._now = WorkNow(name=name, step=step, done=done, total=total)

        try:
            yield progress
        finally:
            self._now = None
            self._turn.release()
