"""The protocol that every engine meets; ``memory.py`` is its reference implementation.

An engine knows model versions by their FQN text alone. All times in are aware UTC datetimes or, in rows, microseconds
since 1970. Calls other than :meth:`Store.merge`, :meth:`Store.declare` and :meth:`Store.put_reference` only read, may
come from many threads at once, and see whole merges only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

import pyarrow as pa

from mlfoundry.batches import JudgedBatch
from mlfoundry.columns import Role
from mlfoundry.events import (
    DropReport,
    Fate,
    FeatureValue,
    IngestReply,
    Kind,
    LedgerEntry,
    Rejection,
    StoredRow,
)
from mlfoundry.schema import ColumnKind, FeatureType, ModelSchema
from mlfoundry.summaries import Summaries
from mlfoundry.windows import Window


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column of a model version: its key (see :mod:`mlfoundry.columns`), role, kind and stored type."""

    key: str
    role: Role
    name: str
    kind: ColumnKind
    type: FeatureType


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """An uploaded reference window."""

    name: str
    n: int
    created_at: datetime
    is_default: bool
    columns: tuple[str, ...]
    has_actuals: bool
    has_times: bool


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """What the store knows of a model version.

    ``classes`` are the labels seen in predictions, actuals and probabilities, the schema's first. ``first_at`` and
    ``last_at`` are the first and last time of a prediction, None while there is none.
    """

    fqn: str
    columns: tuple[ColumnInfo, ...]
    classes: tuple[str, ...]
    n_predictions: int
    n_actuals: int
    first_at: datetime | None
    last_at: datetime | None
    last_received_at: datetime | None
    has_probabilities: bool
    has_shap: bool
    references: tuple[ReferenceInfo, ...]


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows, newest first, and the cursor that continues after them (None at the end)."""

    rows: tuple[StoredRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Scan:
    """Every row of a window, in batches of one schema; see :mod:`mlfoundry.exports` for what it says.

    ``n`` is how many rows there are; fewer come if some are erased meanwhile.
    """

    schema: pa.Schema
    n: int
    batches: Iterator[pa.RecordBatch]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A refused row, for "why do I see nothing?"."""

    kind: Kind
    received_at: datetime
    batch_id: str
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What to summarise.

    Parameters
    ----------
    fqn
        The model version.
    segment
        A window of its events, or the name of one of its uploaded references.
    step
        Cut the window into steps of this length, snapped outward; None for one summary of the window, snapped outward
        to whole hours. A reference is never cut.
    columns
        Keys of the columns wanted; None for all features, the prediction, the actual and the scores.
    outcomes
        Whether confusion, score tables, residuals, delays of actuals and attributions are wanted too.
    """

    fqn: str
    segment: Window | str
    step: timedelta | None = None
    columns: tuple[str, ...] | None = None
    outcomes: bool = False


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What one merge did: rows by kind and final state."""

    position: int
    rows: Mapping[tuple[Kind, str], int] = field(default_factory=dict[tuple[Kind, str], int])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceColumns:
    """Which columns of an uploaded table are what. ``probabilities`` maps a class to its column."""

    features: tuple[str, ...]
    prediction: str | None = None
    probabilities: Mapping[str, str] = field(default_factory=dict[str, str])
    actual: str | None = None
    occurred_at: str | None = None


RowOrder = Literal["newest", "oldest"]


class Store(Protocol):
    """An engine that keeps events and answers questions about them."""

    def declare(self, fqn: str, schema: ModelSchema | None) -> None:
        """Make a version known, with the types of its schema; may be called again and only adds."""
        ...

    def merge(self, batches: Sequence[JudgedBatch], position: int) -> MergeReport:
        """Take batches, in order, in one transaction that also commits the inbox position.

        A position at or below the committed one changes nothing. See ``docs/semantics.md`` for what becomes of a row.
        """
        ...

    def position(self) -> int:
        """The inbox position of the last committed merge; 0 before the first."""
        ...

    def remembered(self, kind: Kind, fqn: str, batch_id: str) -> IngestReply | None:
        """The answer given to a batch of the last seven days, or None."""
        ...

    def versions(self) -> tuple[str, ...]:
        """The FQNs that were declared."""
        ...

    def describe(self, fqn: str) -> VersionInfo:
        """What is known of a version; an undeclared one is empty."""
        ...

    def rows(
        self,
        fqn: str,
        window: Window,
        *,
        limit: int,
        cursor: str | None = None,
        order: RowOrder = "newest",
        actual_required: bool = False,
    ) -> RowPage:
        """Events whose time lies in the window, a page at a time."""
        ...

    def row(self, fqn: str, data_id: str) -> StoredRow | None:
        """One event, or None."""
        ...

    def scan(
        self,
        fqn: str,
        window: Window,
        *,
        columns: Sequence[str] | None = None,
        batch_rows: int = 16_384,
        actual_required: bool = False,
    ) -> Scan:
        """Every event whose time lies in the window, in the order of arrival, as the store stands at the call.

        Batches hold at most ``batch_rows`` rows. However slowly they are taken, merges go on meanwhile.
        """
        ...

    def explain(self, fqn: str, data_id: str) -> tuple[Fate, ...]:
        """Everything that became of an id, oldest arrival first."""
        ...

    def ledger(self, fqn: str, window: Window | None = None) -> tuple[LedgerEntry, ...]:
        """Rows by hour of arrival, kind and state; the window is one of arrival."""
        ...

    def dropped(self, fqn: str, window: Window | None = None) -> tuple[DropReport, ...]:
        """Rows that clients say they lost before they got here, by hour of the client, kind and reason."""
        ...

    def rejected(self, fqn: str, *, limit: int = 50) -> tuple[RejectedRow, ...]:
        """The rows refused last, newest first."""
        ...

    def summarize(self, request: SummaryRequest) -> tuple[Summaries, ...]:
        """One summary a step, in order, empty ones included."""
        ...

    def feature_positions(self, fqn: str, reference: str, values: Mapping[str, FeatureValue]) -> dict[str, float]:
        """Where values lie in a reference: the share of its rows at or below a number, the share of a category."""
        ...

    def put_reference(self, fqn: str, name: str, table: pa.Table, columns: ReferenceColumns) -> ReferenceInfo:
        """Keep a reference's rows under a name, replacing one of that name; the first one becomes the default."""
        ...

    def close(self) -> None:
        """Let go of the files; what is committed stays."""
        ...
