"""Drift of all columns: over one window, over many, and bin by bin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from mlfoundry.columns import parse_column
from mlfoundry.drift.answers import DriftBin, DriftSeries, DriftVerdict
from mlfoundry.drift.base import shares
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.comparison import Columns, Comparison, compare, count, cut, kind
from mlfoundry.drift.comparison import real as real_differences
from mlfoundry.drift.decision import INDEPENDENT_ROWS, MIN_ROWS, DriftStatus
from mlfoundry.drift.found import statistic as named_statistic
from mlfoundry.summaries import ColumnSummary

_DEFAULT = Binning()


def report(
    reference: Columns | None,
    current: Columns,
    *,
    statistic: str = "psi",
    window_length: timedelta | None = None,
    reference_name: str | None = None,
    false_alarms_per_month: float = 1.0,
    binning: Binning = _DEFAULT,
) -> tuple[DriftVerdict, ...]:
    """Judge every column of one window against the reference.

    Parameters
    ----------
    reference
        Summaries of the reference by column key; None when there is none.
    current
        Summaries of the window.
    statistic
        Its name, such as ``psi`` or ``jensen_shannon``.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be.
    reference_name
        Repeated in every verdict.
    binning
        How the reference is cut into bins.

    Returns
    -------
    One verdict a column, in the order of ``current``.

    Raises
    ------
    NotFound
        There is no such statistic.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> before = {"dest": CategorySummary({"ATL": 500, "BOS": 500})}
    >>> after = {"dest": CategorySummary({"ATL": 900, "BOS": 100})}
    >>> [verdict] = report(before, after)
    >>> verdict.status, round(verdict.value, 2)
    ('drifted', 0.88)
    """
    compared = compare(reference, [current], named_statistic(statistic), binning)
    real = real_differences(compared, window_length, false_alarms_per_month)
    return tuple(
        _verdict(column, current[column.key], bool(real[place, 0]), reference_name)
        for place, column in enumerate(compared)
    )


def series(
    reference: Columns | None,
    windows: Sequence[Columns],
    *,
    statistic: str = "psi",
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
    binning: Binning = _DEFAULT,
) -> dict[str, DriftSeries]:
    """Judge every column of many windows against one reference, each window by itself.

    The verdicts are those of :func:`report` for each window, computed together.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> before = {"dest": CategorySummary({"ATL": 500, "BOS": 500})}
    >>> days = [{"dest": CategorySummary({"ATL": 480, "BOS": 520})}, {"dest": CategorySummary({"ATL": 900, "BOS": 90})}]
    >>> series(before, days)["dest"].status
    ['ok', 'drifted']
    """
    compared = compare(reference, windows, named_statistic(statistic), binning)
    real = real_differences(compared, window_length, false_alarms_per_month)
    return {
        column.key: DriftSeries(
            value=[_number(value) for value in column.value.tolist()],
            status=column.statuses(real[place]),
            n=column.n.tolist(),
        )
        for place, column in enumerate(compared)
    }


def bins(
    reference: ColumnSummary | None, current: ColumnSummary, *, statistic: str = "psi", binning: Binning = _DEFAULT
) -> tuple[DriftBin, ...]:
    """One column bin by bin, with each bin's share of the statistic; bins that neither side fills are left out.

    Without a reference its own bins are shown, with a reference share of 0 and no contribution.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> before, after = CategorySummary({"ATL": 500, "BOS": 500}), CategorySummary({"ATL": 900, "BOS": 100})
    >>> [(bin.label, bin.reference_share, bin.share) for bin in bins(before, after)]
    [('ATL', 0.5, 0.9), ('BOS', 0.5, 0.1)]
    """
    chosen = named_statistic(statistic)
    comparable = reference is not None and kind(reference) == kind(current)
    found = cut(reference if reference is not None and comparable else current, binning)
    b = count(found, [current])[0]
    a = count(found, [reference])[0] if reference is not None and comparable else np.zeros_like(b)
    parts = chosen.contributions(a, b) if a.sum() > 0 and b.sum() > 0 else np.full(len(b), np.nan)
    total = float(parts.sum())
    p, q = shares(a), shares(b)
    return tuple(
        DriftBin(
            label=bin_.label,
            special=bin_.special,
            lower=bin_.lower,
            upper=bin_.upper,
            reference_share=float(p[i]),
            share=float(q[i]),
            contribution=_number(float(parts[i]) / total if total > 0 else 0.0 * total),
        )
        for i, bin_ in enumerate(found.bins)
        if a[i] or b[i]
    )


def _verdict(column: Comparison, current: ColumnSummary, real: bool, reference_name: str | None) -> DriftVerdict:
    [status] = column.statuses(np.array([real]))
    compared = status != "no_reference"
    judged = compared and status != "insufficient_data"
    return DriftVerdict(
        column=column.key,
        role=parse_column(column.key)[0],
        kind=kind(current),
        statistic=column.statistic.name,
        value=_number(float(column.value[0])),
        status=status,
        reason=_reason(column, status, real),
        reference=reference_name if compared else None,
        n_reference=column.n_reference,
        n=int(column.n[0]),
        expected=_number(float(column.expected[0])) if judged else None,
        effect=_number(float(column.effect[0])) if judged else None,
        p_value=_number(float(column.p_value[0])) if judged else None,
        null=INDEPENDENT_ROWS if judged else None,
        watch_at=column.statistic.sizes.watch,
        drifted_at=column.statistic.sizes.drifted,
        missing_share=current.missing_share,
        missing_share_reference=None if column.reference is None else column.reference.missing_share,
    )


def _reason(column: Comparison, status: DriftStatus, real: bool) -> str | None:
    n = int(column.n[0])
    if column.incomparable is not None:
        return column.incomparable
    if status == "insufficient_data":
        side, rows = ("window", n) if n < MIN_ROWS else ("reference", column.n_reference)
        return f"the {side} has {rows} rows; at least {MIN_ROWS} are needed"
    if status == "ok":
        return "too small to matter" if real else "chance alone can explain it"
    return None


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
