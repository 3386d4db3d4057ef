"""All columns of many windows compared with the reference at once, and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from mlfoundry.chance import MIN_ROWS, benjamini_hochberg, false_alarm_rate
from mlfoundry.drift.base import DriftStatistic
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.decision import STATUSES, status_codes
from mlfoundry.drift.dependence import Dependence
from mlfoundry.drift.history import Columns
from mlfoundry.drift.reference import Baseline, Reference
from mlfoundry.errors import InvalidInput
from mlfoundry.schema import ColumnKind
from mlfoundry.summaries import ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints

_INSUFFICIENT, _NO_REFERENCE = STATUSES.index("insufficient_data"), STATUSES.index("no_reference")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What is known of columns over windows; arrays by column and window, NaN where there is nothing to say.

    Attributes
    ----------
    keys
        The columns.
    incomparable
        Why there is no comparison at all, by column; with the place of its status.
    windows
        Windows of the reference that its dependence was measured on; 0 where rows are taken as independent.
    unit
        What the sizes of the statistic are multiples of.
    real
        Whether the difference is more than chance, within the budget.
    status
        Places in :data:`~mlfoundry.drift.decision.STATUSES`.
    """

    keys: tuple[str, ...]
    incomparable: dict[str, tuple[int, str]]
    n: Ints
    absent: Ints
    windows: Ints
    value: Floats
    error_bound: Floats
    expected: Floats
    effect: Floats
    unit: Floats
    p_value: Floats
    dispersion: Floats
    real: Bools
    status: Ints


def judge(
    reference: Reference | None,
    windows: Sequence[Columns],
    statistic: DriftStatistic,
    *,
    binning: Binning,
    length: timedelta | None,
    per_month: float,
    among: int | None = None,
) -> Judged:
    """Judge every column that any window has, in the order in which they first come."""
    if not per_month > 0:
        raise InvalidInput("the budget of false alarms a month must be above 0")
    keys = tuple(dict.fromkeys(key for window in windows for key in window))
    rows = {key: [window.get(key) for window in windows] for key in keys}
    incomparable = {
        key: why for key in keys if (why := _incomparable(key, reference, rows[key], statistic)) is not None
    }
    arrays = _Arrays(len(keys), len(windows))
    for place, key in enumerate(keys):
        if key in incomparable:
            arrays.n[place] = [0 if one is None else one.rows for one in rows[key]]
            arrays.absent[place] = [0 if one is None else one.missing + one.type_errors for one in rows[key]]
    if reference is not None and len(incomparable) < len(keys) and windows:
        wanted = statistic.binning(binning)
        baseline = reference.baseline([key for key in keys if key not in incomparable], wanted)
        dependence = reference.dependence(baseline, statistic, wanted, length)
        place = {key: number for number, key in enumerate(keys)}
        places = np.array([place[key] for key in baseline.keys], np.int64)
        for part in baseline.groups(len(windows)):
            of_part = [rows[key] for key in baseline.keys[part]]
            arrays.fill(places[part], baseline, part, of_part, statistic)
        arrays.allow_for(places, dependence, baseline.rows)
    return arrays.judged(keys, incomparable, statistic, false_alarm_rate(length, per_month=per_month), among=among)


def kind(summary: ColumnSummary) -> ColumnKind:
    """How the column is monitored."""
    return "numeric" if isinstance(summary, NumericSummary) else "categorical"


class _Arrays:
    """The figures of all columns while they are put together."""

    def __init__(self, columns: int, windows: int) -> None:
        shape = columns, windows
        self.n, self.absent = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.value, self.error_bound, self.expected, self.unit, self.ratio, self.p_value, self.dispersion = (
            np.full(shape, np.nan) for _ in range(7)
        )
        self.n_reference, self.windows = np.zeros(columns, np.int64), np.zeros(columns, np.int64)

    def fill(
        self,
        places: Ints,
        baseline: Baseline,
        part: slice,
        windows: Sequence[Sequence[ColumnSummary | None]],
        statistic: DriftStatistic,
    ) -> None:
        """Put in what the statistic says of some columns."""
        tally, figures = baseline.measured(part, windows, statistic)
        self.n[places], self.absent[places] = tally.rows, tally.absent
        self.n_reference[places] = baseline.rows[part]
        self.value[places], self.error_bound[places] = figures.value, figures.error_bound
        self.expected[places], self.unit[places] = figures.expected, figures.unit
        self.ratio[places], self.p_value[places] = figures.ratio, figures.p_value

    def allow_for(self, places: Ints, dependence: Dependence, n_reference: Ints) -> None:
        """Weigh the differences against those within the reference."""
        n, m = n_reference[:, None].astype(np.float64), self.n[places].astype(np.float64)
        dispersion = dependence.of_rows(n * m / np.maximum(n + m, 1.0))
        self.p_value[places] = dependence.p_values(self.ratio[places], self.p_value[places], dispersion)
        expected = dependence.expected[:, None] * self.unit[places]
        self.expected[places] = np.fmax(self.expected[places], expected)
        self.dispersion[places], self.windows[places] = dispersion, dependence.windows

    def judged(
        self,
        keys: tuple[str, ...],
        incomparable: dict[str, tuple[int, str]],
        statistic: DriftStatistic,
        alpha: float,
        *,
        among: int | None,
    ) -> Judged:
        """The verdicts."""
        enough = (self.n >= MIN_ROWS) & (self.n_reference >= MIN_ROWS)[:, None] & np.isfinite(self.value)
        if among is None:
            real = benjamini_hochberg(np.where(enough, self.p_value, np.nan), alpha) & enough
        else:
            real = (self.p_value <= alpha / among) & enough
        effect = statistic.effect(self.value, self.expected)
        codes = status_codes(effect, self.unit, real, statistic.sizes)
        codes = np.where(enough, codes, _INSUFFICIENT)
        for place, key in enumerate(keys):
            if key in incomparable:
                codes[place] = incomparable[key][0]
        return Judged(
            keys=keys,
            incomparable=incomparable,
            n=self.n,
            absent=self.absent,
            windows=self.windows,
            value=self.value,
            error_bound=self.error_bound,
            expected=self.expected,
            effect=effect,
            unit=self.unit,
            p_value=self.p_value,
            dispersion=self.dispersion,
            real=real,
            status=codes,
        )


def _incomparable(
    key: str, reference: Reference | None, windows: Sequence[ColumnSummary | None], statistic: DriftStatistic
) -> tuple[int, str] | None:
    expected = None if reference is None else reference.columns.get(key)
    if expected is None:
        return _NO_REFERENCE, "the reference has no such column"
    other = next((one for one in windows if one is not None and kind(one) != kind(expected)), None)
    if other is not None:
        return _NO_REFERENCE, f"{kind(expected)} in the reference, {kind(other)} in the window"
    if kind(expected) not in statistic.applies_to:
        return _INSUFFICIENT, f"{statistic.title} is for {statistic.applies_to[0]} columns"
    return None
