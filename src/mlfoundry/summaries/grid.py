"""One grid a column: into which bucket a number falls."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlfoundry.errors import InvalidInput
from mlfoundry.summaries.arrays import Bools, Floats, Ints
from mlfoundry.summaries.moments import Frame

MAX_SHARE = 1 / 256
"""The most of the sample's mass that a bucket with more than one value holds."""
_TRIM = 1 / 512
_SAMPLE = 65_536
_TAIL_BINS = 32
_GAP_BORDERS = 512
_FEW_VALUES = 500
"""Fewer are not worth a table of places."""
_TABLES = (1 << 10, 1 << 12, 1 << 14)
_TINY = float(np.finfo(np.float64).tiny)
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class _Places:
    """Finds the border at or below a value in two or three steps, where a binary search takes nine: 6 ns for 55.

    The span of the borders is cut into even slots. How many borders lie in the slots before a value's own is read from
    a table; those in its own slot, usually one or two, are compared with it. The slot of a larger value is never a
    lower one, also not after rounding, and the slots of borders are computed as those of values are.
    """

    start: float
    slots_a_unit: float
    before: NDArray[np.uint16]
    """How many borders lie in lower slots."""
    strides: tuple[int, ...]
    """The steps of a search among as many borders as the fullest slot has."""
    padded: Floats
    """The borders, and behind them what no value is larger than or equal to."""

    @classmethod
    def among(cls, borders: Floats) -> _Places:
        """The places among ascending borders, in the smallest table in which the fewest steps find them."""
        span = float(borders[-1] / 2 - borders[0] / 2) * 2
        best: tuple[int, float, Ints] | None = None
        for size in _TABLES:
            slots_a_unit = size / span if span > size / _LARGEST else 0.0  # where it overflows, all are in one slot
            filled = np.bincount(_slots(borders, float(borders[0]), slots_a_unit, size), minlength=size + 1)
            steps = int(filled.max()).bit_length()
            if best is None or steps < best[0]:
                best = steps, slots_a_unit, filled
        assert best is not None
        steps, slots_a_unit, filled = best
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(filled)[:-1]]).astype(np.uint16)
        padded = np.concatenate([borders, np.full(1 << steps, np.nan)])
        return cls(float(borders[0]), slots_a_unit, before, tuple(1 << step for step in reversed(range(steps))), padded)

    def of(self, values: Floats) -> Ints:
        """The place of the last border at or below each value, -1 where there is none."""
        slots = _slots(values, self.start, self.slots_a_unit, len(self.before) - 1)
        places = self.before.take(slots, mode="clip").astype(np.int64)
        for stride in self.strides:
            reached = values >= self.padded.take(places + (stride - 1) if stride > 1 else places)
            places += reached if stride == 1 else reached * np.int64(stride)
        places -= 1
        return places


def _slots(values: Floats, start: float, slots_a_unit: float, last: int) -> Ints:
    """The slot of each value, those below the first as negative numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        slots = values - start
        slots *= slots_a_unit
        return np.minimum(slots, last, out=slots).astype(np.int64)


class Grid:
    """Buckets of numbers, fine where a sample has its mass.

    Inside, dyadic intervals ``[k·2^j, (k+1)·2^j)`` are split until each holds at most 1/256 of the sample or a single
    value; a value that alone holds more has a bucket of its own. Dyadic intervals nest, so two grids share an exact
    coarser one. Outside, 32 buckets an octave of the distance from the edge (about 2 % of it) reach to the largest
    float; they are computed, not stored.

    Parameters
    ----------
    borders
        Ascending and finite, at least two. Bucket ``i`` is ``[borders[i], borders[i + 1])``; ids below 0 and from
        ``len(borders) - 1`` on lie outside.

    Examples
    --------
    >>> grid = Grid.lay([0.0] * 90 + [1.0, 2.5, 4.0, 8.0])
    >>> grid.single_value(grid.buckets(np.array([0.0]))).tolist()
    [True]
    """

    def __init__(self, borders: ArrayLike) -> None:
        array = np.array(borders, np.float64)
        if array.ndim != 1 or len(array) < 2 or not (np.isfinite(array).all() and (array[1:] > array[:-1]).all()):
            raise InvalidInput("a grid needs two or more finite borders in ascending order")
        array.flags.writeable = False
        self.borders: Floats = array

    @classmethod
    def lay(cls, values: ArrayLike) -> Grid:
        """Lay a grid over a sample; what is not finite is ignored, and an empty sample gives a grid around 0.

        Of more than 65,536 values that many are drawn, the same ones each time.
        """
        sample = np.asarray(values, np.float64).ravel()
        if len(sample) > _SAMPLE:
            sample = sample[np.random.default_rng(0).integers(0, len(sample), _SAMPLE)]
        # Adding 0.0 makes 0.0 of -0.0, which would otherwise be a second zero.
        sample = sample[np.isfinite(sample)] + 0.0
        if not len(sample):
            sample = np.zeros(1)
        distinct, counts = np.unique(sample, return_counts=True)
        heavy = counts > MAX_SHARE * len(sample)
        own = distinct[heavy & (np.abs(distinct) < _LARGEST)]
        core = _dyadic_borders(distinct[~heavy], counts[~heavy], MAX_SHARE * len(sample))
        borders = np.concatenate([core, own, np.nextafter(own, np.inf)])
        if len(own) and len(core):
            borders = np.concatenate([borders, _gap_borders(np.unique(core), own)])
        borders = np.unique(_finite(borders))
        return cls(borders if len(borders) > 1 else np.array([-_LARGEST, _LARGEST]))

    @cached_property
    def id(self) -> str:
        """Names the grid by its content: 16 hex digits."""
        return hashlib.sha256(self.borders.astype("<f8").tobytes()).hexdigest()[:16]

    @cached_property
    def frame(self) -> Frame:
        """The fixed point in which the column's sums are kept; it follows from the borders."""
        k = len(self.borders) - 1
        spread = 2 * self._half(k // 4, k - k // 4)
        largest = float(np.abs(self.borders).max())
        # A constant column says nothing of its spread but its size.
        spread = max(spread, largest if k == 1 else largest * 2.0**-30)
        return Frame.around(float(self.borders[k // 2]), spread if spread > _TINY else 1.0)

    @cached_property
    def _scales(self) -> tuple[float, float]:
        """How wide the first octave of the lower and upper tail is: the outer eighth of the borders."""
        k = len(self.borders) - 1
        step = max(k // 8, 1)
        return self._scale(2 * self._half(0, step)), self._scale(2 * self._half(k - step, k))

    @cached_property
    def _places(self) -> _Places:
        return _Places.among(self.borders)

    def _scale(self, spread: float) -> float:
        size = float(np.abs(self.borders).max()) * 2.0**-14
        size = size if size > _TINY else 1.0
        return spread if spread > size * 2.0**-20 else size

    def _half(self, first: int, last: int) -> float:
        """Half the distance between two borders: the whole of it can overflow."""
        return float(min(self.borders[last] / 2 - self.borders[first] / 2, _LARGEST / 4))

    def buckets(self, values: Floats) -> Ints:
        """The bucket of each value; there must be no NaN."""
        if len(values) < _FEW_VALUES:
            ids = np.searchsorted(self.borders, values, side="right").astype(np.int64) - 1
        else:
            ids = self._places.of(values)
        below, above = self._scales
        low = ids < 0
        if low.any():
            ids[low] = -1 - _octaves(self.borders[0], np.nextafter(values[low], np.inf), below)
        last = len(self.borders) - 1
        high = ids >= last
        if high.any():
            ids[high] = last + _octaves(values[high], self.borders[-1], above)
        return ids

    def lower(self, ids: Ints) -> Floats:
        """The lower ends of buckets."""
        return self._border(ids)

    def upper(self, ids: Ints) -> Floats:
        """The upper ends of buckets, themselves not in them."""
        return self._border(ids + 1)

    def single_value(self, ids: Ints) -> Bools:
        """Whether a bucket holds one value only."""
        lower = self.lower(ids)
        return self.upper(ids) == np.nextafter(lower, np.inf)

    def _border(self, ids: Ints) -> Floats:
        last = len(self.borders) - 1
        border = self.borders[np.minimum(np.maximum(ids, 0), last)]
        below, above = self._scales
        with np.errstate(over="ignore"):
            border = np.where(ids < 0, self.borders[0] - _distance(-ids, below), border)
            border = np.where(ids > last, self.borders[-1] + _distance(ids - last, above), border)
        return _finite(border)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Grid) and np.array_equal(self.borders, other.borders))

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Grid({self.id}, {len(self.borders) - 1} buckets, {self.borders[0]:g} .. {self.borders[-1]:g})"


def bucket_quantile(grid: Grid, ids: Ints, counts: Ints, q: float) -> float | None:
    """A quantile of counts by bucket; None without any.

    Inside a bucket the numbers are taken as evenly spread; a bucket with a single value gives that value.
    """
    if not 0 <= q <= 1:
        raise InvalidInput(f"a quantile lies between 0 and 1, not at {q}")
    if not len(ids):
        return None
    below = np.cumsum(counts)
    rank = q * float(below[-1])
    place = min(int(np.searchsorted(below, rank)), len(ids) - 1)
    bucket = ids[place : place + 1]
    lower, upper = float(grid.lower(bucket)[0]), float(grid.upper(bucket)[0])
    if grid.single_value(bucket)[0]:
        return lower
    within = 1.0 - (float(below[place]) - rank) / float(counts[place])
    return lower * (1.0 - within) + upper * within


def _finite(values: Floats) -> Floats:
    return np.minimum(np.maximum(values, -_LARGEST), _LARGEST)


def _octaves(high: Floats | float, low: Floats | float, scale: float) -> Ints:
    """Which of the tail's buckets a distance falls into: 32 an octave of (1 + distance / scale)."""
    with np.errstate(over="ignore"):
        ratio = np.minimum(1.0 + (np.asarray(high) - low) / scale, _LARGEST)
    # Mantissa and exponent give the same bucket on every machine; a logarithm need not.
    mantissa, exponent = np.frexp(ratio)
    return (exponent.astype(np.int64) - 1) * _TAIL_BINS + ((mantissa * 2 - 1) * _TAIL_BINS).astype(np.int64)


def _distance(steps: Ints, scale: float) -> Floats:
    """The distance from the edge at which the tail's bucket ``steps`` begins."""
    octave, place = np.divmod(np.maximum(steps, 0), _TAIL_BINS)
    return (np.ldexp(1.0 + place / _TAIL_BINS, octave) - 1.0) * scale


def _gap_borders(core: Floats, own: Floats) -> Floats:
    """Borders between the core and heavy values outside it, laid like a tail."""
    scale = max(float(core[-1] / 8 - core[0] / 8), _TINY)
    with np.errstate(over="ignore"):
        distances = _distance(np.arange(1, _GAP_BORDERS), scale)
        below = core[0] - distances
        above = core[-1] + distances
    return np.concatenate([below[below > own.min()], above[above < own.max()]])


def _dyadic_borders(values: Floats, weights: Ints, limit: float) -> Floats:
    """Borders of dyadic intervals, each split until it holds at most ``limit`` or a single value.

    The outermost values (1/512 of the mass on either side) are left to the tails.
    """
    if not len(values):
        return np.zeros(0)
    mass: Ints = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights)])
    whole = int(mass[-1])
    trim = _TRIM * whole
    first = min(int(np.searchsorted(mass, trim, side="right")) - 1, len(values) - 1)
    end = max(int(np.searchsorted(mass, whole - trim)), first + 1)
    borders: set[float] = set()
    ordered, masses = values.tolist(), mass.tolist()  # single items of lists are quicker to reach than those of arrays
    nodes = [(first, end)]
    while nodes:
        start, stop = nodes.pop()
        if stop - start < 2:
            continue
        low, middle, high = _dyadic_cover(ordered[start], ordered[stop - 1])
        borders.update((low, high))
        if masses[stop] - masses[start] > limit:
            borders.add(middle)
            cut = bisect_left(ordered, middle, start, stop)
            nodes += [(start, cut), (cut, stop)]
    # Only the cover of all values reaches beyond them, by up to their whole range; the tails are finer there.
    edges = float(values[first]), math.nextafter(float(values[end - 1]), math.inf)
    return np.array([edges[0], *sorted(border for border in borders if edges[0] < border < edges[1]), edges[1]])


def _dyadic_cover(lowest: float, highest: float) -> tuple[float, float, float]:
    """The smallest dyadic interval that holds two different numbers, as (low, middle, high).

    There is none around 0; then it is the two on either side, and 0 is their middle.
    """
    if lowest < 0 <= highest:
        exponent = math.frexp(max(-lowest, highest))[1]
        return -_power(exponent), 0.0, _power(exponent)
    # Numbers of one sign: their difference neither overflows nor is ever 0, also of those that halving would make 0.
    exponent = math.frexp(highest - lowest)[1] - 1
    while True:
        k = _interval_of(lowest, exponent)
        if k == _interval_of(highest, exponent):
            break
        exponent += 1
    return _scaled(k, exponent), _scaled(2 * k + 1, exponent - 1), _scaled(k + 1, exponent)


def _interval_of(value: float, exponent: int) -> int:
    k = math.floor(math.ldexp(value, -exponent))
    return k if k or value >= 0 else -1  # which rounds to 0 when it is tiny beside the interval


def _power(exponent: int) -> float:
    return math.ldexp(1.0, exponent) if exponent < 1024 else _LARGEST


def _scaled(k: int, exponent: int) -> float:
    try:
        return math.ldexp(k, exponent)
    except OverflowError:
        return math.copysign(_LARGEST, k)
