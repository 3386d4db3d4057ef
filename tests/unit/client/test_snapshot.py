"""How much memory waiting rows hold is what they are said to hold."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from mlfoundry.client.snapshot import Snapshot, snapshot_actual, snapshot_prediction
from mlfoundry.events import Actual, Prediction

ROWS = 1_000
_chance = random.Random(5)
_SHARED = [f"feature_{i}" for i in range(200)]


def wide(names: Callable[[int], list[str]], width: int) -> Callable[[int], Snapshot]:
    def make(index: int) -> Snapshot:
        return snapshot_prediction(
            Prediction(
                data_id=f"row-{index}",
                features={name: _chance.gauss(0, 1) for name in names(width)},
                prediction_data={
                    "value": "late",
                    "probabilities": {"late": _chance.random(), "on time": 0.5},
                    "shap_values": {name: _chance.gauss(0, 1) for name in names(width)},
                },
            )
        )

    return make


def shared(width: int) -> list[str]:
    return _SHARED[:width]


def their_own(width: int) -> list[str]:
    return [f"feature_{i}" for i in range(width)]


def texts(index: int) -> Snapshot:
    features: dict[str, Any] = {name: f"{_chance.random()}é€" for name in shared(30)}
    raw_data = {"path": f"/{index}", "took": _chance.random()}
    return snapshot_prediction(
        {"data_id": f"row-{index}", "features": features, "prediction_data": {"value": 1}, "raw_data": raw_data}
    )


def nested(index: int) -> Snapshot:
    by_class = {label: {name: _chance.random() for name in shared(12)} for label in ("a", "b", "c")}
    data = {"value": "a", "shap_values": by_class}
    raw_data = {"tokens": list(range(100))}
    return snapshot_prediction(
        {"data_id": f"row-{index}", "features": {}, "prediction_data": data, "raw_data": raw_data}
    )


def actual(index: int) -> Snapshot:
    return snapshot_actual(Actual(data_id=f"row-{index}", value=index * 0.5))


@pytest.mark.parametrize(
    "make",
    [
        wide(shared, 0), wide(shared, 5), wide(shared, 38), wide(shared, 100), wide(their_own, 38),
        texts, nested, actual,
    ],
    ids=["empty", "5+5", "38+38", "100+100", "38+38-own-names", "texts", "nested", "actual"],
)  # fmt: skip
def test_a_waiting_row_counts_what_it_holds(make: Callable[[int], Snapshot]) -> None:
    warm = [make(index) for index in range(20)]  # names are known to be shared once some rows share them
    gc.collect()
    tracemalloc.start()
    try:
        waiting = [("prediction", "fqn", [make(index)]) for index in range(ROWS)]
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert warm
    counted = sum(row.size_bytes for _, _, (row,) in waiting)
    # tracemalloc counts what was asked for; the allocator rounds it up to 16 bytes, a fifth more for rows of floats.
    assert 1.0 <= counted / held <= 1.35
