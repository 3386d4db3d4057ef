"""Whether windows have the actuals that they will have: from how long those of the whole version take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mlfoundry.columns import column_key
from mlfoundry.performance.delay_curve import Cohort, DelayCurve, delay_curve
from mlfoundry.performance.maturity import Maturity, maturities, maturity
from mlfoundry.performance.selection import Selection, selection
from mlfoundry.server.answers import MaturitySeries
from mlfoundry.server.views.question import Question
from mlfoundry.server.views.subject import Subject
from mlfoundry.store.base import SummaryRequest
from mlfoundry.summaries import Summaries
from mlfoundry.windows import DAY, HOUR, Window

_BY_HOUR = timedelta(days=7)
_IN_ALL = timedelta(days=365)


def banded_columns(question: Question, subject: Subject) -> tuple[str, ...]:
    """The columns that tell which predictions have actuals: the prediction, and the positive class's score."""
    score = column_key("score", subject.positive_class or "")
    return ("prediction", *(column.key for column in question.info.columns if column.key == score))


def judge_total(question: Question, subject: Subject, total: Summaries, steps: Sequence[Summaries]) -> Maturity:
    """Judge the whole window, whose steps tell how old its predictions are."""
    parts = steps if sum(step.n for step in steps) == total.n else (total,)
    return maturity(_cohorts_of(question, parts), curve_of(question), selection=_selection(subject, total))


def judge_steps(question: Question, subject: Subject, steps: Sequence[Summaries]) -> tuple[Maturity, ...]:
    """Judge each step by itself."""
    chosen = [_selection(subject, step) for step in steps]
    return maturities(_cohorts_of(question, steps), curve_of(question), chosen)


def maturity_series(judged: Sequence[Maturity]) -> MaturitySeries:
    """The same by field instead of by step."""
    return MaturitySeries(
        status=[one.status for one in judged],
        cause=[one.cause for one in judged],
        expected_coverage=[one.expected_coverage for one in judged],
        mature_at=[one.mature_at for one in judged],
    )


def _selection(subject: Subject, summaries: Summaries) -> Selection | None:
    return selection(summaries, positive_class=subject.positive_class)


def _cohorts_of(question: Question, parts: Sequence[Summaries]) -> list[Cohort]:
    """Predictions by when they were made, which was not in the part of a window that is still to come."""
    now = _now(question)
    given = [(part.window, part) for part in parts if part.window is not None]
    return [
        Cohort(Window(window.start, now) if window.start < now < window.end else window, part.n, part.n_with_actual)
        for window, part in given
    ]


def _now(question: Question) -> datetime:
    return question.slice.as_of or question.parts.clock()


def curve_of(question: Question) -> DelayCurve:
    """How long actuals of the version take, by all its predictions of a year; of a slice they are taken to be alike."""
    now, position = _now(question), question.parts.store.position()
    # Until the next merge the curve changes only where an actual lies in the future.
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = ("delays", question.fqn, position, question.slice.as_of, hour)
    return question.parts.cache.get(key, lambda: _curve(question, now))


def _curve(question: Question, now: datetime) -> DelayCurve:
    cohorts = [part for window, step in _cohorts(question, now) for part in _delays(question, window, step)]
    return delay_curve(cohorts, now)


def _cohorts(question: Question, now: datetime) -> list[tuple[Window, timedelta]]:
    """The times to look at: the last days hour by hour, what was before day by day, as far as there are predictions."""
    first, last = question.info.first_at, question.info.last_at
    if first is None or last is None or first > now:
        return []
    end = Window(first, min(last, now) + HOUR).snapped().end
    recent = max(Window(end - _BY_HOUR, end).snapped(DAY).start, Window(first, end).snapped(DAY).start)
    start = max(Window(end - _IN_ALL, end).snapped(DAY).start, Window(first, end).snapped(DAY).start)
    cohorts = [(Window(recent, end), HOUR)]
    return [(Window(start, recent), DAY), *cohorts] if start < recent else cohorts


def _delays(question: Question, window: Window, step: timedelta) -> tuple[Summaries, ...]:
    request = SummaryRequest(
        question.fqn, window, step, columns=(), outcomes=frozenset({"delays"}), as_of=question.slice.as_of
    )
    return question.parts.store.summarize(request)
