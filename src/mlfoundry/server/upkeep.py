"""What the server does by itself, a little at a time: remove what is past its time, finish what was deleted, lay grids
anew that columns have outgrown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlfoundry.registry.registry import Registry
from mlfoundry.store.base import Removed
from mlfoundry.store.care import DurableStore

_LOG = logging.getLogger(__name__)
_ROWS_A_TURN = 50_000
_EVERY_S = 300.0
_SOON_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn did.

    ``laid_again`` are columns whose values had moved on, as ``FQN#column``: their aggregates were made anew on a finer
    grid. ``more`` says that something is left for the next turn, ``problem`` what went wrong.
    """

    at: datetime
    expired: Removed = field(default_factory=Removed)
    forgotten: tuple[str, ...] = ()
    laid_again: tuple[str, ...] = ()
    more: bool = False
    problem: str | None = None


class Upkeep:
    """Carries retention out, and deletions that were begun; in a thread of its own once it is started.

    Parameters
    ----------
    registry
        Says what is deleted, and for how long data is kept.
    store
        Where rows are removed.
    clock
        The time.
    on_change
        Called when rows were removed or grids laid anew.
    rows_a_turn
        How many rows one turn removes at most of each version, so that merges do not wait for long.
    """

    def __init__(
        self,
        registry: Registry,
        store: DurableStore,
        *,
        clock: Callable[[], datetime],
        on_change: Callable[[Turn], None],
        rows_a_turn: int = _ROWS_A_TURN,
    ) -> None:
        self._registry = registry
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self._rows_a_turn = rows_a_turn
        self._turn = threading.Lock()
        self._last: Turn | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mlfoundry-upkeep", daemon=True)

    @property
    def last(self) -> Turn | None:
        """The last turn, or None before the first."""
        return self._last

    def start(self) -> None:
        """Begin to take turns."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn under way and end the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Take a turn soon."""
        self._wake.set()

    def _run(self) -> None:
        pause_s = _SOON_S
        while True:
            self._wake.wait(pause_s)
            self._wake.clear()
            if self._stopping:
                return
            try:
                pause_s = _SOON_S if self.turn().more else _EVERY_S
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next turn may do better
                _LOG.exception("rows past their time could not be removed")
                self._last = Turn(at=self._clock(), problem=f"{type(error).__name__}: {error}")
                pause_s = _EVERY_S

    def turn(self) -> Turn:
        """Do one bounded piece of what there is to do."""
        with self._turn:
            forgotten = self._finish_deletions()
            expired, more = self._expire()
            laid = () if more else self._renew_grids()
            turn = Turn(at=self._clock(), expired=expired, forgotten=forgotten, laid_again=laid, more=more)
            self._last = turn
        if forgotten or expired.rows:
            _LOG.info("removed what is past its time", extra={"rows": expired.rows, "versions": len(forgotten)})
        if forgotten or expired.rows or laid:
            self._on_change(turn)
        return turn

    def _finish_deletions(self) -> tuple[str, ...]:
        """Forget the data of deleted versions: a crash came between, or rows of theirs were merged afterwards."""
        left = tuple(sorted(self._registry.models.deleted() & set(self._store.versions())))
        for fqn in left:
            self._store.forget(fqn)
        return left

    def _renew_grids(self) -> tuple[str, ...]:
        versions = [str(version.fqn) for version in self._registry.models.all_versions()]
        laid = tuple(f"{fqn}#{key}" for fqn in versions for key in self._store.renew_grids(fqn))
        if laid:
            _LOG.info("laid grids anew for columns whose values have moved on", extra={"columns": len(laid)})
        return laid

    def _expire(self) -> tuple[Removed, bool]:
        retentions = {
            (project.tenant, project.name): project.retention for project in self._registry.projects.all(archived=True)
        }
        total, more = Removed(), False
        for version in self._registry.models.all_versions(archived=True):
            kept = retentions[version.fqn.model.tenant, version.fqn.model.ml_repo]
            fqn, now = str(version.fqn), self._clock()
            if kept.events_days is not None:
                before = now - timedelta(days=kept.events_days)
                removed = self._store.expire(fqn, before, limit=self._rows_a_turn)
                more = more or max(removed.predictions, removed.waiting) >= self._rows_a_turn
                total += removed
            if kept.aggregates_days is not None:
                self._store.expire_aggregates(fqn, now - timedelta(days=kept.aggregates_days))
        return total, more
