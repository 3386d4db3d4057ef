from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlfoundry.errors import DirectoryLocked
from mlfoundry.store.lock import DirectoryLock

_HOLD = """
import sys
from pathlib import Path
from mlfoundry.store.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_who_owns_the_directory(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(DirectoryLocked, match=f"process {owner.pid}"):
            DirectoryLock(tmp_path)
        owner.kill()
        owner.wait()
    with DirectoryLock(tmp_path):  # a killed process lets go
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_can_be_taken_again(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path), pytest.raises(DirectoryLocked):
        DirectoryLock(tmp_path)
    DirectoryLock(tmp_path).release()
