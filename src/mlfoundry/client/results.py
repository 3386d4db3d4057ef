"""What the server answers about a model version, as values that print well and become tables."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, overload

import msgspec

from mlfoundry.errors import MissingExtra
from mlfoundry.times import to_text

_SHOWN_ROWS = 20


class ResultTable(Sequence[dict[str, Any]]):
    """Rows under named columns. Prints as a table, also in a notebook; ``rows[0]["value"]`` is one value.

    Examples
    --------
    >>> ResultTable("Scores", ("metric", "value"), [("auc", 0.91234567)])
    Scores (1 row)
    metric  value
    auc     0.9123
    """

    def __init__(self, title: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        self.title = title
        self.columns = tuple(columns)
        self._rows = list(rows)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(index, slice):
            return [self._named(row) for row in self._rows[index]]
        return self._named(self._rows[index])

    def __len__(self) -> int:
        return len(self._rows)

    def to_arrow(self) -> Any:
        """An Arrow table; needs the extra ``[arrow]``."""
        return arrow_table({name: [row[i] for row in self._rows] for i, name in enumerate(self.columns)})

    def to_pandas(self) -> Any:
        """A pandas data frame; needs pandas and the extra ``[arrow]``."""
        return to_pandas(self.to_arrow())

    def __repr__(self) -> str:
        shown = [tuple(_cell(value) for value in row) for row in self._rows[:_SHOWN_ROWS]]
        widths = [max(map(len, column)) for column in zip(self.columns, *shown, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (self.columns, *shown)]
        return "\n".join([self._head(), *lines, *self._rest()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
            for row in self._rows[:_SHOWN_ROWS]
        )
        rest = "".join(f"<p>{html.escape(line)}</p>" for line in self._rest())
        caption = html.escape(self._head())
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"

    def _head(self) -> str:
        return f"{self.title} ({len(self):,} row{'' if len(self) == 1 else 's'})"

    def _rest(self) -> list[str]:
        return [f"… and {len(self) - _SHOWN_ROWS:,} more"] if len(self) > _SHOWN_ROWS else []

    def _named(self, row: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self.columns, row, strict=True))


class Slice(msgspec.Struct, frozen=True):
    """Which rows a result is about, where that is not simply all of the time asked for.

    ``reference_sliced`` says whether ``where`` was applied to the reference too, ``reference_n`` how many of its rows
    stayed; if it was not applied, ``note`` says why.
    """

    where: str | None = None
    exact: bool = False
    as_of: datetime | None = None
    reference_sliced: bool | None = None
    reference_n: int | None = None
    note: str | None = None


class Maturity(msgspec.Struct, frozen=True):
    """Whether a time has the actuals that it will have: ``mature``, or ``immature`` and why.

    ``cause`` is ``arriving``, ``delay unknown`` or ``selective`` (actuals of some scores rather than of others);
    ``expected_coverage`` the share of predictions that will have an actual in the end, ``mature_at`` when nine in ten
    of these will be there. What is unknown is None.
    """

    status: str
    cause: str | None = None
    reason: str | None = None
    coverage: float | None = None
    expected_coverage: float | None = None
    mature_at: datetime | None = None


class Period(msgspec.Struct, frozen=True):
    """The times ``start <= t < end``."""

    start: datetime
    end: datetime


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is compared with: an uploaded table, or events of this version or of another one.

    ``name`` is how it is asked for, ``kind`` is ``uploaded``, ``trailing``, ``fixed`` or ``version``, ``fqn`` whose
    rows they are, ``n`` how many before any filter. Events have a ``window``, a table when it was ``created_at``.
    """

    name: str
    n: int
    kind: str = "uploaded"
    fqn: str = ""
    window: Period | None = None
    created_at: datetime | None = None
    is_default: bool = False
    has_actuals: bool = False
    has_times: bool = False
    has_shap: bool = False

    def __str__(self) -> str:
        when = f"{to_text(self.window.start)} to {to_text(self.window.end)}, " if self.window else ""
        return f"{self.name} ({when}{self.n:,} rows)"


class PerformanceResult(ResultTable):
    """One row a window and metric.

    ``total`` is the same over the whole time, one row a metric, with the ``method`` of its interval and the ``reason``
    of its status; ``reference_total`` is that of what ``reference`` is, where that has actuals. ``maturity`` says
    whether the time has the actuals that it will have. ``problem`` says what has to be given before metrics can be
    computed, such as the positive class.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        *,
        total: ResultTable,
        task: str,
        positive_class: str | None,
        problem: str | None,
        maturity: Maturity | None = None,
        reference: Reference | None = None,
        reference_total: ResultTable | None = None,
        slice: Slice | None = None,
    ) -> None:
        super().__init__(title, columns, rows)
        self.total = total
        self.task = task
        self.maturity = maturity
        self.positive_class = positive_class
        self.problem = problem
        self.reference = reference
        self.reference_total = reference_total
        self.slice = slice

    def _rest(self) -> list[str]:
        immature = self.maturity and self.maturity.reason
        return super()._rest() + [line for line in (self.problem, immature, self.slice and self.slice.note) if line]


class DriftResult(ResultTable):
    """One row a window and column.

    ``total`` is the same over the whole time, one row a column, and says why: ``error_bound, expected, effect, p_value,
    null, chunks, dispersion, effective_n, reason``. ``reference`` is what the columns were compared with, None where
    there is nothing.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        *,
        total: ResultTable,
        reference: Reference | None,
        slice: Slice | None = None,
    ) -> None:
        super().__init__(title, columns, rows)
        self.total = total
        self.reference = reference
        self.slice = slice

    def _rest(self) -> list[str]:
        against = [] if self.reference is None else [f"against {self.reference}"]
        return super()._rest() + against + ([self.slice.note] if self.slice and self.slice.note else [])


class QualityResult(ResultTable):
    """One row a check; with a granularity one row a window, column and check.

    ``issues`` is what is wrong, the worst first, ``total`` every check over the whole time, and ``volume`` the rows by
    hours beside those that are usual at that time of the week.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        *,
        total: ResultTable,
        issues: ResultTable,
        volume: ResultTable,
        reference: Reference | None,
        slice: Slice | None = None,
    ) -> None:
        super().__init__(title, columns, rows)
        self.total = total
        self.issues = issues
        self.volume = volume
        self.reference = reference
        self.slice = slice

    def _rest(self) -> list[str]:
        return super()._rest() + ([self.slice.note] if self.slice and self.slice.note else [])


class AttributionResult(ResultTable):
    """One row a feature, the most important first; with a granularity one row a window and feature.

    ``total`` is the same over the whole time, ``rankings`` compares all features with the reference at once.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        *,
        total: ResultTable,
        rankings: ResultTable,
        reference: Reference | None,
        slice: Slice | None = None,
    ) -> None:
        super().__init__(title, columns, rows)
        self.total = total
        self.rankings = rankings
        self.reference = reference
        self.slice = slice

    def _rest(self) -> list[str]:
        return super()._rest() + ([self.slice.note] if self.slice and self.slice.note else [])


class LedgerResult(ResultTable):
    """Rows by hour of arrival, kind and state.

    ``totals`` sums them; ``rejected`` lists the rows refused last; ``dropped`` is what clients report of rows that they
    lost before the server got them, by hour of their own clock.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        *,
        totals: Mapping[str, int],
        rejected: ResultTable,
        dropped: ResultTable,
    ) -> None:
        super().__init__(title, columns, rows)
        self.totals = dict(totals)
        self.rejected = rejected
        self.dropped = dropped


class InferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One prediction with what became known of it; a value reads as ``row.actual`` or ``row["actual"]``.

    ``actual`` is None while there is none. ``created_at`` is when the row arrived.
    """

    data_id: str
    prediction: str | int | float | bool = msgspec.field(name="value")
    features: dict[str, Any]
    probabilities: dict[str, float] = {}
    shap_values: dict[str, Any] = {}
    raw_data: Any = None
    occurred_at: datetime
    received_at: datetime
    actual: str | int | float | bool | None = None
    actual_occurred_at: datetime | None = None
    actual_received_at: datetime | None = None
    in_future: bool = False
    model_version_fqn: str = ""

    @property
    def created_at(self) -> datetime:
        """When the row arrived at the server."""
        return self.received_at

    def keys(self) -> tuple[str, ...]:
        """The names of the values, so that ``dict(row)`` works."""
        return (*self.__struct_fields__, "created_at")

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes").replace("+00:00", "")
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}={_cell(item)}" for name, item in value.items())  # pyright: ignore[reportUnknownVariableType]
        return text if len(text) <= 60 else f"{text[:57]}..."
    return str(value)


def import_arrow(what: str) -> Any:
    """The module ``pyarrow``, or :class:`MissingExtra` that says how to get it."""
    try:
        import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtra(what, "arrow") from error
    return pa


def arrow_table(columns: Mapping[str, list[Any]]) -> Any:
    """A table of columns; one whose values differ in type becomes text."""
    pa = import_arrow("to_arrow()")
    return pa.table({name: _array(pa, values) for name, values in columns.items()})


def _array(pa: Any, values: list[Any]) -> Any:
    try:
        if len({value.__class__ for value in values if value is not None} & {bool, int, float, str}) < 2:
            return pa.array(values)
        if all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values):
            return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def to_pandas(table: Any) -> Any:
    """A data frame of a table, or :class:`MissingExtra`."""
    try:
        return table.to_pandas()
    except ModuleNotFoundError as error:
        raise MissingExtra("to_pandas()", "demo") from error
