"""The docs name every option and setting, and their links lead somewhere."""

# argparse tells what a parser knows by private names only:
# pyright: reportPrivateUsage=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlfoundry
from mlfoundry import __main__ as command_line

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
_LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)")
_VARIABLE = re.compile(r"\b(?:MLFOUNDRY|MLF|TFY)_[A-Z_]*[A-Z]\b")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _parsers(child)


def _options() -> list[str]:
    """``mlfoundry server --port`` and its kin, as the command line itself knows them."""
    return [
        f"{parser.prog} {option}"
        for parser in _parsers(command_line._parser())
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    ]


def _variables() -> set[str]:
    sources = [*(ROOT / "src").rglob("*.py"), ROOT / "hatch_build.py"]
    return {name for source in sources for name in _VARIABLE.findall(source.read_text("utf-8"))}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("option", _options())
def test_option_is_documented(option: str) -> None:
    assert f"`{option.rpartition(' ')[2]}" in TEXT or f" {option.rpartition(' ')[2]}" in TEXT


@pytest.mark.parametrize("command", [parser.prog for parser in _parsers(command_line._parser())])
def test_command_is_documented(command: str) -> None:
    assert command in TEXT


@pytest.mark.parametrize("variable", sorted(_variables()))
def test_variable_of_environment_is_documented(variable: str) -> None:
    assert variable in TEXT


@pytest.mark.parametrize("name", sorted(name for name in dir(mlfoundry.Client) if not name.startswith("_")))
def test_client_call_is_documented(name: str) -> None:
    assert re.search(rf"\b{name}\b", TEXT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for link in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(_anchor, headings), f"{page.name} links to {link}"


def test_no_page_is_left_out_of_the_index() -> None:
    linked = set(_LINK.findall((ROOT / "docs" / "index.md").read_text("utf-8")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= linked
