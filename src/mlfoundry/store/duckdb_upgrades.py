"""Bring a file that an older mlfoundry wrote to the format of this one: one function a step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

from mlfoundry.errors import StoreError
from mlfoundry.store.duckdb_session import Session
from mlfoundry.summaries.cells import SUMS

_LOG = logging.getLogger(__name__)


def upgrade_1_to_2(session: Session) -> None:
    """Rows that clients say they lost are counted, and aggregates kept as cells; format 1 has no place for them.

    The cells themselves are made when the file is loaded.
    """
    session.run("create_client_drops")
    session.run("create_series")
    for owner in _owners(session):
        session.run("create_cells", owner=owner)


def upgrade_2_to_3(session: Session) -> None:
    """Aggregates outlive the rows that they are made of, and it is kept from which hour on they can be made anew."""
    session.run("create_horizons")


def upgrade_3_to_4(session: Session) -> None:
    """Cells are packed: a row for each period and series instead of one for each bucket."""
    for owner in _owners(session):
        for tier in ("hour", "day"):
            if not session.rows("is_packed", {"name": f"cells_{tier}_{owner}"}):
                session.run("pack_cells", owner=owner, tier=tier, sums=SUMS)


def _owners(session: Session) -> list[str]:
    versions = [str(no) for no, *_ in session.rows("read_versions")]
    return versions + [f"r{no}" for _, no, *_ in session.rows("read_references")]


def upgrade_4_to_5(session: Session) -> None:
    """Versions have custom metrics."""
    session.run("create_custom_metrics")


UPGRADES: Mapping[int, Callable[[Session], None]] = MappingProxyType(
    {1: upgrade_1_to_2, 2: upgrade_2_to_3, 3: upgrade_3_to_4, 4: upgrade_4_to_5}
)
"""The step that leads on from each format."""
FORMAT_VERSION = max(UPGRADES) + 1


def upgrade(session: Session, found: int) -> None:
    """Take every step from the format found to :data:`FORMAT_VERSION`, within the session's transaction.

    Raises
    ------
    StoreError
        The file was written by a newer mlfoundry, or by one older than the first step.
    """
    if found > FORMAT_VERSION or found < min(UPGRADES):
        raise StoreError(
            f"the event store has the format {found}, this program knows {min(UPGRADES)} to {FORMAT_VERSION}; "
            "start it with the version of mlfoundry that wrote it"
        )
    for version in range(found, FORMAT_VERSION):
        UPGRADES[version](session)
        session.run("set_format", (version + 1,))
        _LOG.info("the event store was brought from format %d to %d", version, version + 1)
