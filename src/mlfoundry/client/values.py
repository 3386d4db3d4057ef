"""Values of real programs (numpy scalars, Decimal, times, NaN) made into what JSON holds, without numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

import msgspec

from mlfoundry.errors import InvalidInput
from mlfoundry.events import FeatureValue
from mlfoundry.labels import class_label

MAX_NESTING = 32
_MISSING_NAMES = ("NAType", "NaTType")


class Unusable:
    """Stands in a queued row for a value that cannot be sent: its reason is kept, the value is let go."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


def plain_value(value: Any, path: str) -> FeatureValue:  # noqa: PLR0911  one line a type
    """Return ``value`` as str, int, float, bool or None; raise :class:`InvalidInput` that names ``path`` if it is none.

    NaN, infinities, ``NaT`` and ``NA`` are missing: None. A numpy scalar or 0-d array is the Python value it holds.

    Examples
    --------
    >>> plain_value(Decimal("1.5"), "$.features.price"), plain_value(float("nan"), "$.features.price")
    (1.5, None)
    """
    if value is None or type(value) in (str, int, bool):
        return cast("FeatureValue", value)
    if isinstance(value, Unusable):
        raise InvalidInput(value.reason, path=path)
    if type(value).__name__ in _MISSING_NAMES:
        return None
    if isinstance(value, Enum):
        return plain_value(value.value, path)
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (str, UUID)):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return _of_array_scalar(value, path)
    raise InvalidInput(_reason(value), path=path)


def _of_array_scalar(value: Any, path: str) -> FeatureValue:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "M":  # datetime64: item() would give a bare count of nanoseconds
        text = str(value)
        return None if text == "NaT" else text
    if kind not in ("m", "c", "V", "S", "O"):
        held = value.item()
        # longdouble.item() gives itself back
        return plain_value(float(held) if type(held) is type(value) else held, path)
    raise InvalidInput(_reason(value), path=path)


def _reason(value: object) -> str:
    return f"a {type(value).__name__} is no value; give a str, int, float, bool or None"


def plain_name(key: Any, path: str) -> str:
    """Return a feature's name as text: a str as it is, an integer its digits."""
    if isinstance(key, str):
        return str(key)
    if isinstance(key, bool) or not hasattr(key, "__index__"):
        raise InvalidInput(f"a name must be text, not {type(key).__name__}", path=path)
    return str(int(key))


def plain_label(key: Any, path: str) -> str:
    """Return a key of ``probabilities`` as its class label."""
    label = plain_value(key, path)
    if label is None:
        raise InvalidInput("a class cannot be missing", path=path)
    return class_label(label)


def raw_json(value: Any) -> bytes:
    """Return JSON of any metadata; what JSON cannot hold is written as text, so that no row is lost for it.

    Examples
    --------
    >>> raw_json({"at": date(2026, 1, 2), "score": float("nan"), "tags": {"a"}})
    b'{"at":"2026-01-02","score":null,"tags":["a"]}'
    """
    try:
        return _RAW_ENCODER.encode(value)
    except Exception:  # noqa: BLE001  a caller's object may raise anything while it is read
        return _RAW_ENCODER.encode(_printable(value, 0))


def _raw_hook(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy scalars and arrays, pandas Series
        held = value.tolist()
        return float(held) if type(held) is type(value) else held
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    return str(value)


def _printable(value: Any, depth: int) -> Any:  # noqa: PLR0911  one line a type
    """The slow way, for odd keys, broken text, cycles and objects that raise."""
    if depth >= MAX_NESTING - 2:
        return "(nested too deeply)"
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return {_safe_text(key): _printable(item, depth + 1) for key, item in items.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_printable(item, depth + 1) for item in cast("list[Any]", value)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _safe_text(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    try:
        return _printable(_raw_hook(value), depth + 1)
    except Exception:  # noqa: BLE001  as above
        return _safe_text(value)


def _safe_text(value: Any) -> str:
    try:
        return str(value).encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001  a caller's __str__ may raise anything
        return f"({type(value).__name__})"


_RAW_ENCODER = msgspec.json.Encoder(enc_hook=_raw_hook)
