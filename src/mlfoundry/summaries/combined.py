"""Everything about one window of a model version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeAlias, TypeVar

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.attribution import Attribution
from mlfoundry.summaries.categories import CategorySummary
from mlfoundry.summaries.confusion import Confusion
from mlfoundry.summaries.custom import CustomSums
from mlfoundry.summaries.delays import Delays
from mlfoundry.summaries.numeric import NumericSummary
from mlfoundry.summaries.ranks import Ranks
from mlfoundry.summaries.residuals import Residuals
from mlfoundry.summaries.scores import ScoreTable
from mlfoundry.windows import Window

ColumnSummary: TypeAlias = NumericSummary | CategorySummary
_S = TypeVar("_S", Confusion, ScoreTable, Ranks, Residuals, Delays, Attribution, CustomSums)


@dataclass(frozen=True, slots=True)
class Summaries:
    """What statistics are computed from; values that add.

    Parameters
    ----------
    window
        The times covered, None for a reference or for no window at all. A sum covers from the first start to the last
        end.
    n
        Predictions.
    n_with_actual
        Predictions that have an actual.
    columns
        By column key (see :mod:`mlfoundry.columns`).
    confusion, scores, ranks, residuals, delays, attributions, custom
        Outcomes, where they were asked for and exist; ``scores`` by class label, ``attributions`` by feature name,
        ``custom`` by the name of the metric.

    Examples
    --------
    >>> (Summaries(n=2) + Summaries.empty()).n
    2
    """

    window: Window | None = None
    n: int = 0
    n_with_actual: int = 0
    columns: Mapping[str, ColumnSummary] = field(default_factory=dict[str, ColumnSummary])
    confusion: Confusion | None = None
    scores: Mapping[str, ScoreTable] = field(default_factory=dict[str, ScoreTable])
    ranks: Ranks | None = None
    residuals: Residuals | None = None
    delays: Delays | None = None
    attributions: Mapping[str, Attribution] = field(default_factory=dict[str, Attribution])
    custom: Mapping[str, CustomSums] = field(default_factory=dict[str, CustomSums])

    @classmethod
    def empty(cls, window: Window | None = None) -> Summaries:
        """The summaries of no rows."""
        return cls(window)

    @classmethod
    def total(cls, parts: Iterable[Summaries]) -> Summaries:
        """The sum of any number of summaries, quicker than adding them one by one."""
        given = list(parts)
        return cls(
            window=_hull([part.window for part in given if part.window is not None]),
            n=sum(part.n for part in given),
            n_with_actual=sum(part.n_with_actual for part in given),
            columns={
                key: _column_total(key, [part.columns[key] for part in given if key in part.columns])
                for key in _keys(part.columns for part in given)
            },
            confusion=_sum(part.confusion for part in given),
            scores=_sums(part.scores for part in given),
            ranks=_sum(part.ranks for part in given),
            residuals=_sum(part.residuals for part in given),
            delays=_sum(part.delays for part in given),
            attributions=_sums(part.attributions for part in given),
            custom=_sums(part.custom for part in given),
        )

    def __add__(self, other: Summaries) -> Summaries:
        return Summaries.total((self, other))

    @property
    def coverage(self) -> float | None:
        """The share of predictions that have an actual; None without predictions."""
        return self.n_with_actual / self.n if self.n else None


def _add(a: _S, b: _S) -> _S:
    return a + b


def _keys(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def _column_total(key: str, parts: list[ColumnSummary]) -> ColumnSummary:
    numeric = [part for part in parts if isinstance(part, NumericSummary)]
    if not numeric:
        return CategorySummary.total([part for part in parts if isinstance(part, CategorySummary)])
    if len(numeric) < len(parts):
        raise InvalidInput(f"the column {key!r} is numeric in one summary and categorical in another")
    return NumericSummary.total(numeric)


def _sum(parts: Iterable[_S | None]) -> _S | None:
    present = [part for part in parts if part is not None]
    return reduce(_add, present) if present else None


def _sums(mappings: Iterable[Mapping[str, _S]]) -> dict[str, _S]:
    given = list(mappings)
    return {key: reduce(_add, [part[key] for part in given if key in part]) for key in _keys(given)}


def _hull(windows: list[Window]) -> Window | None:
    if not windows:
        return None
    return Window(min(window.start for window in windows), max(window.end for window in windows))
