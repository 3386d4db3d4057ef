"""What the client's thread tells people: callbacks, else warnings in the log, each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from mlfoundry.client.counts import Drop
from mlfoundry.client.delivery import RejectedRow
from mlfoundry.client.options import OnDrop, OnReject

_log = logging.getLogger(__name__)
_MAX_WARNINGS = 100


class Teller:
    """Tells of rejected and dropped rows. A callback that raises stops nothing."""

    def __init__(self, on_drop: OnDrop | None, on_reject: OnReject | None) -> None:
        self._on_drop = on_drop
        self._on_reject = on_reject
        self._warned: set[str] = set()

    def rejected(self, row: RejectedRow) -> None:
        """Tell of a row that was refused."""
        if self._on_reject is not None:
            _call(self._on_reject, row)
        else:
            self.warn(f"rejected {row.path}", "a row was rejected: %s at %s", row.reason, row.path)

    def dropped(self, drops: Iterable[Drop]) -> None:
        """Tell of rows that were lost."""
        for drop in drops:
            self.warn(drop.reason, "%d rows of %s were dropped: %s", drop.rows, drop.model_version_fqn, drop.reason)
            if self._on_drop is not None:
                _call(self._on_drop, drop)

    def warn(self, key: str, message: str, *arguments: object, exc_info: bool = False) -> None:
        """Log a warning, the first time for its key."""
        if key not in self._warned and len(self._warned) < _MAX_WARNINGS:
            self._warned.add(key)
            _log.warning(message, *arguments, exc_info=exc_info)


def _call(callback: Callable[[Any], object], argument: object) -> None:
    try:
        callback(argument)
    except Exception:  # noqa: BLE001  logged whole; a callback must not stop the sending
        _log.warning("a callback raised", exc_info=True)
