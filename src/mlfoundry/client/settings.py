"""Where the server is and which key opens it: arguments, the environment, a stored login. Nothing else reads these."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from mlfoundry.errors import InvalidInput

DEFAULT_HOST = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Login:
    """A server and the key to it."""

    host: str
    api_key: str | None = None


def check_host(host: str) -> str:
    """Return a server's address without a trailing slash; ``localhost:8000`` becomes ``http://localhost:8000``."""
    address = host.strip()
    if "://" not in address:
        address = f"http://{address}"
    address = address.rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(f"{host!r} is no server address; one looks like {DEFAULT_HOST!r}")
    return address


def config_path(environ: Mapping[str, str]) -> Path:
    """The file of the stored login: ``MLF_CONFIG``, or ``mlfoundry/config.json`` in the user's configuration folder."""
    if environ.get("MLF_CONFIG"):
        return Path(environ["MLF_CONFIG"]).expanduser()
    folder = environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path("~/.config").expanduser()) / "mlfoundry" / "config.json"


def find_login(host: str | None = None, api_key: str | None = None, environ: Mapping[str, str] | None = None) -> Login:
    """The server to use: the arguments, else ``MLF_HOST`` and ``MLF_API_KEY`` (or ``TFY_…``), else the stored login.

    A stored key goes only to the server it was stored for.
    """
    environ = os.environ if environ is None else environ
    stored = stored_login(environ)
    given = host or environ.get("MLF_HOST") or environ.get("TFY_HOST")
    chosen = check_host(given) if given else (stored.host if stored else DEFAULT_HOST)
    key = api_key or environ.get("MLF_API_KEY") or environ.get("TFY_API_KEY")
    if key is None and stored is not None and stored.host == chosen:
        key = stored.api_key
    return Login(chosen, key)


def find_spool_dir(
    given: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Path | None:
    """The folder for rows that cannot be delivered: the argument, else ``MLF_SPOOL_DIR``, else none."""
    chosen = given or (os.environ if environ is None else environ).get("MLF_SPOOL_DIR")
    return Path(chosen).expanduser().absolute() if chosen else None


def stored_login(environ: Mapping[str, str]) -> Login | None:
    """The stored login, or None where there is none that can be read."""
    try:
        found = json.loads(config_path(environ).read_text("utf-8"))
    except (OSError, ValueError, RuntimeError):  # RuntimeError: no home directory
        return None
    if not isinstance(found, dict):
        return None
    fields = cast("dict[str, Any]", found)
    host, key = fields.get("host"), fields.get("api_key")
    with contextlib.suppress(InvalidInput):
        return Login(check_host(host), key if isinstance(key, str) else None) if isinstance(host, str) else None
    return None


def login(
    tracking_uri: str | None = None,
    relogin: bool = False,
    api_key: str | None = None,
) -> bool:
    """Store the server's address and key for later programs of this user; nothing is sent.

    Parameters
    ----------
    tracking_uri
        The server's address; by default what :func:`get_client` would use.
    relogin
        Replace a login that is stored already.
    api_key
        The key, if the server asks for one.

    Returns
    -------
    bool
        True if the login was stored, False if there was one already and ``relogin`` is False.
    """
    if stored_login(os.environ) is not None and not relogin:
        return False
    chosen = find_login(tracking_uri, api_key)
    path = config_path(os.environ)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    # The key is readable by its owner alone from the first byte on.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"host": chosen.host, "api_key": chosen.api_key}, file)
    fresh.replace(path)
    return True
