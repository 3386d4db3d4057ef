"""The command line. What a command needs is imported when it runs: the base install has no server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mlfoundry import transfer
from mlfoundry.commands import check as check_commands
from mlfoundry.commands import store as store_commands
from mlfoundry.demo import options as demo_options
from mlfoundry.errors import MissingExtra, MlfoundryError
from mlfoundry.version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, 1 when a check failed, or 2 for a mistake of the user."""
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        return int(given.run(given))
    except MlfoundryError as error:
        print(f"mlfoundry: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mlfoundry", description="Watch machine-learning models in production.")
    parser.add_argument("--version", action="version", version=f"mlfoundry {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    server = commands.add_parser("server", help="run the server and its dashboard", description=_SERVER)
    server.add_argument("--host", help="address to listen on, a loopback one (127.0.0.1; MLFOUNDRY_HOST)")
    server.add_argument("--port", help="port, 0 for a free one (8000; MLFOUNDRY_PORT)")
    _add_data_dir(server)
    server.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="name under which a tunnel or proxy reaches the server; may be repeated (MLFOUNDRY_ALLOWED_HOST)",
    )
    server.set_defaults(run=_server)

    login = commands.add_parser("login", help="store the server's address and key for programs of this user")
    login.add_argument("--tracking-uri", "--host", dest="tracking_uri", metavar="URL", help="the server's address")
    login.add_argument("--api-key", help="the key; read from MLF_API_KEY when it is not given")
    login.add_argument("--relogin", action="store_true", help="replace what is stored")
    login.set_defaults(run=_login)

    doctor = commands.add_parser("doctor", help="say what is wrong and what to do", description=_DOCTOR)
    doctor.add_argument("fqn", nargs="?", help="a model version to look for, such as model:default/flights/late:1")
    doctor.add_argument("--host", metavar="URL", help="the server's address (MLF_HOST, or the stored login)")
    _add_data_dir(doctor)
    doctor.set_defaults(run=_doctor)

    demo = commands.add_parser("demo", help="watch real models on real flights", description=demo_options.DESCRIPTION)
    demo_options.add_arguments(demo)
    demo.set_defaults(run=_demo)
    transfer.add_commands(commands)
    check_commands.add_commands(commands)
    store_commands.add_commands(commands)
    return parser


_SERVER = "Run the server: the API, the dashboard and the event store of one data directory."
_DOCTOR = "Check the way from a program to its server, and what this installation can do."


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="DIR", help="where data is kept (./mlfoundry-data; MLFOUNDRY_DATA_DIR)")


def _server(given: argparse.Namespace) -> int:
    from mlfoundry.server.settings import read_settings

    settings = read_settings(
        host=given.host, port=given.port, data_dir=given.data_dir, allowed_hosts=tuple(given.allowed_host)
    )
    try:
        from mlfoundry.server.run import serve
    except ModuleNotFoundError as error:
        raise _missing(error, "mlfoundry server", "server") from error
    serve(settings)
    return 0


def _login(given: argparse.Namespace) -> int:
    from mlfoundry.client.settings import login

    stored = login(given.tracking_uri, given.relogin, given.api_key)
    print("stored" if stored else "a login is stored already; --relogin replaces it")
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from mlfoundry.doctor import examine

    return examine(host=given.host, fqn=given.fqn, data_dir=given.data_dir, write=print)


def _demo(given: argparse.Namespace) -> int:
    try:
        from mlfoundry.demo.run import run
    except ModuleNotFoundError as error:
        raise _missing(error, "mlfoundry demo", "demo") from error
    return run(given)


def _missing(error: ModuleNotFoundError, what: str, extra: str) -> Exception:
    """The error to raise: a part of mlfoundry itself that is missing is a defect, not an extra."""
    return error if (error.name or "").startswith("mlfoundry") else MissingExtra(what, extra)


if __name__ == "__main__":
    sys.exit(main())
