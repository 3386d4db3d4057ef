"""What the server counts of its own work, written as the Prometheus text format asks (version 0.0.4)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterable, Mapping, Sequence

ACK_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counter:
    """A number a set of labels that only grows; may be counted from many threads.

    Examples
    --------
    >>> rows = Counter("rows_total", "Rows received.", ("kind",))
    >>> rows.add(3, "actual")
    >>> print("\\n".join(rows.lines()))
    # HELP rows_total Rows received.
    # TYPE rows_total counter
    rows_total{kind="actual"} 3
    """

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self._head = _head(name, text, "counter")
        self._name = name
        self._labels = tuple(labels)
        self._values: Counts[tuple[str, ...]] = Counts()
        self._lock = threading.Lock()

    def add(self, n: int, *labels: str) -> None:
        """Count ``n`` more under the values of the labels."""
        with self._lock:
            self._values[labels] += n

    def lines(self) -> Iterable[str]:
        """The lines of the text format."""
        with self._lock:
            values = sorted(self._values.items())
        yield from self._head
        for labels, value in values:
            yield _sample(self._name, dict(zip(self._labels, labels, strict=True)), value)


class Histogram:
    """How often a number fell below each of some bounds; may be counted from many threads.

    Examples
    --------
    >>> waits = Histogram("wait_seconds", "Waits.", (0.1, 1.0))
    >>> waits.observe(0.5)
    >>> print("\\n".join(waits.lines()))
    # HELP wait_seconds Waits.
    # TYPE wait_seconds histogram
    wait_seconds_bucket{le="0.1"} 0
    wait_seconds_bucket{le="1.0"} 1
    wait_seconds_bucket{le="+Inf"} 1
    wait_seconds_sum 0.5
    wait_seconds_count 1
    """

    def __init__(self, name: str, text: str, bounds: Sequence[float]) -> None:
        self._head = _head(name, text, "histogram")
        self._name = name
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Count one value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def lines(self) -> Iterable[str]:
        """The lines of the text format."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        yield from self._head
        below = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), counts, strict=True):
            below += count
            yield _sample(f"{self._name}_bucket", {"le": bound}, below)
        yield _sample(f"{self._name}_sum", {}, total)
        yield _sample(f"{self._name}_count", {}, below)


def gauge(name: str, text: str, value: float) -> list[str]:
    """The lines of a number that was read just now."""
    return [*_head(name, text, "gauge"), _sample(name, {}, value)]


class Telemetry:
    """The counters of one server."""

    def __init__(self) -> None:
        self.rows = Counter(
            "mlfoundry_rows_total", "Rows answered for, by what their sender was told.", ("kind", "verdict")
        )
        self.merged_rows = Counter(
            "mlfoundry_merged_rows_total", "Rows merged, by the state the merge gave them.", ("kind", "state")
        )
        self.repeated_batches = Counter(
            "mlfoundry_repeated_batches_total", "Batches that were received before and changed nothing.", ("kind",)
        )
        self.client_drops = Counter(
            "mlfoundry_client_dropped_rows_total",
            "Rows that clients say they dropped before they got here.",
            ("kind", "reason"),
        )
        self.refused_requests = Counter(
            "mlfoundry_refused_requests_total", "Ingest requests of which nothing was kept, by status.", ("status",)
        )
        self.removed_rows = Counter(
            "mlfoundry_removed_rows_total", "Rows removed: erased on demand, or past their time.", ("reason",)
        )
        self.ack_seconds = Histogram(
            "mlfoundry_ack_seconds", "From a whole request to the answer that its rows are on disk.", ACK_BOUNDS_S
        )

    def lines(self) -> Iterable[str]:
        """The lines of everything that is counted."""
        for counted in (
            self.rows,
            self.merged_rows,
            self.repeated_batches,
            self.client_drops,
            self.refused_requests,
            self.removed_rows,
            self.ack_seconds,
        ):
            yield from counted.lines()


def _head(name: str, text: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    within = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{within}}} {value}" if within else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
