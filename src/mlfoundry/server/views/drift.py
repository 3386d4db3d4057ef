"""Answers about drift: every column, and one column with its distribution."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from mlfoundry.columns import column_key, parse_column
from mlfoundry.drift.answers import DriftSeries
from mlfoundry.drift.report import bins, report, series
from mlfoundry.errors import NotFound
from mlfoundry.server.answers import ColumnAnswer, ColumnFigure, Distribution, DriftAnswer, DriftColumn
from mlfoundry.server.views.question import Question
from mlfoundry.server.views.references import reference_answer
from mlfoundry.store.base import ColumnInfo, OutcomePart, ReferenceInfo
from mlfoundry.summaries import Attribution, CategorySummary, ColumnSummary, Grid, NumericSummary
from mlfoundry.summaries.histogram import edges_for, shares_between

_IMPORTANCE: tuple[OutcomePart, ...] = ("attribution",)
_QUANTILES = (("p05", 0.05), ("median", 0.5), ("p95", 0.95))


def drift_answer(question: Question, step: timedelta, *, statistic: str, reference: str | None) -> DriftAnswer:
    """Every column against the reference: over the window, and step by step."""
    known = question.reference_info(reference)
    expected = _reference_columns(question, known)
    total = question.total(outcomes=_IMPORTANCE)
    steps = question.series(step)
    by_step = series(expected, [summaries.columns for summaries in steps], statistic=statistic, window_length=step)
    verdicts = report(
        expected,
        total.columns,
        statistic=statistic,
        window_length=question.covered.length,
        reference_name=known.name if known else None,
    )
    importance = importances(total.attributions)
    return DriftAnswer(
        window=question.window_answer,
        slice=question.slice_answer(known),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        statistic=statistic,
        reference=reference_answer(known) if known else None,
        columns=[
            DriftColumn(
                total=verdict,
                series=by_step.get(verdict.column) or _no_series(len(steps)),
                importance=importance.get(parse_column(verdict.column)[1]) if verdict.role == "feature" else None,
            )
            for verdict in verdicts
        ],
    )


def column_answer(
    question: Question, key: str, step: timedelta, *, statistic: str, reference: str | None
) -> ColumnAnswer:
    """One column: its distribution beside the reference's, the statistic bin by bin and step by step.

    Raises
    ------
    NotFound
        There is no such column; the closest is named.
    """
    about = _column(question, key)
    known = question.reference_info(reference)
    expected = (_reference_columns(question, known) or {}).get(about.key)
    # The verdict is judged among all columns, so it is the one of the drift table.
    total = question.total(outcomes=_IMPORTANCE)
    current = total.columns.get(about.key) or _nothing_like(expected, about)
    verdicts = report(
        _reference_columns(question, known),
        total.columns if about.key in total.columns else {**total.columns, about.key: current},
        statistic=statistic,
        window_length=question.covered.length,
        reference_name=known.name if known else None,
    )
    by_step = series(
        None if expected is None else {about.key: expected},
        [
            {about.key: summaries.columns[about.key]} if about.key in summaries.columns else {}
            for summaries in question.series(step, columns=(about.key,))
        ],
        statistic=statistic,
        window_length=step,
    )
    feature = question.schema.feature(about.name) if about.role == "feature" else None
    return ColumnAnswer(
        window=question.window_answer,
        slice=question.slice_answer(known),
        type=about.type,
        unit=feature.unit if feature else None,
        verdict=next(verdict for verdict in verdicts if verdict.column == about.key),
        distribution=_distribution(current, expected, whole=about.type == "int"),
        bins=list(bins(expected, current, statistic=statistic)),
        figures=_figures(expected, current),
        step_s=int(step.total_seconds()),
        starts=question.starts(step),
        series=by_step.get(about.key) or _no_series(len(question.starts(step))),
    )


def importances(attributions: Mapping[str, Attribution]) -> dict[str, float]:
    """Each feature's share of the sum of mean |SHAP|."""
    sizes = {name: one.mean_absolute for name, one in attributions.items()}
    known = {name: size for name, size in sizes.items() if size is not None}
    whole = sum(known.values())
    return {name: size / whole for name, size in known.items()} if whole > 0 else {}


def _reference_columns(question: Question, known: ReferenceInfo | None) -> Mapping[str, ColumnSummary] | None:
    return question.reference(known).columns if known else None


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
        figures["categories"] = len(column.counts)
        figures["most frequent"] = max(column.counts, key=lambda label: column.counts[label], default=None)
    return figures
