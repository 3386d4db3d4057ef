"""The client's peer in these tests: real HTTP on a real port, with answers that a test chooses."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pyarrow as pa
import pytest

from mlfoundry.client.clock import Clock
from mlfoundry.compressed import decompress, read_encoding


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body with every row as an object, whichever form it travelled in."""
        if self.headers.get("content-type") == "application/vnd.apache.arrow.stream":
            return of_stream(self.body)
        encoding = read_encoding(self.headers.get("content-encoding", ""))
        plain: Any = json.loads(decompress(self.body, encoding, max_bytes=1 << 30))
        if self.path.rpartition("/")[2] in ("predictions", "actuals"):
            layouts = plain.pop("layouts", [])
            plain["rows"] = [expanded(row, layouts) for row in plain["rows"]]
        return plain


def of_stream(body: bytes) -> Any:
    stream: Any = pa.ipc.open_stream(body).read_all()  # pyright: ignore[reportUnknownMemberType]
    envelope: Any = json.loads(stream.schema.metadata[b"mlfoundry"])
    columns: dict[str, Any] = envelope.pop("columns")

    def picked(of: Any, row: dict[str, Any]) -> Any:
        return row[of] if isinstance(of, str) else {name: picked(inner, row) for name, inner in of.items()}

    def as_object(row: dict[str, Any]) -> dict[str, Any]:
        if "features" not in columns:
            return _given(**picked(columns, row))
        data = _given(
            value=row[columns["value"]],
            probabilities=picked(columns["probabilities"], row) or None,
            shap_values=picked(columns["shap_values"], row) or None,
        )
        others = {field: row[of] for field, of in columns.items() if isinstance(of, str) and field != "value"}
        return _given(features={name: row[name] for name in columns["features"]}, prediction_data=data, **others)

    return {**envelope, "rows": [as_object(row) for row in stream.to_pylist()]}


def expanded(row: Any, layouts: Any) -> Any:
    if "data_id" in row:
        return row
    names: dict[str, list[str]] = layouts[row[0]]

    def named(place: int, name: str) -> dict[str, Any]:
        values: list[Any] = row[place]
        return dict(zip(names[name], values, strict=True))

    features = named(4, "features")
    probabilities, shap_values = named(5, "probabilities"), named(6, "shap_values")
    data = _given(value=row[3], probabilities=probabilities or None, shap_values=shap_values or None)
    return _given(
        data_id=row[1],
        features=features,
        prediction_data=data,
        occurred_at=row[2],
        raw_data=row[7],
        actual_value=row[8],
    )


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hang_up: bool = False


class Peer:
    """Answers with what was queued by :meth:`next`, else takes every row."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.routes: dict[str, Callable[[Request], Answer] | Answer] = {}
        self._next: deque[Callable[[Request], Answer] | Answer] = deque()
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @staticmethod
    def accept(request: Request, rejected: list[dict[str, Any]] | None = None) -> Answer:
        batch, bad = request.json(), rejected or []
        return Answer(body={"batch_id": batch["batch_id"], "accepted": len(batch["rows"]) - len(bad), "rejected": bad})

    @staticmethod
    def problem(status: int, detail: str, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        return Answer(status, {"title": "Problem", "status": status, "detail": detail, **fields}, headers or {})

    @staticmethod
    def json(body: Any) -> Answer:
        return Answer(body=body)

    @staticmethod
    def hang_up() -> Answer:
        return Answer(hang_up=True)

    @staticmethod
    def answer_after(event: threading.Event, answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        def wait(request: Request) -> Answer:
            event.wait(30)
            return answer(request)

        return wait

    def next(self, *answers: Callable[[Request], Answer] | Answer) -> None:
        self._next.extend(answers)

    def batches(self, kind: str | None = None) -> list[dict[str, Any]]:
        paths = [f"/api/v1/{name}" for name in ("predictions", "actuals") if kind in (None, name)]
        return [request.json() for request in self.requests if request.path in paths]

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= count, timeout_s), self.requests

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Answer:
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
            route = f"{request.method} {request.path.partition('?')[0]}"
            chosen = self._next.popleft() if self._next else self.routes.get(route, self.accept)
        return chosen if isinstance(chosen, Answer) else chosen(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = peer.answer(Request(self.command, self.path, headers, body))
                if answer.hang_up:
                    self.close_connection = True
                    return
                content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in {"content-type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        return Handler


class PatientClock(Clock):
    """A clock on which pauses between attempts take no time; it keeps how long each was."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead_s

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead_s)

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        if timeout_s is not None and timeout_s > 0.2:  # lingering rows wait less
            self.pauses.append(timeout_s)
            self._ahead_s += timeout_s
        else:
            condition.wait(timeout_s)


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


@pytest.fixture
def patient_clock() -> PatientClock:
    return PatientClock()
