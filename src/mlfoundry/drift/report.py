"""Drift of all columns: over one window, over many, and bin by bin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import isfinite

import numpy as np

from mlfoundry.chance import INDEPENDENT_ROWS, MIN_ROWS, OWN_WINDOWS
from mlfoundry.columns import parse_column
from mlfoundry.drift.answers import DriftBin, DriftSeries, DriftVerdict
from mlfoundry.drift.base import DriftStatistic, shares
from mlfoundry.drift.binned import BinStatistic
from mlfoundry.drift.bins import Binning
from mlfoundry.drift.comparison import Judged, judge, kind
from mlfoundry.drift.decision import STATUSES, DriftStatus
from mlfoundry.drift.found import statistic as named_statistic
from mlfoundry.drift.history import Columns
from mlfoundry.drift.reference import Reference, cut
from mlfoundry.drift.tally import count
from mlfoundry.summaries import ColumnSummary
from mlfoundry.summaries.arrays import Floats

_DEFAULT = Binning()


def report(
    reference: Reference | Columns | None,
    current: Columns,
    *,
    statistic: str = "psi",
    window_length: timedelta | None = None,
    reference_name: str | None = None,
    false_alarms_per_month: float = 1.0,
    among: int | None = None,
    binning: Binning = _DEFAULT,
) -> tuple[DriftVerdict, ...]:
    """Judge every column of one window against the reference.

    Parameters
    ----------
    reference
        What to compare with; summaries by column key are a :class:`Reference` of which it is not known when its rows
        happened. One that is asked more than once is worth keeping as such. None when there is none.
    current
        Summaries of the window.
    statistic
        Its name, such as ``psi`` or ``jensen_shannon``.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be, and into which
        windows the reference is cut.
    reference_name
        Repeated in every verdict, in place of the reference's own.
    among
        How many columns share the budget. Each is then judged by itself, at that part of it (Bonferroni), so that its
        verdict does not depend on which others are given. By default those given share it, the surer one is the more
        the others may have (Benjamini-Hochberg).
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
    chosen, ready = named_statistic(statistic), _ready(reference)
    found = judge(
        ready, [current], chosen, binning=binning, length=window_length, per_month=false_alarms_per_month, among=among
    )
    return tuple(_verdicts(found, current, chosen, ready, reference_name))


def series(
    reference: Reference | Columns | None,
    windows: Sequence[Columns],
    *,
    statistic: str = "psi",
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
    among: int | None = None,
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
    chosen = named_statistic(statistic)
    found = judge(
        _ready(reference),
        windows,
        chosen,
        binning=binning,
        length=window_length,
        per_month=false_alarms_per_month,
        among=among,
    )
    statuses, n = found.status.tolist(), found.n.tolist()
    return {
        key: DriftSeries(
            value=_numbers(found.value[place]),
            status=[STATUSES[code] for code in statuses[place]],
            n=n[place],
            expected=_numbers(found.expected[place]),
        )
        for place, key in enumerate(found.keys)
    }


def bins(
    reference: ColumnSummary | None, current: ColumnSummary, *, statistic: str = "psi", binning: Binning = _DEFAULT
) -> tuple[DriftBin, ...]:
    """One column bin by bin, with each bin's share of the statistic; bins that neither side fills are left out.

    Without a reference its own bins are shown, with a reference share of 0 and no contribution. A statistic that is
    not made of bins has no contributions either.

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
    a = count(found, [reference])[0] if comparable else np.zeros_like(b)
    parts = _contributions(chosen, a, b)
    p, q = shares(a), shares(b)
    return tuple(
        DriftBin(
            label=bin_.label,
            special=bin_.special,
            lower=bin_.lower,
            upper=bin_.upper,
            reference_share=float(p[i]),
            share=float(q[i]),
            contribution=float(parts[i]) if np.isfinite(parts[i]) else None,
        )
        for i, bin_ in enumerate(found.bins)
        if a[i] or b[i]
    )


def _contributions(statistic: DriftStatistic, reference: Floats, current: Floats) -> Floats:
    """Each bin's share of the statistic; NaN where it has none."""
    if not (isinstance(statistic, BinStatistic) and statistic.by_bin and reference.sum() > 0 and current.sum() > 0):
        return np.full(len(current), np.nan)
    parts = statistic.contributions(reference, current)
    whole = float(parts.sum())
    return parts / whole if whole > 0 else np.zeros(len(current))


def _ready(reference: Reference | Columns | None) -> Reference | None:
    return reference if reference is None or isinstance(reference, Reference) else Reference(reference)


def _verdicts(
    found: Judged, current: Columns, statistic: DriftStatistic, reference: Reference | None, name: str | None
) -> list[DriftVerdict]:
    """One verdict a column, of the first window. Arrays become lists first: one by one they would cost the most."""
    if reference is not None and name is None:
        name = reference.name
    columns = [
        _numbers(array[:, 0])
        for array in (found.value, found.error_bound, found.expected, found.effect, found.unit, found.p_value)
    ]
    dispersions, chunks = _numbers(found.dispersion[:, 0]), found.windows.tolist()
    n: list[int] = found.n[:, 0].tolist()
    absent: list[int] = found.absent[:, 0].tolist()
    codes: list[int] = found.status[:, 0].tolist()
    real: list[bool] = found.real[:, 0].tolist()
    verdicts: list[DriftVerdict] = []
    for place, key in enumerate(found.keys):
        value, error_bound, expected, effect, unit, p_value = (array[place] for array in columns)
        status = STATUSES[codes[place]]
        compared = key not in found.incomparable
        judged = compared and status != "insufficient_data"
        dispersion = dispersions[place] if judged and chunks[place] else None
        n_reference = reference.rows(key) if reference else 0
        sizes, scale = statistic.sizes, 1.0 if unit is None else unit
        verdicts.append(
            DriftVerdict(
                column=key,
                role=parse_column(key)[0],
                kind=kind(current[key]),
                statistic=statistic.name,
                value=value,
                error_bound=error_bound,
                status=status,
                reason=_reason(found.incomparable.get(key), status, n[place], n_reference, is_real=real[place]),
                reference=name if status != "no_reference" else None,
                n_reference=n_reference,
                n=n[place],
                expected=expected if judged else None,
                effect=effect if judged else None,
                p_value=p_value if judged else None,
                null=(OWN_WINDOWS if dispersion else INDEPENDENT_ROWS) if judged else None,
                chunks=chunks[place] if dispersion else None,
                dispersion=dispersion,
                effective_n=n[place] / dispersion if dispersion else None,
                watch_at=sizes.watch * scale,
                drifted_at=sizes.drifted * scale,
                missing_share=absent[place] / n[place] if n[place] else None,
                missing_share_reference=reference.missing_share(key) if reference else None,
            )
        )
    return verdicts


def _reason(
    incomparable: tuple[int, str] | None, status: DriftStatus, n: int, n_reference: int, *, is_real: bool
) -> str | None:
    if incomparable is not None:
        return incomparable[1]
    if status == "insufficient_data":
        if min(n, n_reference) >= MIN_ROWS:
            return "there are no values to compare"
        side, rows = ("window", n) if n < MIN_ROWS else ("reference", n_reference)
        return f"the {side} has {rows} rows; at least {MIN_ROWS} are needed"
    if status == "ok":
        return "too small to matter" if is_real else "chance alone can explain it"
    return None


def _numbers(values: Floats) -> list[float | None]:
    """The values of one axis, None where there is nothing to say."""
    return [value if isfinite(value) else None for value in values.tolist()]
