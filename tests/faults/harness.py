"""What the fault tests share: seeded rows, senders that retry as clients do, and the oracle that knows what was sent.

The oracle is told of every batch before it is sent and of every ack. In the end it asks the server and compares: each
acked row is there once with the content that was sent, nothing is there that was not sent, and the ledger's sums are
those of the rows.
"""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from mlfoundry.events import Kind
from serving import Server, wait_until

WINDOW = {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}
_START_S = 1_767_225_600  # 2026-01-01
_GIVE_UP_S = 60.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """Picks how much a test does."""

    soak: bool

    def __call__(self, short: int, long: int) -> int:
        """The short form's number or the long one's."""
        return long if self.soak else short


class Tally:
    """Counts by test."""

    def __init__(self) -> None:
        self._by_test: dict[str, Counter[str]] = {}
        self._mine: Counter[str] = Counter()

    def of(self, name: str) -> Tally:
        """The part of one test."""
        part = Tally()
        self._by_test[name] = part._mine
        return part

    def add(self, what: str, n: int = 1) -> None:
        """Count something."""
        self._mine[what] += n

    def lines(self) -> list[str]:
        """One line a test."""
        return [
            f"{name}: " + ", ".join(f"{n:,} {what}" for what, n in counts.items())
            for name, counts in self._by_test.items()
            if counts
        ]


@dataclass(frozen=True)
class Batch:
    """One request."""

    kind: Kind
    batch_id: str
    fqn: str
    rows: tuple[Row, ...]

    @property
    def path(self) -> str:
        """Where it is sent to."""
        return f"/api/v1/{self.kind}s"

    def body(self) -> dict[str, Any]:
        """What is sent."""
        return {"batch_id": self.batch_id, "model_version_fqn": self.fqn, "rows": list(self.rows)}


class Source:
    """Makes rows and batches from a seed."""

    def __init__(self, fqn: str, seed: int) -> None:
        self.fqn = fqn
        self.rng = random.Random(seed)
        self._made = 0

    def prediction(self, data_id: str | None = None) -> Row:
        """A prediction with a new id, or with the one given."""
        rng, number = self.rng, self._made
        self._made += 1
        return {
            "data_id": data_id or f"row-{number}",
            "features": {"x": rng.random(), "n": rng.randrange(9), "city": rng.choice(["Köln", "Oslo", None])},
            "prediction_data": {"value": rng.choice(["late", "ok"]), "probabilities": {"late": rng.random()}},
            "occurred_at": _START_S + number % 2_000_000,
        }

    def batch(self, kind: Kind, rows: Iterable[Row]) -> Batch:
        """Rows as a batch."""
        return Batch(kind, str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), self.fqn, tuple(rows))

    def predictions(self, batches: int, rows: int) -> list[Batch]:
        """Batches of new predictions."""
        return [self.batch("prediction", [self.prediction() for _ in range(rows)]) for _ in range(batches)]


class Oracle:
    """Knows what was sent and acked of one version."""

    def __init__(self, fqn: str) -> None:
        self._fqn = fqn
        self._lock = threading.Lock()
        self._sent: dict[str, list[Row]] = {}
        self._acked: set[str] = set()
        self.acked_batches: set[str] = set()

    def sending(self, batch: Batch) -> None:
        """A batch is about to be sent."""
        with self._lock:
            for row in batch.rows:
                self._sent.setdefault(row["data_id"], []).append(row)

    def acked(self, batch: Batch, reply: dict[str, Any]) -> None:
        """A batch was answered with 200."""
        assert reply["batch_id"] == batch.batch_id
        refused = {rejection["index"] for rejection in reply["rejected"]}
        assert reply["accepted"] == len(batch.rows) - len(refused)
        with self._lock:
            self.acked_batches.add(batch.batch_id)
            if batch.kind == "prediction":
                self._acked.update(row["data_id"] for i, row in enumerate(batch.rows) if i not in refused)

    def check_predictions(self, server: Server) -> int:
        """Compare with what the server shows; the rows that were acked."""
        merged(server, self._fqn)
        shown = all_rows(server, self._fqn)
        times = Counter(row["data_id"] for row in shown)
        assert [data_id for data_id, n in times.items() if n > 1] == []
        assert self._acked - times.keys() == set(), "acked rows are lost"
        assert times.keys() - self._sent.keys() == set(), "rows nobody sent"
        for row in shown:
            assert any(same(row, sent) for sent in self._sent[row["data_id"]]), row["data_id"]
        assert ledger(server, self._fqn).get("prediction.stored", 0) == len(shown)
        return len(self._acked)


def same(shown: Row, sent: Row) -> bool:
    """Whether a row of the server has the content that was sent."""
    data = sent["prediction_data"]
    return (
        shown["features"] == sent["features"]
        and shown["value"] == data["value"]
        and shown["probabilities"] == data["probabilities"]
    )


def register(server: Server, name: str) -> str:
    """A new model version; its FQN."""
    server.http.post("/api/v1/ml-repos", json={"name": "faults"}).raise_for_status()
    made = server.http.post("/api/v1/ml-repos/faults/model-versions", json={"name": name})
    return str(made.raise_for_status().json()["fqn"])


def merged(server: Server, fqn: str) -> None:
    """Wait until nothing of a version lies in the inbox."""
    params = {"model_version_fqn": fqn}
    wait_until(lambda: server.http.get("/api/v1/version", params=params).json()["inbox_rows"] == 0, 60)


def all_rows(server: Server, fqn: str) -> list[Row]:
    """Every row of a version, page by page."""
    rows: list[Row] = []
    cursor: str | None = None
    while True:
        params = {"model_version_fqn": fqn, **WINDOW, "limit": 5_000} | ({"cursor": cursor} if cursor else {})
        page = server.http.get("/api/v1/rows", params=params).raise_for_status().json()
        rows += page["rows"]
        cursor = page["next_cursor"]
        if not cursor:
            return rows


def ledger(server: Server, fqn: str) -> dict[str, int]:
    """Rows by kind and state, as ``prediction.stored``; states of no row are left out."""
    answer = server.http.get("/api/v1/ledger", params={"model_version_fqn": fqn}).raise_for_status().json()
    return {state: n for state, n in answer["totals"].items() if n}


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, read."""
        return json.loads(self.body)


def send_body(url: str, path: str, body: bytes, *, timeout_s: float = 20.0, **headers: str) -> Answer:
    """Send a body once, over a connection of its own; raises OSError or HTTPException when no answer comes."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=timeout_s)
    try:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request("POST", path, body, {"content-type": "application/json", **named})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def post(url: str, batch: Batch) -> Answer:
    """Send a batch once."""
    return send_body(url, batch.path, json.dumps(batch.body()).encode())


@dataclass
class Senders:
    """Sends batches over some connections, each until it is acked, as a client does.

    Parameters
    ----------
    oracle
        Is told of every batch and ack.
    url
        Where the server is now.
    """

    oracle: Oracle
    url: Callable[[], str]
    connections: int = 4
    acks: int = 0
    retries: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def send(self, batches: Sequence[Batch]) -> None:
        """Send every batch until it is acked; fails when one is not within a minute."""
        with ThreadPoolExecutor(self.connections) as pool:
            for done in [pool.submit(self._deliver, batch) for batch in batches]:
                done.result()

    def wait_acks(self, n: int) -> None:
        """Wait until that many batches are acked."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.acks >= n, _GIVE_UP_S), f"{self.acks} acks, not {n}"

    def _deliver(self, batch: Batch) -> None:
        self.oracle.sending(batch)
        deadline = time.monotonic() + _GIVE_UP_S
        while time.monotonic() < deadline:
            try:
                answer = post(self.url(), batch)
            except (OSError, HTTPException):
                answer = None
            if answer is not None and answer.status == 200:
                self.oracle.acked(batch, answer.json())
                with self._changed:
                    self.acks += 1
                    self._changed.notify_all()
                return
            assert answer is None or answer.status in (429, 503), answer.body
            with self._changed:
                self.retries += 1
            time.sleep(0.05)  # as a client backs off; the server is another process, no clock can be passed in
        raise AssertionError(f"batch {batch.batch_id} was not acked within {_GIVE_UP_S:.0f} s")
