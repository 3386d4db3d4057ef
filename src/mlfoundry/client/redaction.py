"""What must not leave the process: values left out or hashed, and a hook that sees every row before it is encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from mlfoundry.client.snapshot import (
    ActualSnapshot,
    PredictionSnapshot,
    Snapshot,
    snapshot_actual,
    snapshot_prediction,
)
from mlfoundry.client.values import plain_value
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Actual, Prediction, PredictionData
from mlfoundry.labels import class_label

BeforeSend = Callable[[Any], Any]
_HASH_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What happens to rows in the sending thread, before they are encoded.

    Parameters
    ----------
    before_send
        Gets each :class:`Prediction` or :class:`Actual`; returns it, changed or not, or None to leave it out.
    hash_features
        Features whose values travel as a hash alone: equal values stay equal, and can still be counted and compared.
    drop_features
        Features that do not travel, nor do their SHAP values.
    hash_key
        Keys the hash (BLAKE2b). Without one, whoever can guess a value can check the guess.

    Both lists also take the keys of those names out of ``raw_data``, at any depth. They are applied after the hook.
    """

    before_send: BeforeSend | None = None
    hash_features: frozenset[str] = frozenset()
    drop_features: frozenset[str] = frozenset()
    hash_key: bytes = b""

    def __post_init__(self) -> None:
        if both := self.hash_features & self.drop_features:
            raise InvalidInput(f"{min(both)!r} is in hash_features and in drop_features; choose one")
        if len(self.hash_key) > hashlib.blake2b.MAX_KEY_SIZE:
            raise InvalidInput(f"hash_key has more than {hashlib.blake2b.MAX_KEY_SIZE} bytes")

    def __bool__(self) -> bool:
        return bool(self.before_send or self.hash_features or self.drop_features)

    def apply(self, row: Snapshot) -> Snapshot | None:
        """The row as it may leave, None if it may not; raises whatever the hook raises."""
        if self.before_send is not None:
            given = self.before_send(_entity(row))
            if given is None:
                return None
            size_bytes = row.size_bytes
            row = snapshot_actual(given) if isinstance(row, ActualSnapshot) else snapshot_prediction(given)
            row.size_bytes = size_bytes  # its share of the room stays what was taken for it
        hidden = self.hash_features | self.drop_features
        if hidden and isinstance(row, PredictionSnapshot):
            row.features = self._redacted(row.features)
            row.shap_values = _without_keys(row.shap_values, self.drop_features)
            row.raw_data = _without_names(row.raw_data, hidden)
            row.numeric = False
        return row

    def _redacted(self, features: dict[Any, Any]) -> dict[Any, Any]:
        return {
            name: self._hashed(value, str(name)) if str(name) in self.hash_features else value
            for name, value in features.items()
            if str(name) not in self.drop_features
        }

    def _hashed(self, value: Any, name: str) -> str | None:
        plain = plain_value(value, f"$.features.{name}")
        if plain is None:
            return None
        text = class_label(plain).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=_HASH_BYTES, key=self.hash_key).hexdigest()


def _entity(row: Snapshot) -> Prediction | Actual:
    if isinstance(row, ActualSnapshot):
        return Actual(data_id=row.data_id, value=row.value, occurred_at=row.occurred_at)
    raw = row.raw_data
    return Prediction(
        data_id=row.data_id,
        features=row.features,
        prediction_data=PredictionData(value=row.value, probabilities=row.probabilities, shap_values=row.shap_values),
        occurred_at=row.occurred_at,
        raw_data=_decoded(raw) if isinstance(raw, msgspec.Raw) else raw,
        actual_value=row.actual_value,
    )


def _without_keys(values: dict[Any, Any], names: frozenset[str]) -> dict[Any, Any]:
    """SHAP values without those of some features, flat or by class."""
    kept: dict[Any, Any] = {}
    for key, value in values.items():
        if type(value) is dict:
            kept[key] = _without_keys(cast("dict[Any, Any]", value), names)
        elif str(key) not in names:
            kept[key] = value
    return kept


def _without_names(raw: Any, names: frozenset[str]) -> Any:
    if isinstance(raw, msgspec.Raw):
        return msgspec.Raw(msgspec.json.encode(_pruned(_decoded(raw), names)))
    return _pruned(raw, names)


def _decoded(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)


def _pruned(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {key: _pruned(item, names) for key, item in items if str(key) not in names}
    if isinstance(value, list):
        return [_pruned(item, names) for item in cast("list[Any]", value)]
    return value
