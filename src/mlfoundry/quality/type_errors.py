"""Values of a wrong type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mlfoundry.quality.base import Subject
from mlfoundry.quality.shares import Counted, Counter, RuleCheck


@dataclass(frozen=True, slots=True)
class TypeErrors(RuleCheck):
    """The share of rows whose value is not of the column's type: the schema's, else that of its first rows.

    Such a value is kept with its row, but is in no statistic of the column.
    """

    name: ClassVar[str] = "type_errors"
    title: ClassVar[str] = "Values of a wrong type"
    description: ClassVar[str] = "The share of rows whose value is not of the column's type."
    phrase: ClassVar[str] = "have a value of another type"

    def counter(self, subject: Subject) -> Counter:
        return lambda current: Counted(current.rows, current.type_errors)
