"""Ids for rows: random ones, and ones made from the row's own data."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from mlfoundry.errors import InvalidInput
from mlfoundry.times import as_utc

_X500 = uuid.UUID("6ba7b814-9dad-11d1-80b4-00c04fd430c8")


def generate_random_id() -> str:
    """Return a new random id of 32 hex digits.

    Examples
    --------
    >>> len(generate_random_id())
    32
    """
    return uuid.uuid4().hex


def generate_hash_from_data(
    features: Mapping[str, Any], timestamp: datetime | None = None, *, canonical: bool = False
) -> str:
    """Return an id of 32 hex digits made from features and, if given, a time.

    The same features give the same id in every process, so an actual can be logged by a program that never saw the
    prediction's id. **Rows with equal features and no timestamp share an id**: give a timestamp where that can happen.

    Parameters
    ----------
    features
        Feature name to value. The order of names does not matter. A numpy scalar counts as the Python value it holds,
        a time as its ISO text.
    timestamp
        Tells rows with equal features apart.
    canonical
        By default ``1`` and ``1.0`` give different ids, as do a naive and an aware time, or one instant in two zones:
        ids stay equal to those that older clients made. With ``canonical=True`` they agree.

    Raises
    ------
    InvalidInput
        A value has no JSON form.

    Examples
    --------
    >>> generate_hash_from_data({"features1": 1.22, "feature2": "class2"})
    'f6281d51c013571c96165f8a6ec461b8'
    >>> generate_hash_from_data({"a": 1}, canonical=True) == generate_hash_from_data({"a": 1.0}, canonical=True)
    True
    """
    data: Any = _canonical(features) if canonical else features
    try:
        text = json.dumps(data, sort_keys=True, default=_readable)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"features cannot be hashed: {error}", path="$.features") from error
    if timestamp is not None:
        text += (as_utc(timestamp) if canonical else timestamp).isoformat()
    return uuid.uuid5(_X500, text).hex


def _readable(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    raise InvalidInput(f"{type(value).__name__} cannot be hashed; give str, int, float, bool or None")


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return {key: _canonical(item) for key, item in items.items()}
    if isinstance(value, (list, tuple)):
        parts = cast("list[Any]", value)
        return [_canonical(item) for item in parts]
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(value)
    if isinstance(value, (datetime, date)):
        return as_utc(value).isoformat()
    if value is None or isinstance(value, (str, int)):
        return value
    return _canonical(_readable(value))
