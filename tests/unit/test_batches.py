"""Predictions as columns: every row comes back as it went in, and a store takes columns as it takes rows."""

from __future__ import annotations

import random
import uuid
from array import array
from pathlib import Path
from typing import Any

import msgspec

from mlfoundry.batches import JudgedBatch, blocks_of
from mlfoundry.events import PredictionRow
from mlfoundry.judge import judge
from mlfoundry.limits import Limits
from mlfoundry.store.base import Store
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.memory import MemoryStore
from mlfoundry.times import as_utc
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
DAY = Window(as_utc("1970-01-01"), as_utc("1970-01-02"))


def rows(n: int, seed: int) -> list[PredictionRow]:
    """Rows of a few layouts in no order, with columns of one type, of several, and with gaps."""
    rng = random.Random(seed)
    made: list[PredictionRow] = []
    for index in range(n):
        features: dict[str, Any] = {
            "float": rng.random(),
            "int": rng.randrange(-(2**63), 2**63),
            "mixed": rng.choice([1, 2.5, True, "text", None, 2**60]),
            "flag": rng.random() < 0.5,
            "text": rng.choice(["a", "b\x00c"]),
            "gaps": rng.choice([None, 0.5]),
        }
        if rng.random() < 0.4:
            features |= {"optional": rng.choice([1, 1.5])}
        by_class = {"late": {"float": 0.5}, "ok": {"int": 1.5}}
        shap = rng.choice([{"float": 0.5, "int": -0.25}, {"float": 0.5}, by_class, {}])
        made.append(
            PredictionRow(
                index=index,
                data_id=f"{seed}-{rng.randrange(n)}",
                value=rng.choice(["late", "ok"]),
                features=features,
                probabilities=rng.choice([{}, {"late": 0.25, "ok": 0.75}]),
                shap_values=shap,
                occurred_at=rng.randrange(10**9),
                raw_data=rng.choice(["{}", '{"a":1}']),
                actual_value=rng.choice([None, None, "ok"]),
                flags=rng.choice([0, 2]),
            )
        )
    return made


def batch(given: list[PredictionRow]) -> JudgedBatch:
    return JudgedBatch(
        batch_id=str(uuid.uuid4()), kind="prediction", model_version_fqn=FQN, received_at=0, blocks=blocks_of(given)
    )


def test_rows_come_back_as_they_went_in() -> None:
    given = rows(500, seed=1)
    made = batch(given)
    assert 8 < len(made.blocks) < 60
    assert list(made.predictions) == given
    assert [[type(value) for value in row.features.values()] for row in made.predictions] == [
        [type(value) for value in row.features.values()] for row in given
    ]


def test_columns_of_one_type_are_arrays_and_stay_so() -> None:
    [block] = blocks_of(
        [
            msgspec.structs.replace(row, features={"x": 0.5, "n": 7}, shap_values={}, probabilities={})
            for row in rows(40, seed=2)
        ]
    )
    for part in (block, block.take(range(10, 30))):
        assert [column.typecode for column in part.features if isinstance(column, array)] == ["d", "q"]


def test_some_rows_can_be_left_out() -> None:
    given = rows(200, seed=3)
    made = batch(given).without({row.index for row in given if row.index % 3})
    assert list(made.predictions) == given[::3]
    assert batch(given).without(range(200)).blocks == ()


def test_a_shap_value_left_out_leaves_its_name_out() -> None:
    sent = [[0, str(i), 5.0, "late", [0.5], [], [0.1, None if i % 3 else 0.2], None, None] for i in range(30)]
    layouts = [{"features": ["x"], "probabilities": [], "shap_values": ["x", "y"]}]
    body = {"batch_id": str(uuid.uuid4()), "model_version_fqn": FQN, "rows": sent, "layouts": layouts}
    made = judge(msgspec.json.encode(body), "prediction", limits=Limits(), received_at=0)
    assert len(made.blocks) == 2
    expected = [{"x": 0.1} if i % 3 else {"x": 0.1, "y": 0.2} for i in range(30)]
    assert [row.shap_values for row in made.predictions] == expected


def _answers(store: Store) -> list[Any]:
    page = store.rows(FQN, DAY, limit=1_000)
    ledger = sorted((entry.kind, entry.state, entry.n) for entry in store.ledger(FQN))
    return [[msgspec.json.encode(row) for row in page.rows], ledger, store.describe(FQN)]


def test_large_blocks_are_stored_as_rows_are(tmp_path: Path) -> None:
    duckdb, memory = DuckdbStore(tmp_path / "events.duckdb"), MemoryStore()
    for position, seed in enumerate((1, 2, 3, 1), 1):
        merged = [batch(rows(300, seed)), batch(rows(40, seed + 10))]
        assert duckdb.merge(merged, position).rows == memory.merge(merged, position).rows
    assert _answers(duckdb) == _answers(memory)
    duckdb.close()
