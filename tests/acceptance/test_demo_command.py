"""``mlfoundry demo`` as a user runs it: interrupted, resumed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

import mlfoundry as mlf
from mlfoundry.demo import serve, state

_LIMIT_S = 240


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    folder = tmp_path / "demo"
    yield folder
    left = serve.running(folder)
    if left is not None:
        os.kill(left.pid, signal.SIGTERM)


def _demo(folder: Path, port: int, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mlfoundry", "demo", "--dir", str(folder), "--port", str(port), "--weeks", "2"]
    return subprocess.Popen(
        [*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_interrupted_demo_goes_on_and_starts_at_once_when_it_is_loaded(folder: Path) -> None:
    port = serve.free_port(22_000)
    first = _demo(folder, port)
    assert first.stdout is not None
    for line in first.stdout:
        if "last week is on the dashboard" in line:
            first.send_signal(signal.SIGINT)
            break
    said, _ = first.communicate(timeout=_LIMIT_S)
    assert first.returncode == 1, said
    assert "goes on from here" in said
    assert serve.running(folder) is None
    known = state.read_state(folder)
    assert known is not None
    assert 7 <= known.days_done < 14
    assert len(known.fqns) == 3

    said, _ = _demo(folder, port).communicate(timeout=_LIMIT_S)
    assert "14 of 14 days logged" in said
    known = state.read_state(folder)
    assert known is not None
    assert known.complete
    server = serve.running(folder)
    assert server is not None, said
    client = mlf.get_client(host=server.url)
    assert client.list_model_versions("flights", "late-arrival")[0].version == 2
    for fqn in known.fqns:
        totals = client.get_ledger(fqn).totals
        assert totals["prediction.stored"] > 12_000
        assert totals.get("prediction.conflict", 0) == 0
        assert totals.get("actual.superseded", 0) == 0

    began = time.monotonic()
    said, _ = _demo(folder, port).communicate(timeout=_LIMIT_S)
    assert "The demo is loaded" in said
    assert server.url in said
    assert time.monotonic() - began < 10


def test_fresh_demo_leaves_a_running_server_alone(folder: Path) -> None:
    folder.mkdir()
    state.write_state(folder, state.State(now=mlf.Actual(data_id="1", value=1).occurred_at))
    server = serve.start(folder, serve.free_port(22_200))
    try:
        again = _demo(folder, 22_200, "--fresh")
        said, _ = again.communicate(timeout=_LIMIT_S)
        assert again.returncode == 1
        assert f"kill {server.pid}" in said
        assert serve.running(folder) is not None
    finally:
        server.stop()
    assert serve.running(folder) is None
