"""Write ``__init__.pyi``, from which type checkers and editors know the functions that the scans find.

``python -m mlfoundry.stats.stub`` writes it anew; a test holds it equal to what this makes.
"""

from __future__ import annotations

import textwrap
from inspect import Parameter
from pathlib import Path

from mlfoundry.stats.functions import Function, functions

PATH = Path(__file__).with_name("__init__.pyi")
_HEAD = '''"""Written by ``python -m mlfoundry.stats.stub``; do not edit."""

from collections.abc import Sequence

from mlfoundry.schema import ColumnKind
from mlfoundry.stats.columns import Column
from mlfoundry.stats.reports import DriftReport as DriftReport
from mlfoundry.stats.scoring import Label, ScoresByClass
from mlfoundry.stats.tables import drift_report as drift_report
'''


def text() -> str:
    """The whole file."""
    own = sorted((one for one in functions() if one.is_own), key=lambda one: one.name)
    names = ["DriftReport", *sorted(["drift_report", *(one.name for one in own)])]
    listed = "__all__ = [\n" + "".join(f'    "{name}",\n' for name in names) + "]\n"
    return "\n".join([_HEAD, listed, *map(_definition, own)])


def _definition(function: Function) -> str:
    parts: list[str] = []
    for one in function.signature.parameters.values():
        if one.kind is Parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if one.default is Parameter.empty else f" = {one.default!r}"
        parts.append(f"{one.name}: {one.annotation}{default}")
    arguments = "".join(f"    {part},\n" for part in parts)
    lines: list[str] = []
    for line in (function.call.__doc__ or "").splitlines():
        indent = " " * (4 + len(line) - len(line.lstrip()))
        lines += textwrap.wrap(line.strip(), 120, initial_indent=indent, subsequent_indent=indent) or [""]
    body = "\n".join(lines).strip()
    return f'def {function.name}(\n{arguments}) -> float:\n    """{body}\n    """\n'


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
