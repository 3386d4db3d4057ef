"""Fixtures that start real servers."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from serving import Server, ServerFactory, start_server


@pytest.fixture
def start(tmp_path: Path) -> Generator[ServerFactory]:
    """Start servers: ``start()`` over a new directory, ``start(data_dir)`` over one; all are stopped in the end."""
    with ExitStack() as stack:

        def factory(data_dir: Path | None = None, *options: str, **environ: str) -> Server:
            server = start_server(data_dir or tmp_path / "data", *options, **environ)
            stack.callback(server.stop)
            return server

        yield factory


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """One server for all tests that do not stop it; each test names things of its own."""
    running = start_server(tmp_path_factory.mktemp("server") / "data")
    yield running
    running.stop()
