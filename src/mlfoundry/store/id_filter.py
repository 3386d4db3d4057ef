"""Which of many ids may be known already, and where: most are new, and that is seen without a look at the disk."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
CHUNK = 2**16
_WORDS = CHUNK // 2  # words of 64 bits: 32 bits an id
_PROBES = 6
_MOST_RANGES = 8
_WORD_SHIFT = np.uint64(64 - _WORDS.bit_length() + 1)
_BIT = np.uint64(63)
_ONE = np.uint64(1)


class IdFilter:
    """Hashes of ids that were numbered as they came: never misses one, and rarely takes a new one for a known one.

    Each run of 65,536 numbers is kept by itself: the last as a set, the others as Bloom filters that touch one word an
    id and are wrong for one new id in several thousand. So an id costs 4 bytes, and a hit tells between which numbers
    to look.

    Examples
    --------
    >>> ids = IdFilter()
    >>> ids.add(np.array([0, 1, 2]), np.array([11, 12, 13], np.uint64))
    >>> ids.ranges(np.array([12], np.uint64)), ids.ranges(np.array([99], np.uint64))
    ([(0, 65535)], [])
    """

    def __init__(self) -> None:
        self._chunks: dict[int, set[int] | Hashes] = {}
        self._last = -1

    def add(self, numbers: NDArray[np.int64], hashes: Hashes) -> None:
        """Take in ids with their numbers, which grow; after an undone merge numbers may be given away again."""
        chunks = numbers // CHUNK
        cuts = np.flatnonzero(np.diff(chunks)) + 1
        for start, end in pairwise([0, *cuts.tolist(), len(chunks)] if len(chunks) else []):
            self._add(int(chunks[start]), hashes[start:end])

    def _add(self, chunk: int, hashes: Hashes) -> None:
        if chunk > self._last:
            last = self._chunks.get(self._last)
            if isinstance(last, set):
                self._chunks[self._last] = _filter_of(np.fromiter(last, np.uint64))
            self._last = chunk
            self._chunks[chunk] = set() if len(hashes) < CHUNK // 2 else _filter_of(hashes)
        kept = self._chunks.get(chunk)
        if isinstance(kept, set):
            kept.update(hashes.tolist())
        elif kept is None:
            self._chunks[chunk] = _filter_of(hashes)
        else:
            _put(kept, hashes)

    def ranges(self, hashes: Hashes) -> list[tuple[int, int]]:
        """Between which numbers, both ends included, some of these ids may lie: a few ranges, none when all are new."""
        word, mask = _places(hashes)
        given = hashes.tolist()
        found = [
            chunk
            for chunk, kept in sorted(self._chunks.items())
            if (not kept.isdisjoint(given) if isinstance(kept, set) else bool(((kept[word] & mask) == mask).any()))
        ]
        return _joined(found)

    def forget_below(self, number: int) -> None:
        """Let go of ids whose numbers are all lower."""
        for chunk in [chunk for chunk in self._chunks if (chunk + 1) * CHUNK <= number and chunk < self._last]:
            del self._chunks[chunk]

    @property
    def size_bytes(self) -> int:
        """Memory of what is kept, roughly."""
        return sum(len(kept) * 70 if isinstance(kept, set) else kept.nbytes for kept in self._chunks.values())


def _filter_of(hashes: Hashes) -> Hashes:
    words = np.zeros(_WORDS, np.uint64)
    _put(words, hashes)
    return words


def _put(words: Hashes, hashes: Hashes) -> None:
    word, mask = _places(hashes)
    np.bitwise_or.at(words, word, mask)


def _places(hashes: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """The word of each hash, by its highest bits, and some bits in that word, by its lowest."""
    mask = np.zeros_like(hashes)
    for place in range(_PROBES):
        np.bitwise_or(mask, np.left_shift(_ONE, (hashes >> np.uint64(6 * place)) & _BIT), out=mask)
    return (hashes >> _WORD_SHIFT).astype(np.int64), mask


def _joined(chunks: list[int]) -> list[tuple[int, int]]:
    """Chunks as ranges of numbers; where there would be many, those next to each other are joined."""
    if not chunks:
        return []
    gaps = sorted(((after - before, after) for before, after in pairwise(chunks) if after > before + 1), reverse=True)
    starts = sorted(after for _, after in gaps[: _MOST_RANGES - 1])
    ends = [chunks[chunks.index(start) - 1] for start in starts]
    pairs = zip([chunks[0], *starts], [*ends, chunks[-1]], strict=True)
    return [(start * CHUNK, (end + 1) * CHUNK - 1) for start, end in pairs]
