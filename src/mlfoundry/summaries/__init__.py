"""Mergeable values that say what a window of events holds; statistics are pure functions of them.

Each has an empty value, adds with ``+`` in any order, and is made of rows by ``grouped``: vectorised, one summary a
group (``groups`` holds a number from 0 to ``n_groups - 1`` for each row).
"""

from mlfoundry.summaries.attribution import Attribution
from mlfoundry.summaries.categories import CategorySummary
from mlfoundry.summaries.combined import ColumnSummary, Summaries
from mlfoundry.summaries.confusion import Confusion
from mlfoundry.summaries.custom import CustomSums
from mlfoundry.summaries.delays import Delays
from mlfoundry.summaries.dictionary import Dictionary
from mlfoundry.summaries.grid import Grid
from mlfoundry.summaries.moments import Frame, Moments
from mlfoundry.summaries.numeric import NumericSummary
from mlfoundry.summaries.ranks import Ranks
from mlfoundry.summaries.residuals import Residuals
from mlfoundry.summaries.scores import ScoreTable

__all__ = [
    "Attribution",
    "CategorySummary",
    "ColumnSummary",
    "Confusion",
    "CustomSums",
    "Delays",
    "Dictionary",
    "Frame",
    "Grid",
    "Moments",
    "NumericSummary",
    "Ranks",
    "Residuals",
    "ScoreTable",
    "Summaries",
]
