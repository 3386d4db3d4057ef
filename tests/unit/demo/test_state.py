from __future__ import annotations

import socket
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mlfoundry.demo import serve, state
from mlfoundry.errors import InvalidInput

NOW = datetime(2026, 11, 23, 12, 40, tzinfo=timezone.utc)


def test_state_comes_back_as_written(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    assert state.read_state(folder) is None
    written = state.State(now=NOW, weeks=2, fqns=["model:default/flights/late-arrival:1"], days_done=7)
    state.write_state(folder, written)
    assert state.read_state(folder) == written


def test_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidInput, match="not the demo's"):
        state.clear(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_clear_removes_a_demo(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    state.write_state(folder, state.State(now=NOW))
    state.clear(folder)
    assert not folder.exists()


def test_port_in_use_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < serve.free_port(port) <= port + 99


def test_no_server_is_running_on_a_new_folder(tmp_path: Path) -> None:
    assert serve.running(tmp_path) is None
