"""Answers about drift: every column, and one column with its distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mlfoundry.attribution import impact, importances
from mlfoundry.columns import column_key, parse_column
from mlfoundry.drift import Match, Reference, matched_series
from mlfoundry.drift.answers import DriftSeries, DriftVerdict
from mlfoundry.drift.history import Columns
from mlfoundry.drift.report import bins, report, series
from mlfoundry.errors import NotFound
from mlfoundry.server.answers import ColumnAnswer, ColumnFigure, Distribution, DriftAnswer, DriftColumn
from mlfoundry.server.views.comparison import compare, slice_answer
from mlfoundry.server.views.question import Question
from mlfoundry.store.base import ColumnInfo, OutcomePart
from mlfoundry.summaries import CategorySummary, ColumnSummary, Grid, NumericSummary, Summaries
from mlfoundry.summaries.histogram import edges_for, shares_between

_IMPORTANCE: tuple[OutcomePart, ...] = ("attribution",)
_QUANTILES = (("p05", 0.05), ("median", 0.5), ("p95", 0.95))


@dataclass(frozen=True, slots=True)
class Judge:
    """What columns are judged by: a reference, a statistic, the budget of the version, and which hours are compared."""

    question: Question
    statistic: str
    reference: Reference | None
    match: Match | None

    def window(self, columns: Columns) -> tuple[DriftVerdict, ...]:
        """The columns of the question's window."""
        covered, reference = self.question.covered, self.reference
        if reference is not None and self.match is not None:
            reference = reference.at_hours(covered.start, covered.length)
        return report(
            reference,
            columns,
            statistic=self.statistic,
            window_length=covered.length,
            false_alarms_per_month=self.question.version.false_alarms_per_month,
            among=self.question.judged_among,
        )

    def steps(self, step: timedelta, windows: Sequence[Columns]) -> dict[str, DriftSeries]:
        """The columns of each step."""
        budget = self.question.version.false_alarms_per_month
        if self.reference is None or self.match is None:
            return series(
                self.reference,
                windows,
                statistic=self.statistic,
                window_length=step,
                false_alarms_per_month=budget,
                among=self.question.judged_among,
            )
        return matched_series(
            self.reference,
            self.question.starts(step),
            windows,
            statistic=self.statistic,
            window_length=step,
            false_alarms_per_month=budget,
            among=self.question.judged_among,
        )


def drift_answer(
    question: Question, step: timedelta, *, statistic: str, reference: str | None, match: Match | None = None
) -> DriftAnswer:
    """Every column against the reference: over the window, and step by step."""
    known = compare(question, reference)
    judge = Judge(question, statistic, known.ready() if known else None, match)
    total, steps = question.both(step, of_total=_IMPORTANCE)
    by_step = judge.steps(step, [summaries.columns for summaries in steps])
    verdicts = judge.window(total.columns)
    importance = importances(total.attributions)
    return DriftAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        statistic=statistic,
        reference=known.answer() if known else None,
        columns=[
            DriftColumn(
                total=verdict,
                series=by_step.get(verdict.column) or _no_series(len(steps)),
                importance=(weight := importance.get(_feature(verdict) or "")),
                impact=impact(verdict.effect, verdict.drifted_at, weight),
            )
            for verdict in verdicts
        ],
    )


def column_answer(
    question: Question, key: str, step: timedelta, *, statistic: str, reference: str | None, match: Match | None = None
) -> ColumnAnswer:
    """One column: its distribution beside the reference's, the statistic bin by bin and step by step.

    Raises
    ------
    NotFound
        There is no such column; the closest is named.
    """
    about = _column(question, key)
    known = compare(question, reference)
    # Of all rows a verdict is judged among all columns, so it is the one of the drift table. Of a slice it is judged by
    # itself there too.
    own = None if question.judged_among is None else (about.key,)
    ready = known.ready(own) if known else None
    expected = ready.columns.get(about.key) if ready else None
    judge = Judge(question, statistic, ready, match)
    total, steps = _column_summaries(question, about.key, step, own)
    current = total.columns.get(about.key) or _nothing_like(expected, about)
    verdicts = judge.window(total.columns if about.key in total.columns else {**total.columns, about.key: current})
    by_step = judge.steps(
        step,
        [{about.key: summaries.columns[about.key]} if about.key in summaries.columns else {} for summaries in steps],
    )
    feature = question.schema.feature(about.name) if about.role == "feature" else None
    return ColumnAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        type=about.type,
        unit=feature.unit if feature else None,
        reference=known.answer() if known else None,
        verdict=next(verdict for verdict in verdicts if verdict.column == about.key),
        distribution=_distribution(current, expected, whole=about.type == "int"),
        bins=list(bins(expected, current, statistic=statistic)),
        figures=_figures(expected, current),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        series=by_step.get(about.key) or _no_series(len(question.starts(step))),
    )


def _feature(verdict: DriftVerdict) -> str | None:
    """The name by which SHAP values know a column; None where it is no feature."""
    return parse_column(verdict.column)[1] if verdict.role == "feature" else None


def _column_summaries(
    question: Question, key: str, step: timedelta, own: tuple[str, ...] | None
) -> tuple[Summaries, Sequence[Summaries]]:
    """The window, with all columns where not only its own are judged, and the steps, with the column."""
    if own is not None:
        return question.both(step, columns=own)
    return question.total(outcomes=_IMPORTANCE), question.series(step, columns=(key,))


def _no_series(length: int) -> DriftSeries:
    return DriftSeries(
        value=[None] * length,
        expected=[None] * length,
        status=["insufficient_data"] * length,
        n=[0] * length,
    )


def _column(question: Question, key: str) -> ColumnInfo:
    wanted = column_key(*parse_column(key))
    for column in question.info.columns:
        if column.key == wanted:
            return column
    raise NotFound("column", key, known=[column.key for column in question.info.columns])


def _nothing_like(expected: ColumnSummary | None, about: ColumnInfo) -> ColumnSummary:
    """The summary of no rows, for a column that the window does not have."""
    if isinstance(expected, NumericSummary):
        return NumericSummary.empty(expected.grid)
    if about.kind == "numeric":
        return NumericSummary.empty(Grid.lay([0.0]))
    return CategorySummary.empty()


def _distribution(current: ColumnSummary, expected: ColumnSummary | None, *, whole: bool) -> Distribution | None:
    """The histogram to draw of a numeric column; None where neither side has a number."""
    if not isinstance(current, NumericSummary):
        return None
    reference = expected if isinstance(expected, NumericSummary) and expected.n else None
    edges = edges_for([current, reference], least_step=1.0 if whole else 0.0)
    if not edges:
        return None
    now, before = shares_between(current, edges), None if reference is None else shares_between(reference, edges)
    return Distribution(
        edges=edges,
        shares=list(now.inside),
        reference_shares=None if before is None else list(before.inside),
        below=now.below,
        above=now.above,
        reference_below=None if before is None else before.below,
        reference_above=None if before is None else before.above,
    )


def _figures(expected: ColumnSummary | None, current: ColumnSummary) -> list[ColumnFigure]:
    before = _figures_of(expected) if expected is not None and type(expected) is type(current) else {}
    return [
        ColumnFigure(name=name, reference=before.get(name), current=value)
        for name, value in _figures_of(current).items()
    ]


def _figures_of(column: ColumnSummary) -> dict[str, float | str | None]:
    figures: dict[str, float | str | None] = {"rows": column.rows, "missing": column.missing_share}
    figures["type errors"] = column.type_errors / column.rows if column.rows else None
    if isinstance(column, NumericSummary):
        figures |= {"mean": column.mean, "std": column.std}
        figures |= {name: column.quantile(q) for name, q in _QUANTILES}
    else:
        known = len(column.counts)  # those behind the first 10,000 share cells, and nobody knows how many they are
        figures["categories"] = f"{known:,} or more" if any(column.other.values()) else known
        figures["most frequent"] = max(column.counts, key=lambda label: column.counts[label], default=None)
    return figures
