"""The dashboard's types are those of the API."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "ui" / "scripts" / "api_types.py"

pytest.importorskip("pydantic", reason="the shapes are read by pydantic, which comes with [server]")


def test_types_of_the_dashboard_are_current() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
