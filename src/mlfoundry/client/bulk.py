"""Backfills: a table of any size sent in large batches, each acknowledged before many more are read."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from random import random
from typing import Any

from mlfoundry.client.batching import Batcher
from mlfoundry.client.bodies import MAX_BATCH_BYTES, MAX_BATCH_ROWS, batch_body
from mlfoundry.client.columns import (
    TableBatch,
    TableColumns,
    actuals_of,
    choose_columns,
    open_stream,
    predictions_of,
    rows_of,
    slices,
)
from mlfoundry.client.compression import headers_of, pack
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RejectedRow
from mlfoundry.client.encoding import EncodedRow, RowEncoder
from mlfoundry.client.options import Options
from mlfoundry.client.progress import Progress
from mlfoundry.client.snapshot import snapshot_actual, snapshot_prediction
from mlfoundry.client.telling import Teller
from mlfoundry.client.transport import API, Reply, Transport, raise_for
from mlfoundry.errors import InvalidInput, Unavailable
from mlfoundry.events import IngestReply, Kind, Rejection
from mlfoundry.fqn import ModelVersionFqn

_AHEAD = 2
_GIVE_UP_S = 300.0


class BulkCalls:
    """What the client does with whole tables."""

    _transport: Transport
    _options: Options
    _batcher: Batcher

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
        shap_values: Mapping[Any, str | Mapping[str, str]] | None = None,
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
            The columns of these; a row without a time gets that of its arrival.
        features
            Columns that are features; by default all that are nothing else.
        prediction
            The column of the prediction; without one only actuals are logged.
        probabilities
            Class to the column of its probability.
        shap_values
            Feature to the column of its SHAP value; or class to such a mapping.
        actual, actual_at
            The columns of the actual and of when it became known. A missing actual is not known yet.
        progress
            Show a bar on stderr; by default where that is a terminal.

        Returns
        -------
        Counts
            Of this call alone: ``sent = accepted + rejected + dropped``; actuals with a time of their own count as
            rows too. :meth:`Client.stats` has them as well, once they are acknowledged.

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
        try:
            return sender.send(reader, columns)
        finally:
            self._batcher.book(sender.counts)


@dataclass(frozen=True, slots=True)
class RowsBatch:
    """Rows that the hook or the lists of names have seen: they travel as JSON, as those of ``log_predictions`` do."""

    kind: Kind
    rows: Sequence[EncodedRow]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def size_bytes(self) -> int:
        """How much it is before compression."""
        return sum(len(row.json) for row in self.rows)

    def halves(self) -> tuple[RowsBatch, RowsBatch]:
        """Two batches of half the rows each."""
        middle = len(self) // 2
        return RowsBatch(self.kind, self.rows[:middle]), RowsBatch(self.kind, self.rows[middle:])

    def body(self, batch_id: str, fqn: str) -> tuple[bytes, Mapping[str, str]]:
        """The JSON of one request, and its headers."""
        return pack(batch_body(batch_id, fqn, self.rows), "gzip"), headers_of("gzip")


Batch = TableBatch | RowsBatch


class BulkSender:
    """Sends the slices of one table; encodes while the server works, at most two requests ahead of its answers."""

    def __init__(
        self, transport: Transport, options: Options, fqn: str, progress: Progress, *, workers: int = _AHEAD
    ) -> None:
        self._transport = transport
        self._workers = workers
        self._options = options
        self._fqn = fqn
        self._progress = progress
        self._teller = Teller(options.on_drop, options.on_reject)
        self._accepted = self._rejected = self._withheld = 0

    @property
    def counts(self) -> Counts:
        """What became of the rows of which that is known."""
        dropped = {"before_send": self._withheld} if self._withheld else {}
        sent = self._accepted + self._rejected + self._withheld
        return Counts(sent, self._accepted, self._rejected, self._withheld, dropped_by_reason=dropped)

    def send(self, reader: Any, columns: TableColumns) -> Counts:
        """Send everything; the counts."""
        return self.send_batches(
            (list(self._batches(part, columns)), part.num_rows) for part in slices(reader, columns, MAX_BATCH_ROWS)
        )

    def send_batches(self, parts: Iterable[tuple[Sequence[Batch], int]]) -> Counts:
        """Send the batches of each part and count its rows as done; one worker keeps their order."""
        waiting: deque[tuple[Future[list[Rejection]], Batch, int]] = deque()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="mlfoundry-table") as pool:
            try:
                for batches, rows in parts:
                    for index, batch in enumerate(batches, 1):
                        while len(waiting) > _AHEAD:
                            self._book(*waiting.popleft())
                        done = rows if index == len(batches) else 0
                        waiting.append((pool.submit(self._deliver, batch), batch, done))
                while waiting:
                    self._book(*waiting.popleft())
            finally:
                for future, *_ in waiting:
                    future.cancel()
                self._progress.end()
        return self.counts

    def _batches(self, part: Any, columns: TableColumns) -> Iterator[Batch]:
        for batch in (predictions_of(part, columns), actuals_of(part, columns)):
            if batch:
                yield from cut(self._redacted(batch) if self._options.redaction else batch)

    def _redacted(self, batch: TableBatch) -> RowsBatch:
        """Row by row, as the hook and the lists of names want it."""
        snapshot = snapshot_prediction if batch.kind == "prediction" else snapshot_actual
        leave = [self._options.redaction.apply(snapshot(row)) for row in rows_of(batch)]
        encoder = RowEncoder()
        kept = [encoder.encode(row) for row in leave if row is not None]
        self._withheld += len(leave) - len(kept)
        return RowsBatch(batch.kind, kept)

    def _book(self, answer: Future[list[Rejection]], batch: Batch, done: int) -> None:
        refused = answer.result()
        self._accepted += len(batch) - len(refused)
        self._rejected += len(refused)
        for why in refused:
            self._teller.rejected(RejectedRow(batch.kind, self._fqn, why.data_id or "", why.path, why.reason))
        self._progress.add(done)

    def _deliver(self, batch: Batch) -> list[Rejection]:
        """Send one batch until the server has it, in halves where it is too large; the rows that were refused."""
        body, headers = batch.body(str(uuid.uuid4()), self._fqn)
        reply = self._answer(f"{API}/{batch.kind}s", body, headers)
        if reply.status == 413 and len(batch) > 1:
            return [why for half in batch.halves() for why in self._deliver(half)]
        return list(self._transport.decode(reply, IngestReply).rejected)

    def _answer(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """An answer other than one that asks to wait; raises when none came for too long."""
        deadline = time.monotonic() + _GIVE_UP_S
        failures = 0
        while True:
            try:
                reply = self._transport.request("POST", path, content=body, headers=headers)
                if not _asks_to_wait(reply):
                    return reply
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


def cut(batch: Batch) -> Iterator[Batch]:
    """The batch, in as many parts as fit into a request."""
    if batch.size_bytes <= MAX_BATCH_BYTES or len(batch) < 2:
        if len(batch):
            yield batch
        return
    for half in batch.halves():
        yield from cut(half)
