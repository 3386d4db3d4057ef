"""Answers about what turned out of a classifier's predictions: curves of scores, and each class by itself."""

from __future__ import annotations

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.performance.maturity import Maturity
from mlfoundry.performance.per_class import per_class
from mlfoundry.performance.points import CurvePoints, curve_points
from mlfoundry.server.answers import ClassesAnswer, CurvesAnswer
from mlfoundry.server.views.comparison import Comparison, compare, slice_answer
from mlfoundry.server.views.maturity import banded_columns, judge_total
from mlfoundry.server.views.performance import MEASURED
from mlfoundry.server.views.question import TABLE_STEPS, Question
from mlfoundry.server.views.subject import Subject, subject_of
from mlfoundry.summaries import Summaries

_MOST_CLASSES = 200
_PREDICTION = ("prediction",)


def curves_answer(question: Question, *, label: str | None, reference: str | None) -> CurvesAnswer:
    """Curves of one class's scores: of the window, and of the reference where it has actuals.

    Raises
    ------
    InvalidInput
        The model is no classifier, or logged no probabilities.
    NotFound
        The class has no scores.
    """
    subject, total = _classified(question)
    labels = [label for label in question.info.classes if label in total.scores]
    if not labels:
        raise InvalidInput("curves are made of probabilities, and no row that has an actual carries any")
    if label is not None and label not in labels:
        raise NotFound("class with scores", label, known=labels)
    chosen = label or subject.positive_class or max(labels, key=lambda one: total.scores[one].n_positive)
    known = _with_actuals(question, reference)
    expected = known.total(_PREDICTION, outcomes=MEASURED) if known else None
    return CurvesAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        label=chosen,
        labels=labels,
        current=_curves(total, chosen),
        maturity=_maturity(question, subject, total),
        reference=known.answer() if known else None,
        reference_curves=_curves(expected, chosen) if expected else None,
    )


def classes_answer(question: Question, *, reference: str | None) -> ClassesAnswer:
    """Each class by itself; raises :class:`InvalidInput` where the model is no classifier."""
    subject, total = _classified(question)
    found = per_class(total)
    known = _with_actuals(question, reference)
    before = {one.label: one for one in per_class(known.total(_PREDICTION, outcomes=MEASURED))} if known else {}
    listed = found[:_MOST_CLASSES]
    return ClassesAnswer(
        window=question.window_answer,
        slice=slice_answer(question, known),
        n=total.confusion.n if total.confusion else 0,
        n_classes=len(found),
        classes=list(listed),
        maturity=_maturity(question, subject, total),
        reference=known.answer() if known else None,
        reference_classes=[before[one.label] for one in listed if one.label in before],
    )


def _classified(question: Question) -> tuple[Subject, Summaries]:
    """The window of a classifier."""
    subject = subject_of(question.schema, question.info)
    if subject.task == "regression":
        raise InvalidInput("a regression model has neither classes nor scores; see its residuals")
    return subject, question.total(columns=banded_columns(question, subject), outcomes=MEASURED)


def _curves(summaries: Summaries, label: str) -> CurvePoints | None:
    table = summaries.scores.get(label)
    return curve_points(table) if table is not None and table.n else None


def _with_actuals(question: Question, name: str | None) -> Comparison | None:
    known = compare(question, name)
    return known if known and known.has_actuals else None


def _maturity(question: Question, subject: Subject, total: Summaries) -> Maturity:
    steps = question.series(question.step(None, most=TABLE_STEPS), columns=())
    return judge_total(question, subject, total, steps)
