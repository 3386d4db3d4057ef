"""The shape of an error on the wire (RFC 9457); ``app.py`` makes one of each error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, as ``application/problem+json``; a field that does not apply is absent.

    ``type`` is a URN that a program can compare, ``detail`` a sentence for people. ``path`` says where in the request,
    ``limit`` which documented limit, ``closest`` the nearest known name, ``retry_after_s`` how long to wait.
    """

    type: str
    title: str
    status: int
    detail: str
    path: str | None = None
    limit: str | None = None
    closest: str | None = None
    retry_after_s: float | None = None
