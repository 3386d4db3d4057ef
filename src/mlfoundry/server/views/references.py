"""Answers about reference windows."""

from __future__ import annotations

from mlfoundry.server.answers import ReferenceAnswer
from mlfoundry.store.base import ReferenceInfo


def reference_answer(reference: ReferenceInfo) -> ReferenceAnswer:
    """A reference window."""
    return ReferenceAnswer(
        name=reference.name,
        n=reference.n,
        created_at=reference.created_at,
        is_default=reference.is_default,
        has_actuals=reference.has_actuals,
        has_times=reference.has_times,
    )
