"""``mlfoundry demo``: real models on real flights, on a real server."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mlfoundry.client.client import Client, get_client
from mlfoundry.demo import serve, state
from mlfoundry.errors import MlfoundryError

_FIRST_DAYS = 7
_STALE = timedelta(days=2)


def run(options: argparse.Namespace, console: Console | None = None) -> int:
    """Run the demo with the options of :mod:`mlfoundry.demo.options`; returns the exit code."""
    console = console or Console(highlight=False)
    folder: Path = options.dir.absolute()
    server: serve.Server | None = None
    try:
        known = _state_of(folder, options)
        server = serve.running(folder) or _start(folder, options.port, console)
        if known.complete:
            _greet_again(console, server, known)
        else:
            _load(console, server, folder, known)
        return _stay(console, server, detach=options.detach or not sys.stdin.isatty())
    except MlfoundryError as error:
        console.print(f"[bold red]The demo stopped:[/] {error}", soft_wrap=True)
    except KeyboardInterrupt:
        console.print("\nStopped. The same command goes on from here.")
    if server is not None:
        server.stop()
    return 1


def _state_of(folder: Path, options: argparse.Namespace) -> state.State:
    known = state.read_state(folder)
    if known is not None and (options.fresh or not known.fqns):
        # Without names the registration was cut short: nothing of worth is there yet.
        earlier = serve.running(folder)
        if earlier is not None:
            raise MlfoundryError(f"a server still runs on {folder}: stop it first (kill {earlier.pid})")
        state.clear(folder)
        known = None
    if known is None:
        folder.mkdir(parents=True, exist_ok=True)
        known = state.State(now=datetime.now(timezone.utc), weeks=options.weeks)
        state.write_state(folder, known)
    return known


def _start(folder: Path, wanted: int, console: Console) -> serve.Server:
    port = serve.free_port(wanted)
    if port != wanted:
        console.print(f"Port {wanted} is taken; this server listens on {port}.")
    return serve.start(folder, port)


def _greet_again(console: Console, server: serve.Server, known: state.State) -> None:
    console.print(f"The demo is loaded. Dashboard: [bold]{server.url}[/]", soft_wrap=True)
    age = datetime.now(timezone.utc) - known.now
    if age > _STALE:
        console.print(f"Its year ended {age.days} days ago; --fresh loads it again, so that it ends now.")


def _load(console: Console, server: serve.Server, folder: Path, known: state.State) -> None:
    # Imported here, so that a second start need not wait for pandas and scikit-learn.
    from mlfoundry.demo import flights, load, models

    began = time.monotonic()
    with get_client(host=server.url, strict=True, linger_s=0.1) as client:
        with console.status("Reading the flights of 2013"):
            moved, weeks = flights.move_to(flights.read_flights(), known.now)
        with console.status("Training three models on January to March"):
            trained = models.train(moved)
        if known.fqns:
            versions = [load.Version(model, fqn) for model, fqn in zip(trained, known.fqns, strict=True)]
        else:
            with console.status("Registering them, each with its reference"):
                versions = load.register(client, trained, moved, weeks)
            known.fqns = [version.fqn for version in versions]
            state.write_state(folder, known)
        logged = load.in_production(moved, last_weeks=known.weeks)
        days = load.load(client, versions, logged, skip_days=known.days_done)
        rows = 0
        with _progress(console, len(load.days_backwards(logged)), known.days_done) as advance:
            for rows_of_day in days:
                rows += rows_of_day
                known.days_done += 1
                advance(known.days_done)
                if known.days_done % _FIRST_DAYS == 0:
                    state.write_state(folder, known)
                if known.days_done == _FIRST_DAYS:
                    _announce(console, client, known, server.url)
    known.complete = True
    state.write_state(folder, known)
    took = f"{rows:,} rows logged in {time.monotonic() - began:.0f} s."
    console.print(f"{took} Dashboard: [bold]{server.url}[/]", soft_wrap=True)


def _announce(console: Console, client: Client, known: state.State, url: str) -> None:
    """The first week is there: say where, and what it shows."""
    console.print(f"The last week is on the dashboard: [bold]{url}[/] (the weeks before it follow)", soft_wrap=True)
    start = known.now - timedelta(days=_FIRST_DAYS)
    for fqn in known.fqns:
        figures = client.get_performance(fqn, start=start, end=known.now, granularity=None)
        shown = [f"{row['metric']} {row['value']:.3f}" for row in figures if row["value"] is not None]
        console.print(f"  {fqn}  {', '.join(shown[:3])}", soft_wrap=True)


@contextmanager
def _progress(console: Console, days: int, done: int) -> Generator[Callable[[int], None]]:
    """A progress bar of days; without a terminal, a line every tenth part."""
    columns = (SpinnerColumn(), TextColumn("Logging April to December, newest day first"), BarColumn())
    with Progress(*columns, MofNCompleteColumn(), TextColumn("days"), TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("", total=days, completed=done)
        step = max(days // 10, 1)

        def advance(now_done: int) -> None:
            bar.update(task, completed=now_done)
            if not console.is_terminal and now_done % step == 0:
                console.print(f"  {now_done} of {days} days logged")

        yield advance


def _stay(console: Console, server: serve.Server, *, detach: bool) -> int:
    if detach or server.process is None:
        said = f"The server runs on by itself; kill {server.pid} stops it. The same command finds it again."
        console.print(said, soft_wrap=True)
        return 0
    console.print("Ctrl-C stops the server; the same command starts it again at once.")
    try:
        server.wait()
    except KeyboardInterrupt:
        console.print("\nStopping ...")
        server.stop()
        return 0
    console.print("The server has ended; server.log in the demo's folder says why.")
    return 1
