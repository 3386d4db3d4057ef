"""What a model version is about: its task, its positive class, or what has to be said before that is known."""

from __future__ import annotations

from dataclasses import dataclass

from mlfoundry.errors import InvalidInput
from mlfoundry.performance import MetricValue, Task, positive_class, task
from mlfoundry.performance.report import report
from mlfoundry.schema import ColumnKind, ModelSchema
from mlfoundry.store.base import VersionInfo
from mlfoundry.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Subject:
    """The task of a version; ``problem`` says what has to be given before metrics can be computed."""

    task: Task
    positive_class: str | None = None
    problem: str | None = None

    def report(self, summaries: Summaries, metrics: tuple[str, ...] | None = None) -> tuple[MetricValue, ...]:
        """Metrics of a window; none while there is a problem."""
        if self.problem is not None:
            return ()
        return report(summaries, task=self.task, positive_class=self.positive_class, metrics=metrics)


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
