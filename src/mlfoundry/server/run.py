"""Run the server until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn

from mlfoundry.errors import InvalidInput
from mlfoundry.server.app import create_app
from mlfoundry.server.assembly import open_parts
from mlfoundry.server.connections import MOST_CONNECTIONS, PatientProtocol
from mlfoundry.server.settings import Settings

_GRACE_S = 10


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; then finish what is under way, merge what was accepted, and return.

    Raises
    ------
    InvalidInput
        The port is in use, or the address cannot be listened on.
    StoreError
        The data directory cannot be used.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _stop)
    with contextlib.suppress(KeyboardInterrupt, SystemExit), _listen(settings) as listening:
        port = int(listening.getsockname()[1])
        with open_parts(settings, address=settings.url(port)) as parts:
            config = uvicorn.Config(
                create_app(parts),
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                http=PatientProtocol,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=30,
            )
            server = _Server(
                config, f"mlfoundry is at {settings.url(port)} (data in {settings.data_dir}; Ctrl-C stops)"
            )
            _keep_pauses_short()
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                asyncio.run(server.serve(sockets=[listening]))
            sys.stderr.write("stopping: merging what was accepted\n")


def _keep_pauses_short() -> None:
    """Let no sender wait for the interpreter: a full collection over all modules takes 0.15 s, and a thread that wants
    its turn waits 5 ms for it by default."""
    gc.collect()
    gc.freeze()  # what was made until now stays to the end
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(0.001)


class _Server(uvicorn.Server):
    """Says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        sys.stdout.write(f"{self._announcement}\n")
        sys.stdout.flush()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Only for a socket that names its protocol does asyncio switch Nagle's algorithm off, which costs 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A server that was just stopped leaves its port in TIME_WAIT; that does not make it taken.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise InvalidInput(
                f"port {settings.port} of {settings.host} is in use; stop what listens there, or give another --port"
            ) from error
        raise InvalidInput(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return listening


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
