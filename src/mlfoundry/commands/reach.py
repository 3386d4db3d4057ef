"""The way to a store: its running server, else the server's application over the directory, in this process."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from mlfoundry.client.settings import Login, find_login
from mlfoundry.client.transport import CONNECT_TIMEOUT_S
from mlfoundry.errors import DirectoryLocked, InvalidInput, MissingExtra, MlfoundryError, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from mlfoundry.server.parts import Parts
    from mlfoundry.server.settings import Settings

_T = TypeVar("_T")
_POLL_S = 0.3
_WIDTH = 24
_PATIENT = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
_NOBODY = "http://127.0.0.1"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Asked:
    """Sends requests to the API and decodes the answers; shows how far long ones are.

    Parameters
    ----------
    client
        Leads to the server.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._bar = Bar()

    async def get(self, path: str, answer: type[_T], **params: str) -> _T:
        """Ask for something."""
        return await self._ask("GET", path, answer, params, None)

    async def change(
        self, method: str, path: str, answer: type[_T], *, body: Any = None, params: Mapping[str, str] | None = None
    ) -> _T:
        """Have something done; a bar says how far it is."""
        asking = asyncio.create_task(self._ask(method, path, answer, params or {}, body))
        while not (await asyncio.wait([asking], timeout=_POLL_S))[0]:
            await self._show_work()
        self._bar.end()
        return await asking

    async def _show_work(self) -> None:
        now: Any = await self.get("/store/work", object)
        if now is not None:
            self._bar(now["step"] or now["name"], now["done"], now["total"])

    async def _ask(self, method: str, path: str, answer: type[_T], params: Mapping[str, str], body: Any) -> _T:
        content = None if body is None else msgspec.json.encode(body)
        try:
            reply = await self._client.request(
                method, f"/api/v1{path}", params=params, content=content, headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the server at {self._client.base_url} does not answer: {error}") from error
        if reply.is_success:
            return msgspec.json.decode(reply.content, type=answer)
        try:
            said = str(msgspec.json.decode(reply.content, type=dict[str, Any])["detail"])
        except (msgspec.DecodeError, KeyError):
            said = f"the server answered {reply.status_code}"
        raise MlfoundryError(said)


class Bar:
    """One line on stderr that says how far long work is; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = False
        self._next = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show what is done."""
        if sys.stderr.isatty() and (time.monotonic() >= self._next or done == total):
            self._next = time.monotonic() + _POLL_S
            filled = round(_WIDTH * done / total) if total else 0
            share = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done / total:4.0%}" if total else f"{done:,}"
            sys.stderr.write(f"\r{step}: {share}\x1b[K")
            sys.stderr.flush()
            self._shown = True

    def end(self) -> None:
        """Clear the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False


def run(work: Callable[[Asked], Awaitable[_T]], *, host: str | None, data_dir: str | None) -> _T:
    """Do something with a store that can be reached.

    Raises
    ------
    InvalidInput
        There is no such data directory.
    Unavailable
        A server holds it, and does not answer.
    """

    async def reached() -> _T:
        async with _reach(host, data_dir) as client:
            return await work(Asked(client))

    return asyncio.run(reached())


@asynccontextmanager
async def _reach(host: str | None, data_dir: str | None) -> AsyncGenerator[httpx.AsyncClient]:
    if host is not None:
        async with _client_of(find_login(host)) as client:
            yield client
        return
    settings = settings_of(data_dir)
    address = address_of(settings.data_dir)
    if address is not None:
        async with _client_of(Login(address)) as client:
            yield client
        return
    server = server_modules()
    with server.open_parts(settings) as parts:
        transport = httpx.ASGITransport(server.create_app(parts), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=_NOBODY, timeout=_PATIENT) as client:
            yield client


def address_of(data_dir: Path) -> str | None:
    """Where the server that uses a directory answers; None when none does.

    Raises
    ------
    Unavailable
        The process that uses it does not say where it answers: it is another command, or a server that is starting.
    """
    from mlfoundry.store.lock import DirectoryLock, owner_of

    try:
        DirectoryLock(data_dir).release()
    except DirectoryLocked as error:
        address = owner_of(data_dir)[1]
        if not address:
            raise Unavailable(f"{error}. Another command may be at work: try again, or give --host") from error
        return address
    return None


def _client_of(login: Login) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=login.host,
        timeout=_PATIENT,
        headers={} if login.api_key is None else {"authorization": f"Bearer {login.api_key}"},
        trust_env=urlsplit(login.host).hostname not in _LOOPBACK,  # a proxy cannot reach this machine's loopback
    )


@dataclass(frozen=True, slots=True)
class _ServerModules:
    create_app: Callable[[Parts], Any]
    open_parts: Callable[[Settings], AbstractContextManager[Parts]]


def server_modules() -> _ServerModules:
    """What the commands use of the server, which the base install lacks."""
    try:
        from mlfoundry.server.app import create_app
        from mlfoundry.server.assembly import open_parts
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mlfoundry"):
            raise
        raise MissingExtra("mlfoundry store without --host", "server") from error
    return _ServerModules(create_app, open_parts)


def settings_of(data_dir: str | None) -> Settings:
    """The settings of a data directory that is there; raises :class:`InvalidInput`."""
    from mlfoundry.server.settings import read_settings

    settings = read_settings(data_dir=data_dir)
    if not settings.events_path.exists():
        raise InvalidInput(
            f"{settings.data_dir} is no data directory of a server; give --data-dir, or --host for a running one"
        )
    return settings
