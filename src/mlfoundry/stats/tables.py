"""Drift of all columns of two tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from mlfoundry.columns import Role, column_key
from mlfoundry.drift import Binning, History, Reference, report
from mlfoundry.drift import statistic as named_statistic
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.schema import ColumnKind, ModelSchema, read_schema
from mlfoundry.stats.columns import Categories, Column, Numbers, read_column
from mlfoundry.stats.drifting import read_pair
from mlfoundry.stats.frames import Frame, read_frame
from mlfoundry.stats.reports import DriftReport
from mlfoundry.stats.summarise import column_summary
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.arrays import Floats, Ints
from mlfoundry.times import EPOCH
from mlfoundry.windows import HOUR

_DEFAULT = Binning()
_HOUR_S = HOUR.total_seconds()
Progress = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is."""


def drift_report(
    reference: Frame,
    current: Frame,
    *,
    statistic: str = "psi",
    columns: Sequence[str] | None = None,
    schema: ModelSchema | Mapping[str, Any] | None = None,
    prediction: str | None = None,
    actual: str | None = None,
    times: str | None = None,
    binning: Binning = _DEFAULT,
    false_alarms_per_month: float = 1.0,
    progress: Progress | None = None,
) -> DriftReport:
    """Judge every column of a table against a reference table: is it drift, and how sure is that?

    Parameters
    ----------
    reference, current
        A pandas, polars or Arrow table, or a dict of columns: what normal looks like, and what is compared with it.
    statistic
        Its key, such as ``psi`` or ``wasserstein``.
    columns
        Which columns to judge; by default the features of the schema, or all that either table has. A column that
        ``current`` lacks counts as missing in every row.
    schema
        What the columns are, as for ``log_model``: an int that names categories is ``kind="categorical"``. Without it
        numbers are numeric, text and bools are categories.
    prediction, actual
        The columns that hold predictions and actuals. They are judged under these names.
    times
        The column that says when each row happened, in both tables. It tells how long the window is and how much
        windows of the reference differ among themselves (see *Rows that depend on each other* in the docs). Without it
        rows count as independent, and more differences look real than are.
    binning
        How the reference is cut into bins.
    false_alarms_per_month
        How many false alarms a month may have; together with the length of the window it says how sure a verdict has to
        be. Without ``times`` it is one in twenty for all columns together.
    progress
        Called with the step, how many columns are done, and how many there are.

    Returns
    -------
    The verdicts, with the same fields as those of a server.

    Raises
    ------
    InvalidInput
        A table or a column cannot be read, or its kind differs between the tables.
    NotFound
        There is no such statistic or column.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before = {"distance": rng.normal(0.0, 1.0, 2_000), "origin": rng.choice(["JFK", "LGA"], 2_000)}
    >>> after = {"distance": rng.normal(0.8, 1.0, 1_000), "origin": rng.choice(["JFK", "LGA"], 1_000)}
    >>> [(one.column, one.status) for one in drift_report(before, after)]
    [('distance', 'drifted'), ('origin', 'ok')]
    """
    chosen = named_statistic(statistic)
    sides = _Sides(read_frame(reference, "reference"), read_frame(current, "current"))
    answers: tuple[tuple[str | None, Role], ...] = ((prediction, "prediction"), (actual, "actual"))
    roles: dict[str, Role] = {name: role for name, role in answers if name is not None}
    known = None if schema is None else read_schema(schema)
    wanted = _wanted(sides, columns, known, list(roles), times)
    kinds: dict[str, ColumnKind | None] = {name: _kind(name, roles.get(name), known) for name in wanted}
    clock = None if times is None else _Clock.of(sides, times)

    def work(name: str) -> _Summarised:
        return _summarised(sides, name, kinds[name], clock, with_moments=chosen.ordered)

    found: dict[str, _Summarised] = {}
    with ThreadPoolExecutor(min(len(wanted), os.cpu_count() or 1) or 1) as pool:
        for done, (name, one) in enumerate(zip(wanted, pool.map(work, wanted), strict=True), 1):
            found[column_key(roles.get(name, "feature"), name)] = one
            if progress is not None:
                progress("columns", done, len(wanted))
    return DriftReport(
        report(
            _reference(found, clock),
            {key: one.current for key, one in found.items()},
            statistic=statistic,
            window_length=None if clock is None else clock.length,
            false_alarms_per_month=false_alarms_per_month,
            binning=binning,
        )
    )


def _reference(found: Mapping[str, _Summarised], clock: _Clock | None) -> Reference:
    whole = {key: one.reference for key, one in found.items() if one.reference is not None}
    if clock is None:
        return Reference(whole, name="reference")
    pieces = [{key: found[key].pieces[place] for key in whole} for place in range(len(clock.starts))]
    starts = [EPOCH + start * HOUR for start in clock.starts.tolist()]
    return Reference(whole, name="reference", history=History(starts, pieces))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both tables, as columns by name."""

    reference: dict[str, Column]
    current: dict[str, Column]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys([*self.current, *self.reference]))

    def pair(self, name: str) -> tuple[Column, Column]:
        """A column of both; where one lacks it, it has no values there."""
        return self._side(self.reference, name), self._side(self.current, name)

    @staticmethod
    def _side(columns: dict[str, Column], name: str) -> Column:
        if name in columns:
            return columns[name]
        rows = len(next(iter(columns.values()), ()))  # pyright: ignore[reportArgumentType]
        return np.full(rows, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Clock:
    """When the rows happened: the hours of the reference that have rows, the place of each row's, and the window."""

    starts: Ints
    groups: Ints
    dated: Any
    length: timedelta

    @classmethod
    def of(cls, sides: _Sides, name: str) -> _Clock:
        """Read the column of times of both tables."""
        for side, columns in (("reference", sides.reference), ("current", sides.current)):
            if name not in columns:
                raise NotFound(f"column of times of {side}", name, known=columns)
        before, after = (_seconds(column, name) for column in sides.pair(name))
        dated = np.isfinite(before)
        now = after[np.isfinite(after)]
        if not dated.any() or not len(now):
            raise InvalidInput(f"the column {name!r} holds no times")
        starts, groups = np.unique(np.floor(before[dated] / _HOUR_S).astype(np.int64), return_inverse=True)
        hours = int(np.floor(now.max() / _HOUR_S) - np.floor(now.min() / _HOUR_S)) + 1
        return cls(starts, groups.astype(np.int64), dated, hours * HOUR)


def _seconds(column: Column, name: str) -> Floats:
    read = read_column(column, f"the column {name!r}", "numeric")
    assert isinstance(read, Numbers)
    return read.values


@dataclass(frozen=True, slots=True)
class _Summarised:
    """One column: both sides, and the reference by hour where it is known when rows happened.

    There is no reference where its table has no such column.
    """

    reference: ColumnSummary | None
    current: ColumnSummary
    pieces: Sequence[ColumnSummary]


def _summarised(
    sides: _Sides, name: str, kind: ColumnKind | None, clock: _Clock | None, *, with_moments: bool
) -> _Summarised:
    said = f"the column {name!r} of"
    before, after = read_pair(*sides.pair(name), kind, (f"{said} reference", f"{said} current"))
    if name not in sides.reference:
        return _Summarised(None, column_summary(after, with_moments=with_moments), ())
    grid = Grid.lay(before.values) if isinstance(before, Numbers) else None
    return _Summarised(
        column_summary(before, grid, with_moments=with_moments),
        column_summary(after, grid, with_moments=with_moments),
        () if clock is None else _pieces(before, grid, clock),
    )


def _pieces(column: Numbers | Categories, grid: Grid | None, clock: _Clock) -> Sequence[ColumnSummary]:
    hours = len(clock.starts)
    if isinstance(column, Categories):
        return CategorySummary.grouped(column.codes[clock.dated], column.labels, clock.groups, hours)
    values = column.values[clock.dated]
    return NumericSummary.grouped(values, clock.groups, hours, grid or Grid.lay(values))


def _wanted(
    sides: _Sides,
    columns: Sequence[str] | None,
    schema: ModelSchema | None,
    answers: Sequence[str],
    times: str | None,
) -> list[str]:
    """The columns to judge, the answers last: those named, else those of the schema, else all but the times."""
    known = sides.names
    if columns is None:
        columns = [each for each in known if each != times] if schema is None else [one.name for one in schema.features]
    wanted = list(dict.fromkeys([*(name for name in columns if name not in answers), *answers]))
    for name in wanted:
        if name not in known:
            raise NotFound("column of either table", name, known=known)
    return wanted


def _kind(name: str, role: str | None, schema: ModelSchema | None) -> ColumnKind | None:
    if schema is None:
        return None
    if role is not None:
        return schema.prediction
    feature = schema.feature(name)
    return None if feature is None else feature.monitored_as
