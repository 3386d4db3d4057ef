"""The verdicts about the rows that were sent."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np

from mlfoundry.chance import INDEPENDENT_ROWS, MIN_ROWS, benjamini_hochberg, false_alarm_rate
from mlfoundry.quality.answers import QualityVerdict
from mlfoundry.quality.base import RULE, QualityStatus, percent
from mlfoundry.quality.found import checks
from mlfoundry.quality.proportions import rise
from mlfoundry.quality.rows import RowCheck, RowCounts, Share

_NOTHING = Share(0, 0)


def rows_report(
    rows: RowCounts,
    before: RowCounts | None = None,
    *,
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
) -> tuple[QualityVerdict, ...]:
    """Check what became of the rows of a window.

    Parameters
    ----------
    rows
        Those of the window.
    before
        Earlier ones, as far as there are any.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be.

    Examples
    --------
    >>> found = rows_report(RowCounts({("prediction", "stored"): 90, ("prediction", "rejected"): 10}))
    >>> print(*(verdict.reason for verdict in found if verdict.status == "breached"))
    10 of 100 rows (10 %) were rejected
    """
    earlier = RowCounts() if before is None else before
    chosen = [check for check in checks().values() if isinstance(check, RowCheck)]
    p_values = np.array([_p_value(check, rows, earlier) for check in chosen])
    stands = benjamini_hochberg(p_values, false_alarm_rate(window_length, per_month=false_alarms_per_month))
    return tuple(
        _verdict(check, rows, earlier, p_value=float(p_value), real=bool(real))
        for check, p_value, real in zip(chosen, p_values, stands, strict=True)
    )


def _p_value(check: RowCheck, rows: RowCounts, before: RowCounts) -> float:
    """How likely chance alone is to show as much; NaN where it has no part in it."""
    foretold, found = check.foretold(before), check.count(rows, before)
    if foretold is None or min(foretold.n, found.n) < MIN_ROWS:
        return math.nan
    sides = (np.array([float(number)]) for number in (*found, *foretold))
    return float(rise(*sides).p_value[0])


def _verdict(check: RowCheck, rows: RowCounts, before: RowCounts, *, p_value: float, real: bool) -> QualityVerdict:
    found, foretold = check.count(rows, before), check.foretold(before)
    earlier = check.count(before, RowCounts()) if foretold is None else foretold
    usual = None if foretold is None or not foretold.n else foretold.bad / foretold.n
    status, value, effect = _judged(check, found, foretold, real=real)
    judged = effect is not None
    return QualityVerdict(
        check=check.name,
        title=check.title,
        column=None,
        role=None,
        kind=None,
        value=value,
        error_bound=None if value is None else 0.0,
        reference_value=earlier.bad / earlier.n if earlier.n else None,
        n=found.n,
        n_reference=earlier.n,
        expected=(0.0 if foretold is None else usual) if judged else None,
        effect=effect,
        p_value=p_value if judged and math.isfinite(p_value) else None,
        null=(RULE if foretold is None else INDEPENDENT_ROWS) if judged else None,
        dispersion=None,
        watch_at=check.sizes.watch,
        breached_at=check.sizes.breached,
        status=status,
        reason=_reason(check, found, usual, status, real=real),
    )


def _judged(
    check: RowCheck, found: Share, foretold: Share | None, *, real: bool
) -> tuple[QualityStatus, float | None, float | None]:
    """The status, the share, and what of it is more than expected (None where that cannot be said)."""
    if not found.n:
        return "insufficient_data", None, None
    value = found.bad / found.n
    if foretold is not None and not foretold.n:
        return "no_reference", None, None
    if foretold is not None and min(foretold.n, found.n) < MIN_ROWS:
        return "insufficient_data", value, None
    effect = value - (0.0 if foretold is None else foretold.bad / foretold.n)
    if not found.bad or not (foretold is None or real) or effect < check.sizes.watch:
        return "ok", value, effect
    return "breached" if effect >= check.sizes.breached else "watch", value, effect


def _reason(check: RowCheck, found: Share, usual: float | None, status: QualityStatus, *, real: bool) -> str:
    if not found.n:
        return "no such rows arrived"
    if status == "no_reference":
        return "there are no earlier rows to compare with"
    shown = f"{found.bad:,} of {found.n:,} rows ({percent(found.bad / found.n)}) {check.phrase}"
    if usual is None:
        return shown
    beside = f"{shown}, {percent(usual)} are usual"
    if status == "insufficient_data":
        return f"{beside}; {MIN_ROWS} rows on either side are needed"
    if status == "ok" and found.bad:
        return beside + ("; too little to matter" if real else "; chance alone can explain it")
    return beside
