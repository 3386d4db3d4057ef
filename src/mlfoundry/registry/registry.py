"""The registry as a whole: one database, one place for files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timezone

from sqlalchemy.orm import sessionmaker

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

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def version_files(fqn: ModelVersionFqn) -> str:
    """The owner of a version's files."""
    return f"versions/{fqn.model.tenant}/{fqn.model.ml_repo}/{fqn.model.name}/{fqn.version}"


def run_files(run_id: str) -> str:
    """The owner of a run's artifacts."""
    return f"runs/{run_id}"
