"""What the dashboard asks, as its addresses, and how the answers are timed."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import httpx

from dashboard_parts.loading import FQN
from dashboard_parts.traffic import DAY_S, END_S

HOUR_S = 3_600
NARROW = 'city == "city-7"'
BROAD = 'country == "country-0" and amount > 20'


@dataclass(frozen=True)
class Window:
    """Seconds since 1970, half-open."""

    start: int
    end: int

    @property
    def texts(self) -> dict[str, str]:
        """As the dashboard writes it."""
        return {name: _text(value) for name, value in (("start", self.start), ("end", self.end))}


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Question:
    """One address; ``bar_s`` is what 95 in 100 answers may take, ``days`` how long its window is (0: it has none)."""

    name: str
    path: str
    days: int
    bar_s: float
    query: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def where(self) -> str | None:
        """The filter."""
        return self.query.get("where")


def questions(bar_s: float) -> tuple[Question, ...]:
    """Every question of the fleet's page and of a version's, the filtered ones last."""
    drawn = {"series": "f1,roc_auc,accuracy"}
    numeric, text, many = ({"column": name} for name in ("amount", "city", "merchant"))
    whole = [
        Question("fleet", "fleet", 7, bar_s),
        Question("version", "version", 0, bar_s),
        Question("ledger", "ledger", 0, bar_s),
    ]
    for days in (7, 30):
        about = f"{days} d"
        whole += [
            Question(f"volume, {about}", "volume", days, bar_s),
            Question(f"performance, {about}", "performance", days, bar_s, drawn),
            Question(f"confusion, {about}", "confusion", days, bar_s),
            Question(f"drift of 30 columns, {about}", "drift", days, bar_s),
            Question(f"column of numbers, {about}", "column", days, bar_s, numeric),
            Question(f"column of 200 texts, {about}", "column", days, bar_s, text),
            Question(f"column of 20,000 texts, {about}", "column", days, bar_s, many),
            Question(f"curves, {about}", "curves", days, bar_s),
            Question(f"classes, {about}", "classes", days, bar_s),
            Question(f"data quality, {about}", "quality", days, bar_s),
            Question(f"attribution, {about}", "attribution", days, bar_s),
        ]
    whole += [Question("page of rows", "rows", 7, bar_s, {"limit": "50"}), Question("row by data_id", "row", 0, bar_s)]
    for about, where in (("1 in 30", NARROW), ("1 in 3", BROAD)):
        sliced = {"where": where}
        whole += [
            Question(f"{about}: volume, 30 d", "volume", 30, 1.0, sliced),
            Question(f"{about}: column, 30 d", "column", 30, 1.0, {**numeric, **sliced}),
            Question(f"{about}: performance, 30 d", "performance", 30, 5.0, {**drawn, **sliced}),
            Question(f"{about}: drift, 30 d", "drift", 30, 5.0, sliced),
        ]
    return tuple(whole)


def window_of(question: Question, ask: int) -> Window:
    """The window of one ask: each an hour earlier than the one before, the first up to the last full hour."""
    end = END_S - ask * HOUR_S
    return Window(end - (question.days or 7) * DAY_S, end)


@dataclass(frozen=True)
class Taken:
    """Seconds of each answer, and of the CPU for a cold one, which other work on the machine does not lengthen."""

    first_s: float
    cold: list[float]
    warm: list[float]
    cpu_s: float


def cpu_seconds(pid: int) -> float:
    """What a process has taken of all CPUs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Dashboard:
    """Asks a server.

    Parameters
    ----------
    http
        A client of its address.
    pid
        Its process.
    """

    def __init__(self, http: httpx.Client, pid: int) -> None:
        self._http = http
        self._pid = pid

    def forget(self) -> None:
        """Have the server forget every answer and every summary that it keeps in memory."""
        body = {"archived": False}
        self._http.patch("/api/v1/model-version", params={"model_version_fqn": FQN}, json=body).raise_for_status()

    def merge_a_row(self) -> None:
        """Have one more prediction merged, as a version in use has them all the time: no answer holds any more."""
        row = {
            "data_id": uuid.uuid4().hex,
            "features": {"amount": 1.0},
            "prediction_data": {"value": "no"},
            "occurred_at": END_S - 1,
        }
        body = {"model_version_fqn": FQN, "batch_id": str(uuid.uuid4()), "rows": [row]}
        self._http.post("/api/v1/predictions", json=body).raise_for_status()
        while "\nmlfoundry_inbox_rows 0" not in self._http.get("/metrics").text:
            time.sleep(0.02)

    def seconds(self, question: Question, window: Window, data_id: str) -> float:
        """How long one answer takes, its reading as JSON left out."""
        query = {"model_version_fqn": FQN, **question.query}
        if question.path == "fleet":
            query = dict(window.texts)
        elif question.path == "row":
            query["data_id"] = data_id
        elif question.days:
            query |= window.texts
        began = time.perf_counter()
        answer = self._http.get(f"/api/v1/{question.path}", params=query)
        took = time.perf_counter() - began
        answer.raise_for_status()
        return took

    def times(self, question: Question, ids: list[str], *, asks: int, at_most_s: float) -> Taken:
        """The first answer, each after a merge, and the same asked again; fewer where they take too long."""
        self.forget()
        first_s = self.seconds(question, window_of(question, asks), ids[-1])
        cold: list[float] = []
        warm: list[float] = []
        cpu_s = 0.0
        for window, data_id in _asks(question, ids, asks):
            self.merge_a_row()
            before = cpu_seconds(self._pid)
            cold.append(self.seconds(question, window, data_id))
            cpu_s += cpu_seconds(self._pid) - before
            warm.append(self.seconds(question, window, data_id))
            if sum(cold) > at_most_s:
                break
        return Taken(first_s, cold, warm, cpu_s / len(cold))


def _asks(question: Question, ids: list[str], asks: int) -> Iterator[tuple[Window, str]]:
    for ask in range(asks):
        yield window_of(question, ask), ids[ask % len(ids)]
