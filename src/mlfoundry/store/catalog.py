"""Which columns a model version has: learned from its schema and from what its rows show.

A column's type is the schema's, else what the first merge that shows a value shows. Nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, TypeGuard

from mlfoundry.batches import Layout
from mlfoundry.columns import Role, column_key
from mlfoundry.errors import NotFound
from mlfoundry.events import ActualRow, FeatureValue, PredictionRow, Shap, Value
from mlfoundry.labels import class_label
from mlfoundry.schema import MAX_FEATURES, ColumnKind, CustomMetric, FeatureType, ModelSchema
from mlfoundry.store.base import ColumnInfo

StoredRole = Literal["feature", "score", "shap", "prediction", "actual"]
MAX_SCORES = 1_000
MAX_SHAP = 4_000
MAX_CLASSES = 1_000
_MOST: dict[StoredRole, int] = {"feature": MAX_FEATURES, "score": MAX_SCORES, "shap": MAX_SHAP}
_TYPE_OF: dict[type, FeatureType] = {int: "int", float: "float", str: "string", bool: "boolean"}
ACCEPTED: dict[FeatureType, frozenset[type]] = {
    "int": frozenset({int}),
    "float": frozenset({float, int}),
    "string": frozenset({str}),
    "timestamp": frozenset({str}),
    "boolean": frozenset({bool}),
}
EXACT_IN_FLOAT = 2**53
_PREFIX: dict[StoredRole, str] = {"feature": "f", "score": "p", "shap": "s", "prediction": "v", "actual": "a"}
_ByName = dict[tuple[str, str], "Column"]


@dataclass(frozen=True, slots=True)
class Column:
    """One stored column; ``group`` is the class of a SHAP value given per class."""

    no: int
    role: StoredRole
    name: str
    group: str
    type: FeatureType

    @property
    def ident(self) -> str:
        """Its name in an engine: generated, never the user's."""
        return f"{_PREFIX[self.role]}_{self.no}"


def is_by_class(shap: Shap) -> TypeGuard[dict[str, dict[str, float]]]:
    """Whether SHAP values are given per class."""
    return bool(shap) and isinstance(next(iter(shap.values())), dict)


def shap_names(layout: Layout) -> list[tuple[str, str]]:
    """Feature and class (empty where flat) of each SHAP value of a layout."""
    return [(name, "") if isinstance(name, str) else (name[1], name[0]) for name in layout[2]]


def fits(column_type: FeatureType, value: FeatureValue) -> bool:
    """Whether a value can stand in a column of a type; None always can."""
    return value is None or type(value) in ACCEPTED[column_type]


def infer_type(values: Iterable[FeatureValue]) -> FeatureType | None:
    """The type that values show: float where ints and floats mix, else the first value's; None without a value.

    Examples
    --------
    >>> infer_type([None, 1, 2.5]), infer_type([True, 1]), infer_type([None])
    ('float', 'boolean', None)
    """
    given = [value for value in values if value is not None]
    if not given:
        return None
    if set(map(type, given)) == {int, float}:
        return "float"
    return _TYPE_OF[type(given[0])]


@dataclass(slots=True)
class Catalog:
    """The columns and classes of one version. :meth:`copy` it before a change that may be undone."""

    schema: ModelSchema | None = None
    columns: dict[StoredRole, _ByName] = field(default_factory=lambda: {role: {} for role in _PREFIX})
    classes: dict[str, None] = field(default_factory=dict[str, None])
    custom_metrics: tuple[CustomMetric, ...] = ()

    def copy(self) -> Catalog:
        """A catalog that can be changed without changing this one."""
        columns: dict[StoredRole, _ByName] = {role: dict(by_name) for role, by_name in self.columns.items()}
        return Catalog(self.schema, columns, dict(self.classes), self.custom_metrics)

    def is_news(self, schema: ModelSchema | None, custom_metrics: Sequence[CustomMetric] | None) -> bool:
        """Whether :meth:`declare` would change anything."""
        changed = custom_metrics is not None and tuple(custom_metrics) != self.custom_metrics
        return changed or (schema is not None and schema != self.schema)

    def declare(self, schema: ModelSchema | None, custom_metrics: Sequence[CustomMetric] | None = None) -> list[Column]:
        """Take over a schema and the custom metrics, where given; the columns that are new.

        A column that exists keeps its type.
        """
        if custom_metrics is not None:
            self.custom_metrics = tuple(custom_metrics)
        if schema is None:
            return []
        self.schema = schema
        new = [self.add("feature", feature.name, "", feature.type) for feature in schema.features]
        return [column for column in new if column is not None]

    def learn(
        self,
        layouts: Sequence[Layout],
        values_of: Callable[[str], Iterable[FeatureValue]],
        *,
        predicted: Sequence[Value],
        actuals: Sequence[Value],
    ) -> list[Column]:
        """Look at what one merge stores; the columns that are new.

        Parameters
        ----------
        layouts
            The distinct layouts of its rows.
        values_of
            Gives the values of a feature, in the order of the rows.
        predicted, actuals
            The predicted and the actual values.
        """
        new = self._learn_features(layouts, values_of)
        for _, scores, _ in layouts:
            new += [self.add("score", name, "", "float") for name in scores]
        for layout in layouts:
            new += [self.add("shap", name, group, "float") for name, group in shap_names(layout)]
        new.append(self._learn_answer("prediction", predicted))
        new.append(self._learn_answer("actual", actuals))
        self._learn_classes(predicted, actuals)
        return [column for column in new if column is not None]

    def _learn_features(
        self, layouts: Sequence[Layout], values_of: Callable[[str], Iterable[FeatureValue]]
    ) -> list[Column | None]:
        names = dict.fromkeys(name for features, _, _ in layouts for name in features)
        unknown = [name for name in names if (name, "") not in self.columns["feature"]]
        added: list[Column | None] = []
        for name in unknown:
            found = infer_type(values_of(name))
            if found is not None:
                added.append(self.add("feature", name, "", found))
        return added

    def _learn_answer(self, role: StoredRole, values: Sequence[Value]) -> Column | None:
        found = None if self.columns[role] else infer_type(values)
        return None if found is None else self.add(role, "", "", found)

    def _learn_classes(self, predicted: Sequence[Value], actuals: Sequence[Value]) -> None:
        if self.prediction_kind != "categorical":
            return
        distinct = dict.fromkeys(
            chain(zip(map(type, predicted), predicted, strict=True), zip(map(type, actuals), actuals, strict=True))
        )
        labels = dict.fromkeys(class_label(value) for _, value in distinct)
        labels.update(dict.fromkeys(column.name for column in self.of("score")))
        for label in labels:
            if len(self.classes) < MAX_CLASSES:
                self.classes.setdefault(label)

    def add(self, role: StoredRole, name: str, group: str, column_type: FeatureType) -> Column | None:
        """Add a column; None when it exists or there are too many of its role."""
        by_name = self.columns[role]
        if (name, group) in by_name or len(by_name) >= _MOST.get(role, 1):
            return None
        no = sum(map(len, self.columns.values())) + 1
        by_name[name, group] = column = Column(no, role, name, group, column_type)
        return column

    def learn_reference(self, predictions: Sequence[Value], actuals: Sequence[Value]) -> list[Column]:
        """Look at the predictions and actuals of a reference, given once each; the columns that are new."""
        new = [self._learn_answer("prediction", predictions), self._learn_answer("actual", actuals)]
        self._learn_classes(predictions, actuals)
        return [column for column in new if column is not None]

    def put(self, column: Column) -> None:
        """Put back a column that was kept."""
        self.columns[column.role][column.name, column.group] = column

    def of(self, role: StoredRole) -> list[Column]:
        """The columns of a role, in the order in which they came."""
        return list(self.columns[role].values())

    def column(self, role: StoredRole, name: str = "", group: str = "") -> Column | None:
        """One column, or None."""
        return self.columns[role].get((name, group))

    @property
    def prediction_kind(self) -> ColumnKind | None:
        """Whether this is a classifier (categorical) or a regressor; None while nothing says."""
        if self.schema is not None and self.schema.prediction is not None:
            return self.schema.prediction
        if self.of("score"):
            return "categorical"
        first = self.column("prediction") or self.column("actual")
        return None if first is None else _kind_of_type(first.type)

    def ordered_classes(self) -> tuple[str, ...]:
        """The schema's classes, then the others in the order in which they came."""
        given = self.schema.classes if self.schema is not None and self.schema.classes else ()
        return tuple(dict.fromkeys((*given, *self.classes)))

    def infos(self) -> tuple[ColumnInfo, ...]:
        """The monitored columns: features, prediction, scores, actual."""
        infos = [self._feature_info(column) for column in self.of("feature")]
        kind = self.prediction_kind
        if kind is not None:
            infos.append(self._answer_info("prediction", kind))
        infos += [
            ColumnInfo(column_key("score", column.name), "score", column.name, "numeric", "float")
            for column in self.of("score")
        ]
        if kind is not None:
            infos.append(self._answer_info("actual", kind))
        return tuple(infos)

    def _feature_info(self, column: Column) -> ColumnInfo:
        feature = self.schema.feature(column.name) if self.schema is not None else None
        kind = _kind_of_type(column.type) if feature is None else feature.monitored_as
        if column.type == "string":
            kind = "categorical"  # text has no order, whatever a schema says
        return ColumnInfo(column_key("feature", column.name), "feature", column.name, kind, column.type)

    def _answer_info(self, role: Literal["prediction", "actual"], kind: ColumnKind) -> ColumnInfo:
        column = self.column(role)
        default: FeatureType = "string" if kind == "categorical" else "float"
        named: Role = role
        return ColumnInfo(column_key(role), named, "", kind, column.type if column else default)


def stored_column(catalog: Catalog, info: ColumnInfo) -> Column:
    """The stored column of a feature or a score."""
    column = catalog.column("score" if info.role == "score" else "feature", info.name)
    if column is None:
        raise NotFound("column", info.key)
    return column


def _kind_of_type(column_type: FeatureType) -> ColumnKind:
    return "categorical" if column_type in ("string", "boolean") else "numeric"


def actual_values(predictions: Iterable[PredictionRow], actuals: Iterable[ActualRow]) -> list[Value]:
    """The actuals in one merge, those that came along with predictions included."""
    along = [row.actual_value for row in predictions if row.actual_value is not None]
    return along + [row.value for row in actuals]
