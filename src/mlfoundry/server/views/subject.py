"""What a model version is about: its task, its positive class, or what has to be said before that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mlfoundry.custom_metrics import BUILT_IN
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.performance import MetricValue, Task, positive_class, task
from mlfoundry.performance.custom import custom_value
from mlfoundry.performance.report import metrics as built_in_metrics
from mlfoundry.performance.report import metrics_for, report
from mlfoundry.schema import ColumnKind, CustomMetric, ModelSchema
from mlfoundry.store.base import VersionInfo
from mlfoundry.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Subject:
    """The task of a version; ``problem`` says what has to be given before all its metrics can be computed.

    ``custom`` are its own metrics, by name.
    """

    task: Task
    positive_class: str | None = None
    problem: str | None = None
    custom: Mapping[str, CustomMetric] = field(default_factory=dict[str, CustomMetric])

    @property
    def measured_as(self) -> Task:
        """The task whose metrics there are: two classes, neither known as the positive one, are just classes."""
        return self.task if self.problem is None else "multiclass"

    @property
    def projections(self) -> tuple[str, ...]:
        """Metrics of its own that need no actuals."""
        return tuple(name for name, metric in self.custom.items() if metric.type == "projection")

    @property
    def sums(self) -> tuple[str, ...]:
        """Metrics of its own that follow the number of rows."""
        return tuple(name for name, metric in self.custom.items() if metric.aggregate == "sum")

    def metrics(self, names: Sequence[str] | None = None) -> tuple[str, ...]:
        """The names of the metrics there are, those of its own last, or of those named.

        Raises
        ------
        NotFound
            A name is unknown.
        InvalidInput
            A metric makes no sense for the task, or needs the positive class that nobody named.
        """
        if names is None:
            built_in = [metric.name for metric in metrics_for(self.measured_as)]
            return (*(name for name in built_in if name not in self.custom), *self.custom)
        meant = tuple(name if name in self.custom else BUILT_IN.get(name, name) for name in names)
        self._check([name for name in meant if name not in self.custom])
        return meant

    def _check(self, names: Sequence[str]) -> None:
        known = built_in_metrics()
        for name in names:
            if name not in known:
                raise NotFound("metric", name, known=[*known, *self.custom])
        if self.problem is not None:
            computed = {metric.name for metric in metrics_for(self.measured_as)}
            if any(metric.name not in computed for metric in metrics_for(self.task, names)):
                raise InvalidInput(self.problem)
        metrics_for(self.measured_as, names)

    def report(self, summaries: Summaries, metrics: tuple[str, ...]) -> tuple[MetricValue, ...]:
        """Metrics of a window, in the order named."""
        built_in = [name for name in metrics if name not in self.custom]
        values = report(summaries, task=self.measured_as, positive_class=self.positive_class, metrics=built_in)
        found = {value.metric: value for value in values}
        return tuple(
            custom_value(self.custom[name], summaries) if name in self.custom else found[name] for name in metrics
        )

    def comparable(self, metrics: tuple[str, ...], *, has_actuals: bool) -> tuple[str, ...]:
        """Those of some metrics that a reference can be compared by: no sum, which follows the number of rows."""
        left_out = set(self.sums)
        if not has_actuals:
            left_out |= set(metrics) - set(self.projections)
        return tuple(name for name in metrics if name not in left_out)


def subject_of(schema: ModelSchema, info: VersionInfo, custom_metrics: Iterable[CustomMetric] = ()) -> Subject:
    """Tell the subject from the schema and from what was logged."""
    kinds: list[ColumnKind] = [column.kind for column in info.columns if column.role == "prediction"]
    custom = {metric.name: metric for metric in custom_metrics if metric.expression is not None}
    found = task(
        prediction=schema.prediction,
        column_kind=kinds[0] if kinds else None,
        classes=info.classes,
        has_probabilities=info.has_probabilities,
    )
    if found != "binary":
        return Subject(found, custom=custom)
    try:
        return Subject(found, positive_class(schema.positive_class, info.classes), custom=custom)
    except InvalidInput as error:
        return Subject(found, problem=str(error), custom=custom)
