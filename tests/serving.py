"""A real server for tests: a process of its own on a free port, over a data directory of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

SOURCE = Path(__file__).parent.parent / "src"
_READY_S = 30.0
_STOP_S = 30.0


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process: this checkout, and nothing of the user's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MLF", "TFY_"))}
    return kept | {"PYTHONPATH": str(SOURCE), "MLF_CONFIG": os.devnull} | more


@dataclass
class Server:
    """A running ``mlfoundry server``.

    Parameters
    ----------
    data_dir
        Its data directory.
    url
        Its address.
    process
        The process; to be stopped by its id alone.
    log
        Where its stderr goes.
    """

    data_dir: Path
    url: str
    process: subprocess.Popen[str]
    log: Path
    _http: httpx.Client | None = field(default=None, repr=False)

    @property
    def http(self) -> httpx.Client:
        """A client of its API."""
        if self._http is None:
            self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        return self._http

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the process and wait for its end; its exit code."""
        if self._http is not None:
            self._http.close()
            self._http = None
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(_STOP_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start_server(data_dir: Path, *options: str, **environ: str) -> Server:
    """Start a server on a free port and wait until it answers."""
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.with_name(f"{data_dir.name}.log")
    command = [sys.executable, "-m", "mlfoundry", "server", "--port", "0", "--data-dir", str(data_dir), *options]
    with log.open("a") as errors:
        process = subprocess.Popen(
            command, env=environment(**environ), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    try:
        url = _announced_url(process.stdout, log)
        httpx.get(f"{url}/health", trust_env=False, timeout=_READY_S)
    except BaseException:
        process.kill()
        process.wait(_STOP_S)
        process.stdout.close()
        raise
    return Server(data_dir, url, process, log)


def _announced_url(lines: IO[str], log: Path) -> str:
    """The address in the line that a server prints once it answers; the stream ends if it fails before."""
    for line in lines:
        found = re.search(r"http://\S+", line)
        if found:
            return found[0]
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


ServerFactory = Callable[..., Server]


def wait_until(condition: Callable[[], bool], timeout_s: float = 15.0) -> None:
    """Ask another process, where no clock can be passed in, until a condition holds; fails when it takes too long."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
