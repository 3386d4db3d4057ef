"""The hourly cells of days that were asked for lately, in memory: what no merge touched since is not read again."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from mlfoundry.store.packed_cells import PackedRows

_K = TypeVar("_K", bound=Hashable)
_STAMPS = itertools.count(1)
_OVERHEAD_BYTES = 1_000


@dataclass(slots=True)
class Stamps:
    """Which state of each day's cells a version is in; a stamp is never given twice in a process.

    Examples
    --------
    >>> stamps = Stamps()
    >>> before = stamps.of(7), stamps.of(8)
    >>> stamps.touch([7])
    >>> stamps.of(7) == before[0], stamps.of(8) == before[1]
    (False, True)
    """

    base: int = field(default_factory=lambda: next(_STAMPS))
    days: dict[int, int] = field(default_factory=dict[int, int])

    def of(self, day: int) -> int:
        """The stamp of a day."""
        return self.days.get(day, self.base)

    def touch(self, days: Iterable[int]) -> None:
        """Some days have other cells now."""
        self.days.update(dict.fromkeys(days, next(_STAMPS)))

    def touch_all(self) -> None:
        """Every day has other cells now."""
        self.base = next(_STAMPS)
        self.days.clear()

    def copy(self) -> Stamps:
        """Stamps that can be changed without changing these."""
        return Stamps(self.base, dict(self.days))


class CellBlocks:
    """Packed rows by what they are the cells of; what was not asked for longest goes first.

    Parameters
    ----------
    size_bytes
        How much is kept.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._held_bytes = 0
        self._blocks: OrderedDict[Hashable, PackedRows] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Iterable[_K]) -> dict[_K, PackedRows]:
        """Those blocks that are held."""
        found: dict[_K, PackedRows] = {}
        with self._lock:
            for key in keys:
                block = self._blocks.get(key)
                if block is not None:
                    self._blocks.move_to_end(key)
                    found[key] = block
        return found

    def put(self, key: Hashable, block: PackedRows) -> None:
        """Hold a block, if it is not larger than all that may be kept."""
        with self._lock:
            if key in self._blocks or block.size_bytes > self._size_bytes:
                return
            self._blocks[key] = block
            self._held_bytes += block.size_bytes + _OVERHEAD_BYTES
            while self._held_bytes > self._size_bytes:
                _, gone = self._blocks.popitem(last=False)
                self._held_bytes -= gone.size_bytes + _OVERHEAD_BYTES
