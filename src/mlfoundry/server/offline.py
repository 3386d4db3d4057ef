"""What is done to a data directory that no server uses."""

from __future__ import annotations

import os
import shutil
from contextlib import closing

from mlfoundry.errors import MlfoundryError, StoreError
from mlfoundry.registry.database import sqlite_url
from mlfoundry.registry.registry import Registry
from mlfoundry.server.care import CompactReport
from mlfoundry.server.examination import examine_inbox, examine_registry, set_aside_files
from mlfoundry.server.settings import Settings
from mlfoundry.store.care import Finding, Progress
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.lock import DirectoryLock


def check_directory(settings: Settings, progress: Progress) -> list[Finding]:
    """Whether the directory is sound. Nothing is merged, and what cannot be read is left where it is.

    Raises
    ------
    DirectoryLocked
        A server uses it.
    """
    with DirectoryLock(settings.data_dir):
        try:
            store = DuckdbStore(settings.events_path, set_damage_aside=False)
        except StoreError as error:
            return [Finding(level="problem", about="events.duckdb", text=str(error)), *set_aside_files(settings)]
        with closing(store):
            findings = [*store.check(progress), *examine_inbox(settings, store.position())]
            try:
                registry = Registry(sqlite_url(settings.registry_path), str(settings.artifacts_dir))
            except MlfoundryError as error:
                findings.append(Finding(level="problem", about="registry", text=str(error)))
            else:
                with closing(registry):
                    findings += examine_registry(registry, store)
        return [*findings, *set_aside_files(settings)]


def compact_directory(settings: Settings, progress: Progress) -> CompactReport:
    """Give free blocks back: copy what the file holds into a new one, which then takes its place at once.

    Raises
    ------
    DirectoryLocked
        A server uses it.
    StoreError
        The file cannot be read, or there is no room for the copy beside it.
    """
    path = settings.events_path
    with DirectoryLock(settings.data_dir):
        with closing(DuckdbStore(path, set_damage_aside=False)) as store:
            before, _ = store.usage()
            used, free = before.file_bytes + before.log_bytes, shutil.disk_usage(settings.data_dir).free
            needed = used - before.free_bytes
            if free < needed:
                raise StoreError(
                    f"the copy may take {needed // 2**20:,} MiB, but {free // 2**20:,} MiB are free; nothing was done"
                )
            compact = path.with_name(f"{path.stem}.compact")
            compact.unlink(missing_ok=True)  # of a compaction that was killed
            try:
                store.copy_to(compact, progress)
            except BaseException:
                compact.unlink(missing_ok=True)
                raise
        if path.with_name(f"{path.name}.wal").exists():  # it would be taken for the new file's
            compact.unlink()
            raise StoreError("the engine could not write its log into its file, which is as it was; see the disk")
        compact.replace(path)
        _sync(settings)
    after = path.stat().st_size
    return CompactReport(before_bytes=used, after_bytes=after, reclaimable_bytes=0)


def _sync(settings: Settings) -> None:
    for place in (settings.events_path, settings.data_dir):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
