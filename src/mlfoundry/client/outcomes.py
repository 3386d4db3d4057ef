"""What the client asks about a classifier's outcomes: curves of its scores, and each class by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from mlfoundry.client.answers import Row, Span
from mlfoundry.client.monitoring import MonitoringCalls, TimeLike, title_of
from mlfoundry.client.results import Maturity, Reference, ResultTable, Slice


class CurvesResult(ResultTable):
    """One row a threshold, the highest first, of the scores of the class ``label``.

    ROC is ``recall`` over ``false_positive_rate``, gain ``recall`` over ``positive_rate``; the first row predicts
    nothing and has no threshold. ``calibration`` has one row a bin of scores; ``reference_curves`` is all this
    of what ``reference`` is.
    """

    def __init__(
        self,
        title: str,
        points: Points,
        *,
        label: str,
        maturity: Maturity | None = None,
        reference: Reference | None = None,
        reference_curves: CurvesResult | None = None,
        slice: Slice | None = None,
    ) -> None:
        columns = tuple(points.thresholds)
        super().__init__(title, columns, list(zip(*points.thresholds.values(), strict=True)))
        bins = {name: points.calibration[name] for name in _BINS}
        self.calibration = ResultTable(f"Calibration, {title}", _BINS, list(zip(*bins.values(), strict=True)))
        self.n = points.n
        self.n_positive = points.n_positive
        self.label = label
        self.maturity = maturity
        self.reference = reference
        self.reference_curves = reference_curves
        self.slice = slice


class ClassResult(ResultTable):
    """One row a class, the most frequent first; ``reference_...`` is the same of ``reference``, ``n`` all rows."""

    def __init__(
        self,
        title: str,
        rows: list[Row],
        *,
        n: int,
        maturity: Maturity | None = None,
        reference: Reference | None = None,
        slice: Slice | None = None,
    ) -> None:
        super().__init__(title, _CLASS_COLUMNS, rows)
        self.n = n
        self.maturity = maturity
        self.reference = reference
        self.slice = slice


class OutcomeCalls(MonitoringCalls):
    """What the client asks about outcomes."""

    def get_curves(
        self,
        fqn: str,
        *,
        label: str | None = None,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        reference: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> CurvesResult | None:
        """ROC, precision and recall, gain and calibration of one class's scores, at up to 200 thresholds.

        Parameters
        ----------
        fqn
            The version of a classifier that logs probabilities.
        label
            The class; by default the positive one, of many classes the most frequent.
        start, end
            By default the last 7 days, or those before ``as_of``.
        reference
            The name of a reference; by default the version's default reference.
        where, exact, as_of
            As in :meth:`get_performance`.

        Returns
        -------
        CurvesResult or None
            None where no row has a score and an actual.

        Raises
        ------
        InvalidInput
            The model is no classifier, or logs no probabilities.
        NotFound
            The class has no scores; the message names those that have.
        """
        asked = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of)
        found = self._transport.call("GET", "/curves", Curves, params=asked | {"label": label, "reference": reference})
        if found.current is None:
            return None
        title, expected = f"Curves of {found.label!r}", found.reference_curves
        return CurvesResult(
            title_of(title, fqn, found.slice),
            found.current,
            label=found.label,
            maturity=found.maturity,
            reference=found.reference,
            reference_curves=None
            if expected is None
            else CurvesResult(f"{title} of {found.reference}", expected, label=found.label),
            slice=found.slice,
        )

    def get_class_performance(
        self,
        fqn: str,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        reference: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> ClassResult:
        """Precision, recall, F1 and AUC of each class of a classifier, with 95 % intervals, beside the reference's.

        Parameters
        ----------
        fqn
            The version of a classifier.
        start, end, reference, where, exact, as_of
            As in :meth:`get_curves`.

        Raises
        ------
        InvalidInput
            The model is no classifier.
        """
        asked = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of) | {"reference": reference}
        found = self._transport.call("GET", "/classes", Classes, params=asked)
        before = {one.label: one for one in found.reference_classes}
        return ClassResult(
            title_of("Classes", fqn, found.slice),
            [_class_row(one, before.get(one.label)) for one in found.classes],
            n=found.n,
            maturity=found.maturity,
            reference=found.reference,
            slice=found.slice,
        )


class Points(msgspec.Struct, frozen=True):
    """Curves of one table of scores, column by column."""

    n: int
    n_positive: int
    thresholds: dict[str, list[Any]]
    calibration: dict[str, Any]


class Curves(msgspec.Struct, frozen=True):
    """Answer of ``/curves``."""

    window: Span
    label: str
    current: Points | None
    maturity: Maturity | None = None
    reference: Reference | None = None
    reference_curves: Points | None = None
    slice: Slice | None = None


class Ends(msgspec.Struct, frozen=True):
    """An interval."""

    lower: float
    upper: float


class ClassFigures(msgspec.Struct, frozen=True):
    """One class."""

    label: str
    actual: int
    predicted: int
    precision: float | None = None
    precision_interval: Ends | None = None
    recall: float | None = None
    recall_interval: Ends | None = None
    f1: float | None = None
    roc_auc: float | None = None
    roc_auc_interval: Ends | None = None


class Classes(msgspec.Struct, frozen=True):
    """Answer of ``/classes``."""

    window: Span
    n: int
    classes: list[ClassFigures]
    maturity: Maturity | None = None
    reference: Reference | None = None
    reference_classes: list[ClassFigures] = []
    slice: Slice | None = None


_BINS = ("score", "n", "observed", "lower", "upper")
_WITH_INTERVAL = ("precision", "recall", "roc_auc")
_FIGURES = (*_WITH_INTERVAL, "f1")
_CLASS_COLUMNS = (
    "label",
    "actual",
    "predicted",
    *(f"{name}{end}" for name in _WITH_INTERVAL for end in ("", "_lower", "_upper")),
    "f1",
    *(f"reference_{name}" for name in _FIGURES),
)


def _class_row(one: ClassFigures, before: ClassFigures | None) -> Row:
    cells: list[Any] = [one.label, one.actual, one.predicted]
    for name in _WITH_INTERVAL:
        interval: Ends | None = getattr(one, f"{name}_interval")
        cells += [getattr(one, name), interval and interval.lower, interval and interval.upper]
    return (*cells, one.f1, *(None if before is None else getattr(before, name) for name in _FIGURES))
