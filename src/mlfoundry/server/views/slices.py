"""Which rows an answer is about: a filter, an exact window, what was known at an earlier time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mlfoundry.errors import InvalidInput
from mlfoundry.expression import Expression, Type, bind, columns_of, parse, renamed
from mlfoundry.server.answers import SliceAnswer
from mlfoundry.times import as_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSlice:
    """A slice as a request asks for it."""

    where: str | None = None
    exact: bool = False
    as_of: str | None = None

    @property
    def known_at(self) -> datetime | None:
        """The time of ``as_of``; raises :class:`InvalidInput` for what is none."""
        if not self.as_of:
            return None
        try:
            return as_utc(self.as_of)
        except InvalidInput as error:
            raise InvalidInput(str(error), path="as_of") from error


class Sliceable(Protocol):
    """A reference, as far as a filter asks."""

    @property
    def name(self) -> str:
        """How it is asked for."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of its columns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A slice that suits a version's columns; ``condition`` is what ``where`` says."""

    where: str | None = None
    condition: Expression | None = None
    exact: bool = False
    as_of: datetime | None = None

    def missing_in(self, reference: Sliceable) -> tuple[str, ...]:
        """The columns of the condition that a reference does not have, so that it cannot be sliced."""
        if self.condition is None:
            return ()
        return tuple(key for key in columns_of(self.condition) if key not in reference.columns)

    def condition_for(self, reference: Sliceable) -> Expression | None:
        """What rows of a reference must satisfy: all stay where it lacks a column."""
        return None if self.missing_in(reference) else self.condition

    def answer(self, reference: Sliceable | None, count: Callable[[], int] | None) -> SliceAnswer | None:
        """The slice for the answer; None where everything was asked for. ``count`` says how many of its rows stay."""
        if self == EVERYTHING:
            return None
        sliced, note = None, None
        if self.condition is not None and reference is not None:
            missing = self.missing_in(reference)
            sliced = not missing
            if missing:
                lacking = ", ".join(map(repr, missing))
                note = f"compared with the whole of the reference {reference.name!r}, which has no column {lacking}"
        return SliceAnswer(
            where=self.where,
            exact=self.exact,
            as_of=self.as_of,
            reference_sliced=sliced,
            reference_n=count() if sliced and count is not None else None,
            note=note,
        )


EVERYTHING: Final = Slice()


def read_slice(asked: AskedSlice, columns: Mapping[str, Type], *, positive_class: str | None) -> Slice:
    """Check a slice against a version's columns; a bare ``score`` is the positive class's.

    Raises
    ------
    InvalidExpression
        The filter cannot be read or does not suit the columns.
    InvalidInput
        ``as_of`` is no time.
    """
    where = (asked.where or "").strip()
    if not where:
        return Slice(exact=asked.exact, as_of=asked.known_at)
    condition = parse(where)
    if positive_class is not None and "score" not in columns:
        condition = renamed(condition, "score", f"score.{positive_class}")
    bind(condition, columns)
    return Slice(where=where, condition=condition, exact=asked.exact, as_of=asked.known_at)
