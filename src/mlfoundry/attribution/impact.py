"""Drift times importance: what to look at first."""

from __future__ import annotations


def impact(effect: float | None, drifted_at: float | None, importance: float | None) -> float | None:
    """How many times a column's drift reaches the size that is drift, times the feature's share of importance.

    For ranking: a large drift of a feature that decides nothing, and a small one of a feature that decides much, both
    rank low. It is no estimate of what drift costs. None where one of the two is unknown; 0 where the drift is no more
    than what no drift would show.

    Parameters
    ----------
    effect
        The drift statistic, less what no drift would show.
    drifted_at
        The size from which it is drift, above 0.
    importance
        The feature's share of the sum of mean |SHAP|.

    Examples
    --------
    >>> impact(0.5, 0.25, 0.4), impact(0.5, 0.25, None)
    (0.8, None)
    """
    if effect is None or not drifted_at or importance is None:
        return None
    return max(effect, 0.0) / drifted_at * importance
