"""The demo's server: a process of its own, started as a user would start it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlfoundry.client.client import get_client
from mlfoundry.errors import Unavailable

HOST = "127.0.0.1"
_START_S = 30.0
_STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``process`` is None if another command started it."""

    url: str
    pid: int
    process: subprocess.Popen[bytes] | None

    def wait(self) -> None:
        """Wait until the server ends, whoever ends it."""
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """Stop the server cleanly, if this command started it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port(wanted: int) -> int:
    """The wanted port, or the next one above it that nothing listens on."""
    for port in range(wanted, min(wanted + 100, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Unavailable(f"no free port from {wanted} on; name another one with --port")


def running(folder: Path) -> Server | None:
    """The server that an earlier command started for this folder, if it still answers."""
    try:
        known = json.loads((folder / "server.json").read_text("utf-8"))
        server = Server(f"http://{HOST}:{known['port']}", int(known["pid"]), None)
        os.kill(server.pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return server if get_client(host=server.url).ping() else None


def start(folder: Path, port: int, *, sleep: Callable[[float], None] = time.sleep) -> Server:
    """Start ``mlfoundry server`` on the demo's data and wait until it is ready.

    It has a session of its own, so that Ctrl-C reaches the demo first and the last rows still arrive.
    """
    log = folder / "server.log"
    command = [sys.executable, "-m", "mlfoundry", "server", "--host", HOST, "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--data-dir", str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(f"http://{HOST}:{port}", process.pid, process)
    deadline = time.monotonic() + _START_S
    with get_client(host=server.url) as client:
        while not client.ping():
            if process.poll() is not None or time.monotonic() > deadline:
                server.stop()
                tail = log.read_text("utf-8", "replace").strip().splitlines()[-3:]
                raise Unavailable("the server did not start: " + " / ".join(tail or ["it said nothing"]) + f" ({log})")
            sleep(0.1)
    (folder / "server.json").write_text(json.dumps({"port": port, "pid": process.pid}), "utf-8")
    return server
