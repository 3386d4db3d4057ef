"""Each feature's share of what all features decide."""

from __future__ import annotations

from collections.abc import Mapping

from mlfoundry.summaries import Attribution


def importances(attributions: Mapping[str, Attribution]) -> dict[str, float]:
    """Each feature's share of the sum of mean |SHAP|; empty where nothing is known, or all are 0.

    Examples
    --------
    >>> unit = 2**60
    >>> importances({"a": Attribution(n=2, absolute=6 * unit), "b": Attribution(n=2, absolute=2 * unit)})
    {'a': 0.75, 'b': 0.25}
    """
    sizes = {name: one.mean_absolute for name, one in attributions.items()}
    known = {name: size for name, size in sizes.items() if size is not None}
    whole = sum(known.values())
    return {name: size / whole for name, size in known.items()} if whole > 0 else {}


def ranks(importance: Mapping[str, float]) -> dict[str, int]:
    """Places by importance, 1 for the highest; level ones share the better place.

    Examples
    --------
    >>> ranks({"a": 0.2, "b": 0.6, "c": 0.2})
    {'a': 2, 'b': 1, 'c': 2}
    """
    return {name: 1 + sum(other > own for other in importance.values()) for name, own in importance.items()}
