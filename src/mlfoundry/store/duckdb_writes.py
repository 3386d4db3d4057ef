"""What a merge writes beside the events: the ledger, the batches' answers, repeats, refusals, senders' losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa

from mlfoundry.batches import JudgedBatch
from mlfoundry.store.duckdb_merge import Ledger, Repeat
from mlfoundry.store.duckdb_session import Session
from mlfoundry.times import to_micros

_encode = msgspec.json.Encoder().encode
Numbered = Sequence[tuple[int, JudgedBatch]]


def insert_ledger(session: Session, version_no: int, ledger: Ledger) -> None:
    """Add signed counts to the ledger."""
    entries = [(*key, n) for key, n in ledger.items() if n]
    if entries:
        hours, kinds, states, counts = zip(*entries, strict=True)
        table = pa.table(
            {
                "version_no": pa.array([version_no] * len(entries), pa.int32()),
                "hour": pa.array(hours, pa.int64()),
                "kind": pa.array(kinds, pa.string()),
                "state": pa.array(states, pa.string()),
                "n": pa.array(counts, pa.int64()),
            }
        )
        session.run("book", incoming=table)


def insert_repeats(session: Session, version_no: int, repeats: Sequence[Repeat], salt: str) -> None:
    """Keep what became of rows that were not stored."""
    if not repeats:
        return
    table = pa.table(
        {
            "version_no": pa.array([version_no] * len(repeats), pa.int32()),
            "data_id": pa.array([repeat.data_id for repeat in repeats], pa.string()),
            "kind": pa.array([repeat.kind for repeat in repeats], pa.string()),
            "state": pa.array([repeat.state for repeat in repeats], pa.string()),
            "received_at": pa.array([repeat.received_at for repeat in repeats], pa.int64()),
            "occurred_at": pa.array([repeat.occurred_at for repeat in repeats], pa.int64()),
            "batch_no": pa.array([repeat.batch_no for repeat in repeats], pa.int64()),
            "value": pa.array([_encode(repeat.value).decode() for repeat in repeats], pa.string()),
            "content": pa.array([repeat.content for repeat in repeats], pa.string()),
        }
    )
    session.run("insert_repeats", {"salt": salt}, incoming=table)


def insert_batches(session: Session, batches: Numbered, version_nos: Mapping[str, int]) -> None:
    """Remember the answers of batches."""
    table = pa.table(
        {
            "no": pa.array([no for no, _ in batches], pa.int64()),
            "version_no": pa.array([version_nos[batch.model_version_fqn] for _, batch in batches], pa.int32()),
            "kind": pa.array([batch.kind for _, batch in batches], pa.string()),
            "batch_id": pa.array([batch.batch_id for _, batch in batches], pa.string()),
            "received_at": pa.array([batch.received_at for _, batch in batches], pa.int64()),
            "accepted": pa.array([batch.reply().accepted for _, batch in batches], pa.int64()),
            "rejected": pa.array([_encode(batch.rejected).decode() for _, batch in batches], pa.string()),
        }
    )
    session.run("insert_batches", incoming=table)


def insert_drops(session: Session, batches: Numbered, version_nos: Mapping[str, int]) -> None:
    """Add what senders say they dropped."""
    drops: Counter[tuple[int, int, str, str]] = Counter()
    for _, batch in batches:
        for drop in batch.dropped:
            drops[version_nos[batch.model_version_fqn], to_micros(drop.hour), drop.kind, drop.reason] += drop.rows
    if not drops:
        return
    numbers, hours, kinds, reasons = zip(*drops, strict=True)
    table = pa.table(
        {
            "version_no": pa.array(numbers, pa.int32()),
            "hour": pa.array(hours, pa.int64()),
            "kind": pa.array(kinds, pa.string()),
            "reason": pa.array(reasons, pa.string()),
            "n": pa.array(drops.values(), pa.int64()),
        }
    )
    session.run("book_drops", incoming=table)


def insert_rejected(session: Session, batches: Numbered, version_nos: Mapping[str, int]) -> None:
    """Keep the refusals of batches."""
    refused = [(batch, rejection) for _, batch in batches for rejection in batch.rejected]
    if not refused:
        return
    table = pa.table(
        {
            "version_no": pa.array([version_nos[batch.model_version_fqn] for batch, _ in refused], pa.int32()),
            "kind": pa.array([batch.kind for batch, _ in refused], pa.string()),
            "received_at": pa.array([batch.received_at for batch, _ in refused], pa.int64()),
            "batch_id": pa.array([batch.batch_id for batch, _ in refused], pa.string()),
            "row_index": pa.array([rejection.index for _, rejection in refused], pa.int64()),
            "path": pa.array([rejection.path for _, rejection in refused], pa.string()),
            "reason": pa.array([rejection.reason for _, rejection in refused], pa.string()),
            "data_id": pa.array([rejection.data_id for _, rejection in refused], pa.string()),
        }
    )
    session.run("insert_rejected", incoming=table)
