"""What one request may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold; none of these is exceeded without an error that names it.

    Parameters
    ----------
    max_wire_bytes, max_body_bytes
        Bytes of a request as it comes, and decompressed.
    max_rows
        Rows of a request.
    max_row_bytes
        Bytes of one row's JSON.
    max_nesting
        Depth of ``raw_data``.
    future_tolerance_s
        A time further ahead than this is stored and flagged.
    """

    max_wire_bytes: int = 8 * 2**20
    max_body_bytes: int = 32 * 2**20
    max_rows: int = 5_000
    max_row_bytes: int = 256 * 2**10
    max_nesting: int = 32
    future_tolerance_s: float = 300.0
