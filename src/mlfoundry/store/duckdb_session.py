"""The only place that calls DuckDB: sessions that run named SQL, and its errors made ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from mlfoundry.errors import Damaged, EngineFailed, StoreError
from mlfoundry.store.sql import Queries

QUERIES = Queries("duckdb.sql", "duckdb_care.sql", "duckdb_cells.sql")
Parameters = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]
_T = TypeVar("_T")
_REOPEN_S = 10.0
_STREAMED_ROWS = 1 << 16
"""So many rows of one column lie in the cache of a core."""
_ENGINE_ERRORS = (duckdb.OperationalError, duckdb.FatalException, duckdb.PermissionException)
# Why a sound file may not open: DuckDB gives such errors the type of those about unsound ones.
_NOT_DAMAGED = ("lock on file", "Permission denied", "No space left", "Too many open files", "newer version")


class Session:
    """One cursor: its own transaction, for one thread at a time."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._after_commit: list[Callable[[], None]] = []

    def run(self, name: str, parameters: Parameters = (), /, *, incoming: pa.Table | None = None, **ids: Any) -> None:
        """Run a block; the table is what it calls ``incoming``."""
        if incoming is not None:
            self._cursor.register("incoming", incoming)
        try:
            self._cursor.execute(QUERIES(name, **ids), _given(parameters))
        finally:
            if incoming is not None:
                self._cursor.unregister("incoming")

    def rows(self, name: str, parameters: Parameters = (), /, **ids: Any) -> list[Row]:
        """The rows of a block as tuples."""
        return self._cursor.execute(QUERIES(name, **ids), _given(parameters)).fetchall()

    def table(
        self, name: str, parameters: Parameters = (), /, *, incoming: pa.Table | None = None, **ids: Any
    ) -> pa.Table:
        """The rows of a block as an Arrow table; the table given is what it calls ``incoming``."""
        if incoming is not None:
            self._cursor.register("incoming", incoming)
        try:
            return self._cursor.sql(QUERIES(name, **ids), params=_given(parameters)).to_arrow_table()
        finally:
            if incoming is not None:
                self._cursor.unregister("incoming")

    def tables(self, name: str, parameters: Parameters = (), /, **ids: Any) -> Generator[pa.Table]:
        """The rows of a block, some ten thousand at a time; an empty table where there are none.

        Nothing else may be asked of the session until the last table was taken.
        """
        reader = self._cursor.sql(QUERIES(name, **ids), params=_given(parameters)).to_arrow_reader(_STREAMED_ROWS)
        waiting: list[pa.RecordBatch] = []
        some = False
        try:
            # A filter leaves little of what the engine scans at once, and small tables cost more a row.
            for batch in reader:
                waiting.append(batch)
                if sum(one.num_rows for one in waiting) >= _STREAMED_ROWS // 2:
                    yield pa.Table.from_batches(waiting)
                    waiting, some = [], True
        except (pa.ArrowException, OSError) as error:  # what Arrow makes of the engine's errors
            raise EngineFailed(f"the event store: {_first_line(error)}") from error
        finally:
            reader.close()
        if waiting or not some:
            yield pa.Table.from_batches(waiting, schema=reader.schema)

    def text(self, name: str, /, **ids: Any) -> str:
        """A block to be put into another."""
        return QUERIES(name, **ids)

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self._cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall())

    def begin(self) -> None:
        """Begin a transaction."""
        self._cursor.begin()

    def pin(self) -> None:
        """Fix which state of the data the transaction sees; DuckDB does so at its first query."""
        self._cursor.execute(QUERIES("read_meta")).fetchall()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something in one step with the commit, as far as other sessions see."""
        self._after_commit.append(action)

    def commit(self) -> None:
        """Make everything since :meth:`begin` last."""
        self._cursor.commit()
        for action in self._after_commit:
            action()

    def rollback(self) -> None:
        """Undo everything since :meth:`begin`."""
        self._cursor.rollback()

    def close(self) -> None:
        """Let go of the cursor."""
        self._cursor.close()


class Database:
    """One DuckDB file, owned by this process.

    Parameters
    ----------
    path
        The file; made if absent.
    memory_limit_bytes
        What the engine may hold in memory before it uses the disk.
    threads
        Threads of one query.

    Raises
    ------
    Damaged
        The file cannot be read.
    """

    def __init__(self, path: Path, *, memory_limit_bytes: int, threads: int) -> None:
        self._path = path
        self._config: dict[str, Any] = {
            "threads": threads,
            "memory_limit": f"{memory_limit_bytes // 2**20}MiB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._sessions = 0
        self._broken = False
        self._connection = self._connect()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def copies_dir(self) -> Path:
        """The one folder beside the file that the engine may write to."""
        return self._path.with_suffix(".copies")

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            connection = duckdb.connect(str(self._path), config=self._config)
            spill = str(self._path.with_suffix(".tmp")).replace("'", "''")
            connection.execute(f"SET temp_directory = '{spill}'")
            connection.execute("SET checkpoint_threshold = '64MiB'")
            copies = str(self.copies_dir).replace("'", "''")
            connection.execute(f"SET allowed_directories = ['{copies}/']")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            kind = StoreError if any(word in str(error) for word in _NOT_DAMAGED) else Damaged
            raise kind(f"{self._path} cannot be opened: {_first_line(error)}") from error
        return connection

    @contextmanager
    def _session(self) -> Generator[Session]:
        """A cursor. After an error that DuckDB does not get over, such as a full disk in a checkpoint, it refuses
        everything until the file is opened anew, which happens here once the last session has ended."""
        with self._changed:
            while self._broken:
                if self._sessions == 0:
                    self._connection.close()
                    self._connection = self._connect()
                    self._broken = False
                elif not self._changed.wait(_REOPEN_S):
                    raise EngineFailed("the event store: it cannot be opened anew while a question is being answered")
            self._sessions += 1
        try:
            with _our_errors():
                session = Session(self._connection.cursor())
                try:
                    yield session
                except duckdb.FatalException:
                    self._broken = True
                    raise
                finally:
                    session.close()
        finally:
            with self._changed:
                self._sessions -= 1
                self._changed.notify_all()

    @contextmanager
    def bare_session(self) -> Generator[Session]:
        """A session without a transaction, for what begins its own or allows none."""
        with self._session() as session:
            yield session

    @contextmanager
    def session(self, look: Callable[[], _T]) -> Generator[tuple[Session, _T]]:
        """A session whose reads see one state of the data, whatever is merged meanwhile.

        Parameters
        ----------
        look
            Reads what is held in memory about the data; called so that it belongs to the state that the session sees.
        """
        with self._session() as session:
            with self._turn:
                session.begin()
                session.pin()
                seen = look()
            yield session, seen
            session.rollback()

    @contextmanager
    def transaction(self) -> Generator[Session]:
        """A session whose writes happen all at once when it ends, or not at all."""
        with self._session() as session:
            session.begin()
            try:
                yield session
                with self._turn:
                    session.commit()
            except BaseException:
                with suppress(duckdb.Error):  # a commit that failed has undone everything itself
                    session.rollback()
                raise

    def close(self) -> None:
        """Close the file; what is committed stays."""
        with _our_errors():
            self._connection.close()


@contextmanager
def _our_errors() -> Generator[None]:
    try:
        yield
    except duckdb.Error as error:
        kind = EngineFailed if isinstance(error, _ENGINE_ERRORS) else StoreError
        raise kind(f"the event store: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _given(parameters: Parameters) -> Any:
    return dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
