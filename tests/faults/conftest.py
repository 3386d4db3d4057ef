"""The tally that ``make soak`` prints, and how much a fault test does."""

from __future__ import annotations

import os

import pytest

from faults.harness import Size, Tally

_TALLY = Tally()


@pytest.fixture(scope="session")
def size() -> Size:
    """How much to do: little in ``make test``, everything in ``make soak``."""
    return Size(soak=os.environ.get("SOAK") == "1")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """What was done and found, printed at the end."""
    return _TALLY.of(request.node.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tally."""
    lines = _TALLY.lines()
    if lines:
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)
