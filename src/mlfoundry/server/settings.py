"""What the server is told, by options or the environment; only this module reads ``MLFOUNDRY_…``."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlfoundry.errors import InvalidInput

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings.

    Parameters
    ----------
    host
        The address to listen on; a loopback one.
    port
        The port; 0 takes a free one.
    data_dir
        Where everything is kept; made when it does not exist.
    allowed_hosts
        Names, with or without a port, under which the server may be reached besides its loopback names.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("mlfoundry-data")
    allowed_hosts: tuple[str, ...] = ()

    @property
    def registry_path(self) -> Path:
        """The registry's SQLite file."""
        return self.data_dir / "registry.db"

    @property
    def events_path(self) -> Path:
        """The event store's file."""
        return self.data_dir / "events.duckdb"

    @property
    def inbox_dir(self) -> Path:
        """Where accepted rows wait for the merge."""
        return self.data_dir / "inbox"

    @property
    def artifacts_dir(self) -> Path:
        """Where files of runs and versions lie."""
        return self.data_dir / "artifacts"

    @property
    def uploads_dir(self) -> Path:
        """Where reference tables lie while they arrive."""
        return self.data_dir / "uploads"

    def url(self, port: int) -> str:
        """The dashboard's address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}"


def read_settings(
    *,
    host: str | None = None,
    port: str | None = None,
    data_dir: str | None = None,
    allowed_hosts: tuple[str, ...] = (),
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Put settings together; raises :class:`InvalidInput` that names the option.

    Examples
    --------
    >>> read_settings(port="9000", environ={"MLFOUNDRY_PORT": "9001", "MLFOUNDRY_DATA_DIR": "/data"}).port
    9000
    """

    defaults = Settings()

    def pick(given: str | None, variable: str, default: str) -> str:
        return given or environ.get(variable, "") or default

    listed = environ.get("MLFOUNDRY_ALLOWED_HOST", "").replace(",", " ").split()
    return Settings(
        host=_loopback(pick(host, "MLFOUNDRY_HOST", defaults.host)),
        port=_port(pick(port, "MLFOUNDRY_PORT", str(defaults.port))),
        data_dir=Path(pick(data_dir, "MLFOUNDRY_DATA_DIR", str(defaults.data_dir))).expanduser().absolute(),
        allowed_hosts=tuple(_allowed(name) for name in (*allowed_hosts, *listed)),
    )


def is_loopback(host: str) -> bool:
    """Whether a name or address only reaches this machine.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _loopback(host: str) -> str:
    host = host.strip("[]")
    if not is_loopback(host):
        raise InvalidInput(
            f"--host {host} would let everybody who reaches this machine read and write: there are no API keys yet. "
            "Listen on 127.0.0.1 and reach it through an SSH tunnel or a proxy with a login (--allowed-host NAME)"
        )
    return host


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise InvalidInput(f"--port {text} is no port; one is a number from 0 (any free one) to 65535")
    return int(text)


def _allowed(name: str) -> str:
    host = name.lower()
    if not host or any(c in host for c in "/*@ "):
        raise InvalidInput(f"--allowed-host {name} is no host; one looks like 'lab.example.org' or 'localhost:5173'")
    return host
