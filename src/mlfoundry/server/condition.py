"""How the server stands: whether it can take rows and keep up with them, in words and in figures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlfoundry.server.telemetry import Telemetry, gauge
from mlfoundry.server.upkeep import Turn, Upkeep
from mlfoundry.store.inbox import Inbox, InboxDepth
from mlfoundry.store.merger import Merger, MergerHealth

_LATE_S = 60.0
_LONG_SHARE = 0.8
_HUNG_S = 5.0
_STATUS = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment."""

    inbox: InboxDepth
    merge: MergerHealth
    free_bytes: int
    needed_bytes: int


def reasons(facts: Facts) -> list[str]:
    """Why the server is not ready, each reason a sentence; none when it is.

    Examples
    --------
    >>> merge = MergerHealth(None, position=9, lag_s=0.1, waiting_rows=10, merges=1, merged_rows=5)
    >>> inbox = InboxDepth(rows=10, bytes=900, share=0.01, write_s=0.0)
    >>> reasons(Facts(inbox, merge, free_bytes=1, needed_bytes=2**28))
    ['the disk is nearly full: 0 MiB are free, rows are taken again above 256 MiB']
    """
    found: list[str] = []
    inbox, merge = facts.inbox, facts.merge
    if facts.free_bytes < facts.needed_bytes:
        found.append(
            f"the disk is nearly full: {facts.free_bytes // 2**20:,} MiB are free, rows are taken again above "
            f"{facts.needed_bytes // 2**20:,} MiB"
        )
    if inbox.write_s > _HUNG_S:
        found.append(f"the disk has not finished a write for {inbox.write_s:.0f} s")
    if inbox.share > _LONG_SHARE:
        found.append(f"the inbox is long: {inbox.rows:,} rows wait, {inbox.share:.0%} of what may wait")
    if merge.problem is not None:
        found.append(f"rows are kept but not merged: {merge.problem}")
    if merge.lag_s > _LATE_S:
        found.append(f"the oldest of {merge.waiting_rows:,} waiting rows has waited for {merge.lag_s:.0f} s")
    return found


def notes(facts: Facts) -> list[str]:
    """What somebody should look at although the server is ready, each a sentence."""
    aside = facts.merge.aside
    if not aside:
        return []
    return [f"{aside:,} batches could not be merged and were set aside as inbox/set-aside-*.log; the log says why"]


class Condition:
    """Looks at the parts of a running server.

    Parameters
    ----------
    inbox, merger
        The parts looked at.
    data_dir
        Where the free space is measured.
    telemetry
        What was counted.
    upkeep
        What is removed when its time has come.
    """

    def __init__(self, inbox: Inbox, merger: Merger, data_dir: Path, telemetry: Telemetry, *, upkeep: Upkeep) -> None:
        self._inbox = inbox
        self._merger = merger
        self._data_dir = data_dir
        self._upkeep = upkeep
        self.telemetry = telemetry

    def facts(self) -> Facts:
        """How things stand now."""
        free = shutil.disk_usage(self._data_dir).free
        return Facts(self._inbox.depth(), self._merger.health(), free, self._inbox.limits.free_bytes)

    def reasons(self) -> list[str]:
        """Why the server is not ready; none when it is."""
        return reasons(self.facts())

    def notes(self) -> list[str]:
        """What somebody should look at although the server is ready."""
        problem = self._upkeep.last.problem if self._upkeep.last else None
        late = [] if problem is None else [f"rows past their time are not removed: {problem}"]
        return [*notes(self.facts()), *late]

    def metrics(self) -> str:
        """Everything counted and measured, as Prometheus reads it."""
        return "\n".join([*self.telemetry.lines(), *_gauges(self.facts()), *_of_upkeep(self._upkeep.last), ""])


def _of_upkeep(turn: Turn | None) -> Iterable[str]:
    if turn is not None:
        at, failing = turn.at.timestamp(), int(turn.problem is not None)
        yield from gauge("mlfoundry_upkeep_timestamp_seconds", "When rows past their time were last looked for.", at)
        yield from gauge("mlfoundry_upkeep_failing", "Whether that failed.", failing)


def _gauges(facts: Facts) -> Iterable[str]:
    inbox, merge = facts.inbox, facts.merge
    yield from gauge("mlfoundry_ready", "Whether the server is ready.", int(not reasons(facts)))
    yield from gauge("mlfoundry_inbox_rows", "Rows on disk that wait to be merged.", inbox.rows)
    yield from gauge("mlfoundry_inbox_bytes", "Their bytes, decoded.", inbox.bytes)
    yield from gauge("mlfoundry_inbox_share", "How much of what may wait is waiting, 0 to 1.", inbox.share)
    yield from gauge("mlfoundry_merge_lag_seconds", "How long the oldest row has waited.", merge.lag_s)
    yield from gauge("mlfoundry_merge_failing", "Whether the last merge failed.", int(merge.problem is not None))
    yield from gauge("mlfoundry_batches_set_aside", "Batches that could never be merged.", merge.aside)
    yield from gauge("mlfoundry_disk_free_bytes", "Free bytes where the data lies.", facts.free_bytes)
    yield from gauge("process_resident_memory_bytes", "Memory of the process.", _resident_bytes())


def _resident_bytes() -> float:
    try:
        return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no /proc on this system
        return float("nan")
