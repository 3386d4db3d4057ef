from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import pytest

from mlfoundry.client.values import plain_label, plain_name, plain_value, raw_json
from mlfoundry.errors import InvalidInput


class Colour(Enum):
    RED = "red"


VALUES: list[tuple[Any, Any]] = [
    ("text", "text"),
    (3, 3),
    (True, True),
    (None, None),
    (1.0, 1.0),
    (math.nan, None),
    (-math.inf, None),
    (np.float16(1.5), 1.5),
    (np.float32(1.5), 1.5),
    (np.float32(0.1), float(np.float32(0.1))),
    (np.float64(0.1), 0.1),
    (np.longdouble(0.5), 0.5),
    (np.float32("nan"), None),
    (np.int8(-3), -3),
    (np.uint64(2**63), 2**63),
    (np.bool_(False), False),
    (np.str_("a"), "a"),
    (np.array(7), 7),
    (np.datetime64("2026-01-02T03:04"), "2026-01-02T03:04"),
    (np.datetime64("NaT"), None),
    (Decimal("1.5"), 1.5),
    (Decimal("NaN"), None),
    (datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),
    (datetime(2026, 1, 2, tzinfo=timezone.utc), "2026-01-02T00:00:00+00:00"),
    (date(2026, 1, 2), "2026-01-02"),
    (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
    (pd.NaT, None),
    (pd.NA, None),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Colour.RED, "red"),
]


@pytest.mark.parametrize(("given", "expected"), VALUES)
def test_values_of_real_programs_keep_what_they_are(given: Any, expected: Any) -> None:
    found = plain_value(given, "$")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "given", [[1], {"a": 1}, {1}, b"x", object(), 1j, np.arange(2), np.array([1]), timedelta(1), np.timedelta64(1, "s")]
)
def test_what_is_no_value_says_where_and_what_it_is(given: Any) -> None:
    with pytest.raises(InvalidInput, match=type(given).__name__) as caught:
        plain_value(given, "$.features.a")
    assert caught.value.path == "$.features.a"


def test_labels_and_names() -> None:
    labels = [plain_label(label, "$") for label in (True, np.bool_(False), 1, 1.0, np.int64(2), "late")]
    assert labels == ["true", "false", "1", "1", "2", "late"]
    assert [plain_name(name, "$") for name in ("a", np.str_("b"), 3, np.int64(4))] == ["a", "b", "3", "4"]
    for bad in (None, 1.5, True, ("a",)):
        with pytest.raises(InvalidInput):
            plain_name(bad, "$")
    with pytest.raises(InvalidInput):
        plain_label(None, "$")


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_raw_data_survives_whatever_it_holds() -> None:
    cycle: dict[str, Any] = {"a": 1}
    cycle["self"] = cycle
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    raw: dict[Any, Any] = {
        "when": datetime(2026, 1, 2),
        "nan": math.nan,
        "numpy": np.float32(0.5),
        "array": np.array([1.0, math.nan]),
        "frame": pd.Series([1, 2]),
        "set": {1},
        "object": Hostile(),
        "half a pair": "\ud800",
        ("odd", "key"): 1,
        None: 2,
        "cycle": cycle,
        "deep": deep,
        "big": 2**80,
    }
    found = json.loads(raw_json(raw))
    assert found["when"] == "2026-01-02T00:00:00"
    assert found["nan"] is None
    assert found["numpy"] == 0.5
    assert found["array"] == [1.0, None]
    assert found["frame"] == [1, 2]
    assert found["object"] == "(Hostile)"
    assert found["half a pair"] == "?"
    assert found["('odd', 'key')"] == 1
    assert found["cycle"]["a"] == 1
    assert found["big"] == 2**80
    assert set(found) >= {"set", "deep", "None"}
