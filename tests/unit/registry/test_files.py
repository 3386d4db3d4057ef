"""Files of versions and runs."""

import contextlib
from pathlib import Path

import pytest

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.registry.files import Files, check_path


def write(files: Files, owner: str, path: str, content: bytes) -> None:
    with files.write(owner, path) as upload:
        upload.write(content)
        upload.commit()


def test_files_come_back(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    write(files, "runs/1", "model/weights.bin", b"12")
    write(files, "runs/1", "model/weights.bin", b"123")
    write(files, "runs/2", "other", b"")
    assert [(one.path, one.size_bytes) for one in files.list("runs/1")] == [("model/weights.bin", 3)]
    assert b"".join(files.read("runs/1", "model/weights.bin")) == b"123"
    files.delete("runs/1")
    assert files.list("runs/1") == []
    assert len(files.list("runs/2")) == 1


def test_an_upload_that_fails_leaves_nothing(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    with contextlib.suppress(ConnectionError), files.write("runs/1", "a") as upload:
        upload.write(b"half")
        raise ConnectionError
    assert files.list("runs/1") == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_unknown_file_names_the_closest(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    write(files, "runs/1", "weights.bin", b"1")
    with pytest.raises(NotFound, match=r"did you mean 'weights.bin'"):
        files.read("runs/1", "weight.bin")


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "", "a\\b", "c:x", "a\0b", "a/", "a\nb", "x" * 1025]
)
def test_a_path_that_could_lead_outside_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="no path of a file"):
        check_path(path)
