"""The registry as a whole: one database, one place for files."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import cast

from sqlalchemy.orm import sessionmaker

from mlfoundry.errors import InvalidInput
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.registry.database import open_database
from mlfoundry.registry.files import Files
from mlfoundry.registry.models import Models
from mlfoundry.registry.projects import Projects
from mlfoundry.registry.runs import Runs


def _now() -> datetime:
    return datetime.now(timezone.utc)


class Registry:
    """Projects, runs, models, versions and their files.

    Parameters
    ----------
    url
        A SQLAlchemy URL: SQLite, or PostgreSQL.
    files_url
        A folder or an fsspec URL for artifacts and model files.
    clock
        Gives the time of a change.
    rng
        Makes the names of runs.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> registry = Registry(f"sqlite:///{folder}/registry.db", f"{folder}/artifacts")
    >>> registry.projects.create("flights").name
    'flights'
    >>> registry.close()
    """

    def __init__(
        self,
        url: str,
        files_url: str,
        *,
        clock: Callable[[], datetime] = _now,
        rng: random.Random | None = None,
    ) -> None:
        self._engine = open_database(url)
        # Rows become records before their session ends; nothing may be loaded again after a commit.
        sessions = sessionmaker(self._engine, expire_on_commit=False)
        self.projects = Projects(sessions, clock)
        self.runs = Runs(sessions, clock, rng)
        self.models = Models(sessions, clock)
        self.files = Files(files_url)

    def sweep(self) -> None:
        """Delete the files of what was deleted, and runs of deleted projects; may be repeated after a crash."""
        for fqn in self.models.deleted():
            self.files.delete(version_files(ModelVersionFqn.parse(fqn)))
        for run_id in self.projects.left_runs():
            self.files.delete(run_files(run_id))
        self.projects.forget_left_runs()

    def copy_to(self, path: Path) -> None:
        """Write one consistent state of the database into a new file, while it is used.

        Raises
        ------
        InvalidInput
            The database is no SQLite file; it has backups of its own.
        """
        if self._engine.dialect.name != "sqlite":
            raise InvalidInput(f"the registry is kept in {self._engine.dialect.name}; back it up by its own means")
        pooled = self._engine.raw_connection()
        try:
            with closing(sqlite3.connect(path)) as copy:
                cast("sqlite3.Connection", pooled.driver_connection).backup(copy)
        finally:
            pooled.close()

    def problems(self) -> list[str]:
        """What the database finds wrong with itself."""
        if self._engine.dialect.name != "sqlite":
            return []
        with self._engine.connect() as connection:
            found = [str(text) for (text,) in connection.exec_driver_sql("PRAGMA integrity_check")]
            found += [
                f"a row of {row[0]} points to no row of {row[2]}"
                for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
            ]
        return [text for text in found if text != "ok"]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def version_files(fqn: ModelVersionFqn) -> str:
    """The owner of a version's files."""
    return f"versions/{fqn.model.tenant}/{fqn.model.ml_repo}/{fqn.model.name}/{fqn.version}"


def run_files(run_id: str) -> str:
    """The owner of a run's artifacts."""
    return f"runs/{run_id}"
