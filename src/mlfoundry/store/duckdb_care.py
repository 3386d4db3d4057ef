"""How much the DuckDB file holds of what, and copies of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlfoundry.errors import StoreError
from mlfoundry.store.care import Amount, FileUsage, Progress, VersionUsage
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState

_NOTHING = Amount(rows=0, bytes=0)
_OWNED = re.compile(r"[a-z_]+_r?\d+")
_CELLS = ("cells_hour", "cells_day")
_RAW = ("events", "actuals", "outcomes")
_COPY = "copy_of_events"


def usage_of(
    session: Session, states: Mapping[str, VersionState], path: Path
) -> tuple[FileUsage, Sequence[VersionUsage]]:
    """What each version takes, and the file as a whole."""
    [(block_bytes, _, _, free_blocks)] = session.rows("database_size")
    amounts = {table: _amount(session, table, int(block_bytes)) for table in own_tables(session)}
    versions = [_version_usage(state, amounts) for state in states.values()]
    log = path.with_name(f"{path.name}.wal")
    shared = [amount for table, amount in amounts.items() if not _OWNED.fullmatch(table)]
    return FileUsage(
        file_bytes=path.stat().st_size,
        free_bytes=int(free_blocks) * int(block_bytes),
        log_bytes=log.stat().st_size if log.exists() else 0,
        shared=sum(shared, _NOTHING),
    ), versions


def own_tables(session: Session) -> list[str]:
    """The tables of the file, not those of a copy that is being written."""
    return [str(table) for (table,) in session.rows("own_tables")]


def _amount(session: Session, table: str, block_bytes: int) -> Amount:
    [(rows,)] = session.rows("count_rows", table=table)
    [(blocks,)] = session.rows("table_blocks", table=table)
    return Amount(rows=int(rows), bytes=int(blocks) * block_bytes)


def _version_usage(state: VersionState, amounts: Mapping[str, Amount]) -> VersionUsage:
    parts = {part: amounts.get(f"{part}_{state.no}", _NOTHING) for part in _RAW}
    references = [amounts.get(f"reference_{no}", _NOTHING) for no in state.references]
    owners = [str(state.no), *(f"r{no}" for no in state.references)]
    cells = [amounts.get(f"{tier}_{owner}", _NOTHING) for tier in _CELLS for owner in owners]
    return VersionUsage(fqn=state.fqn, **parts, references=sum(references, _NOTHING), aggregates=sum(cells, _NOTHING))


def copy_database(session: Session, file: Path, progress: Progress) -> None:
    """Write the state that the session sees into a new file.

    Parameters
    ----------
    session
        A session of its own without a transaction; the copy is made in one, so merges may go on.
    file
        Where to; in the one folder that the engine may write to beside its own file.
    progress
        Is told of rows.

    Raises
    ------
    StoreError
        The copy does not hold what it should, or the disk is full.
    """
    quoted = str(file).replace("'", "''")
    session.run("attach", file=quoted, copy=_COPY)
    try:
        session.begin()
        try:
            _copy_tables(session, progress)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        session.run("checkpoint_of", copy=_COPY)
    finally:
        session.run("detach", copy=_COPY)


def _copy_tables(session: Session, progress: Progress) -> None:
    [(source,)] = session.rows("current_database")
    source = f'"{source}"'
    sizes = {table: int(session.rows("count_rows", table=table)[0][0]) for table in own_tables(session)}
    session.run("copy_schema", source=source, target=_COPY)
    total, done = sum(sizes.values()), 0
    for table, rows in sizes.items():
        progress("copying rows", done, total)
        session.run("copy_table", table=table, source=source, target=_COPY)
        [(copied,)] = session.rows("count_rows", table=f"{_COPY}.main.{table}")
        if copied != rows:
            raise StoreError(f"the copy of {table} has {copied:,} rows, the original {rows:,}")
        done += rows
    progress("copying rows", total, total)
