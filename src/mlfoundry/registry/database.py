"""Open the registry's database and bring it to the newest form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from mlfoundry.errors import Damaged, StoreError


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def open_database(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL and apply the migrations it lacks.

    Raises
    ------
    Damaged
        The file is no database, or a broken one. It is left as it is.
    StoreError
        It was written by a newer mlfoundry.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    try:
        _migrate(engine)
    except CommandError as error:
        engine.dispose()
        raise StoreError(f"the registry at {url} was written by a newer mlfoundry: {error}") from error
    except DatabaseError as error:
        engine.dispose()
        raise Damaged(f"the registry at {url} cannot be read: {error.orig}") from error
    return engine


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _configure_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
