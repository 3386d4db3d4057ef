"""The one thread that carries batches from the inbox into the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlfoundry.errors import EngineFailed
from mlfoundry.store.base import MergeReport, Store
from mlfoundry.store.inbox import Inbox, Waiting

_LOG = logging.getLogger(__name__)
_FIRST_BACK_OFF_S = 0.5
_LONGEST_BACK_OFF_S = 30.0
_TRIES = 5
"""A batch that fails alone as often as this, and not for the engine's sake, is set aside."""


@dataclass(frozen=True, slots=True)
class MergerHealth:
    """How the merge stands.

    ``problem`` says in words why rows are not merged now, None when they are. ``lag_s`` is how long the oldest row on
    disk has been waiting. ``aside`` counts batches that could never be merged and were set aside.
    """

    problem: str | None
    position: int
    lag_s: float
    waiting_rows: int
    merges: int
    merged_rows: int
    aside: int = 0


class Merger:
    """Merges what lies in the inbox: often while little is there, much at once when there is much.

    Parameters
    ----------
    inbox, store
        From where to where.
    linger_s
        How long a lone batch waits for company.
    max_rows
        What one merge takes at most. One that failed is tried again with half where the engine failed, else batch by
        batch; a batch that never succeeds is set aside on disk, so that it holds up no other.
    on_merge
        Called with the report of each merge, in the merger's thread.
    """

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        *,
        linger_s: float = 0.1,
        max_rows: int = 20_000,
        on_merge: Callable[[MergeReport], None] | None = None,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._linger_s = linger_s
        self._max_rows = max_rows
        self._on_merge = on_merge
        self._changed = threading.Condition()
        self._position = store.position()
        self._problem: str | None = None
        self._back_off_s = 0.0
        self._merges = 0
        self._merged_rows = 0
        self._aside = inbox.aside
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlfoundry-merge", daemon=True)

    def start(self) -> None:
        """Begin to merge."""
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> bool:
        """Merge everything that waits, then end the thread; whether that was done in time.

        Rows that could not be merged stay in the inbox, on disk.
        """
        self._inbox.close()
        self._stopping.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and self._problem is None

    def wait_merged(self, position: int, timeout_s: float) -> bool:
        """Wait until a position of the inbox is merged; whether it was in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._position >= position, timeout_s)

    def health(self) -> MergerHealth:
        """How the merge stands now."""
        lag_s, rows = self._inbox.oldest_wait_s(), self._inbox.waiting_rows
        with self._changed:
            return MergerHealth(
                self._problem, self._position, lag_s, rows, self._merges, self._merged_rows, self._aside
            )

    def _run(self) -> None:
        max_rows = self._max_rows
        failed = 0  # how often the oldest batch failed alone
        while True:
            if not self._inbox.wait(timeout_s=1.0):
                if self._stopping.is_set():
                    return
                self._prepare()
                continue
            if self._inbox.waiting_rows < max_rows:
                self._stopping.wait(self._linger_s)
            waiting = self._inbox.peek(max_rows)
            try:
                self._merge(waiting)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the thread must live on
                _LOG.exception("a merge failed; its rows stay in the inbox", extra={"position": waiting[-1].position})
                at_fault = not isinstance(error, (EngineFailed, OSError, MemoryError))
                max_rows = 1 if at_fault else max(1, max_rows // 2)
                failed = failed + 1 if at_fault and len(waiting) == 1 else 0
                if failed >= _TRIES and self._set_aside(waiting[0]):
                    failed = 0
                elif not self._after_failure(error):
                    return
            else:
                failed = 0
                max_rows = min(self._max_rows, max_rows * 2)

    def _prepare(self) -> None:
        try:
            self._store.prepare()
        except Exception:  # noqa: BLE001 - as above; look-ups are slower, no more
            _LOG.exception("the ids of a version could not be taken in")

    def _merge(self, waiting: Sequence[Waiting]) -> None:
        position = waiting[-1].position
        started = time.perf_counter()
        report = self._store.merge([item.batch for item in waiting], position)
        self._inbox.merged(position)
        if self._on_merge is not None:
            self._on_merge(report)
        rows = sum(item.batch.rows for item in waiting)
        with self._changed:
            self._position = position
            self._problem = None
            self._back_off_s = 0.0
            self._merges += 1
            self._merged_rows += rows
            self._changed.notify_all()
        _LOG.debug("merged", extra={"rows": rows, "seconds": time.perf_counter() - started, "position": position})

    def _set_aside(self, waiting: Waiting) -> bool:
        """Pass over a batch, which stays on disk in a file of its own; False where that fails too.

        A store that cannot even take nothing is at fault itself, and the batch is not.
        """
        try:
            kept = self._inbox.keep_aside(waiting.position)
            try:
                self._store.merge([], waiting.position)
            except BaseException:
                kept.unlink()  # the log still holds the batch
                raise
        except Exception:  # noqa: BLE001 - as above
            _LOG.exception("a batch that cannot be merged could not be set aside", extra={"position": waiting.position})
            return False
        self._inbox.merged(waiting.position)
        _LOG.error("a batch of %d rows cannot be merged and was set aside as %s", waiting.batch.rows, kept)
        with self._changed:
            self._position = waiting.position
            self._problem = None
            self._back_off_s = 0.0
            self._aside += 1
            self._changed.notify_all()
        return True

    def _after_failure(self, error: Exception) -> bool:
        """Wait before the next try; False when the merger is stopping."""
        with self._changed:
            self._problem = f"{type(error).__name__}: {error}"
            self._back_off_s = min(max(2 * self._back_off_s, _FIRST_BACK_OFF_S), _LONGEST_BACK_OFF_S)
        return not self._stopping.wait(self._back_off_s)
