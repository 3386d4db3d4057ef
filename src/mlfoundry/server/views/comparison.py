"""What a question compares with: an uploaded reference, a window of the past, or another version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlfoundry.drift import ReadHistory, Reference
from mlfoundry.drift.history import Columns
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.server.answers import ReferenceAnswer, ReferenceKind, SliceAnswer, WindowAnswer
from mlfoundry.server.views.content import content_of
from mlfoundry.server.views.question import Question, describe
from mlfoundry.store.base import OutcomePart, ReferenceInfo, SummaryRequest, VersionInfo
from mlfoundry.summaries import Summaries
from mlfoundry.times import as_utc
from mlfoundry.windows import HOUR, MAX_STEPS, Window, parse_duration

_FORMS = "the name of an uploaded one, 'trailing:7d', '2026-01-01/2026-02-01', or the FQN of a model version"
_TRAILING, _FIXED, _VERSION = "trailing:", "/", "model:"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reference as one question has it.

    ``name`` is how it is asked for, ``info`` the version whose rows they are, ``segment`` which of them,
    ``uploaded`` what is known of an uploaded one.
    """

    question: Question
    name: str
    kind: ReferenceKind
    info: VersionInfo
    segment: Window | str
    uploaded: ReferenceInfo | None
    is_default: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of the columns that it may have."""
        return self.uploaded.columns if self.uploaded else tuple(column.key for column in self.info.columns)

    @property
    def has_actuals(self) -> bool:
        """Whether any of its rows has an actual."""
        return self.uploaded.has_actuals if self.uploaded else self._counted().n_with_actual > 0

    def total(self, columns: Sequence[str] | None = None, *, outcomes: Iterable[OutcomePart] = ()) -> Summaries:
        """Its summary: of the same slice where it has the columns."""
        return self._summary(self._request(columns, outcomes))

    def ready(self, keys: Sequence[str] | None = None) -> Reference:
        """It, or some columns of it, made ready for drift.

        Made once for as long as its rows are the same, whatever is merged meanwhile.
        """
        request, columns = self._request(keys), self.total(keys).columns
        return self.question.parts.references.get(
            (self.name, request, content_of(columns)),
            lambda: Reference(columns, name=self.name, history=self._history()),
        )

    def answer(self) -> ReferenceAnswer:
        """What it is, for the answer."""
        if self.uploaded is not None:
            return uploaded_answer(self.uploaded, self.info.fqn, is_default=self.is_default)
        counted = self._counted()
        window = counted.window
        return ReferenceAnswer(
            name=self.name,
            kind=self.kind,
            fqn=self.info.fqn,
            window=None if window is None else WindowAnswer(start=window.start, end=window.end),
            n=counted.n,
            created_at=None,
            is_default=self.is_default,
            has_actuals=counted.n_with_actual > 0,
            has_times=True,
            has_shap=self.info.has_shap,
        )

    def _counted(self) -> Summaries:
        """How many rows there are before any filter."""
        return self._summary(replace(self._request(()), where=None))

    def _request(self, columns: Sequence[str] | None, outcomes: Iterable[OutcomePart] = ()) -> SummaryRequest:
        asked = self.question.slice
        return SummaryRequest(
            self.info.fqn,
            self.segment,
            columns=None if columns is None else tuple(columns),
            outcomes=frozenset(outcomes),
            exact=asked.exact and self.uploaded is None,
            where=asked.condition_for(self),
            as_of=asked.as_of if self.uploaded is None else None,
        )

    def _summary(self, request: SummaryRequest) -> Summaries:
        # An uploaded one stands still until it is replaced, which empties the cache.
        position = 0 if self.uploaded else self.question.parts.store.position()
        return self.question.summaries(request, position=position)[0]

    # Over time

    def _history(self) -> ReadHistory | None:
        """Its rows by time; None where it is not known when they happened, or there are none."""
        if self.uploaded is not None and not self.uploaded.has_times:
            return None
        hours = [start for start, _ in self._pieces(HOUR, (), None)]
        return ReadHistory(hours, self._pieces) if hours else None

    def _pieces(
        self, step: timedelta, keys: Sequence[str] | None, since: datetime | None
    ) -> list[tuple[datetime, Columns]]:
        request = replace(self._request(keys), step=step, exact=False, since=since)
        summarize = self.question.parts.store.summarize
        found = [one for part in self._parts(step, since) for one in summarize(replace(request, segment=part))]
        return [(one.window.start, one.columns) for one in found if one.window is not None and one.n]

    def _parts(self, step: timedelta, since: datetime | None) -> Iterator[Window | str]:
        """What is read at a time: an uploaded reference whole, events in no more steps than one answer may have.

        Of events that begin or end within an hour the whole hours count.
        """
        if isinstance(self.segment, str):
            yield self.segment
            return
        first, last = self.info.first_at, self.info.last_at
        if first is None or last is None:
            return
        inside = self.segment.snapped()
        start = inside.start if inside.start == self.segment.start else inside.start + HOUR
        end = inside.end if inside.end == self.segment.end else inside.end - HOUR
        start, end = max(start, first, since or start), min(end, last + HOUR)
        while start < end:
            # Snapped outward a part may have two steps more.
            part_end = min(end, Window(start, start + (MAX_STEPS - 2) * step).snapped(step).end)
            yield Window(start, part_end)
            start = part_end


def compare(question: Question, text: str | None) -> Comparison | None:
    """The reference that a text names, by default the version's; None where it has none.

    An uploaded reference of that name goes before what the text could mean otherwise. A trailing window ends where the
    question's begins; another version is compared over the question's own window.

    Raises
    ------
    NotFound
        There is no such reference or version.
    InvalidInput
        The text is none of the forms.
    """
    default = default_name(question)
    if text:
        return _read(question, text, is_default=text == default)
    if default is None:
        return None
    try:
        return _read(question, default, is_default=True)
    except NotFound:  # the version that was to be compared with was deleted
        return None


def default_name(question: Question) -> str | None:
    """What the version is compared with where a question names nothing: what was set, else the first upload."""
    uploaded = next((one.name for one in question.info.references if one.is_default), None)
    return question.version.default_reference or uploaded


def slice_answer(question: Question, reference: Comparison | None = None) -> SliceAnswer | None:
    """Which rows an answer is about; with the reference that it compares with."""
    return question.slice.answer(reference, None if reference is None else lambda: reference.total(()).n)


def reference_answers(question: Question) -> list[ReferenceAnswer]:
    """The uploaded references of a version."""
    default = default_name(question)
    return [uploaded_answer(one, question.fqn, is_default=one.name == default) for one in question.info.references]


def uploaded_answer(reference: ReferenceInfo, fqn: str, *, is_default: bool) -> ReferenceAnswer:
    """An uploaded reference."""
    return ReferenceAnswer(
        name=reference.name,
        kind="uploaded",
        fqn=fqn,
        window=None,
        n=reference.n,
        created_at=reference.created_at,
        is_default=is_default,
        has_actuals=reference.has_actuals,
        has_times=reference.has_times,
        has_shap=bool(reference.attributions),
    )


def is_taken_for_another(name: str) -> bool:
    """Whether a name would read as another kind of reference than an uploaded one.

    Examples
    --------
    >>> is_taken_for_another("trailing:7d"), is_taken_for_another("2026-01/02"), is_taken_for_another("training")
    (True, True, False)
    """
    return name.startswith((_TRAILING, _VERSION)) or _FIXED in name


def _read(question: Question, text: str, *, is_default: bool) -> Comparison:
    info = question.info
    for one in info.references:
        if one.name == text:
            return Comparison(question, text, "uploaded", info, text, one, is_default)
    if text.startswith(_TRAILING):
        end = question.covered.start
        window = Window(end - parse_duration(text.removeprefix(_TRAILING)), end)
        return Comparison(question, text, "trailing", info, window, None, is_default)
    if text.startswith(_VERSION):
        return _other_version(question, text, is_default=is_default)
    if _FIXED in text:
        return Comparison(question, text, "fixed", info, _fixed(question, text), None, is_default)
    known = [one.name for one in info.references]
    raise NotFound("reference", text, known=known, right=f"give {_FORMS}")


def _fixed(question: Question, text: str) -> Window:
    start, _, end = text.partition(_FIXED)
    try:
        window = Window.within_reach(as_utc(start), as_utc(end))
    except InvalidInput as error:
        raise InvalidInput(f"{text!r} is no reference: {error}; give {_FORMS}", path="reference") from error
    return window if question.slice.exact else window.snapped()


def _other_version(question: Question, text: str, *, is_default: bool) -> Comparison:
    version = question.parts.registry.models.version(ModelVersionFqn.parse(text))
    if version.fqn == question.version.fqn:
        raise InvalidInput(
            f"{text!r} is the version itself; compare it with an earlier window, such as 'trailing:7d'",
            path="reference",
        )
    info = describe(question.parts, str(version.fqn))
    return Comparison(question, str(version.fqn), "version", info, question.covered, None, is_default)
