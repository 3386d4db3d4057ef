"""A real server with two weeks of the demo, and a real browser that looks at it."""

# pandas and scikit-learn carry no types of their own:
# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, timezone

import pandas as pd
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

import mlfoundry as mlf
from mlfoundry.demo import flights, load, models, serve
from mlfoundry.demo.models import DemoModel

WEEKS = 2
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
_QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True)
class Loaded:
    """What the server was given."""

    url: str
    now: datetime
    weeks: int
    fqns: list[str]
    models: list[DemoModel]
    moved: pd.DataFrame
    logged: pd.DataFrame


@dataclass
class Watched:
    """A page, with what went wrong on it and whom it asked."""

    page: Page
    errors: list[str] = field(default_factory=list[str])
    hosts: set[str] = field(default_factory=set[str])


# Not for the session: Playwright keeps an event loop running in this thread, and other tests want to run one of theirs.
@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        message = "no chromium was found; apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *_QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Generator[Loaded]:
    """Two weeks of all three versions, logged through the client into a server of its own."""
    folder = tmp_path_factory.mktemp("demo")
    now = datetime.now(timezone.utc)
    moved, weeks = flights.move_to(flights.read_flights(), now)
    trained = models.train(moved)
    logged = load.in_production(moved, last_weeks=WEEKS)
    server = serve.start(folder, serve.free_port(21_000))
    try:
        with mlf.get_client(host=server.url, strict=True, linger_s=0.1) as client:
            versions = load.register(client, trained, moved, weeks)
            for _ in load.load(client, versions, logged):
                pass
            for version in versions:
                client.get_ledger(version.fqn)  # waits until all is merged
        yield Loaded(server.url, now, weeks, [version.fqn for version in versions], trained, moved, logged)
    finally:
        server.stop()


@pytest.fixture
def watched(browser: Browser, demo: Loaded) -> Generator[Watched]:
    context = browser.new_context(
        base_url=demo.url,
        viewport={"width": 1440, "height": 900},
        color_scheme="light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    watched = Watched(context.new_page())

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            watched.errors.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            watched.hosts.add("/".join(request.url.split("/")[:3]))

    watched.page.on("console", on_console)
    watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
    watched.page.on("request", on_request)
    yield watched
    context.close()
    assert watched.errors == []
    assert watched.hosts == {demo.url}
