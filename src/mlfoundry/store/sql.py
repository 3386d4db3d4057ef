"""Named blocks of SQL, kept in a file beside the module that runs them."""

from __future__ import annotations

import re
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Queries:
    """The blocks of some ``.sql`` files.

    Examples
    --------
    >>> Queries("duckdb.sql")("count_waiting", no=3)
    'SELECT count(*) FROM waiting_3'
    """

    def __init__(self, *files: str) -> None:
        self._blocks: dict[str, str] = {}
        for file in files:
            parts = _NAME.split(resources.files("mlfoundry.store").joinpath(file).read_text("utf-8"))
            self._blocks |= {name: block.rstrip("\n") for name, block in zip(parts[1::2], parts[2::2], strict=True)}

    def __call__(self, name: str, **generated: str | int) -> str:
        """A block with its generated identifiers filled in; never with anything from outside."""
        block = self._blocks[name]
        return block.format(**generated) if generated else block
