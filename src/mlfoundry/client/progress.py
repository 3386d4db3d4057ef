"""One line on stderr that says how far a long call is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_EVERY_S = 0.2
_WIDTH = 24


class Progress:
    """A bar that writes over itself; without ``total`` it counts alone. Nothing is written unless ``shown``."""

    def __init__(self, total: int | None, *, shown: bool | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._total = total
        self._shown = self._stream.isatty() if shown is None else shown
        self._began = time.monotonic()
        self._next = 0.0
        self._rows = 0

    def add(self, rows: int) -> None:
        """Say that some rows more are done."""
        self._rows += rows
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_S
            self._stream.write(f"\r{self.line()}")
            self._stream.flush()

    def end(self) -> None:
        """Leave the line as it is now."""
        if self._shown:
            self._stream.write(f"\r{self.line()}\n")
            self._stream.flush()

    def line(self) -> str:
        """What stands there now."""
        rate = self._rows / max(time.monotonic() - self._began, 1e-9)
        said = f"{self._rows:,} rows, {rate:,.0f} a second"
        if not self._total:
            return said
        filled = round(_WIDTH * min(self._rows / self._total, 1.0))
        return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._rows / self._total:4.0%}  {said}"
