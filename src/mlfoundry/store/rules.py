"""The rules of ``docs/semantics.md`` that do not depend on an engine."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import numpy as np

from mlfoundry.errors import InvalidInput
from mlfoundry.events import FLAG_TIME_DEFAULTED, ActualState, PredictionRow, Shap, Value
from mlfoundry.expression import Expression, Type, bind, columns_of
from mlfoundry.store.base import ColumnInfo, ReferenceInfo, RowOrder, SummaryRequest
from mlfoundry.times import UTC, to_micros
from mlfoundry.windows import Window

HOUR_MICROS = 3_600_000_000
REMEMBERED_MICROS = 7 * 24 * HOUR_MICROS
"""For how long the answer to a batch is kept."""
FEW_VALUES = 100
"""A column with fewer values gets no grid while more may come."""
_SPARSE_AFTER = 10
_FIRST_TIME = to_micros(datetime(1, 1, 1, tzinfo=UTC))
_LAST_TIME = to_micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
REASONS: Mapping[tuple[str, str], str] = {
    ("prediction", "stored"): "the first prediction with this data_id",
    ("prediction", "duplicate"): "identical to the stored prediction",
    ("prediction", "conflict"): "differs from the stored prediction, which stays",
    ("actual", "matched"): "the current actual of the stored prediction",
    ("actual", "waiting"): "its prediction has not arrived yet",
    ("actual", "superseded"): "a newer actual took its place",
    ("actual", "duplicate"): "repeats the actual known before it",
}


@dataclass(frozen=True, slots=True)
class KnownActual:
    """One received actual of an id. ``arrival`` counts actuals in the order in which they came; times in µs."""

    arrival: int
    value: Value
    occurred_at: int
    received_at: int
    batch_no: int


def hour_of(micros: int) -> int:
    """The start of the hour of a time, both in microseconds since 1970."""
    return micros // HOUR_MICROS * HOUR_MICROS


def crossed(step: int, before: int, after: int) -> bool:
    """Whether a count has passed the step or a doubling of it: then columns without a grid are looked at again.

    Examples
    --------
    >>> crossed(100, 99, 100), crossed(100, 100, 150), crossed(100, 150, 200)
    (True, False, True)
    """
    while step <= before:
        step *= 2
    return step <= after


def grid_is_due(n_values: int, n_events: int, grid_rows: int) -> bool:
    """Whether a column's grid is laid now; one that seldom has a value need not wait for so many.

    Examples
    --------
    >>> grid_is_due(10_000, 10_000, 10_000), grid_is_due(150, 100_000, 10_000), grid_is_due(150, 20_000, 10_000)
    (True, True, False)
    """
    return n_values >= grid_rows or (n_values >= FEW_VALUES and n_events >= _SPARSE_AFTER * grid_rows)


def read_cursor(cursor: str | None, order: RowOrder) -> tuple[int, int]:
    """Time and number of the event that a page continues after."""
    if cursor is None:
        return (_LAST_TIME, 2**62) if order == "newest" else (_FIRST_TIME, -1)
    at, _, seq = cursor.partition(".")
    try:
        return min(max(int(at), _FIRST_TIME), _LAST_TIME), min(max(int(seq), -1), 2**62)
    except ValueError as error:
        raise InvalidInput(f"{cursor[:60]!r} is no cursor; give the next_cursor of the page before") from error


def windows_of(request: SummaryRequest) -> tuple[Window, ...]:
    """The steps of a request for a window of events."""
    if isinstance(request.segment, str):
        raise InvalidInput("a reference has no steps")
    asked = request.segment
    if not request.exact:
        return asked.steps(request.step) if request.step else (asked.snapped(),)
    steps = asked.steps(request.step) if request.step else (asked,)
    return tuple(Window(max(step.start, asked.start), min(step.end, asked.end)) for step in steps)


def apart(request: SummaryRequest) -> tuple[SummaryRequest, ...]:
    """The requests that say the same, one after the other, without a total beside the steps."""
    total = request.total
    if total is None:
        return (request,)
    exact = request.exact or total != total.snapped()
    return replace(request, total=None), replace(request, segment=total, step=None, exact=exact, total=None)


def cut_of(request: SummaryRequest, windows: tuple[Window, ...]) -> tuple[int, int]:
    """Where the first step of some windows would begin if it were whole, and how long a whole one is, in µs."""
    first = windows[0]
    if request.step is None or len(windows) == 1:
        return to_micros(first.start), to_micros(first.end) - to_micros(first.start)
    step = request.step // timedelta(microseconds=1)
    return to_micros(first.end) - step, step


def bound_condition(
    where: Expression, infos: Iterable[ColumnInfo], reference: ReferenceInfo | None = None
) -> Expression:
    """A condition over a version's columns, or over those of them that a reference has.

    Raises
    ------
    InvalidExpression
        A column is unknown, or types do not go together.
    InvalidInput
        The reference lacks a column.
    """
    types: dict[str, Type] = {info.key: info.expression_type for info in infos}
    for key in columns_of(where):
        if reference is not None and key in types and key not in reference.columns:
            raise InvalidInput(f"the reference {reference.name!r} has no column {key!r}, which the filter needs")
    return bind(where, types)


def same_value(a: object, b: object) -> bool:
    """Whether two values are one: ``1`` and ``1.0`` are, ``1`` and ``True`` are not.

    Examples
    --------
    >>> same_value(1, 1.0), same_value(1, True), same_value("1", 1), same_value(None, None)
    (True, False, False, True)
    """
    return (type(a) is bool) == (type(b) is bool) and a == b


def as_float32(value: float) -> float:
    """The float32 nearest to a value; SHAP values are kept so."""
    return struct.unpack("f", struct.pack("f", value))[0]


def shown_float32(value: float | None) -> float | None:
    """The shortest decimal whose float32 a kept value is: a row comes back with 0.23, not with 0.23000000417.

    Examples
    --------
    >>> shown_float32(as_float32(0.23))
    0.23
    """
    return None if value is None else float(str(np.float32(value)))


def shown_shap(shap: Shap) -> Shap:
    """SHAP values as rows come back with them."""
    if shap and isinstance(next(iter(shap.values())), dict):
        by_class = cast("dict[str, dict[str, float]]", shap)
        return cast("Shap", {c: {name: shown_float32(v) for name, v in of.items()} for c, of in by_class.items()})
    flat = cast("dict[str, float]", shap)
    return cast("Shap", {name: shown_float32(value) for name, value in flat.items()})


def identical(stored: PredictionRow, given: PredictionRow) -> bool:
    """Whether a prediction logged again says the same.

    Its time does not count where either side's was not given; an actual that came along never counts.
    """
    times_count = not (stored.flags | given.flags) & FLAG_TIME_DEFAULTED
    return (
        same_value(stored.value, given.value)
        and not (times_count and stored.occurred_at != given.occurred_at)
        and _same_mapping(stored.features, given.features)
        and stored.probabilities == given.probabilities
        and shown_shap(stored.shap_values) == shown_shap(given.shap_values)
        and _same_json(stored.raw_data, given.raw_data)
    )


def _same_mapping(a: Mapping[str, object], b: Mapping[str, object]) -> bool:
    return a.keys() == b.keys() and all(same_value(value, b[name]) for name, value in a.items())


def _same_json(a: str, b: str) -> bool:
    if a == b:
        return True
    left: Any = msgspec.json.decode(a)
    return left == msgspec.json.decode(b)


def is_exact_repeat(history: Sequence[KnownActual], value: Value, occurred_at: int) -> bool:
    """Whether an actual was received before: the same value, known at the same time."""
    return any(known.occurred_at == occurred_at and same_value(known.value, value) for known in history)


def states_of(history: Sequence[KnownActual], *, has_prediction: bool) -> dict[int, ActualState]:
    """The state of each actual of one id, by arrival.

    Actuals are looked at in the order in which they became known (ties by arrival). One that repeats the value before
    it is a duplicate; of the others the last is current, the rest are superseded. So the result does not depend on the
    order in which they came.

    Examples
    --------
    >>> a, b, c = (KnownActual(i, v, at, 0, 0) for i, v, at in ((0, "late", 10), (1, "late", 30), (2, "ok", 20)))
    >>> states_of([a, b], has_prediction=True)
    {0: 'matched', 1: 'duplicate'}
    >>> states_of([a, b, c], has_prediction=True)
    {0: 'superseded', 2: 'superseded', 1: 'matched'}
    """
    states: dict[int, ActualState] = {}
    current: KnownActual | None = None
    for known in sorted(history, key=lambda actual: (actual.occurred_at, actual.arrival)):
        if current is not None and same_value(current.value, known.value):
            states[known.arrival] = "duplicate"
            continue
        if current is not None:
            states[current.arrival] = "superseded"
        states[known.arrival] = "matched" if has_prediction else "waiting"
        current = known
    return states


def current_of(history: Sequence[KnownActual], states: Mapping[int, ActualState]) -> KnownActual | None:
    """The actual that stands."""
    return next((known for known in history if states[known.arrival] in ("matched", "waiting")), None)
