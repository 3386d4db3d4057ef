"""Time as the sending thread sees it; tests pass in one that does not wait."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone


class Clock:
    """The real clock."""

    def monotonic(self) -> float:
        """Seconds that only grow, whatever happens to the wall clock."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, aware UTC."""
        return datetime.now(timezone.utc)

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a condition that the caller holds, at most ``timeout_s``."""
        condition.wait(timeout_s)
