"""A copy of a data directory, taken while it is used. A server started on the copy is the restored one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from mlfoundry.errors import InvalidInput, StoreError
from mlfoundry.registry.registry import Registry
from mlfoundry.server.settings import Settings
from mlfoundry.store.care import DurableStore, Progress
from mlfoundry.store.segments import list_segments


def back_up(settings: Settings, registry: Registry, store: DurableStore, target: Path, progress: Progress) -> int:
    """Write a copy of everything that was acknowledged into a new directory; its size in bytes.

    The order makes it whole: the log of what is not merged first, then one state of the store, which holds whatever was
    merged out of the log meanwhile, then the registry, which knows each version that the store does, then the files.

    Raises
    ------
    InvalidInput
        The target is no place for a backup.
    StoreError
        There is no room, or a file cannot be written.
    """
    target = _checked(settings, target)
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            _copy_segments(settings.inbox_dir, partial / settings.inbox_dir.name)
            store.copy_to(partial / settings.events_path.name, progress)
            progress("copying the registry", 0, 0)
            registry.copy_to(partial / settings.registry_path.name)
            _copy_tree(settings.artifacts_dir, partial / settings.artifacts_dir.name, progress)
            progress("waiting for the disk", 0, 0)
            size = _sync(partial)
            partial.chmod(0o755)
            partial.replace(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise StoreError(f"the backup {target} cannot be written: {error.strerror}; nothing of it is left") from error
    return size


def _checked(settings: Settings, target: Path) -> Path:
    if not target.is_absolute():
        raise InvalidInput(f"{target} is not absolute; the server does not know what it is relative to")
    target = target.resolve()
    if target.is_relative_to(settings.data_dir.resolve()):
        raise InvalidInput(f"{target} lies in the data directory; a backup belongs on another disk")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidInput(f"{target} is there already and not empty; a backup makes a directory of its own")
    if not target.parent.is_dir():
        raise InvalidInput(f"there is no directory {target.parent}; make it first")
    needed = sum(file.stat().st_size for file in _files(settings.data_dir))
    for place in (target.parent, settings.data_dir):
        free = shutil.disk_usage(place).free
        if free < needed:
            raise StoreError(f"{place} has {free // 2**20:,} MiB left, the backup may take {needed // 2**20:,} MiB")
    return target


def _copy_segments(source: Path, target: Path) -> None:
    """Copy the log, and what could not be merged of it.

    A segment that vanishes meanwhile was merged, and is in the state that is copied next.
    """
    target.mkdir()
    for segment in [*list_segments(source), *source.glob("set-aside-*.log")]:
        try:
            shutil.copyfile(segment, target / segment.name)
        except FileNotFoundError:
            (target / segment.name).unlink(missing_ok=True)


def _copy_tree(source: Path, target: Path, progress: Progress) -> None:
    files = [file for file in _files(source) if ".uploads" not in file.relative_to(source).parts]
    target.mkdir()
    for done, file in enumerate(files):
        progress("copying files", done, len(files))
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    progress("copying files", len(files), len(files))


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def _sync(directory: Path) -> int:
    """Wait until a directory's files are on disk; their bytes."""
    size = 0
    for path in [*directory.rglob("*"), directory]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
            size += os.fstat(handle).st_size if path.is_file() else 0
        finally:
            os.close(handle)
    return size
