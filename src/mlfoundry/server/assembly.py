"""Open the parts of a server over a data directory, and close them so that nothing is lost."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from functools import partial

from mlfoundry.errors import StoreError
from mlfoundry.registry.database import sqlite_url
from mlfoundry.registry.registry import Registry
from mlfoundry.server.cache import Cache
from mlfoundry.server.care import Care, CareOf
from mlfoundry.server.condition import Condition
from mlfoundry.server.ingest import Ingest
from mlfoundry.server.known import KnownVersions
from mlfoundry.server.parts import Parts
from mlfoundry.server.settings import Settings
from mlfoundry.server.telemetry import Telemetry
from mlfoundry.server.upkeep import Turn, Upkeep
from mlfoundry.store.base import MergeReport
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.inbox import Inbox
from mlfoundry.store.lock import DirectoryLock
from mlfoundry.store.merger import Merger

_LOG = logging.getLogger(__name__)
_CACHED_ANSWERS = 1_000
_CACHED_SUMMARIES = 48
_CACHED_REFERENCES = 48
_STOP_S = 60.0


def _now() -> datetime:
    return datetime.now(timezone.utc)


@contextmanager
def open_parts(settings: Settings, *, address: str = "") -> Generator[Parts]:
    """The parts over ``settings.data_dir``, which is made when it does not exist; ``address`` is where they answer.

    On leaving, what was accepted is merged before the files are let go of; what cannot be merged in time stays in the
    inbox, on disk, for the next start.

    Raises
    ------
    DirectoryLocked
        Another process owns the data directory.
    StoreError
        The directory cannot be made or written, or a file in it cannot be read.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(DirectoryLock(settings.data_dir, address=address))
            for folder in (settings.artifacts_dir, settings.uploads_dir):
                folder.mkdir(exist_ok=True)
            for left in settings.uploads_dir.iterdir():  # by a process that was killed while a table arrived
                left.unlink()
        except OSError as error:
            raise StoreError(f"the data directory {settings.data_dir} cannot be used: {error.strerror}") from error
        registry = Registry(sqlite_url(settings.registry_path), str(settings.artifacts_dir))
        stack.callback(registry.close)
        store = DuckdbStore(settings.events_path)
        stack.callback(store.close)
        inbox = Inbox(settings.inbox_dir, position=store.position())
        telemetry = Telemetry()
        merger = Merger(inbox, store, on_merge=partial(_count_merged, telemetry))
        known = _declare(registry, store)
        registry.sweep()
        merger.start()
        stack.callback(_stop, merger)
        cache, summaries, references = Cache(_CACHED_ANSWERS), Cache(_CACHED_SUMMARIES), Cache(_CACHED_REFERENCES)

        def forget_answers() -> None:
            cache.forget()
            summaries.forget()
            references.forget()

        def on_change(turn: Turn) -> None:
            telemetry.removed_rows.add(turn.expired.rows, "expired")
            forget_answers()

        upkeep = Upkeep(registry, store, clock=_now, on_change=on_change)
        upkeep.start()
        stack.callback(upkeep.stop)
        yield Parts(
            settings=settings,
            registry=registry,
            store=store,
            ingest=Ingest(inbox, store, known, _now, telemetry=telemetry),
            known=known,
            cache=cache,
            summaries=summaries,
            references=references,
            clock=_now,
            condition=Condition(inbox, merger, settings.data_dir, telemetry, upkeep=upkeep),
            care=Care(
                CareOf(
                    settings=settings,
                    registry=registry,
                    store=store,
                    inbox=inbox,
                    known=known,
                    upkeep=upkeep,
                    telemetry=telemetry,
                    forget_answers=forget_answers,
                )
            ),
        )


def _declare(registry: Registry, store: DuckdbStore) -> KnownVersions:
    """Tell the store of every version: one registered just before a crash may be new to it."""
    versions = registry.models.all_versions(archived=True)
    for version in versions:
        store.declare(str(version.fqn), version.schema, version.custom_metrics)
    return KnownVersions((str(version.fqn) for version in versions), registry.models.deleted())


def _count_merged(telemetry: Telemetry, report: MergeReport) -> None:
    for (kind, state), n in report.rows.items():
        if n > 0:  # a state that rows left is counted where they went
            telemetry.merged_rows.add(n, kind, state)


def _stop(merger: Merger) -> None:
    if not merger.stop(_STOP_S):
        _LOG.warning("not everything was merged; the rest stays in the inbox and is merged at the next start")
