"""Predictions and actuals: as a program gives them, as they travel, and as they come back.

Entities (:class:`Prediction`, :class:`Actual`) are what callers make. Rows (:class:`PredictionRow`,
:class:`ActualRow`) are what has passed the server's judgement: checked, times resolved. :class:`StoredRow` is one
event with everything known about it.
"""

from __future__ import annotations

import contextlib
import operator
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Literal, SupportsIndex, cast

import msgspec

from mlfoundry.errors import InvalidInput
from mlfoundry.times import as_utc

Value = str | int | float | bool
FeatureValue = Value | None
Shap = dict[str, float] | dict[str, dict[str, float]]
Kind = Literal["prediction", "actual"]
PredictionState = Literal["stored", "duplicate", "conflict", "rejected"]
ActualState = Literal["matched", "waiting", "superseded", "duplicate", "rejected"]
LedgerState = Literal[
    "stored", "matched", "waiting", "superseded", "duplicate", "conflict", "rejected", "erased", "expired"
]
"""Where the ledger counts a row: its state, or that it was erased or is past the time for which its kind is kept."""

FLAG_FUTURE = 1
"""The prediction's time lay more than five minutes in the future when it arrived."""
FLAG_TIME_DEFAULTED = 2
"""The sender gave no time; the time of arrival stands in."""


def _now() -> datetime:
    return datetime.now(timezone.utc)


def read_data_id(value: object) -> str:
    """The data_id as text: a str as it is, an int (of numpy too) its digits, a UUID its 32 hex digits with dashes."""
    if isinstance(value, (str, uuid.UUID)):
        return str(value)
    if not isinstance(value, bool):
        with contextlib.suppress(TypeError):
            return str(operator.index(cast("SupportsIndex", value)))
    raise InvalidInput(f"data_id must be a str, int or UUID, not {type(value).__name__}", path="$.data_id")


class PredictionData(msgspec.Struct, kw_only=True):
    """What the model answered.

    Parameters
    ----------
    value
        The predicted class or number.
    probabilities
        Class to probability; for classifiers.
    shap_values
        Feature to SHAP value, or class to such a mapping. Kept as float32.
    """

    value: Any
    probabilities: dict[str, Any] = msgspec.field(default_factory=lambda: cast("dict[str, Any]", {}))
    shap_values: dict[str, Any] = msgspec.field(default_factory=lambda: cast("dict[str, Any]", {}))

    @classmethod
    def read(cls, given: PredictionData | Mapping[str, Any]) -> PredictionData:
        """Make one of a dict; raises :class:`InvalidInput` for a wrong structure."""
        if isinstance(given, PredictionData):
            return given
        if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("prediction_data must be a PredictionData or a dict", path="$.prediction_data")
        unknown = set(given) - {"value", "probabilities", "shap_values"}
        if unknown or "value" not in given:
            problem = f"unknown key {min(unknown)!r}" if unknown else "no 'value'"
            raise InvalidInput(
                f"{problem}; prediction_data has 'value', 'probabilities', 'shap_values'", path="$.prediction_data"
            )
        probabilities = given.get("probabilities")
        shap_values = given.get("shap_values")
        return cls(
            value=given["value"],
            probabilities={} if probabilities is None else probabilities,
            shap_values={} if shap_values is None else shap_values,
        )


class Prediction(msgspec.Struct, kw_only=True):
    """One prediction of a model version.

    Parameters
    ----------
    data_id
        Names the row, so that its actual can be joined later; 1 to 256 characters. An int or a UUID becomes text.
    features
        Feature name to value: str, int, float, bool or None. ``{}`` is allowed.
    prediction_data
        A :class:`PredictionData` or a dict of its fields.
    occurred_at
        When the prediction was made: a datetime (naive is UTC), an ISO string, epoch seconds or milliseconds.
        By default now.
    raw_data
        Any metadata, kept as JSON.
    actual_value
        The actual, where it is known at once.

    Raises
    ------
    InvalidInput
        The structure is wrong. Bad *values* (a list as a feature, say) are not looked at here; they come back
        through ``on_reject`` and the counts.
    """

    data_id: Any
    features: dict[str, Any]
    prediction_data: Any
    occurred_at: Any = msgspec.field(default_factory=_now)
    raw_data: Any = msgspec.field(default_factory=lambda: cast("dict[str, Any]", {}))
    actual_value: Any = None

    def __post_init__(self) -> None:
        self.data_id = read_data_id(self.data_id)
        if not isinstance(self.features, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("features must be a dict of name to value", path="$.features")
        if type(self.prediction_data) is not PredictionData:
            self.prediction_data = PredictionData.read(self.prediction_data)
        self.occurred_at = _now() if self.occurred_at is None else as_utc(self.occurred_at)


class Actual(msgspec.Struct, kw_only=True):
    """What turned out to be true for one prediction.

    Parameters
    ----------
    data_id
        The prediction's data_id. The prediction need not have arrived yet.
    value
        The true class or number.
    occurred_at
        When it became known; by default now.
    """

    data_id: Any
    value: Any
    occurred_at: Any = msgspec.field(default_factory=_now)

    def __post_init__(self) -> None:
        self.data_id = read_data_id(self.data_id)
        self.occurred_at = _now() if self.occurred_at is None else as_utc(self.occurred_at)


class PredictionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A prediction that the server accepted.

    ``occurred_at`` is in microseconds since 1970 UTC; ``raw_data`` is JSON text.
    """

    index: int
    data_id: str
    value: Value
    features: dict[str, FeatureValue]
    probabilities: dict[str, float]
    shap_values: Shap
    occurred_at: int
    raw_data: str
    actual_value: Value | None = None
    flags: int = 0


class ActualRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An actual that the server accepted; ``occurred_at`` in microseconds since 1970 UTC."""

    index: int
    data_id: str
    value: Value
    occurred_at: int


class Rejection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why one row of a request was refused.

    Parameters
    ----------
    index
        Its place in the request, from 0.
    path
        Where in the row, such as ``$.features.age``.
    reason
        What was wrong and what would be right.
    data_id
        The row's data_id, where it could be read.
    """

    index: int
    path: str
    reason: str
    data_id: str | None = None


class IngestReply(msgspec.Struct, frozen=True):
    """The server's answer to one batch: every row not named in ``rejected`` is on disk."""

    batch_id: str
    accepted: int
    rejected: tuple[Rejection, ...] = ()


class DropReport(msgspec.Struct, frozen=True):
    """Rows that a client dropped before they reached the server; ``hour`` is that of its own clock, in UTC."""

    kind: Kind
    reason: str
    hour: datetime
    rows: int


class StoredRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event with its current actual, every value as it was given.

    ``actual`` is None while there is none. ``actual_occurred_at`` is when it became known, ``actual_received_at`` when
    it arrived.
    """

    data_id: str
    model_version_fqn: str
    value: Value
    features: dict[str, FeatureValue]
    probabilities: dict[str, float]
    shap_values: Shap
    raw_data: msgspec.Raw
    occurred_at: datetime
    received_at: datetime
    actual: Value | None = None
    actual_occurred_at: datetime | None = None
    actual_received_at: datetime | None = None
    in_future: bool = False


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that became of a data_id, with the reason in words."""

    kind: Kind
    state: PredictionState | ActualState
    received_at: datetime
    reason: str
    occurred_at: datetime | None = None
    value: Value | None = None
    batch_id: str | None = None


class LedgerEntry(msgspec.Struct, frozen=True):
    """How many rows that arrived in one hour are in one state now."""

    hour: datetime
    kind: Kind
    state: LedgerState
    n: int
