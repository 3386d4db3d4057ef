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

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise DirectoryLocked(
                f"{directory} is in use by the process {owner}; stop that server, or give another --data-dir"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

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
