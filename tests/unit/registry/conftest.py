"""A registry in a folder of its own, with a clock that ticks a second a call."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from mlfoundry.registry.registry import Registry
from mlfoundry.times import as_utc

START = as_utc("2026-01-01")


def open_registry(folder: Path) -> Registry:
    ticks = count()

    def clock() -> datetime:
        return START + timedelta(seconds=next(ticks))

    return Registry(f"sqlite:///{folder / 'registry.db'}", str(folder / "artifacts"), clock=clock, rng=random.Random(7))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = open_registry(tmp_path)
    opened.projects.create("flights")
    yield opened
    opened.close()
