"""The protocol that every engine meets; ``memory.py`` is its reference implementation.

An engine knows model versions by their FQN text alone. All times in are aware UTC datetimes or, in rows, microseconds
since 1970. Calls other than :meth:`Store.merge`, :meth:`Store.declare` and :meth:`Store.put_reference` only read, may
come from many threads at once, and see whole merges only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol, get_args

import pyarrow as pa

from mlfoundry import expression
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
from mlfoundry.schema import ColumnKind, CustomMetric, FeatureType, ModelSchema
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

    @property
    def expression_type(self) -> expression.Type:
        """What the column is in an expression."""
        return expression.type_of_column(self.role, self.kind, self.type)


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
    attributions: tuple[tuple[str, str], ...] = ()
    """Feature and class (empty where they are not given per class) of each column of SHAP values."""


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


OutcomePart = Literal["scores", "ranks", "confusion", "residuals", "delays", "attribution", "custom", "projection"]
"""What can be known of rows beside their columns, each with its own price."""
ALL_OUTCOMES: Final[frozenset[OutcomePart]] = frozenset(get_args(OutcomePart))


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
        to whole hours. A reference is cut into whole hours by the times of its rows: one summary for each step that
        has any; rows without a time (or of the first day of 1970) are in none.
    since
        Of a reference that is cut, only the hours from then on.
    exact
        The window as it is, not snapped: the first and the last step end where it ends.
    where
        Only rows of which this holds; of a reference too. Rows of which it is unknown are left out.
    as_of
        Only what had been received by then: predictions, and of each one the actual that stood then.
    total
        A window within that of the steps, of which a summary is wanted too, after theirs; of the same rows read once.
    columns
        Keys of the columns wanted; None for all features, the prediction, the actual and the scores.
    outcomes
        Which of confusion, score tables, ranks, residuals, delays of actuals, attributions and custom metrics (those of
        predictions alone are ``projection``) are wanted too.
    """

    fqn: str
    segment: Window | str
    step: timedelta | None = None
    columns: tuple[str, ...] | None = None
    outcomes: frozenset[OutcomePart] = frozenset()
    exact: bool = False
    where: expression.Expression | None = None
    since: datetime | None = None
    as_of: datetime | None = None
    total: Window | None = None


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What one merge did: rows by kind and final state."""

    position: int
    rows: Mapping[tuple[Kind, str], int] = field(default_factory=dict[tuple[Kind, str], int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was taken out of a version.

    ``predictions`` are stored ones; ``actuals`` all that were received under the same ids, ``waiting`` of which ids had
    no prediction; ``repeats`` what was kept of duplicates and conflicts, ``refusals`` of rejected rows.
    """

    predictions: int = 0
    actuals: int = 0
    waiting: int = 0
    repeats: int = 0
    refusals: int = 0

    @property
    def rows(self) -> int:
        """All of them; ``waiting`` is a part of ``actuals``."""
        return self.predictions + self.actuals + self.repeats + self.refusals

    def __add__(self, other: Removed) -> Removed:
        return Removed(
            predictions=self.predictions + other.predictions,
            actuals=self.actuals + other.actuals,
            waiting=self.waiting + other.waiting,
            repeats=self.repeats + other.repeats,
            refusals=self.refusals + other.refusals,
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of an erasure: what was taken out, and the ids of which nothing was there."""

    removed: Removed
    unknown_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceColumns:
    """Which columns of an uploaded table are what.

    ``probabilities`` maps a class to its column, ``shap_values`` a feature to its column, or a class to such a mapping.
    """

    features: tuple[str, ...]
    prediction: str | None = None
    probabilities: Mapping[str, str] = field(default_factory=dict[str, str])
    actual: str | None = None
    occurred_at: str | None = None
    shap_values: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict[str, "str | Mapping[str, str]"])


RowOrder = Literal["newest", "oldest"]


class Store(Protocol):
    """An engine that keeps events and answers questions about them."""

    def declare(
        self, fqn: str, schema: ModelSchema | None, custom_metrics: Sequence[CustomMetric] | None = None
    ) -> None:
        """Make a version known, with the types of its schema; may be called again and only adds.

        ``custom_metrics`` take the place of those that it had, None leaves them. They are computed of every row there
        is and of those to come; one whose columns are not there yet, or are of another type, from when they are.
        """
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

    def prepare(self) -> None:
        """Do ahead what makes look-ups of rows quick, while nothing waits to be merged."""
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

    def delete_reference(self, fqn: str, name: str) -> None:
        """Let go of a reference; the oldest that is left becomes the default. Grids stay as they were laid from it."""
        ...

    def erase(self, fqn: str, data_ids: Sequence[str]) -> Erasure:
        """Take everything out that was received under some ids, as if it had never been logged.

        The ledger keeps the counts, as ``erased``. An id may be logged again, as a new one.
        """
        ...

    def expire(self, fqn: str, before: datetime, *, limit: int) -> Removed:
        """Take up to ``limit`` events out that happened before a time, with everything that belongs to them.

        Actuals that have waited since before then go too. What is known by aggregates stays; the ledger counts the rows
        as ``expired``.
        """
        ...

    def expire_aggregates(self, fqn: str, before: datetime) -> None:
        """Let go of the aggregates and the counts of rows that are gone, of hours before a time."""
        ...

    def forget(self, fqn: str) -> None:
        """Let go of a version with all that belongs to it; one that is not there is forgotten already."""
        ...

    def close(self) -> None:
        """Let go of the files; what is committed stays."""
        ...
