"""A month of a classifier's traffic: 30 features of realistic kinds, probabilities, SHAP values, late actuals."""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlfoundry.batches import Column, JudgedBatch, PredictionBlock
from mlfoundry.events import ActualRow
from mlfoundry.schema import ColumnKind, Feature, FeatureType, ModelSchema

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[Any]
Make = Callable[[np.random.Generator, Floats], Values]
"""Draws values for rows that happen at these times, in seconds since 1970."""

END_S = 1_798_761_600  # 2027-01-01
DAY_S = 86_400
BATCH_ROWS = 5_000
WITH_ACTUAL = 0.7
SHAP = ("amount", "tenure_days", "latitude", "country", "merchant")
_MEDIAN_DELAY_S = 8 * 3_600


@dataclass(frozen=True)
class Kind:
    """One feature; ``missing`` is the share of its rows without a value."""

    name: str
    type: FeatureType
    make: Make
    missing: float = 0.0
    kind: ColumnKind | None = None


def _normal(mean: float, spread: float, digits: int) -> Make:
    return lambda random, times: np.round(random.normal(mean, spread, len(times)), digits)


def _lognormal(mean: float, spread: float, digits: int) -> Make:
    return lambda random, times: np.round(random.lognormal(mean, spread, len(times)), digits)


def _whole(low: int, high: int) -> Make:
    return lambda random, times: random.integers(low, high, len(times))


def _counts(mean: float) -> Make:
    return lambda random, times: random.poisson(mean, len(times))


def _with_value(make: Make, value: float, share: float) -> Make:
    return lambda random, times: np.where(random.random(len(times)) < share, value, make(random, times))


def _categories(prefix: str, count: int) -> Make:
    """Names whose frequencies fall as 1 / rank."""
    names = np.array([f"{prefix}{no:05d}" if count > 999 else f"{prefix}{no}" for no in range(count)], object)
    below = np.cumsum(1 / np.arange(1, count + 1))
    return lambda random, times: names[np.searchsorted(below, random.random(len(times)) * below[-1])]


def _true(share: float) -> Make:
    return lambda random, times: random.random(len(times)) < share


def _day(times: Floats) -> Floats:
    return times / DAY_S


def _temperature(random: np.random.Generator, times: Floats) -> Values:
    return np.round(12 + 6 * np.sin(2 * np.pi * _day(times)) + random.normal(0, 3, len(times)), 1)


def _drifting(random: np.random.Generator, times: Floats) -> Values:
    return random.normal(0, 1, len(times)) + (times - END_S) / (60 * DAY_S)


def _signed_up(random: np.random.Generator, times: Floats) -> Values:
    """A time of the last three years, as text."""
    seconds = (times - random.exponential(200 * DAY_S, len(times))).astype(np.int64)
    return np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").astype(object)


KINDS: tuple[Kind, ...] = (
    Kind("amount", "float", _lognormal(3.5, 1.1, 2)),
    Kind("income", "float", _lognormal(10.4, 0.6, 0), missing=0.05),
    Kind("balance", "float", _with_value(_lognormal(6, 1.5, 2), 0.0, 0.6)),
    Kind("score_of_bureau", "float", _with_value(_normal(650, 90, 0), -999.0, 0.1)),
    Kind("items", "int", _counts(3.2)),
    Kind("logins", "int", _counts(40)),
    Kind("failures", "int", lambda random, times: random.geometric(0.6, len(times)) - 1),
    Kind("age", "int", _whole(18, 90)),
    Kind("built", "int", lambda random, times: 2026 - random.geometric(0.05, len(times)).clip(1, 120)),
    Kind("zip_code", "int", _whole(1_000, 99_999)),
    Kind("weekday", "int", lambda random, times: (_day(times).astype(np.int64) + 4) % 7, kind="categorical"),
    Kind("hour", "int", lambda random, times: (times // 3_600).astype(np.int64) % 24),
    Kind("latitude", "float", _normal(48.5, 2.0, 6)),
    Kind("longitude", "float", _normal(9.5, 3.0, 6)),
    Kind("seen_at", "int", lambda random, times: (times - random.exponential(5 * DAY_S, len(times))).astype(np.int64)),
    Kind("tenure_days", "float", lambda random, times: np.round(random.exponential(400, len(times)), 3)),
    Kind("pressure", "float", _normal(1_013, 8, 1)),
    Kind("ph", "float", _normal(7.2, 0.3, 2)),
    Kind("temperature", "float", _temperature, missing=0.05),
    Kind("share", "float", lambda random, times: random.beta(2, 5, len(times))),
    Kind("pareto", "float", lambda random, times: np.round(random.pareto(1.5, len(times)) + 1, 4)),
    Kind("drifting", "float", _drifting),
    Kind("constant", "float", lambda random, times: np.full(len(times), 1.5)),
    Kind("country", "string", _categories("country-", 5)),
    Kind("city", "string", _categories("city-", 200), missing=0.05),
    Kind("merchant", "string", _categories("merchant-", 20_000)),
    Kind("device", "string", _categories("device ", 50)),
    Kind("is_new", "boolean", _true(0.3)),
    Kind("is_rare", "boolean", _true(0.002)),
    Kind("signed_up", "timestamp", _signed_up),
)


def schema() -> ModelSchema:
    """The schema that the version is registered with."""
    features = tuple(Feature(kind.name, kind.type, kind.kind) for kind in KINDS)
    return ModelSchema(features=features, prediction="categorical", positive_class="yes", classes=("no", "yes"))


@dataclass(frozen=True)
class Rows:
    """Rows as arrays; where ``missing`` of a feature is true its value does not count."""

    times: Floats
    features: dict[str, Values]
    missing: dict[str, NDArray[np.bool_]]
    score: Floats
    is_yes: NDArray[np.bool_]

    @property
    def predicted(self) -> list[str]:
        """The predicted classes."""
        return _labels(self.score >= 0.5)


def draw(random: np.random.Generator, times: Floats) -> Rows:
    """Rows at these times; the score knows something of the features, and the truth follows the score."""
    features = {kind.name: kind.make(random, times) for kind in KINDS}
    missing = {kind.name: random.random(len(times)) < kind.missing for kind in KINDS if kind.missing}
    logit = 0.8 * np.log1p(features["amount"]) + 0.4 * features["failures"] + features["drifting"] - 5.0
    score = 1 / (1 + np.exp(-(logit + random.normal(0, 0.8, len(times)))))
    return Rows(times, features, missing, score, random.random(len(times)) < score)


def reference(rows: int, *, start_s: float, seed: int) -> pa.Table:
    """A training set of the month before ``start_s``."""
    random = np.random.default_rng(seed)
    drawn = draw(random, np.sort(start_s - random.random(rows) * 30 * DAY_S))
    columns: dict[str, Any] = {
        name: pa.array(values, mask=drawn.missing.get(name)) for name, values in drawn.features.items()
    }
    columns |= {"predicted": drawn.predicted, "p_yes": drawn.score, "p_no": 1 - drawn.score}
    columns |= {
        "truth": _labels(drawn.is_yes),
        "at": pa.array((drawn.times * 1e6).astype(np.int64), pa.timestamp("us")),
    }
    return pa.table(columns)


@dataclass(frozen=True)
class Step:
    """What arrives between two times: ``rows`` predictions, and the actuals that have become known."""

    batches: tuple[JudgedBatch, ...]
    rows: int
    actuals: int


class Traffic:
    """Days of traffic, in steps in the order of time.

    Parameters
    ----------
    fqn
        The version that the rows are of.
    events, days
        How many, over how many days before :data:`END_S`.
    step_rows
        At most so many predictions a step.
    seed
        Of the random numbers.
    """

    def __init__(self, fqn: str, *, events: int, days: int, step_rows: int, seed: int) -> None:
        self._fqn = fqn
        self._steps_a_day = -(-events // (days * step_rows))
        self._n = days * self._steps_a_day
        self._events = events
        self._days = days
        self._random = np.random.default_rng(seed)
        self._due: list[list[tuple[list[str], list[str], Ints]]] = [[] for _ in range(self._n)]
        self._batch = 0

    @property
    def start_s(self) -> float:
        """When the first day begins."""
        return END_S - self._days * DAY_S

    def steps(self) -> Iterator[Step]:
        """All of them. Actuals that would come after the last day do not come."""
        length_s = DAY_S / self._steps_a_day
        made = 0
        for no in range(self._n):
            begins = self.start_s + no * length_s
            rows = self._events * (no + 1) // self._n - made
            made += rows
            yield self._step(no, begins, length_s, rows)

    def _step(self, no: int, begins: float, length_s: float, rows: int) -> Step:
        received_at = int((begins + length_s) * 1e6)
        drawn = draw(self._random, np.sort(begins + self._random.random(rows) * length_s))
        text = self._random.bytes(8 * rows).hex()
        ids = [text[place : place + 16] for place in range(0, 16 * rows, 16)]
        self._await_actuals(no, length_s, ids, drawn)
        predictions = [self._batched(received_at, blocks=(block,)) for block in _blocks(ids, drawn, self._random)]
        actuals = self._actuals(no)
        batches = [
            self._batched(received_at, actuals=tuple(actuals[first : first + BATCH_ROWS]))
            for first in range(0, len(actuals), BATCH_ROWS)
        ]
        return Step((*predictions, *batches), rows, len(actuals))

    def _batched(
        self, received_at: int, *, blocks: tuple[PredictionBlock, ...] = (), actuals: tuple[ActualRow, ...] = ()
    ) -> JudgedBatch:
        self._batch += 1
        return JudgedBatch(
            batch_id=str(uuid.UUID(int=self._batch)),
            kind="prediction" if blocks else "actual",
            model_version_fqn=self._fqn,
            received_at=received_at,
            blocks=blocks,
            actuals=actuals,
        )

    def _await_actuals(self, no: int, length_s: float, ids: Sequence[str], drawn: Rows) -> None:
        """Keep the actuals of a step until the steps in which they become known: hours to days later."""
        known = drawn.times + self._random.lognormal(np.log(_MEDIAN_DELAY_S), 1.2, len(ids))
        steps = ((known - self.start_s) // length_s).astype(np.int64) + 1
        steps[self._random.random(len(ids)) >= WITH_ACTUAL] = self._n
        truths = _labels(drawn.is_yes)
        due: list[int] = np.unique(steps[steps < self._n]).tolist()
        for step in due:
            places = np.flatnonzero(steps == step)
            chosen: list[int] = places.tolist()
            known_at = (known[places] * 1e6).astype(np.int64)
            self._due[step].append(([ids[place] for place in chosen], [truths[place] for place in chosen], known_at))

    def _actuals(self, no: int) -> list[ActualRow]:
        due, self._due[no] = self._due[no], []
        found = [one for ids, truths, known in due for one in zip(ids, truths, known.tolist(), strict=True)]
        return [
            ActualRow(index=place % BATCH_ROWS, data_id=data_id, value=truth, occurred_at=at)
            for place, (data_id, truth, at) in enumerate(found)
        ]


def _blocks(ids: Sequence[str], drawn: Rows, random: np.random.Generator) -> Iterator[PredictionBlock]:
    layout = (tuple(drawn.features), ("no", "yes"), SHAP)
    predicted, times = drawn.predicted, (drawn.times * 1e6).astype(np.int64)
    shap = random.normal(0, 0.3, (len(SHAP), len(ids)))
    for first in range(0, len(ids), BATCH_ROWS):
        part = slice(first, min(first + BATCH_ROWS, len(ids)))
        n = part.stop - first
        yield PredictionBlock(
            layout=layout,
            indices=array("q", range(n)),
            data_ids=ids[part],
            values=predicted[part],
            occurred_at=_array("q", times[part]),
            flags=array("B", bytes(n)),
            features=tuple(
                _column(values[part], drawn.missing[name][part] if name in drawn.missing else None)
                for name, values in drawn.features.items()
            ),
            probabilities=(_array("d", 1 - drawn.score[part]), _array("d", drawn.score[part])),
            shap_values=tuple(_array("d", values[part]) for values in shap),
        )


def _column(values: Values, missing: NDArray[np.bool_] | None) -> Column:
    """Values as the judgement of a request leaves them."""
    if missing is None and values.dtype.kind in "fi":
        return _array("d" if values.dtype.kind == "f" else "q", values)
    found: list[Any] = values.tolist()
    for place in np.flatnonzero(missing).tolist() if missing is not None else ():
        found[place] = None
    return found


def _array(code: str, values: Values) -> array[Any]:
    made: array[Any] = array(code)
    made.frombytes(np.ascontiguousarray(values).tobytes())
    return made


def _labels(is_yes: NDArray[np.bool_]) -> list[str]:
    return np.where(is_yes, "yes", "no").tolist()
