"""The parts of a running server, as routes reach them."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from mlfoundry.registry.registry import Registry
from mlfoundry.server.cache import Cache
from mlfoundry.server.care import Care
from mlfoundry.server.condition import Condition
from mlfoundry.server.ingest import Ingest
from mlfoundry.server.known import KnownVersions
from mlfoundry.server.settings import Settings
from mlfoundry.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Put together by :mod:`mlfoundry.server.app`."""

    settings: Settings
    registry: Registry
    store: Store
    ingest: Ingest
    known: KnownVersions
    cache: Cache
    """Small answers."""
    summaries: Cache
    """The last summaries, which can be large: few are kept."""
    references: Cache
    """References made ready to be compared with; a merge does not change them."""
    clock: Callable[[], datetime]
    condition: Condition
    """How the server stands: for health and metrics."""
    care: Care
    """Looks after the data."""

    def forget_answers(self) -> None:
        """Make every answer anew: a schema, a reference or a name changed, which no merge shows."""
        self.cache.forget()
        self.summaries.forget()
        self.references.forget()


def parts_of(request: Request) -> Parts:
    """The parts of the server that a request came to."""
    return cast("Parts", request.app.state.parts)


def caller_of(request: Request) -> str:
    """Who asks: what the client says, else who runs the server, which on a loopback address is the same person."""
    named = request.headers.get("x-mlfoundry-user", "")
    if named:
        return named[:256]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


PartsOf = Annotated[Parts, Depends(parts_of)]
Caller = Annotated[str, Depends(caller_of)]
