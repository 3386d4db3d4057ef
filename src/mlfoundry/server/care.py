"""What the people who run a server do to its data: measure, check, compact, back up, erase, delete."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlfoundry.errors import StoreError, Unavailable
from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.registry.registry import Registry
from mlfoundry.server.backup import back_up
from mlfoundry.server.examination import examine_inbox, examine_registry, set_aside_files
from mlfoundry.server.known import KnownVersions
from mlfoundry.server.settings import Settings
from mlfoundry.server.telemetry import Telemetry
from mlfoundry.server.upkeep import Turn, Upkeep
from mlfoundry.server.work import Work
from mlfoundry.store.base import Removed
from mlfoundry.store.care import DurableStore, FileUsage, Finding, VersionUsage
from mlfoundry.store.inbox import Inbox
from mlfoundry.store.segments import list_segments

_DRAIN_S = 30.0
_LEFT = (
    "backups and exports that were taken before",
    "rows that wait in clients, in memory or in their spools: they would be new rows when they arrive",
    "borders of grids and labels of classes that were learned from the rows",
    "aggregates of hours whose rows have begun to expire",
    "freed blocks of the file, until they are used again or `mlfoundry store compact` gives them back",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a data directory takes, in bytes; ``waiting_rows`` lie in the inbox and are not merged."""

    data_dir: str
    files: FileUsage
    versions: Sequence[VersionUsage]
    inbox_bytes: int
    waiting_rows: int
    registry_bytes: int
    artifacts_bytes: int
    disk_free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What an erasure touched, and what is out of its reach."""

    model_version_fqn: str
    removed: Removed
    unknown_ids: tuple[str, ...]
    out_of_reach: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionReport:
    """What was deleted. ``finished`` is False when the data goes later: rows of it still wait to be merged."""

    versions: tuple[str, ...]
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactReport:
    """The file's bytes before and after; ``reclaimable_bytes`` could be given back while no server runs."""

    before_bytes: int
    after_bytes: int
    reclaimable_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """Where a backup lies, and its size."""

    directory: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CareOf:
    """The parts of a server that care needs."""

    settings: Settings
    registry: Registry
    store: DurableStore
    inbox: Inbox
    known: KnownVersions
    upkeep: Upkeep
    telemetry: Telemetry
    forget_answers: Callable[[], None]


class Care:
    """Looks after the data of a server while it runs; long pieces of work one at a time."""

    def __init__(self, of: CareOf) -> None:
        self._of = of
        self.work = Work()

    def usage(self) -> Usage:
        """What the data directory takes."""
        of, settings = self._of, self._of.settings
        files, versions = of.store.usage()
        registry = settings.data_dir.glob(f"{settings.registry_path.name}*")
        return Usage(
            data_dir=str(settings.data_dir),
            files=files,
            versions=versions,
            inbox_bytes=_bytes_of(list_segments(settings.inbox_dir)),
            waiting_rows=of.inbox.waiting_rows,
            registry_bytes=_bytes_of(registry),
            artifacts_bytes=_bytes_of(settings.artifacts_dir.rglob("*")),
            disk_free_bytes=shutil.disk_usage(settings.data_dir).free,
        )

    def check(self) -> list[Finding]:
        """Whether store, inbox and registry are sound and agree."""
        of = self._of
        with self.work.begin("check") as progress:
            found = [*of.store.check(progress), *examine_inbox(of.settings, of.store.position())]
            return [*found, *examine_registry(of.registry, of.store), *set_aside_files(of.settings)]

    def compact(self) -> CompactReport:
        """Write the log into the file, and say what else a stopped server could give back."""
        store = self._of.store
        with self.work.begin("compaction"):
            before, _ = store.usage()
            store.checkpoint()
            after, _ = store.usage()
        return CompactReport(
            before_bytes=before.file_bytes + before.log_bytes,
            after_bytes=after.file_bytes + after.log_bytes,
            reclaimable_bytes=after.free_bytes,
        )

    def rebuild_cells(self, fqn: str | None) -> tuple[str, ...]:
        """Throw the aggregates of a version, or of all, away and make them anew; the versions.

        Rows are taken meanwhile and lie in the inbox: a version is made anew in one step that merges wait for.
        """
        of = self._of
        wanted = of.store.versions() if fqn is None else (of.known.need(fqn),)
        with self.work.begin("rebuild") as progress:
            for name in wanted:
                of.store.rebuild_cells(name, lambda step, done, total, name=name: progress(name, done, total))
        of.forget_answers()
        return wanted

    def back_up(self, target: Path) -> BackupReport:
        """Copy everything that was acknowledged into a new directory."""
        of = self._of
        with self.work.begin("backup") as progress:
            size = back_up(of.settings, of.registry, of.store, target, progress)
        return BackupReport(directory=str(target), bytes=size)

    def erase(self, fqn: str, data_ids: Sequence[str]) -> ErasureReport:
        """Erase everything that was received under some ids of a version.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            Rows that were accepted cannot be merged now, and might hold the ids; nothing was erased.
        """
        of = self._of
        name = of.known.need(fqn)
        with self.work.begin("erasure"):
            if not of.inbox.drain(_DRAIN_S):
                raise Unavailable(
                    "rows that were accepted are not merged yet and may hold these ids; nothing was erased",
                    retry_after_s=10,
                )
            erasure = of.store.erase(name, data_ids)
            with contextlib.suppress(StoreError):  # a reader may hold it up: then it is done with the next merges
                of.store.checkpoint()
        of.telemetry.removed_rows.add(erasure.removed.rows, "erased")
        of.forget_answers()
        aside = tuple(f"{finding.about}, which was set aside" for finding in set_aside_files(of.settings))
        return ErasureReport(
            model_version_fqn=name,
            removed=erasure.removed,
            unknown_ids=erasure.unknown_ids,
            out_of_reach=(*_LEFT, *aside),
        )

    def wake(self) -> None:
        """Carry a changed retention out soon."""
        self._of.upkeep.wake()

    def retain(self) -> Turn:
        """Remove everything that is past its time now."""
        with self.work.begin("retention") as progress:
            turn = self._of.upkeep.turn()
            expired, forgotten = turn.expired, turn.forgotten
            while turn.more:
                progress("removing rows", expired.rows, 0)
                turn = self._of.upkeep.turn()
                expired, forgotten = expired + turn.expired, (*forgotten, *turn.forgotten)
            return Turn(at=turn.at, expired=expired, forgotten=forgotten)

    def delete_version(self, fqn: ModelVersionFqn) -> DeletionReport:
        """Delete a version with its files and its data."""
        self._of.registry.models.delete_version(fqn)
        return self._finish_deletion()

    def delete_model(self, fqn: ModelFqn) -> DeletionReport:
        """Delete a model with its versions."""
        self._of.registry.models.delete_model(fqn)
        return self._finish_deletion()

    def delete_project(self, name: str) -> DeletionReport:
        """Delete a project with its models and runs."""
        self._of.registry.projects.delete(name)
        return self._finish_deletion()

    def _finish_deletion(self) -> DeletionReport:
        """Let the data follow the registry's mark; after a crash here :class:`Upkeep` goes on."""
        of = self._of
        deleted = of.registry.models.deleted()
        for fqn in deleted:
            of.known.remove(fqn)
        finished = of.inbox.drain(_DRAIN_S)
        turn = of.upkeep.turn()
        of.registry.sweep()
        of.forget_answers()
        return DeletionReport(versions=turn.forgotten, finished=finished)


def _bytes_of(files: Iterable[Path]) -> int:
    total = 0
    for file in files:
        with contextlib.suppress(FileNotFoundError):  # merged and removed meanwhile
            total += file.stat().st_size if file.is_file() else 0
    return total
