"""How a client's rows wait and travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mlfoundry.client.counts import Drop
from mlfoundry.client.delivery import RejectedRow, RetryPolicy
from mlfoundry.client.redaction import Redaction
from mlfoundry.client.spool import DEFAULT_SPOOL_BYTES

OnDrop = Callable[[Drop], object]
OnReject = Callable[[RejectedRow], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How rows wait and travel. Lengths in seconds; ``max_bytes`` is of memory, ``spool_bytes`` of disk."""

    max_rows: int = 50_000
    max_bytes: int = 64 * 1024 * 1024
    linger_s: float = 1.0
    exit_timeout_s: float = 2.0
    strict: bool = False
    compress: bool = True
    on_drop: OnDrop | None = None
    on_reject: OnReject | None = None
    spool_dir: Path | None = None
    spool_bytes: int = DEFAULT_SPOOL_BYTES
    redaction: Redaction = field(default_factory=Redaction)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
