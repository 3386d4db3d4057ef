"""One process owns a data directory; a second one is told which."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from mlfoundry.errors import DirectoryLocked

_NAME = "lock"


class DirectoryLock:
    """The lock of a data directory, held until :meth:`release` or until the process ends, however it ends.

    Parameters
    ----------
    directory
        The data directory; made if absent.
    address
        Where the owner answers, for those who find the directory locked; empty for nowhere.

    Raises
    ------
    DirectoryLocked
        Another process holds it; the message names its process id.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory, DirectoryLock(Path(directory)):
    ...     (Path(directory) / "lock").read_text() == f"{os.getpid()}\\n"
    True
    """

    def __init__(self, directory: Path, *, address: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            owner, _ = owner_of(directory)
            raise DirectoryLocked(
                f"{directory} is in use by the process {owner}; stop that server, or give another --data-dir"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, "".join(f"{line}\n" for line in (os.getpid(), address) if line).encode(), 0)

    def release(self) -> None:
        """Let go of the directory."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> DirectoryLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def owner_of(directory: Path) -> tuple[str, str]:
    """What the last owner of a directory wrote into its lock: its process id, and where it answers (or nothing)."""
    try:
        lines = (directory / _NAME).read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    pid, address = [*lines, "", ""][:2]
    return pid or "unknown", address
