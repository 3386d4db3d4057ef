"""The client across forks: a real pre-fork server, and forks in the middle of logging. Every row arrives once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.serving import environment
from tests.unit.client.conftest import Peer

import mlfoundry as mlf

FQN = "model:default/repo/model:1"
WORKERS = 8
FORKS = 40

_APP = f"""
import os
import mlfoundry as mlf

client = mlf.get_client(linger_s=0.05, exit_timeout_s=20)

def log(name):
    client.log_predictions("{FQN}", [
        mlf.Prediction(data_id=name, features={{"a": 1.5}}, prediction_data={{"value": 1}})])

log("before-the-fork")  # so that the parent's thread runs already

def app(environ, start_response):
    log(environ["PATH_INFO"][1:])
    start_response("200 OK", [("content-type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


def arrived(peer: Peer) -> Counter[str]:
    """How often each row came, a repeated batch counted once."""
    batches = {batch["batch_id"]: batch for batch in peer.batches()}
    return Counter(row["data_id"] for batch in batches.values() for row in batch["rows"])


def test_a_preforked_gunicorn_sends_every_row_once(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(_APP)
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", str(WORKERS), "--bind", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "--graceful-timeout", "25", "served:app"],
        cwd=tmp_path,
        env=environment(MLF_HOST=peer.host),
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            found = next(m for line in server.stderr if (m := re.search(r"Listening at: (http://\S+)", line)))
            drain = threading.Thread(target=server.stderr.read, daemon=True)
            drain.start()
            names = [f"row-{i}" for i in range(400)]
            with httpx.Client(base_url=found[1], trust_env=False, timeout=30) as http, ThreadPoolExecutor(16) as pool:

                def ask(name: str) -> str:
                    return http.get(f"/{name}").raise_for_status().text

                workers = set(pool.map(ask, names))
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 0
        finally:
            if server.poll() is None:
                server.kill()
    assert len(workers) > 1
    assert arrived(peer) == Counter(["before-the-fork", *names])


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forks_while_another_thread_logs_lose_and_repeat_nothing(peer: Peer) -> None:
    client = mlf.get_client(host=peer.host, linger_s=0.002)
    ended = threading.Event()
    logged: list[str] = []

    def log(names: list[str]) -> None:
        rows = [mlf.Prediction(data_id=name, features={"a": 1}, prediction_data={"value": 1}) for name in names]
        client.log_predictions(FQN, rows)

    def keep_logging() -> None:
        while not ended.is_set() and len(logged) < 20_000:
            name = f"parent-{len(logged)}"
            log([name])
            logged.append(name)
            ended.wait(0.0005)

    writer = threading.Thread(target=keep_logging)
    writer.start()
    children = list[int]()
    for number in range(FORKS):
        child = os.fork()
        if child == 0:
            done = False
            try:
                log([f"child-{number}-{i}" for i in range(3)])
                counts = client.close(20)
                done = counts == mlf.Counts(sent=3, accepted=3)
            finally:
                os._exit(0 if done else 1)
        children.append(child)
        if len(children) >= 4:
            assert os.waitpid(children.pop(0), 0)[1] == 0
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
    ended.set()
    writer.join()
    counts = client.close(30)
    assert counts == mlf.Counts(sent=len(logged), accepted=len(logged))
    expected = [f"child-{number}-{i}" for number in range(FORKS) for i in range(3)]
    assert arrived(peer) == Counter([*logged, *expected])
