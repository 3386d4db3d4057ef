"""How far the demo has come, so that a second start is quick and an interrupted one goes on."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from mlfoundry.errors import InvalidInput

_FILE = "demo.json"


class State(msgspec.Struct, kw_only=True):
    """What the demo's folder holds.

    Parameters
    ----------
    now
        When the first start was: the moved year ends here.
    weeks
        How many of the last weeks are to be logged; None is all since April.
    fqns
        The registered versions; empty until all are registered.
    days_done
        How many days, counted backwards from ``now``, are on the server's disk for sure.
    complete
        Whether all days are.
    """

    now: datetime
    weeks: int | None = None
    fqns: list[str] = []
    days_done: int = 0
    complete: bool = False


def read_state(folder: Path) -> State | None:
    """The state of a folder, or None where nothing of the demo is; refuses a folder that holds something else."""
    file = folder / _FILE
    if file.exists():
        return msgspec.json.decode(file.read_bytes(), type=State)
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput(f"{folder} holds files that are not the demo's; name an empty folder with --dir")
    return None


def write_state(folder: Path, state: State) -> None:
    """Keep the state; a crash leaves the old one or the new one."""
    fresh = folder / f"{_FILE}.new"
    fresh.write_bytes(msgspec.json.encode(state))
    fresh.replace(folder / _FILE)


def clear(folder: Path) -> None:
    """Remove the demo's folder, if it is one."""
    if read_state(folder) is not None:
        shutil.rmtree(folder)
