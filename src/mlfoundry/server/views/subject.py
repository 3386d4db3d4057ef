"""What a model version is about: its task, its positive class, or what has to be said before that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlfoundry.errors import InvalidInput
from mlfoundry.performance import MetricValue, Task, positive_class, task
from mlfoundry.performance.report import metrics_for, report
from mlfoundry.schema import ColumnKind, ModelSchema
from mlfoundry.store.base import VersionInfo
from mlfoundry.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Subject:
    """The task of a version; ``problem`` says what has to be given before all its metrics can be computed."""

    task: Task
    positive_class: str | None = None
    problem: str | None = None

    @property
    def measured_as(self) -> Task:
        """The task whose metrics there are: two classes, neither known as the positive one, are just classes."""
        return self.task if self.problem is None else "multiclass"

    def metrics(self, names: Sequence[str] | None = None) -> tuple[str, ...]:
        """The names of the metrics there are, or those named.

        Raises
        ------
        NotFound
            A name is unknown.
        InvalidInput
            A metric makes no sense for the task, or needs the positive class that nobody named.
        """
        if self.problem is not None and names is not None:
            known = {metric.name for metric in metrics_for(self.measured_as)}
            if any(metric.name not in known for metric in metrics_for(self.task, names)):
                raise InvalidInput(self.problem)
        return tuple(metric.name for metric in metrics_for(self.measured_as, names))

    def report(self, summaries: Summaries, metrics: tuple[str, ...] | None = None) -> tuple[MetricValue, ...]:
        """Metrics of a window."""
        return report(summaries, task=self.measured_as, positive_class=self.positive_class, metrics=metrics)


def subject_of(schema: ModelSchema, info: VersionInfo) -> Subject:
    """Tell the subject from the schema and from what was logged."""
    kinds: list[ColumnKind] = [column.kind for column in info.columns if column.role == "prediction"]
    found = task(
        prediction=schema.prediction,
        column_kind=kinds[0] if kinds else None,
        classes=info.classes,
        has_probabilities=info.has_probabilities,
    )
    if found != "binary":
        return Subject(found)
    try:
        return Subject(found, positive_class(schema.positive_class, info.classes))
    except InvalidInput as error:
        return Subject(found, problem=str(error))
