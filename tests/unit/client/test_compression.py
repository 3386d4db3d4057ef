"""What bodies travel as: zstd where it is installed, gzip where it is not or the server does not take it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.batching import Batcher
from mlfoundry.client.compression import Encoding, encoding_of, headers_of, pack, unpack
from mlfoundry.client.counts import Counts
from mlfoundry.client.delivery import RetryPolicy
from mlfoundry.client.options import Options
from mlfoundry.client.snapshot import Snapshot, snapshot_prediction
from mlfoundry.client.transport import Transport
from mlfoundry.compressed import decompress

if TYPE_CHECKING:
    from tests.unit.client.conftest import Answer, Peer, Request

FQN = "model:default/repo/model:1"
NOWHERE = "http://127.0.0.1:9"
ENCODINGS: tuple[Encoding, ...] = ("identity", "gzip", "zstd")
_WITHOUT_ZSTD = "import sys; sys.modules['zstandard'] = sys.modules['compression.zstd'] = None; "


def rows(count: int, first: int = 0) -> list[Snapshot]:
    return [
        snapshot_prediction({"data_id": str(i), "features": {"a": i}, "prediction_data": {"value": 1}})
        for i in range(first, first + count)
    ]


def batcher(host: str, **options: Any) -> Batcher:
    retry = RetryPolicy(first_s=0.005, longest_s=0.02)
    return Batcher(Transport(host, None, timeout_s=5), Options(linger_s=0.01, retry=retry, **options))


def without_zstd(peer: Peer) -> Callable[[Request], Answer]:
    """The answers of an older server."""

    def answer(request: Request) -> Answer:
        if request.headers.get("content-encoding") == "zstd":
            return peer.problem(415, "a body may be plain or gzip, not 'zstd'")
        return peer.accept(request)

    return answer


def encodings(peer: Peer) -> list[str | None]:
    return [request.headers.get("content-encoding") for request in peer.requests]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_packed_is_read_here_and_by_the_server(encoding: Encoding) -> None:
    body = b'{"rows": []}' * 1_000
    packed = pack(body, encoding)
    assert unpack(packed, encoding) == body
    assert decompress(packed, encoding, max_bytes=len(body)) == body
    assert encoding_of(headers_of(encoding)) == encoding


@pytest.mark.parametrize(("compress", "encoding"), [(True, "zstd"), (False, None)])
def test_bodies_travel_as_zstd_or_as_told(peer: Peer, compress: bool, encoding: str | None) -> None:
    sender = batcher(peer.host, compress=compress)
    sender.put("prediction", FQN, rows(3))
    assert sender.close() == Counts(sent=3, accepted=3)
    assert encodings(peer) == [encoding]


def test_a_server_that_takes_no_zstd_gets_gzip_for_good(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    peer.routes["POST /api/v1/predictions"] = without_zstd(peer)
    sender = batcher(peer.host)
    with caplog.at_level(logging.INFO):
        for first in (0, 10, 20):
            sender.put("prediction", FQN, rows(10, first))
            assert sender.flush(20).accepted == first + 10
    assert sender.close() == Counts(sent=30, accepted=30)
    assert encodings(peer) == ["zstd", "gzip", "gzip", "gzip"]
    assert len({batch["batch_id"] for batch in peer.batches()}) == 3  # what was refused kept its id
    assert caplog.text.count("takes no zstd") == 1


def test_a_batch_spooled_as_zstd_reaches_a_server_that_takes_none(peer: Peer, tmp_path: Path) -> None:
    first = batcher(NOWHERE, spool_dir=tmp_path)
    first.put("prediction", FQN, rows(10))
    assert first.flush(20).spooled == 10
    first.close()
    peer.routes["POST /api/v1/predictions"] = without_zstd(peer)
    second = batcher(peer.host, spool_dir=tmp_path)
    second.put("prediction", FQN, rows(1, first=10))
    until(lambda: {row["data_id"] for b in peer.batches() for row in b["rows"]} == {str(i) for i in range(11)})
    until(lambda: not list(tmp_path.glob("*/*.seg")))
    assert second.close() == Counts(sent=1, accepted=1)
    assert encodings(peer) == ["zstd", "gzip", "gzip"]


def test_a_spooled_batch_that_is_too_large_and_refused_as_zstd_is_halved(peer: Peer, tmp_path: Path) -> None:
    def picky(request: Request) -> Answer:
        answer = without_zstd(peer)(request)
        return peer.problem(413, "too large") if answer.status == 200 and len(request.json()["rows"]) > 3 else answer

    peer.routes["POST /api/v1/predictions"] = peer.problem(503, "away")
    sender = batcher(peer.host, spool_dir=tmp_path)
    sender.put("prediction", FQN, rows(10))
    assert sender.flush(20).spooled == 10
    peer.routes["POST /api/v1/predictions"] = picky
    until(lambda: sender.counts() == Counts(sent=10, accepted=10))
    sender.close()


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip() + done.stderr.strip()


def test_without_zstd_it_is_gzip(peer: Peer) -> None:
    run(
        f"{_WITHOUT_ZSTD} import mlfoundry as mlf; client = mlf.get_client(host={peer.host!r}); "
        f"client.log_actuals({FQN!r}, [mlf.Actual(data_id='a', value=1)]); client.close(20)"
    )
    assert encodings(peer) == ["gzip"]


def test_what_another_process_spooled_as_zstd_needs_none_here(peer: Peer, tmp_path: Path) -> None:
    first = batcher(NOWHERE, spool_dir=tmp_path)
    first.put("prediction", FQN, rows(10))
    assert first.flush(20).spooled == 10
    first.close()
    run(
        f"{_WITHOUT_ZSTD} import pathlib, time, mlfoundry as mlf; folder = pathlib.Path({str(tmp_path)!r})\n"
        f"client = mlf.get_client(host={peer.host!r}, spool_dir=folder)\n"
        f"client.log_actuals({FQN!r}, [mlf.Actual(data_id='a', value=1)]); client.flush(20)\n"
        "while list(folder.glob('*/*.seg')): time.sleep(0.01)"
    )
    assert sorted(map(str, encodings(peer))) == ["gzip", "zstd"]


def test_zstd_is_imported_by_the_thread_that_sends(peer: Peer) -> None:
    told = run(
        "import sys, threading\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('zstandard', 'compression.zstd'): print(threading.current_thread().name)\n"
        "sys.meta_path.insert(0, Watch())\n"
        f"import mlfoundry as mlf; client = mlf.get_client(host={peer.host!r})\n"
        f"client.log_actuals({FQN!r}, [mlf.Actual(data_id='a', value=1)]); client.flush(20); client.close()"
    )
    assert set(told.split()) == {"mlfoundry-client"}
