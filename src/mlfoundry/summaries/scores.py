"""The score of one class against what turned out, fine near 0 and near 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from mlfoundry.summaries.arrays import ArrayEquality, Bools, Floats, Ints, add_counts, no_ints
from mlfoundry.summaries.cells import (
    Cells,
    GroupCells,
    add_cells,
    by_group,
    count_cells,
    group_sizes,
    join_cells,
    sum_cells,
    tally_cells,
)
from mlfoundry.summaries.exact import ratio, scaled

_BINS = 128
_ONE = 1 << 20
_EPSILON = float(np.finfo(np.float64).eps)
UNIT_EXPONENT = -80
"""Losses are summed in units of 2^-80."""


def score_bins(scores: Floats) -> Ints:
    """The bin of each score, ascending with it: 128 an octave of min(p, 1 - p), 0 and 1 by themselves.

    Examples
    --------
    >>> score_bins(np.array([0.0, 0.25, 0.5, 0.75, 1.0])).tolist()
    [-1048576, -128, 0, 128, 1048576]
    """
    mantissa, exponent = np.frexp(np.minimum(scores, 1.0 - scores))
    depth = -exponent.astype(np.int64) * _BINS - ((mantissa * 2 - 1) * _BINS).astype(np.int64)
    depth = np.where(scores <= 0.0, _ONE, np.where(scores >= 1.0, _ONE, depth))
    return np.where(scores <= 0.5, -depth, depth)


def score_bounds(ids: Ints) -> tuple[Floats, Floats]:
    """The lowest and the highest score that each bin can hold; half a bin's width is at most 0.001.

    Examples
    --------
    >>> lower, upper = score_bounds(np.array([-1048576, -128, 0]))
    >>> lower.tolist(), upper.round(4).tolist()
    ([0.0, 0.25, 0.5], [0.0, 0.252, 0.5])
    """
    octave, place = np.divmod(-np.abs(ids), _BINS)
    exponent = np.maximum(octave - 1, -1100).astype(np.int32)
    near, far = np.ldexp(1.0 + place / _BINS, exponent), np.ldexp(1.0 + (place + 1) / _BINS, exponent)
    # Floats above 0.5 are multiples of 2^-53; a bin holds those whose distance from 1 is in [near, far).
    high = [1.0 - np.ldexp(np.ceil(np.ldexp(end, 53)) - less, -53) for end, less in ((far, 1.0), (near, 0.0))]
    lower = np.where(ids < 0, near, high[0])
    upper = np.where(ids < 0, np.maximum(np.nextafter(far, 0.0), near), high[1])
    for own, score in ((0, 0.5), (-_ONE, 0.0), (_ONE, 1.0)):
        lower, upper = np.where(ids == own, score, lower), np.where(ids == own, score, upper)
    return lower, upper


@dataclass(frozen=True, slots=True)
class LossSums:
    """Exact sums over rows of one outcome, in units of 2^-80; ``*_squares`` sum the squared loss."""

    log_loss: int = 0
    log_loss_squares: int = 0
    brier: int = 0
    brier_squares: int = 0

    def __add__(self, other: LossSums) -> LossSums:
        return LossSums(
            self.log_loss + other.log_loss,
            self.log_loss_squares + other.log_loss_squares,
            self.brier + other.brier,
            self.brier_squares + other.brier_squares,
        )


@dataclass(frozen=True, eq=False)
class ScoreTable(ArrayEquality):
    """Scores of one class among the rows that have an actual.

    Parameters
    ----------
    ids, positive, negative
        The bins that hold anything, ascending (see :func:`score_bins`), and how many rows of the class and of other
        classes each holds.
    of_positive, of_negative
        Exact sums of -log p and (1 - p)² over rows of the class, of -log(1 - p) and p² over the others. p is kept
        2.2e-16 away from 0 and 1 in logarithms.
    score_sum
        The sum of all scores, in units of 2^-80.
    invalid
        Rows whose score was no probability; they are in nothing else.

    Examples
    --------
    >>> scores, late = np.array([0.9, 0.2, 0.6]), np.array([True, False, False])
    >>> [table] = ScoreTable.grouped(scores, late, np.zeros(3, np.int64), 1)
    >>> table.n, table.n_positive, round(table.brier, 4)
    (3, 1, 0.1367)
    """

    cells_version: ClassVar[int] = 1
    """Raised when cells come to hold more, so that a store makes those that it keeps anew."""
    ids: Ints = field(default_factory=no_ints)
    positive: Ints = field(default_factory=no_ints)
    negative: Ints = field(default_factory=no_ints)
    of_positive: LossSums = LossSums()
    of_negative: LossSums = LossSums()
    score_sum: int = 0
    invalid: int = 0

    @classmethod
    def empty(cls) -> ScoreTable:
        """No rows."""
        return cls()

    @classmethod
    def grouped(cls, scores: Floats, is_class: Bools, groups: Ints, n_groups: int) -> list[ScoreTable]:
        """Tables by group; NaN is a row without a score and left out."""
        cells = add_cells(cls.cells(scores, is_class, groups, n_groups))
        return [cls.of(group) for group in by_group(cells, n_groups)]

    @staticmethod
    def cells(scores: Floats, is_class: Bools, groups: Ints, n_groups: int) -> Cells:
        """The same as cells."""
        valid = (scores >= 0.0) & (scores <= 1.0)
        invalid = groups[~valid & ~np.isnan(scores)]
        scores, is_class, groups = scores[valid], is_class[valid].astype(np.bool_), groups[valid]
        misses = scores[~is_class]
        return join_cells(
            (
                # The outcome is the lowest digit of the bin, so that one count gives both.
                count_cells(score_bins(scores) * 2 + is_class, groups, n_groups),
                *_loss_cells(0, scores[is_class], 1.0 - scores[is_class], groups[is_class], n_groups),
                *_loss_cells(4, 1.0 - misses, misses, groups[~is_class], n_groups),
                sum_cells(8, scaled(scores, -UNIT_EXPONENT), groups, n_groups),
                tally_cells(9, group_sizes(invalid, n_groups)),
            )
        )

    @classmethod
    def of(cls, group: GroupCells) -> ScoreTable:
        """The table of one group of cells."""
        of_positive = LossSums(*(group.sum(field) for field in range(4)))
        of_negative = LossSums(*(group.sum(field) for field in range(4, 8)))
        return cls(*_split(group.ids, group.counts), of_positive, of_negative, group.sum(8), group.sum(9))

    def __add__(self, other: ScoreTable) -> ScoreTable:
        ids, positive = add_counts([(self.ids, self.positive), (other.ids, other.positive)])
        _, negative = add_counts([(self.ids, self.negative), (other.ids, other.negative)])
        return ScoreTable(
            ids,
            positive,
            negative,
            self.of_positive + other.of_positive,
            self.of_negative + other.of_negative,
            self.score_sum + other.score_sum,
            self.invalid + other.invalid,
        )

    def bounds(self) -> tuple[Floats, Floats]:
        """The lowest and the highest score that each bin can hold."""
        return score_bounds(self.ids)

    @cached_property
    def n_positive(self) -> int:
        """Rows of the class."""
        return int(self.positive.sum())

    @cached_property
    def n_negative(self) -> int:
        """Rows of other classes."""
        return int(self.negative.sum())

    @property
    def n(self) -> int:
        """All rows."""
        return self.n_positive + self.n_negative

    @property
    def brier(self) -> float | None:
        """The mean squared distance of the score from the outcome; None without rows."""
        return ratio(self.of_positive.brier + self.of_negative.brier, self.n, UNIT_EXPONENT) if self.n else None

    @property
    def mean_score(self) -> float | None:
        """The mean score; None without rows."""
        return ratio(self.score_sum, self.n, UNIT_EXPONENT) if self.n else None


def _loss_cells(field: int, hits: Floats, misses: Floats, groups: Ints, n_groups: int) -> list[Cells]:
    """Sums of losses; ``hits`` is the probability of what turned out, ``misses`` the rest of it."""
    log_loss = -np.log(np.minimum(np.maximum(hits, _EPSILON), 1.0 - _EPSILON))
    brier = np.square(misses)
    return [
        sum_cells(field + place, scaled(loss, -UNIT_EXPONENT), groups, n_groups)
        for place, loss in enumerate((log_loss, log_loss * log_loss, brier, brier * brier))
    ]


def _split(ids: Ints, counts: Ints) -> tuple[Ints, Ints, Ints]:
    """The bins of ascending ids whose lowest digit is the outcome, and the rows of either outcome."""
    bins, is_class = ids >> 1, (ids & 1).astype(np.bool_)
    first = np.ones(len(bins), np.bool_)
    first[1:] = bins[1:] != bins[:-1]
    places = np.cumsum(first) - 1
    distinct = bins[first]
    positive, negative = np.zeros((2, len(distinct)), np.int64)
    positive[places[is_class]] = counts[is_class]
    negative[places[~is_class]] = counts[~is_class]
    return distinct, positive, negative
