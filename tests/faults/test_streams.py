"""Arrow streams of strangers: read or refused within bounds, never with a 500, never with the end of the process."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pyarrow

from faults.harness import Size, Tally, ledger, merged, register, send_body
from faults.streams import malformed_stream
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Kind
from mlfoundry.judge import Limits, judge
from serving import Server

pa: Any = pyarrow
_KINDS: tuple[Kind, ...] = ("prediction", "prediction", "actual")


def test_malformed_streams_are_judged_or_refused(size: Size, tally: Tally) -> None:
    rng = random.Random(23)
    outcomes: Counter[str] = Counter()
    for _ in range(size(2_000, 40_000)):
        body = malformed_stream(rng, "model:default/faults/streams:1")
        kind = rng.choice(_KINDS)
        before = pa.total_allocated_bytes()
        try:
            batch = judge(body, kind, limits=Limits(), received_at=0)
        except InvalidInput:
            outcomes["refused whole"] += 1
        else:
            outcomes["judged"] += 1
            assert batch.rows == batch.accepted + len(batch.rejected)
            assert len(batch.predictions) + len(batch.actuals) == batch.accepted
            assert all(why.reason and why.path.startswith("$") for why in batch.rejected)
            del batch
        assert pa.total_allocated_bytes() - before < 64 << 20
    for outcome, n in outcomes.items():
        assert n > 100
        tally.add(f"streams {outcome}", n)


def test_malformed_streams_get_an_answer_of_their_own(server: Server, size: Size, tally: Tally) -> None:
    fqn = register(server, "streams")
    rng = random.Random(29)
    rows: Counter[str] = Counter()
    for _ in range(size(300, 5_000)):
        kind = rng.choice(_KINDS)
        answer = send_body(server.url, f"/api/v1/{kind}s", malformed_stream(rng, fqn))
        assert answer.status < 500, answer
        if answer.status == 200:
            reply = answer.json()
            rows[f"{kind}.rejected"] += len(reply["rejected"])
            rows[kind] += reply["accepted"] + len(reply["rejected"])
        tally.add(f"streams answered {answer.status}", 1)
    merged(server, fqn)
    states = ledger(server, fqn)
    for kind in ("prediction", "actual"):
        assert states[f"{kind}.rejected"] == rows[f"{kind}.rejected"] > 0
    assert sum(n for state, n in states.items() if state.startswith("prediction.")) == rows["prediction"]
