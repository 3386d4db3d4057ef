"""Columns of times say the same whether they are read at once or text by text."""

from __future__ import annotations

import numpy as np
import pytest

from mlfoundry.errors import InvalidInput
from mlfoundry.store.extract import time_numbers
from mlfoundry.store.time_columns import usual_times
from mlfoundry.times import as_utc, to_micros

USUAL = [
    "2026-01-02T03:04:05",
    "2026-01-02 03:04:05",
    "2026-01-02T03:04:05.123",
    "2026-01-02T03:04:05.123456",
    "1960-02-29T23:59:59.999999",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999999",
]
UNUSUAL = [
    "2026-01-02",
    "2026-01-02Z",
    "2026-01-02T03:04",
    "2026-01-02T03:04:05.1Z",
    "2026-01-02T03:04:05+02:00",
    "2026-01-02T03:04:05z",
    "2026-01-02T03:04:05Z+00:00",
    "0000-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-02T24:00:00Z",
    "2026-01-02T23:59:60Z",
    "not a time in 19 ch",
    "1700000000",
    "",
    "٢٠٢٦-01-02T03:04:05",
]


def one_by_one(text: str) -> float | None:
    """The seconds of a text; None for no time."""
    try:
        return to_micros(as_utc(text)) / 1e6
    except InvalidInput:
        return None


@pytest.mark.parametrize("zone", ["", "Z", "+00:00"])
def test_usual_times_are_read_at_once_and_to_the_bit(zone: str) -> None:
    texts = [text + zone for text in USUAL]

    read = usual_times([*texts, None])

    assert read is not None
    assert read[:-1].tolist() == [one_by_one(text) for text in texts]
    assert np.isnan(read[-1])


@pytest.mark.parametrize("text", [*UNUSUAL, *(text + zone for text in USUAL for zone in ("", "Z", "+00:00"))])
@pytest.mark.parametrize("beside", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05", None])
def test_any_text_is_read_as_it_is_alone(text: str, beside: str | None) -> None:
    seconds, misfits = time_numbers([beside, text])

    expected = one_by_one(text)
    assert misfits.tolist() == [False, expected is None]
    assert np.isnan(seconds[1]) if expected is None else seconds[1] == expected


@pytest.mark.parametrize("texts", [[], [None], [None, None]])
def test_columns_without_a_time_hold_none(texts: list[None]) -> None:
    seconds, misfits = time_numbers(texts)

    assert np.isnan(seconds).all()
    assert not misfits.any()
