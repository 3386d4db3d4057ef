"""Rows without a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Sizes, Subject
from mlfoundry.quality.shares import Counted, Counter, ShareCheck


@dataclass(frozen=True, slots=True)
class MissingShare(ShareCheck):
    """The share of rows without a value: null, absent, NaN or infinite. Values of a wrong type are counted apart.

    5 and 10 points more than in the reference matter, as for the drift statistic ``missing_share_shift``, which minds
    fewer missing values too.
    """

    name: ClassVar[str] = "missing_share"
    title: ClassVar[str] = "Missing values"
    description: ClassVar[str] = "The share of rows without a value."
    sizes: ClassVar[Sizes] = Sizes(0.05, 0.10)
    windows_differ: ClassVar[bool] = True
    phrase: ClassVar[str] = "have no value"

    def counter(self, subject: Subject) -> Counter:
        before = 0 if subject.reference is None else subject.reference.missing
        return lambda current: Counted(current.rows, current.missing, bad_reference=before)
