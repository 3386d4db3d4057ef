"""A TCP proxy that loses answers on their way back."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit

_CHUNK = 1 << 16


class LossyProxy:
    """Passes connections on to a server and swallows some answers: the request arrived, its sender never learns it.

    Parameters
    ----------
    url
        The server.
    seed, loss
        Which answers are lost, and the share of them.
    """

    def __init__(self, url: str, *, seed: int, loss: float) -> None:
        parts = urlsplit(url)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._rng = random.Random(seed)
        self._loss = loss
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.swallowed = 0
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> LossyProxy:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def _run(self, target: object, *given: object) -> None:
        thread = threading.Thread(target=target, args=given, daemon=True)  # pyright: ignore[reportArgumentType]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                taken, _ = self._listening.accept()
                self._run(self._carry, taken, self._rng.random() < self._loss)

    def _carry(self, sender: socket.socket, lose: bool) -> None:
        with sender, socket.create_connection(self._target) as server:
            self._run(_pump, sender, server)
            with contextlib.suppress(OSError):
                while chunk := server.recv(_CHUNK):
                    if lose:
                        self.swallowed += 1
                        break
                    sender.sendall(chunk)
            for side in (sender, server):
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
