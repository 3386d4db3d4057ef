"""Backfills: a table of any size sent in large batches, each acknowledged before many more are read."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from random import random
from typing import Any

import msgspec

from mlfoundry.client.bodies import MAX_BATCH_BYTES, MAX_BATCH_ROWS, batch_body, compress
from mlfoundry.client.columns import (
    TableColumns,
    actual_rows,
    choose_columns,
    open_stream,
    prediction_rows,
    slices,
)
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RejectedRow
from mlfoundry.client.encoding import EncodedRow, RowEncoder
from mlfoundry.client.options import Options
from mlfoundry.client.progress import Progress
from mlfoundry.client.snapshot import Snapshot, snapshot_actual, snapshot_prediction
from mlfoundry.client.telling import Teller
from mlfoundry.client.transport import API, Reply, Transport, raise_for
from mlfoundry.errors import InvalidInput, Unavailable
from mlfoundry.events import IngestReply, Kind
from mlfoundry.fqn import ModelVersionFqn

_AHEAD = 2
_GIVE_UP_S = 300.0
_HEADERS = {"content-type": "application/json", "content-encoding": "gzip"}
_ENCODER = msgspec.json.Encoder()
Rows = Sequence[Any]


class BulkCalls:
    """What the client does with whole tables."""

    _transport: Transport
    _options: Options

    def log_table(
        self,
        fqn: str,
        table: Any,
        *,
        data_id: str,
        occurred_at: str | None = None,
        features: Sequence[str] | None = None,
        prediction: str | None = None,
        probabilities: Mapping[Any, str] | None = None,
        shap_values: Mapping[str, str] | None = None,
        actual: str | None = None,
        actual_at: str | None = None,
        progress: bool | None = None,
    ) -> Counts:
        """Log every row of a table, and wait until the server has them: for backfills, not for requests.

        The table is read a few thousand rows at a time, so a reader of record batches may be longer than memory. Sent
        again, equal rows are duplicates: after an error, call it again.

        Parameters
        ----------
        fqn
            The model version.
        table
            What offers the Arrow stream interface (pandas, polars, pyarrow, DuckDB), or a dict of columns.
        data_id, occurred_at
            The columns of these; without ``occurred_at`` the time of the call.
        features
            Columns that are features; by default all that are nothing else.
        prediction
            The column of the prediction; without one only actuals are logged.
        probabilities
            Class to the column of its probability.
        shap_values
            Feature to the column of its SHAP value.
        actual, actual_at
            The columns of the actual and of when it became known. A missing actual is not known yet.
        progress
            Show a bar on stderr; by default where that is a terminal.

        Returns
        -------
        Counts
            Of this call alone: ``sent = accepted + rejected``; actuals with a time of their own count as rows too.

        Raises
        ------
        InvalidInput
            The table has no such column, a type that no row can hold, or no Arrow stream interface.
        NotFound
            There is no such version.
        Unavailable
            The server took nothing for 5 minutes.
        MissingExtra
            pyarrow is not installed.
        """
        parsed = ModelVersionFqn.parse(fqn)
        if parsed.version is None:
            raise InvalidInput(f"rows belong to one version: give its number instead of 'latest' in {fqn!r}")
        reader, total = open_stream(table)
        columns = choose_columns(
            reader.schema.names,
            data_id=data_id,
            occurred_at=occurred_at,
            features=features,
            prediction=prediction,
            probabilities=probabilities,
            shap_values=shap_values,
            actual=actual,
            actual_at=actual_at,
        )
        sender = BulkSender(self._transport, self._options, str(parsed), Progress(total, shown=progress))
        return sender.send(reader, columns)


class BulkSender:
    """Sends the slices of one table; encodes while the server works, at most two requests ahead of its answers."""

    def __init__(self, transport: Transport, options: Options, fqn: str, progress: Progress) -> None:
        self._transport = transport
        self._options = options
        self._fqn = fqn
        self._progress = progress
        self._teller = Teller(options.on_drop, options.on_reject)
        self._sent = self._accepted = self._rejected = self._withheld = 0

    def send(self, reader: Any, columns: TableColumns) -> Counts:
        """Send everything; the counts."""
        now = datetime.now(timezone.utc)
        waiting: deque[tuple[Future[IngestReply], Kind, Rows, int]] = deque()
        with ThreadPoolExecutor(_AHEAD, thread_name_prefix="mlfoundry-table") as pool:
            try:
                for part in slices(reader, columns.all(), MAX_BATCH_ROWS):
                    bodies = list(self._bodies(part, columns, now))
                    for index, (kind, rows, body) in enumerate(bodies):
                        while len(waiting) > _AHEAD:
                            self._book(*waiting.popleft())
                        done = part.num_rows if index == len(bodies) - 1 else 0
                        waiting.append((pool.submit(self._deliver, kind, body), kind, rows, done))
                while waiting:
                    self._book(*waiting.popleft())
            finally:
                for future, *_ in waiting:
                    future.cancel()
                self._progress.end()
        dropped = {"before_send": self._withheld} if self._withheld else {}
        return Counts(self._sent, self._accepted, self._rejected, self._withheld, dropped_by_reason=dropped)

    def _bodies(self, part: Any, columns: TableColumns, now: datetime) -> Iterator[tuple[Kind, Rows, bytes]]:
        predictions: Rows = prediction_rows(part, columns, now) if columns.prediction is not None else []
        actuals: Rows = actual_rows(part, columns, now)
        self._sent += len(predictions) + len(actuals)
        if self._options.redaction:
            yield from self._redacted_bodies(predictions, actuals, columns)
            return
        yield from self._plain_bodies("prediction", predictions, columns)
        yield from self._plain_bodies("actual", actuals, columns)

    def _plain_bodies(self, kind: Kind, rows: Rows, columns: TableColumns) -> Iterator[tuple[Kind, Rows, bytes]]:
        if not rows:
            return
        fields: dict[str, Any] = {"batch_id": str(uuid.uuid4()), "model_version_fqn": self._fqn}
        if kind == "prediction":
            fields["layouts"] = [columns.layout]
        body = _ENCODER.encode({**fields, "rows": rows})
        if len(body) > MAX_BATCH_BYTES and len(rows) > 1:
            middle = len(rows) // 2
            yield from self._plain_bodies(kind, rows[:middle], columns)
            yield from self._plain_bodies(kind, rows[middle:], columns)
        else:
            yield kind, rows, body

    def _redacted_bodies(
        self, predictions: Rows, actuals: Rows, columns: TableColumns
    ) -> Iterator[tuple[Kind, Rows, bytes]]:
        """Row by row, as the hook and the lists of names want it."""
        made: list[tuple[Kind, Callable[[Any], Snapshot], Rows]] = [
            ("prediction", lambda row: _as_snapshot(row, columns), predictions),
            ("actual", snapshot_actual, actuals),
        ]
        for kind, snapshot, rows in made:
            kept: list[Any] = []
            encoded: list[EncodedRow] = []
            encoder = RowEncoder()
            for row in rows:
                leaves = self._options.redaction.apply(snapshot(row))
                if leaves is None:
                    self._withheld += 1
                    continue
                kept.append(row)
                encoded.append(encoder.encode(leaves))
            if encoded:
                yield kind, kept, batch_body(str(uuid.uuid4()), self._fqn, encoded)

    def _book(self, answer: Future[IngestReply], kind: Kind, rows: Rows, done: int) -> None:
        reply = answer.result()
        self._accepted += len(rows) - len(reply.rejected)
        self._rejected += len(reply.rejected)
        for why in reply.rejected:
            self._teller.rejected(RejectedRow(kind, self._fqn, why.data_id or "", why.path, why.reason))
        self._progress.add(done)

    def _deliver(self, kind: Kind, body: bytes) -> IngestReply:
        """Send one batch until the server has it; raises what a caller can do something about."""
        content = compress(body)
        deadline = time.monotonic() + _GIVE_UP_S
        failures = 0
        while True:
            try:
                reply = self._transport.request("POST", f"{API}/{kind}s", content=content, headers=_HEADERS)
                if not _asks_to_wait(reply):
                    return self._transport.decode(reply, IngestReply)
                problem: Unavailable | None = None
            except Unavailable as error:
                reply, problem = None, error
            policy = self._options.retry
            asked_s = policy.retry_after(reply.retry_after if reply else None, datetime.now(timezone.utc))
            delay_s = max(policy.backoff(failures, random()), asked_s)  # noqa: S311  jitter needs no secret
            if time.monotonic() + delay_s > deadline:
                if reply is not None:
                    raise_for(reply)
                assert problem is not None
                raise problem
            time.sleep(delay_s)
            failures += 1


def _asks_to_wait(reply: Reply) -> bool:
    return reply.status in (408, 429) or reply.status >= 500


def _as_snapshot(row: tuple[Any, ...], columns: TableColumns) -> Snapshot:
    _, data_id, occurred_at, value, features, probabilities, shap_values, _, actual = row
    return snapshot_prediction(
        {
            "data_id": data_id,
            "occurred_at": occurred_at,
            "features": dict(zip(columns.features, features, strict=True)),
            "prediction_data": {
                "value": value,
                "probabilities": dict(zip(columns.probabilities, probabilities, strict=True)),
                "shap_values": dict(zip(columns.shap_values, shap_values, strict=True)),
            },
            "actual_value": actual,
        }
    )
