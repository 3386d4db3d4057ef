"""HTTP to the server, its answers as typed errors. The only module of the client that touches the network.

httpx is imported with the first request, in whichever thread makes it: ``import mlfoundry`` stays fast.
"""

from __future__ import annotations

import codecs
import ipaddress
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import msgspec

from mlfoundry.client.importing import IMPORTING
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
from mlfoundry.version import __version__

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
API = "/api/v1"
CONNECT_TIMEOUT_S = 5.0


class Problem(msgspec.Struct, frozen=True):
    """An RFC 9457 problem document."""

    title: str | None = None
    detail: str | None = None
    path: str | None = None
    limit: str | None = None
    closest: str | None = None
    retry_after_s: float | None = None

    @property
    def text(self) -> str:
        """What to tell people."""
        return self.detail or self.title or ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of any status."""

    status: int
    content: bytes
    retry_after: str | None
    is_json: bool

    def problem(self) -> Problem:
        """The problem document, or what can be said without one."""
        try:
            found = msgspec.json.decode(self.content, type=Problem)
        except msgspec.DecodeError:
            found = Problem()
        return found if found.text else Problem(detail=f"the server answered {self.status}")


def segment(text: str) -> str:
    """Text as one segment of a URL's path."""
    return quote(text, safe="")


def path_of(text: str) -> str:
    """A path of several segments, such as a file's, as part of a URL's path."""
    return quote(text, safe="/")


class Transport:
    """Requests to one server.

    Parameters
    ----------
    host
        The server's address, such as ``http://127.0.0.1:8000``.
    api_key
        Sent as a bearer token, if there is one.
    timeout_s
        How long one request may stay without an answer.
    """

    def __init__(self, host: str, api_key: str | None, *, timeout_s: float = 30.0) -> None:
        self.host = host
        self._api_key = api_key
        self.timeout_s = timeout_s
        self._client: httpx.Client | None = None
        self._client_pid = 0

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """Send one request and return the answer, whatever its status; :class:`Unavailable` if there is none."""
        client = self._connected()
        import httpx

        try:
            answer = client.request(
                method,
                path,
                params=_query(params),
                content=content,
                headers=dict(headers or {}),
                timeout=client.timeout if timeout_s is None else timeout_s,
            )
        except httpx.TimeoutException as error:
            raise Unavailable(f"{self.host} did not answer in time ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unavailable(self.how_to_start(str(error))) from error
        return _reply(answer)

    @contextmanager
    def stream(
        self, path: str, *, params: Mapping[str, Any] | None = None
    ) -> Generator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """Ask the API for an answer of any length: its headers, and its bytes as they come.

        An answer that is no success is a typed error, one that breaks off is :class:`Unavailable`.
        """
        client = self._connected()
        import httpx

        try:
            with client.stream("GET", API + path, params=_query(params)) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise_for(_reply(answer))
                yield answer.headers, answer.iter_raw()
        except httpx.TimeoutException as error:
            raise Unavailable(f"{self.host} did not go on in time ({type(error).__name__})") from error
        except httpx.RemoteProtocolError as error:
            raise Unavailable(f"{self.host} broke off in the middle of its answer; try again ({error})") from error
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable(self.how_to_start(str(error))) from error

    def call(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        timeout_s: float | None = None,
    ) -> T:
        """Send JSON to the API and return its decoded answer; every other answer is a typed error."""
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"content-type": "application/json"}
        reply = self.request(method, API + path, params=params, content=content, headers=headers, timeout_s=timeout_s)
        return self.decode(reply, answer)

    def decode(self, reply: Reply, answer: type[T]) -> T:
        """Read a reply; raises the typed error that it stands for."""
        raise_for(reply)
        if answer is type(None):
            return msgspec.convert(None, answer)
        try:
            return msgspec.json.decode(reply.content, type=answer)
        except msgspec.DecodeError as error:
            raise MlfoundryError(
                f"{self.host} gave an answer that this client ({__version__}) cannot read: {error}; "
                "is it an mlfoundry server of the same version?"
            ) from error

    def how_to_start(self, problem: str = "") -> str:
        """What to say when nothing answers."""
        because = f" ({problem})" if problem else ""
        return (
            f"nothing answers at {self.host}{because}; start a server with 'mlfoundry server', "
            "or give the address of one as MLF_HOST or get_client(host=...)"
        )

    def forget(self) -> None:
        """Leave the connections to the parent process, in a child made by fork."""
        self._client = None

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._client_pid == os.getpid():
            client.close()

    def _connected(self) -> httpx.Client:
        if self._client is None:
            with IMPORTING:
                import httpx

                codecs.lookup("idna")  # imported by the first connection, else in the middle of a fork

                if self._client is None:
                    self._client_pid = os.getpid()
                    self._client = httpx.Client(
                        base_url=self.host,
                        headers=self._headers(),
                        timeout=httpx.Timeout(self.timeout_s, connect=CONNECT_TIMEOUT_S),
                        # A proxy of the environment cannot reach a server on this machine.
                        trust_env=not _is_loopback(self.host),
                    )
        return self._client

    def _headers(self) -> dict[str, str]:
        headers = {"user-agent": f"mlfoundry-python/{__version__}"}
        if self._api_key:
            headers["authorization"] = f"Bearer {self._api_key}"
        return headers


def raise_for(reply: Reply) -> None:
    """Raise the typed error of an answer that is no success."""
    if 200 <= reply.status < 300:
        return
    problem = reply.problem()
    text = problem.text
    if reply.status in (404, 410):
        missing = (NotFound if reply.status == 404 else Deleted)("thing", "")
        missing.args = (text,)
        missing.closest = problem.closest
        raise missing
    if reply.status == 409:
        raise AlreadyExists(text)
    if reply.status in (401, 403, 421):
        raise NotAllowed(text)
    if reply.status in (408, 429) or reply.status >= 500:
        raise Unavailable(text, retry_after_s=problem.retry_after_s)
    if problem.limit or reply.status == 413:
        raise LimitExceeded(text, limit=problem.limit or "")
    if 400 <= reply.status < 500:
        wrong = InvalidInput(text)
        wrong.path = problem.path or ""
        raise wrong
    raise MlfoundryError(f"{text}; is there an mlfoundry server?")


def _reply(answer: httpx.Response) -> Reply:
    kind = answer.headers.get("content-type", "")
    return Reply(answer.status_code, answer.content, answer.headers.get("retry-after"), "json" in kind)


def _query(params: Mapping[str, Any] | None) -> dict[str, str | list[str]]:
    return {
        key: [_text(one) for one in cast("list[Any]", value)] if isinstance(value, list) else _text(value)
        for key, value in (params or {}).items()
        if value is not None
    }


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _is_loopback(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
