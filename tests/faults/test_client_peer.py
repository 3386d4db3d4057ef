"""The real client against a server that is down, hangs up, hangs and refuses in every way, then takes all."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import mlfoundry
from faults.harness import Size, Tally
from mlfoundry import Actual, Prediction
from mlfoundry.compressed import decompress, read_encoding

FQN = "model:default/faults/peer:{}"
_RETRY_AFTER = (None, "0", "0.05", "-3", "", "soon", "nan", "1e-3", "PAST", "Thu, 99 Foo 2026 25:61:00 GMT", "\u00b2")
_STATUS = (408, 429, 500, 502, 503, 504, 507)


class Moody:
    """Takes a batch after refusing it in some ways, drawn from a seed; keeps what it took."""

    def __init__(self, seed: int, trouble: float) -> None:
        self._rng = random.Random(seed)
        self._trouble = trouble
        self._lock = threading.Lock()
        self.taken: dict[str, dict[str, Any]] = {}
        self.refused: Counter[str] = Counter()
        moody = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None: ...

            def do_POST(self) -> None:
                moody.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Moody:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"]))
        with self._lock:
            mood = self._rng.choice((*["status"] * 4, "hang up", "lose the answer", "hang", "garbage"))
            troubled = self._rng.random() < self._trouble
            status, wait = self._rng.choice(_STATUS), self._rng.choice(_RETRY_AFTER)
        if troubled:
            self.refused[mood] += 1
            self._refuse(request, mood, body, status, wait)
        else:
            self._say(request, 200, json.dumps(self._take(body, request.headers["content-encoding"])).encode())

    def _refuse(self, request: BaseHTTPRequestHandler, mood: str, body: bytes, status: int, wait: str | None) -> None:
        if mood == "lose the answer":
            self._take(body, request.headers["content-encoding"])
        if mood == "hang":
            time.sleep(1.5)  # longer than the client waits for an answer
        if mood in ("hang up", "lose the answer", "hang"):
            request.close_connection = True
        elif mood == "garbage":
            self._say(request, 200, b"<html>welcome to the hotel's network</html>")
        else:
            self._say(request, status, b"{}", wait)

    def _take(self, body: bytes, encoding: str) -> dict[str, Any]:
        batch = json.loads(decompress(body, read_encoding(encoding), max_bytes=1 << 30))
        with self._lock:
            self.taken.setdefault(batch["batch_id"], batch)
        return {"batch_id": batch["batch_id"], "accepted": len(batch["rows"]), "rejected": []}

    def _say(self, request: BaseHTTPRequestHandler, status: int, content: bytes, wait: str | None = None) -> None:
        request.send_response(status)
        request.send_header("content-length", str(len(content)))
        if wait is not None:
            request.send_header("retry-after", formatdate(time.time() - 60, usegmt=True) if wait == "PAST" else wait)
        request.end_headers()
        request.wfile.write(content)


def test_every_row_arrives_once_and_the_counts_agree(size: Size, tally: Tally) -> None:
    for seed in range(size(1, 10)):
        with (
            Moody(seed, trouble=0.5) as server,
            mlfoundry.get_client(host=server.url, linger_s=0.01, timeout_s=1.0, exit_timeout_s=60) as client,
        ):
            for number in range(size(6, 20)):
                fqn = FQN.format(number + 1)  # versions travel apart: more requests to refuse
                client.log_predictions(fqn, [_prediction(f"{number}-{i}") for i in range(50)])
                client.log_actuals(fqn, [Actual(data_id=f"{number}-{i}", value="ok") for i in range(20)])
                counts = client.flush(timeout_s=0.05)
                assert counts.sent == 70 * (number + 1)
                assert (
                    counts.sent == counts.accepted + counts.rejected + counts.dropped + counts.spooled + counts.pending
                )
            counts = client.flush(timeout_s=90)
        assert (counts.accepted, counts.pending, counts.dropped, counts.rejected) == (counts.sent, 0, 0, 0)
        rows = Counter(_id(row) for batch in server.taken.values() for row in batch["rows"])
        expected = Counter(f"{n}-{i}" for n in range(size(6, 20)) for i in range(50))
        expected.update(f"{n}-{i}" for n in range(size(6, 20)) for i in range(20))
        assert rows == expected
        for mood, n in server.refused.items():
            tally.add(f"answered with {mood!r}", n)
        tally.add("rows, each taken once", counts.sent)


def test_nobody_there_then_somebody(tally: Tally) -> None:
    with Moody(0, trouble=0.0) as server:
        url = server.url
    with mlfoundry.get_client(host=url, linger_s=0.01, exit_timeout_s=0.2) as client:
        began = time.perf_counter()
        for number in range(200):
            client.log_predictions(FQN.format(1), [_prediction(str(number))])
        assert time.perf_counter() - began < 1.0  # logging does not wait for a server
        counts = client.flush(timeout_s=0.3)
        assert (counts.sent, counts.pending, counts.accepted) == (200, 200, 0)
    tally.add("rows kept while nobody answered", 200)


def _prediction(data_id: str) -> Prediction:
    return Prediction(data_id=data_id, features={"x": 1.0}, prediction_data={"value": "late"})


def _id(row: list[Any] | dict[str, Any]) -> str:
    return str(row[1] if isinstance(row, list) else row["data_id"])
