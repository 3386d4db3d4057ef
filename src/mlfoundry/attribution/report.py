"""Attributions of all features: over one window, over many, and beside the reference's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

import numpy as np

from mlfoundry.attribution.answers import AttributionSeries, FeatureAttribution, RankingComparison
from mlfoundry.attribution.base import AttributionStatus, RankingStatistic, Sizes
from mlfoundry.attribution.found import statistics
from mlfoundry.attribution.importance import importances, ranks
from mlfoundry.chance import INDEPENDENT_ROWS, MIN_ROWS, benjamini_hochberg, false_alarm_rate
from mlfoundry.special import student_quantile, student_tails
from mlfoundry.summaries import Attribution

Attributions: TypeAlias = Mapping[str, Attribution]
"""By feature."""
SIZES = Sizes(0.05, 0.10)
"""How many points of importance matter."""
_NOTHING = Attribution()


def report(
    current: Attributions,
    rows: int,
    *,
    reference: Attributions | None = None,
    window_length: timedelta | None = None,
    false_alarms_per_month: float = 1.0,
) -> tuple[FeatureAttribution, ...]:
    """What each feature decides in a window, beside the reference: the most important first.

    Parameters
    ----------
    current
        The window's SHAP values.
    rows
        All rows of the window, with SHAP values or without.
    reference
        Those of the reference; None where it has none.
    window_length
        How long the window is; with ``false_alarms_per_month`` it says how sure a verdict has to be.

    Examples
    --------
    >>> groups = np.zeros(400, np.int64)
    >>> a, b = (np.random.default_rng(seed).normal(size=400) for seed in (1, 2))
    >>> [before], [same], [more] = (Attribution.grouped(values, groups, 1) for values in (a, b, 3 * b))
    >>> found = report({"x": more, "y": same}, 400, reference={"x": before, "y": same})
    >>> [(one.feature, one.rank, one.status) for one in found]
    [('x', 1, 'drifted'), ('y', 2, 'ok')]
    """
    before: Attributions = reference or {}
    names: list[str] = list(dict.fromkeys([*current, *before]))
    shares, shares_before = importances(current), importances(before)
    places, places_before = ranks(shares), ranks(shares_before)
    p_values = np.array([_p_value(current.get(name, _NOTHING), before.get(name, _NOTHING)) for name in names])
    stands = benjamini_hochberg(p_values, false_alarm_rate(window_length, per_month=false_alarms_per_month))
    found = [
        _feature(
            name,
            current.get(name, _NOTHING),
            before.get(name, _NOTHING),
            rows,
            shares=(shares.get(name), shares_before.get(name)),
            places=(places.get(name), places_before.get(name)),
            p_value=float(p_value),
            real=bool(real),
        )
        for name, p_value, real in zip(names, p_values, stands, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-(one.importance or 0.0), one.feature)))


def rankings(features: Sequence[FeatureAttribution]) -> tuple[RankingComparison, ...]:
    """Every statistic of all features together; drift only where the difference of some feature is real too."""
    both = [one for one in features if one.mean_absolute is not None and one.mean_absolute_reference is not None]
    enough = [one for one in both if min(one.n, one.n_reference) >= MIN_ROWS]
    now = np.array([one.mean_absolute for one in enough], np.float64)
    before = np.array([one.mean_absolute_reference for one in enough], np.float64)
    real = any(one.real for one in enough)
    return tuple(
        _ranking(statistic, statistic.compute(before, now) if enough else math.nan, features, real=real)
        for statistic in statistics().values()
    )


def series(windows: Sequence[Attributions], features: Sequence[str]) -> dict[str, AttributionSeries]:
    """Each of some features over many windows."""
    shares = [importances(window) for window in windows]
    return {
        name: AttributionSeries(
            mean_absolute=[window.get(name, _NOTHING).mean_absolute for window in windows],
            mean=[window.get(name, _NOTHING).mean for window in windows],
            importance=[share.get(name) for share in shares],
            n=[window.get(name, _NOTHING).n for window in windows],
        )
        for name in features
    }


def _p_value(current: Attribution, reference: Attribution) -> float:
    """Welch's test of equal mean |SHAP|; NaN where there are too few rows."""
    if min(current.n, reference.n) < MIN_ROWS:
        return math.nan
    parts = [((one.std_absolute or 0.0) ** 2 / one.n, one.n) for one in (current, reference)]
    whole = parts[0][0] + parts[1][0]
    difference = (current.mean_absolute or 0.0) - (reference.mean_absolute or 0.0)
    if whole <= 0:
        return 0.0 if difference else 1.0
    # From shares of the whole, whose squares do not vanish for tiny values.
    degrees = 1.0 / sum((part / whole) ** 2 / (n - 1) for part, n in parts)
    return float(student_tails(np.array([degrees]), np.array([difference / math.sqrt(whole)]))[0])


def _feature(
    name: str,
    current: Attribution,
    reference: Attribution,
    rows: int,
    *,
    shares: tuple[float | None, float | None],
    places: tuple[int | None, int | None],
    p_value: float,
    real: bool,
) -> FeatureAttribution:
    now, before = shares
    effect = None if now is None or before is None else now - before
    status, why = _status(current, reference, effect, real=real)
    lower, upper = _interval(current.mean_absolute, current.std_absolute, current.n)
    mean_lower, mean_upper = _interval(current.mean, current.std, current.n)
    judged = status in ("ok", "watch", "drifted")
    return FeatureAttribution(
        feature=name,
        n=current.n,
        coverage=min(current.n / rows, 1.0) if rows else None,
        mean_absolute=current.mean_absolute,
        lower=None if lower is None else max(lower, 0.0),
        upper=upper,
        mean=current.mean,
        mean_lower=mean_lower,
        mean_upper=mean_upper,
        importance=now,
        rank=places[0],
        n_reference=reference.n,
        mean_absolute_reference=reference.mean_absolute,
        mean_reference=reference.mean,
        importance_reference=before,
        rank_reference=places[1],
        rank_change=None if places[0] is None or places[1] is None else places[1] - places[0],
        effect=effect if judged else None,
        p_value=p_value if judged else None,
        real=real if judged else None,
        null=INDEPENDENT_ROWS if judged else None,
        watch_at=SIZES.watch,
        drifted_at=SIZES.drifted,
        status=status,
        reason=why,
    )


def _status(
    current: Attribution, reference: Attribution, effect: float | None, *, real: bool
) -> tuple[AttributionStatus, str]:
    if not reference.n:
        return "no_reference", "the reference has no SHAP values of it"
    if min(current.n, reference.n) < MIN_ROWS or effect is None:
        side, n = ("window", current.n) if current.n < MIN_ROWS else ("reference", reference.n)
        return "insufficient_data", f"the {side} has {n} rows with SHAP values of it; {MIN_ROWS} are needed"
    shown = f"{abs(100 * effect):.3g} points {'more' if effect > 0 else 'less'} of the importance than in the reference"
    if not real:
        return "ok", f"{shown}; chance alone can explain it"
    if abs(effect) < SIZES.watch:
        return "ok", f"{shown}; too little to matter"
    return "drifted" if abs(effect) >= SIZES.drifted else "watch", shown


def _interval(value: float | None, std: float | None, n: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a mean by Student's t; None of fewer than two rows."""
    if value is None or std is None:
        return None, None
    half = float(student_quantile(np.array([n - 1.0]), 0.975)[0]) * std / math.sqrt(n)
    return value - half, value + half


def _ranking(
    statistic: RankingStatistic, value: float, features: Sequence[FeatureAttribution], *, real: bool
) -> RankingComparison:
    sizes = statistic.sizes
    status: AttributionStatus = "ok"
    reason = "too little to matter"
    if not math.isfinite(value):
        known = any(one.n_reference for one in features)
        status = "insufficient_data" if known else "no_reference"
        reason = "too few rows with SHAP values" if known else "the reference has no SHAP values"
    elif statistic.is_beyond(value, sizes.watch) and not real:
        reason = "chance alone can explain it"
    elif statistic.is_beyond(value, sizes.watch):
        status = "drifted" if statistic.is_beyond(value, sizes.drifted) else "watch"
        reason = _moved(features)
    return RankingComparison(
        statistic=statistic.name,
        title=statistic.title,
        value=value if math.isfinite(value) else None,
        watch_at=sizes.watch,
        drifted_at=sizes.drifted,
        status=status,
        reason=reason,
    )


def _moved(features: Sequence[FeatureAttribution]) -> str:
    """The feature whose importance has changed most of those whose own size has."""
    known = [one for one in features if one.real]
    most = max(known, key=lambda one: abs(one.effect or 0.0), default=None)
    return "importance has moved" if most is None else f"most of all {most.feature!r}: {most.reason}"
