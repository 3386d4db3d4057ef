"""Migrations, and databases that cannot be used."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from mlfoundry.errors import Damaged, StoreError
from mlfoundry.registry.database import open_database, sqlite_url
from mlfoundry.registry.tables import Base


def test_migrations_make_the_mapped_tables(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "registry.db"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(Damaged, match="cannot be read"):
        open_database(sqlite_url(path))
    assert path.read_bytes() == b"not a database " * 100


def test_a_newer_form_is_refused(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "registry.db")
    open_database(url).dispose()
    with sqlite3.connect(tmp_path / "registry.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer mlfoundry"):
        open_database(url)
