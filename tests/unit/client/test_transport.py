from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mlfoundry.client.transport import Reply, Transport, raise_for
from mlfoundry.errors import (
    AlreadyExists,
    Deleted,
    InvalidInput,
    LimitExceeded,
    MlfoundryError,
    NotAllowed,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:
    from tests.unit.client.conftest import Peer


@pytest.fixture
def transport(peer: Peer) -> Iterator[Transport]:
    opened = Transport(peer.host, "key")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidInput),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (408, Unavailable),
        (409, AlreadyExists),
        (410, Deleted),
        (413, LimitExceeded),
        (421, NotAllowed),
        (422, InvalidInput),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (301, MlfoundryError),
    ],
)
def test_each_status_is_its_error_with_the_server_s_words(
    peer: Peer, transport: Transport, status: int, error: type[MlfoundryError]
) -> None:
    peer.next(peer.problem(status, "the words"))
    with pytest.raises(error, match="the words") as caught:
        transport.call("GET", "/x", dict)
    assert type(caught.value) is error


def test_errors_carry_what_the_problem_says(peer: Peer, transport: Transport) -> None:
    peer.next(
        peer.problem(404, "no such", closest="near"),
        peer.problem(422, "wrong", path="$.name"),
        peer.problem(422, "many", limit="max_features"),
        peer.problem(503, "later", retry_after_s=4.0),
    )
    found: list[Any] = []
    for _ in range(4):
        with pytest.raises(MlfoundryError) as caught:
            transport.call("GET", "/x", dict)
        found.append(caught.value)
    assert found[0].closest == "near"
    assert found[1].path == "$.name"
    assert found[2].limit == "max_features"
    assert found[3].retry_after_s == 4.0


def test_an_error_without_a_problem_document_still_says_something() -> None:
    with pytest.raises(Unavailable, match="the server answered 502"):
        raise_for(Reply(502, b"<html>", None, False))


def test_the_request_is_what_the_server_expects(peer: Peer, transport: Transport) -> None:
    peer.routes["POST /api/v1/a/b"] = peer.json({"ok": 1})
    assert transport.call("POST", "/a/b", dict, params={"q": True, "none": None, "n": 3}, body={"x": 1}) == {"ok": 1}
    (request,) = peer.requests
    assert request.path == "/api/v1/a/b?q=true&n=3"
    assert request.headers["authorization"] == "Bearer key"
    assert request.headers["content-type"] == "application/json"
    assert request.json() == {"x": 1}


def test_nothing_answers_says_how_to_start_a_server() -> None:
    transport = Transport("http://127.0.0.1:9", None)
    with pytest.raises(Unavailable, match="mlfoundry server"):
        transport.call("GET", "/x", dict)
    transport.close()


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    peer.routes["GET /api/v1/x"] = peer.json({})
    transport = Transport(peer.host, None)
    assert transport.call("GET", "/x", dict) == {}
    transport.close()


def test_a_hanging_server_is_left_after_the_timeout(peer: Peer) -> None:
    import threading

    gate = threading.Event()
    peer.next(peer.answer_after(gate, peer.accept))
    transport = Transport(peer.host, None, timeout_s=0.1)
    with pytest.raises(Unavailable, match="in time"):
        transport.request("POST", "/x", content=b'{"batch_id": "1", "rows": []}')
    gate.set()
    transport.close()


def test_an_answer_of_another_shape_is_named_as_such(peer: Peer, transport: Transport) -> None:
    peer.next(peer.json(["a"]))
    with pytest.raises(MlfoundryError, match="cannot read"):
        transport.call("GET", "/x", dict[str, int])


def test_a_closed_transport_opens_again(peer: Peer, transport: Transport) -> None:
    peer.routes["GET /api/v1/x"] = peer.json({})
    for _ in range(2):
        assert transport.call("GET", "/x", dict) == {}
        transport.close()


_FIRST_REQUEST = """
import sys
from mlfoundry.client.transport import Transport
transport = Transport(sys.argv[1], None)
transport._connected()
before = set(sys.modules)
transport.request("GET", "/api/v1/x")
print(sorted(set(sys.modules) - before))
"""


def test_everything_is_imported_under_the_lock_that_a_fork_waits_for(peer: Peer) -> None:
    peer.routes["GET /api/v1/x"] = peer.json({})
    command = [sys.executable, "-c", _FIRST_REQUEST, peer.host]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout == "[]\n"
