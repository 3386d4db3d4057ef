"""Whatever is sent again, reversed or at once ends where the orderly run ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from faults.harness import Batch, Oracle, Row, Senders, Size, Source, Tally, all_rows, ledger, merged, post, register
from faults.proxies import LossyProxy
from serving import Server

ROWS = 10


def test_answers_lost_after_the_commit(server: Server, size: Size, tally: Tally) -> None:
    fqn = register(server, "lossy")
    batches = Source(fqn, 3).predictions(size(120, 2_000), ROWS)
    oracle = Oracle(fqn)
    with LossyProxy(server.url, seed=3, loss=0.4) as proxy:
        senders = Senders(oracle, lambda: proxy.url)
        senders.send(batches)
    assert proxy.swallowed > len(batches) * 0.4
    assert oracle.check_predictions(server) == len(batches) * ROWS
    assert ledger(server, fqn) == {"prediction.stored": len(batches) * ROWS}
    tally.add("answers lost", proxy.swallowed)
    tally.add("rows, each there once", len(batches) * ROWS)


def test_every_batch_five_times_at_once(server: Server, size: Size, tally: Tally) -> None:
    fqn = register(server, "fivefold")
    source = Source(fqn, 4)
    batches = source.predictions(size(60, 1_000), ROWS)
    bad = source.batch("prediction", [source.prediction(), {"data_id": "bad"}, source.prediction()])
    oracle = Oracle(fqn)
    with ThreadPoolExecutor(5) as pool:
        for batch in [*batches, bad]:
            oracle.sending(batch)
            answers = [future.result() for future in [pool.submit(post, server.url, batch) for _ in range(5)]]
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 1  # each gets the first one's answer
            oracle.acked(batch, answers[0].json())
    stored = len(batches) * ROWS + 2
    assert oracle.check_predictions(server) == stored
    assert ledger(server, fqn) == {"prediction.stored": stored, "prediction.rejected": 1}
    tally.add("requests", 5 * len(batches) + 5)


def test_a_repeat_after_the_merge_gets_the_first_answer(server: Server) -> None:
    fqn = register(server, "later")
    source = Source(fqn, 5)
    batch = source.batch("prediction", [source.prediction(), {"data_id": "bad"}])
    first = post(server.url, batch)
    merged(server, fqn)
    before = ledger(server, fqn)
    again = post(server.url, batch)
    assert (again.status, again.body) == (200, first.body)
    merged(server, fqn)
    assert ledger(server, fqn) == before


def test_any_order_ends_where_the_orderly_run_ends(server: Server, size: Size, tally: Tally) -> None:
    rows = size(40, 400)
    orderly = register(server, "orderly")
    _send(server, _life(orderly, rows))
    expected = _final(server, orderly)
    for seed in range(size(3, 20)):
        fqn = register(server, "shuffled")
        batches = _life(fqn, rows)
        rng = random.Random(seed)
        repeated = batches + rng.sample(batches, len(batches) // 2)
        if seed:
            rng.shuffle(repeated)
        else:
            repeated.reverse()
        _send(server, repeated)
        assert _final(server, fqn) == expected
        tally.add("batches in another order", len(repeated))


def _life(fqn: str, n: int) -> list[Batch]:
    """Predictions, their actuals, corrections of some, and repeats of rows in batches of their own."""
    source = Source(fqn, 6)
    predictions = [source.prediction(f"row-{i}") for i in range(n)]
    actuals = [_actual(f"row-{i}", source.rng.choice(["late", "ok"]), 10) for i in range(n)]
    corrections = [_actual(f"row-{i}", "corrected", 20) for i in range(0, n, 3)]
    repeats = [dict(row) for row in actuals[::4]]
    groups: list[tuple[str, list[Row]]] = [("prediction", predictions), ("actual", actuals)]
    groups += [("actual", corrections), ("actual", repeats), ("prediction", predictions[::5])]
    return [
        source.batch("prediction" if kind == "prediction" else "actual", rows[i : i + 7])
        for kind, rows in groups
        for i in range(0, len(rows), 7)
    ]


def _actual(data_id: str, value: str, day: int) -> Row:
    return {"data_id": data_id, "value": value, "occurred_at": f"2026-02-{day:02d}T00:00:00Z"}


def _send(server: Server, batches: Sequence[Batch]) -> None:
    for batch in batches:
        assert post(server.url, batch).status == 200


def _final(server: Server, fqn: str) -> tuple[list[tuple[str, str, str, str]], dict[str, int]]:
    """Each row with the actual that stands, and the ledger."""
    merged(server, fqn)
    rows = [(row["data_id"], row["value"], row["actual"], row["actual_occurred_at"]) for row in all_rows(server, fqn)]
    return sorted(rows), ledger(server, fqn)
