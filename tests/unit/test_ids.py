from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.ids import generate_hash_from_data, generate_random_id

NAIVE = datetime(2023, 1, 2, 3, 4, 5)
VECTORS: list[tuple[dict[str, Any], datetime | None, str]] = [
    ({"features1": 1.22, "feature2": "class2"}, None, "f6281d51c013571c96165f8a6ec461b8"),
    ({"feature2": "class2", "features1": 1.22}, None, "f6281d51c013571c96165f8a6ec461b8"),
    ({"features1": 1.22, "feature2": "class2"}, NAIVE, "f4eb641294bf5d9caa3fda04c78cd909"),
    (
        {"features1": 1.22, "feature2": "class2"},
        NAIVE.replace(microsecond=678901),
        "32bcd0c4084b5261b61054143cae95a6",
    ),
    (
        {"features1": 1.22, "feature2": "class2"},
        NAIVE.replace(tzinfo=timezone.utc),
        "8e360308058e5c30b4b174b281c97267",
    ),
    ({"a": 1.5}, None, "91d65c87173151fda28295b64dfbfdec"),
    ({}, None, "2c737423681753149a1629d90d0c45cd"),
    ({"a": 1}, None, "ba959161729159db801ae5079f853a6f"),
    ({"a": 1.0}, None, "b0d97d3344e952e4a11d4f75c3e0db52"),
    ({"a": True}, None, "1f2fd6a4ebd45b458c9555406f758d5d"),
    ({"a": None}, None, "cb436bea61975c9c883e8f336465b5a9"),
    ({"a": [1, 2]}, None, "f620c1285e8a5f54ae9487d2cf70e45a"),
    ({"naïve": "日本"}, None, "91827bc19808575694bc3f0c0d1a5ec6"),
]


@pytest.mark.parametrize(("features", "timestamp", "expected"), VECTORS)
def test_ids_are_those_of_older_clients(features: dict[str, Any], timestamp: datetime | None, expected: str) -> None:
    assert generate_hash_from_data(features, timestamp) == expected


@pytest.mark.parametrize(
    ("scalar", "same"),
    [
        (np.float32(1.5), 1.5),
        (np.float64(1.22), 1.22),
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (np.bool_(True), True),
        (np.array(2.5), 2.5),
        (np.str_("late"), "late"),
        (datetime(2026, 1, 2), "2026-01-02T00:00:00"),
    ],
)
def test_a_numpy_scalar_hashes_as_what_it_holds(scalar: Any, same: Any) -> None:
    assert generate_hash_from_data({"a": scalar}) == generate_hash_from_data({"a": same})


def test_types_and_zones_differ_unless_canonical() -> None:
    aware = NAIVE.replace(tzinfo=timezone.utc)
    elsewhere = aware.astimezone(timezone(timedelta(hours=2)))
    ids = {generate_hash_from_data({"a": 1}, time) for time in (NAIVE, aware, elsewhere)}
    assert len(ids) == 3
    agreed = {
        generate_hash_from_data({"a": value, "deep": [{"b": value}]}, time, canonical=True)
        for time in (NAIVE, aware, elsewhere)
        for value in (1, 1.0, np.float32(1), np.int8(1))
    }
    assert len(agreed) == 1
    assert generate_hash_from_data({"a": True}, canonical=True) != generate_hash_from_data({"a": 1}, canonical=True)


@pytest.mark.parametrize("bad", [object(), {1, 2}, Decimal(1), np.arange(3), b"x"])
def test_what_has_no_json_form_is_refused(bad: Any) -> None:
    for canonical in (False, True):
        with pytest.raises(InvalidInput, match="hashed"):
            generate_hash_from_data({"a": bad}, canonical=canonical)


def test_random_ids_are_32_hex_digits_and_differ() -> None:
    ids = {generate_random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(found) == 32 and int(found, 16) for found in ids)
