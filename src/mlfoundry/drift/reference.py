"""The reference made ready: its bins and counts, and how much its own windows differ. Made once, asked often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mlfoundry.chance import MIN_ROWS
from mlfoundry.drift.base import DriftStatistic, Figures
from mlfoundry.drift.bins import SPECIALS, Binning, CategoryBins, NumericBins
from mlfoundry.drift.dependence import Dependence, growth_rate
from mlfoundry.drift.history import Columns, Cut, OwnWindows
from mlfoundry.drift.line import Line
from mlfoundry.drift.table import Table
from mlfoundry.drift.tally import AnyBins, Tally, Windows, tally
from mlfoundry.summaries import CategorySummary, ColumnSummary, NumericSummary
from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.times import EPOCH
from mlfoundry.windows import DAY

_MOST_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Columns of a reference in their bins, those with about as many bins together; arrays are by column first."""

    keys: tuple[str, ...]
    bins: tuple[AnyBins, ...]
    summaries: tuple[ColumnSummary, ...]
    table: Table
    rows: Ints

    @classmethod
    def of(cls, columns: Columns, keys: Sequence[str], binning: Binning) -> Baseline:
        """Cut the bins of these columns and count the reference in them."""
        bins = {key: cut(columns[key], binning) for key in keys}
        ordered = sorted(keys, key=lambda key: len(bins[key].bins))
        summaries, chosen = tuple(columns[key] for key in ordered), tuple(bins[key] for key in ordered)
        own = tally(chosen, [[summary] for summary in summaries])
        shape = len(ordered), 1, own.counts.shape[-1]
        pooled, special = np.zeros(shape, np.bool_), np.zeros(shape, np.int64)
        for place, one in enumerate(chosen):
            pooled[place, 0, : len(one.bins)] = one.pooled
            special[place, 0, : len(one.bins)] = [
                0 if bin_.special is None else 1 + SPECIALS.index(bin_.special) for bin_ in one.bins
            ]
        singles = np.reshape(np.array([one.singles for one in chosen], np.float64), (len(ordered), 1))
        nothing = np.zeros((len(ordered), 0, shape[-1]))
        table = Table(own.counts, nothing, pooled, special, singles)
        return cls(tuple(ordered), chosen, summaries, table, own.rows[:, 0])

    def groups(self, n_windows: int) -> list[slice]:
        """Runs of columns that are worth being counted together: neither too many cells nor too many empty ones."""
        found: list[slice] = []
        start = 0
        for end in range(1, len(self.bins) + 1):
            widest = len(self.bins[min(end, len(self.bins) - 1)].bins)
            cells = (end + 1 - start) * n_windows * widest
            if end == len(self.bins) or widest > 2 * len(self.bins[start].bins) + 8 or cells > _MOST_CELLS:
                found.append(slice(start, end))
                start = end
        return found

    def measured(self, part: slice, windows: Windows, statistic: DriftStatistic) -> tuple[Tally, Figures]:
        """What there is to say of a run of columns over windows."""
        found = tally(self.bins[part], windows)
        return found, statistic.figures(self._table(part, found.counts), self._lines(part, windows, statistic))

    def own_windows(self, part: slice, windows: Windows, statistic: DriftStatistic, found: Cut) -> Dependence:
        """What the reference's windows tell, each beside the rest of it."""
        counted = tally(self.bins[part], windows)
        table, rows, enough = self._beside_rest(part, counted.counts, counted.rows.astype(np.float64))
        lines = [line and line.without_windows() for line in self._lines(part, windows, statistic)]
        return Dependence.of_windows(
            statistic.figures(table, lines),
            rows,
            enough,
            length_ratio=found.length_ratio,
            growth=self._growth(part, counted, statistic, found.in_a_row),
            longest=max(found.in_a_row, default=1),
        )

    def _growth(self, part: slice, own: Tally, statistic: DriftStatistic, in_a_row: Sequence[int]) -> Floats:
        """How differences grow with the length of windows; those of where numbers lie as those of their bins do."""
        if not in_a_row:
            return np.full(len(own.rows), np.nan)
        lines: list[Line | None] = [None] * len(own.rows)
        ratios: list[tuple[int, Floats, Bools]] = []
        for length in (1, *in_a_row):
            rows = _in_a_row(own.rows.astype(np.float64), length)
            table, _, enough = self._beside_rest(part, _in_a_row(own.counts, length), rows)
            ratios.append((length, statistic.figures(table, lines).ratio, enough))
        return growth_rate(ratios)

    def _beside_rest(self, part: slice, counts: Floats, rows: Floats) -> tuple[Table, Floats, Bools]:
        """Windows of the reference as if they were not in it, nm / (n + m), and which of them have rows enough."""
        beside = self._table(part, counts)
        rest = np.maximum(beside.reference - beside.current, 0.0)
        table = Table(rest, beside.current, beside.pooled, beside.special, beside.singles)
        others = self.rows[part, None] - rows
        return table, rows * others / np.maximum(rows + others, 1), (rows >= MIN_ROWS) & (others >= MIN_ROWS)

    def _table(self, part: slice, current: Floats) -> Table:
        width, whole = current.shape[-1], self.table
        return Table(
            whole.reference[part, :, :width],
            current,
            whole.pooled[part, :, :width],
            whole.special[part, :, :width],
            whole.singles[part],
        )

    def _lines(self, part: slice, windows: Windows, statistic: DriftStatistic) -> list[Line | None]:
        if not statistic.ordered:
            return [None] * len(windows)
        return [
            Line.of_summaries(summary, [one for one in row if not isinstance(one, CategorySummary)])
            if isinstance(summary, NumericSummary)
            else None
            for summary, row in zip(self.summaries[part], windows, strict=True)
        ]


class Reference:
    """What windows are compared with.

    Bins are cut, and the reference's own windows compared, at the first question; the answers are kept.

    Parameters
    ----------
    columns
        Summaries by column key.
    name
        Repeated in every verdict.
    history
        The same rows over time. Without it rows are taken as independent of each other.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> Reference({"dest": CategorySummary({"ATL": 500, "BOS": 500})}, name="training").rows("dest")
    1000
    """

    def __init__(self, columns: Columns, *, name: str | None = None, history: OwnWindows | None = None) -> None:
        self.columns = columns
        self.name = name
        self.history = history
        self._baselines: dict[tuple[tuple[str, ...], Binning], Baseline] = {}
        self._dependences: dict[tuple[tuple[str, ...], Binning, DriftStatistic, timedelta], Dependence] = {}
        self._at_hours: dict[tuple[timedelta, timedelta], Reference] = {}
        self._rows = {key: summary.rows for key, summary in columns.items()}
        self._missing_shares = {key: summary.missing_share for key, summary in columns.items()}

    def rows(self, key: str) -> int:
        """All rows of a column; 0 where there is no such column."""
        return self._rows.get(key, 0)

    def missing_share(self, key: str) -> float | None:
        """The share of a column's rows without a value."""
        return self._missing_shares.get(key)

    def at_hours(self, start: datetime, length: timedelta) -> Reference:
        """The rows of the same hours of the day as a window's; all where it is not known when rows happened."""
        asked = (start - EPOCH) % DAY, length
        if self.history is None:
            return self
        if asked not in self._at_hours:
            history = self.history.at_hours(start, length)
            same = history is self.history
            self._at_hours[asked] = self if same else Reference(history.total(), name=self.name, history=history)
        return self._at_hours[asked]

    def baseline(self, keys: Sequence[str], binning: Binning) -> Baseline:
        """These columns in their bins."""
        asked = tuple(keys), binning
        if asked not in self._baselines:
            self._baselines[asked] = Baseline.of(self.columns, keys, binning)
        return self._baselines[asked]

    def dependence(
        self, baseline: Baseline, statistic: DriftStatistic, binning: Binning, length: timedelta | None
    ) -> Dependence:
        """How much windows of that length differ within the reference, by column of the baseline."""
        if self.history is None or length is None:
            return Dependence.unknown(len(baseline.keys))
        asked = baseline.keys, binning, statistic, length
        if asked not in self._dependences:
            self._dependences[asked] = self._dependence(self.history, baseline, statistic, length)
        return self._dependences[asked]

    def _dependence(
        self, history: OwnWindows, baseline: Baseline, statistic: DriftStatistic, length: timedelta
    ) -> Dependence:
        found = history.cut(length, baseline.keys)
        if found is None:
            return Dependence.unknown(len(baseline.keys))
        parts = [
            baseline.own_windows(
                part,
                [[window.get(key) for window in found.windows] for key in baseline.keys[part]],
                statistic,
                found,
            )
            for part in baseline.groups(len(found.windows))
        ]
        return Dependence.joined(parts)


def _in_a_row(figures: Floats, length: int) -> Floats:
    """Sums over that many windows, the second axis, one after another; the next begins one later."""
    summed = np.cumsum(np.concatenate([np.zeros_like(figures[:, :1]), figures], axis=1), axis=1)
    return summed[:, length:] - summed[:, :-length]


def cut(reference: ColumnSummary, binning: Binning) -> AnyBins:
    """The bins of a column."""
    if isinstance(reference, NumericSummary):
        return NumericBins.cut(reference, binning)
    return CategoryBins.cut(reference, binning)
