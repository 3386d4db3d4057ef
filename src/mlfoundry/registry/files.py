"""Files of runs and model versions, in a folder or an object store by fsspec."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Protocol, cast

import fsspec  # pyright: ignore[reportMissingTypeStubs]

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.registry.records import StoredFile

_MAX_PATH = 1024
_CHUNK_BYTES = 1 << 20


class _FileSystem(Protocol):
    """What is used of fsspec, which has no types."""

    def open(self, path: str, mode: str) -> Any: ...
    def exists(self, path: str) -> bool: ...
    def isfile(self, path: str) -> bool: ...
    def makedirs(self, path: str, exist_ok: bool) -> None: ...
    def mv(self, path1: str, path2: str) -> None: ...
    def rm(self, path: str, recursive: bool = False) -> None: ...
    def find(self, path: str, detail: bool) -> dict[str, dict[str, Any]]: ...


class Files:
    """Files below one root, grouped by owner (``runs/<id>``, ``versions/<repo>/<model>/<version>``).

    Parameters
    ----------
    url
        A folder or an fsspec URL.
    """

    def __init__(self, url: str) -> None:
        filesystem, root = cast("tuple[_FileSystem, str]", fsspec.core.url_to_fs(url))  # pyright: ignore[reportUnknownMemberType]
        self._fs = filesystem
        self._root = root.rstrip("/")

    def write(self, owner: str, path: str) -> Upload:
        """Start writing a file; it appears under its name when the upload is committed, or never."""
        return Upload(self._fs, f"{self._root}/.uploads/{uuid.uuid4().hex}", self._place(owner, path))

    def read(self, owner: str, path: str) -> Iterator[bytes]:
        """The bytes of a file, in chunks; raises :class:`NotFound` before the first."""
        place = self._place(owner, path)
        if not self._fs.isfile(place):
            raise NotFound("file", path, known=[one.path for one in self.list(owner)])
        return self._chunks(place)

    def list(self, owner: str) -> list[StoredFile]:
        """The files of an owner, by path."""
        folder = f"{self._root}/{owner}"
        if not self._fs.exists(folder):
            return []
        found = self._fs.find(folder, detail=True)
        return [StoredFile(place[len(folder) + 1 :], int(about["size"])) for place, about in sorted(found.items())]

    def delete(self, owner: str) -> None:
        """Delete all files of an owner."""
        folder = f"{self._root}/{owner}"
        if self._fs.exists(folder):
            self._fs.rm(folder, recursive=True)

    def _chunks(self, place: str) -> Iterator[bytes]:
        with self._fs.open(place, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def _place(self, owner: str, path: str) -> str:
        return f"{self._root}/{owner}/{check_path(path)}"


class Upload:
    """A file being written, out of sight until :meth:`commit`."""

    def __init__(self, filesystem: _FileSystem, partial: str, place: str) -> None:
        self._fs = filesystem
        self._partial = partial
        self._place = place
        self._fs.makedirs(partial.rpartition("/")[0], exist_ok=True)
        self._file = filesystem.open(partial, "wb")
        self._committed = False

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)

    def commit(self) -> None:
        """Let the file appear under its name, in place of an earlier one."""
        self._file.close()
        self._fs.makedirs(self._place.rpartition("/")[0], exist_ok=True)
        self._fs.mv(self._partial, self._place)
        self._committed = True

    def __enter__(self) -> Upload:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._committed:
            self._file.close()
            self._fs.rm(self._partial)


def check_path(path: str) -> str:
    """Return a file's path inside its owner; raises :class:`InvalidInput` for one that could lead outside.

    Examples
    --------
    >>> check_path("model/weights.bin")
    'model/weights.bin'
    """
    parts = path.split("/")
    odd = any(part in ("", ".", "..") for part in parts) or any(c in path for c in "\\:") or not path.isprintable()
    if odd or len(path) > _MAX_PATH:
        raise InvalidInput(f"{path[:80]!r} is no path of a file; one looks like 'model/weights.bin'", path="path")
    return path
