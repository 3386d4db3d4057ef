"""``mlfoundry store``: look after a server's data, whether the server runs or not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from mlfoundry.commands.text import finding_lines, removed_text, size, usage_lines
from mlfoundry.errors import InvalidInput, MlfoundryError
from mlfoundry.fqn import ModelFqn, ModelVersionFqn

_STORE = (
    "Look after a server's data. Commands go to the server that uses the data directory; when none does, they open it "
    "themselves."
)
_COMPACT = (
    "Give disk space back. Removed rows leave free blocks, which are used again, but the file does not shrink. "
    "Where no server runs, the file is written anew without them; where one does, only its log is written into it."
)
_REBUILD = (
    "Throw aggregates (what charts are made of) away and make them anew from rows and references: of one version, or "
    "of all. What they say is the same; those of rows past their time stay. A running server takes rows meanwhile "
    "and merges them afterwards."
)
_BACKUP = (
    "Copy everything that was acknowledged into a new directory, while rows come in. To restore, start a server on it: "
    "mlfoundry server --data-dir DIR."
)
_ERASE = (
    "Erase everything that was received under some data_ids of one version, as if it had never been logged: the "
    "prediction, its actuals, repeats, refusals, also in the log of what is not merged. The ledger keeps counts. An id "
    "may be logged again later, as a new row."
)
_RETENTION = (
    "Show or set for how many days a project's rows and its aggregates (what charts are made of) are kept; 'forever' "
    "lifts a limit. The server removes what is past its time a little at a time."
)
_DELETE = "Delete a version, a model or a project with all its data. Asks for its name, as nothing brings it back."
_Work = Callable[[Any], Coroutine[Any, Any, int]]


def add_commands(commands: Any) -> None:
    """Add the command to a parser's subparsers."""
    store = commands.add_parser("store", help="look after a server's data", description=_STORE)
    parts = store.add_subparsers(title="commands", required=True, metavar="COMMAND")
    usage = _add(parts, "usage", _usage, "how much there is: rows and bytes by version")
    usage.add_argument("--json", action="store_true", help="print JSON")
    check = _add(parts, "check", _check, "whether store, inbox and registry are sound and agree")
    check.add_argument("--json", action="store_true", help="print JSON")
    _add(parts, "compact", _compact, "give disk space back", _COMPACT)
    rebuild = _add(parts, "rebuild-cells", _rebuild, "make aggregates anew from rows", _REBUILD)
    rebuild.add_argument("fqn", nargs="?", metavar="FQN", help="one version, such as model:default/flights/late:1")
    backup = _add(parts, "backup", _backup, "copy everything while the server runs", _BACKUP)
    backup.add_argument("directory", metavar="DIR", help="a new or empty directory, best on another disk")
    erase = _add(parts, "erase", _erase, "erase rows by their data_id", _ERASE)
    erase.add_argument("--model-version", required=True, metavar="FQN", help="such as model:default/flights/late:1")
    erase.add_argument("--data-id", action="append", default=[], metavar="ID", help="an id; may be repeated")
    erase.add_argument("--from-file", metavar="FILE", help="a text file with one id a line; - is standard input")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    retention = _add(parts, "retention", _retention, "for how long a project's data is kept", _RETENTION)
    retention.add_argument("project", metavar="PROJECT", help="the name of an ml_repo")
    retention.add_argument("--events-days", type=_days, metavar="N", help="rows: days, or 'forever'")
    retention.add_argument("--aggregates-days", type=_days, metavar="N", help="aggregates: days, or 'forever'")
    _add(parts, "retain", _retain, "remove what is past its time now")
    delete = _add(parts, "delete", _delete, "delete a version, model or project with its data", _DELETE)
    delete.add_argument("name", metavar="NAME", help="an FQN such as model:default/flights/late:1, or a project's name")
    delete.add_argument("--confirm", metavar="NAME", help="the name again, instead of being asked for it")
    for name, text in (("archive", "hide in lists"), ("unarchive", "show in lists again")):
        parser = _add(parts, name, _archive, f"{text}: a version, a model or a project")
        parser.add_argument("name", metavar="NAME", help="an FQN, or a project's name")
        parser.set_defaults(archived=name == "archive")


def _add(parts: Any, name: str, work: Callable[..., int], text: str, more: str = "") -> argparse.ArgumentParser:
    description = more or f"{text[0].upper()}{text[1:]}."
    parser: argparse.ArgumentParser = parts.add_parser(name, help=text, description=description)
    parser.add_argument("--data-dir", metavar="DIR", help="the data directory (./mlfoundry-data; MLFOUNDRY_DATA_DIR)")
    parser.add_argument("--host", metavar="URL", help="a running server's address, instead of a data directory")
    parser.set_defaults(run=work)
    return parser


def _days(text: str) -> int | str:
    if text == "forever" or (text.isascii() and text.isdigit()):
        return text if text == "forever" else int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of days; give one, or 'forever'")


def _run(given: argparse.Namespace, work: _Work) -> int:
    from mlfoundry.commands.reach import run

    return run(work, host=given.host, data_dir=given.data_dir)


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _usage(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        usage = await server.get("/store/usage", dict[str, Any])
        _print(*([_json(usage)] if given.json else usage_lines(usage)))
        return 0

    return _run(given, work)


def _check(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        return _report(given, await server.change("POST", "/store/check", list[dict[str, Any]]))

    found = _offline(given, "check_directory")
    return _run(given, work) if found is None else _report(given, found)


def _report(given: argparse.Namespace, findings: Sequence[dict[str, Any]]) -> int:
    problems = sum(finding["level"] == "problem" for finding in findings)
    _print(*([_json(findings)] if given.json else [*finding_lines(findings), f"{problems} problems"]))
    return 1 if problems else 0


def _compact(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        report = await server.change("POST", "/store/compact", dict[str, Any])
        _print(f"the log is in the file, which takes {size(report['after_bytes'])}")
        if report["reclaimable_bytes"]:
            said = f"{size(report['reclaimable_bytes'])} of it are free"
            _print(f"{said}: used again by new rows, or given back by this command once the server is stopped")
        return 0

    report = _offline(given, "compact_directory")
    if report is None:
        return _run(given, work)
    _print(f"the event store took {size(report['before_bytes'])} and takes {size(report['after_bytes'])} now")
    return 0


def _rebuild(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        body = {"model_version_fqn": given.fqn}
        versions = await server.change("POST", "/store/rebuild-cells", list[str], body=body)
        _print(*(f"the aggregates of {fqn} are made anew" for fqn in versions))
        return 0

    return _run(given, work)


def _offline(given: argparse.Namespace, name: str) -> Any:
    """What a function of :mod:`mlfoundry.server.offline` says of the directory; None where a server uses it."""
    if given.host is not None:
        return None
    from mlfoundry.commands.reach import Bar, address_of, server_modules, settings_of

    settings = settings_of(given.data_dir)
    if address_of(settings.data_dir) is not None:
        return None
    server_modules()
    from mlfoundry.server import offline

    bar = Bar()
    try:
        return msgspec.to_builtins(getattr(offline, name)(settings, bar))
    finally:
        bar.end()


def _backup(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        body = {"directory": str(Path(given.directory).expanduser().absolute())}
        report = await server.change("POST", "/store/backup", dict[str, Any], body=body)
        _print(f"{size(report['bytes'])} in {report['directory']}")
        _print(f"to restore: mlfoundry server --data-dir {report['directory']}")
        return 0

    return _run(given, work)


def _erase(given: argparse.Namespace) -> int:
    data_ids = [*given.data_id, *_ids_in(given.from_file)]
    if not data_ids:
        raise InvalidInput("say what to erase: --data-id ID, or --from-file FILE")
    if not given.yes:
        _confirm(f"Erase {len(data_ids):,} ids of {given.model_version}? Nothing brings them back. yes/no: ", "yes")

    async def work(server: Any) -> int:
        body = {"model_version_fqn": given.model_version, "data_ids": data_ids}
        report = await server.change("POST", "/store/erase", dict[str, Any], body=body)
        _print(f"erased from {report['model_version_fqn']}: {removed_text(report['removed'])}")
        for data_id in report["unknown_ids"]:
            _print(f"nothing was there under {data_id!r}")
        _print("out of reach:", *(f"  - {text}" for text in report["out_of_reach"]))
        return 0

    return _run(given, work)


def _ids_in(file: str | None) -> list[str]:
    if file is None:
        return []
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}") from error
    return [line for line in text.splitlines() if line]


def _confirm(question: str, wanted: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidInput("this asks before it does anything, and nobody is there to answer; see --help")
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip() != wanted:
        raise InvalidInput("nothing was done")


def _retention(given: argparse.Namespace) -> int:
    path = f"/ml-repos/{quote(given.project, safe='')}"
    asked = {"events_days": given.events_days, "aggregates_days": given.aggregates_days}

    async def work(server: Any) -> int:
        kept = (await server.get(path, dict[str, Any]))["retention"]
        changed = {name: days for name, days in asked.items() if days is not None}
        if changed:
            wanted = kept | {name: None if days == "forever" else days for name, days in changed.items()}
            kept = (await server.change("PATCH", path, dict[str, Any], body={"retention": wanted}))["retention"]
        for name, days in kept.items():
            said = "for ever" if days is None else f"for {days:,} days"
            _print(f"{name.removesuffix('_days')} of {given.project} are kept {said}")
        return 0

    return _run(given, work)


def _retain(given: argparse.Namespace) -> int:
    async def work(server: Any) -> int:
        turn = await server.change("POST", "/store/retain", dict[str, Any])
        _print(f"removed: {removed_text(turn['expired'])}")
        _print(*(f"removed what was left of the deleted {fqn}" for fqn in turn["forgotten"]))
        return 0

    return _run(given, work)


def _delete(given: argparse.Namespace) -> int:
    path, params = _address(given.name)
    if given.confirm is None:
        _confirm(f"Everything of it goes, and nothing brings it back. Type {given.name} to delete it: ", given.name)
    elif given.confirm != given.name:
        raise InvalidInput(f"--confirm {given.confirm} is not {given.name}; nothing was deleted")

    async def work(server: Any) -> int:
        report = await server.change("DELETE", path, dict[str, Any], params=params)
        _print(f"deleted {given.name}", *(f"  with the data of {fqn}" for fqn in report["versions"]))
        if not report["finished"]:
            _print("rows of it still wait to be merged; the server removes them by itself")
        return 0

    return _run(given, work)


def _archive(given: argparse.Namespace) -> int:
    path, params = _address(given.name)

    async def work(server: Any) -> int:
        await server.change("PATCH", path, dict[str, Any], params=params, body={"archived": given.archived})
        _print(f"{given.name} is {'hidden in lists; its data stays' if given.archived else 'shown in lists again'}")
        return 0

    return _run(given, work)


def _address(name: str) -> tuple[str, dict[str, str]]:
    """Where the API knows a version, a model or a project."""
    if not name.startswith("model:"):
        return f"/ml-repos/{quote(name, safe='')}", {}
    try:
        return "/model-version", {"model_version_fqn": str(ModelVersionFqn.parse(name))}
    except MlfoundryError:
        return "/model", {"model_fqn": str(ModelFqn.parse(name))}


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
