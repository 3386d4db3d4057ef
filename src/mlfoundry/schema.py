"""What a model version's columns are: types, kinds, categories, the positive class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.labels import class_label

FeatureType = Literal["int", "float", "string", "boolean", "timestamp"]
ColumnKind = Literal["numeric", "categorical"]
PredictionKind = Literal["categorical", "numeric"]
MetricType = Literal["metric", "projection"]
Aggregate = Literal["mean", "sum"]
Better = Literal["higher", "lower", "none"]
MAX_FEATURES = 2_000
MAX_NAME_BYTES = 256
_KIND_OF: dict[str, ColumnKind] = {
    "int": "numeric",
    "float": "numeric",
    "string": "categorical",
    "boolean": "categorical",
    "timestamp": "numeric",
}


class Feature(msgspec.Struct, frozen=True, omit_defaults=True):
    """One feature of a model.

    Parameters
    ----------
    name
        1 to 256 bytes of UTF-8.
    type
        ``int``, ``float``, ``string``, ``boolean`` or ``timestamp``.
    kind
        How it is monitored: ``numeric`` or ``categorical``. By default the type says; an int weekday is
        ``kind="categorical"``.
    categories
        The categories that are allowed; others count as unseen.
    unit
        Shown beside the values, such as ``"km"``.
    minimum, maximum
        The range that is allowed, both ends included.
    """

    name: str
    type: FeatureType
    kind: ColumnKind | None = None
    categories: tuple[str, ...] | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def monitored_as(self) -> ColumnKind:
        """The kind, given or taken from the type."""
        return self.kind or _KIND_OF[self.type]


class CustomMetric(msgspec.Struct, frozen=True, omit_defaults=True):
    """A metric of one's own: an expression over each row, averaged or added up.

    Without an expression it names one that is built in: ``log_loss``, ``mean_square_error``, ``mean_absolute_error``.

    Parameters
    ----------
    name
        1 to 64 letters, digits, ``_`` and ``-``.
    value_type
        Always a number.
    type
        ``metric`` is about rows that have an actual, ``projection`` about every prediction. An expression that does
        not name ``actual`` makes it a projection.
    expression
        Over ``prediction``, ``actual``, features and ``score.<class>``, such as ``abs(prediction - actual) * amount``.
        A comparison counts as 1 or 0. See ``docs/filters.md`` for the language.
    aggregate
        ``mean`` or ``sum``, over the rows where the expression has a value.
    unit
        Shown beside the value, such as ``"EUR"``.
    better
        Which direction is better: ``higher``, ``lower`` or ``none``.

    Examples
    --------
    >>> CustomMetric("cost", expression="abs(prediction - actual) * amount", aggregate="sum", unit="EUR").type
    'metric'
    """

    name: str
    value_type: str = "float"
    type: MetricType = "metric"
    expression: str | None = None
    aggregate: Aggregate = "mean"
    unit: str | None = None
    better: Better = "none"


class ModelSchema(msgspec.Struct, frozen=True, omit_defaults=True):
    """The columns of a model version.

    Parameters
    ----------
    features
        The features, each with its type.
    prediction
        ``categorical`` for a classifier, ``numeric`` for a regressor.
    positive_class
        The class that precision, recall and ROC AUC are about; kept as its class label (``True`` is ``"true"``).
    classes
        The classes, in the order in which they are shown.

    Examples
    --------
    >>> ModelSchema(features=(Feature("age", "int"),), prediction="categorical", positive_class="late").positive_class
    'late'
    """

    features: tuple[Feature, ...] = ()
    prediction: PredictionKind | None = None
    positive_class: str | None = None
    classes: tuple[str, ...] | None = None

    def feature(self, name: str) -> Feature | None:
        """The feature of that name, or None."""
        return next((feature for feature in self.features if feature.name == name), None)


def read_schema(given: ModelSchema | Mapping[str, Any]) -> ModelSchema:
    """Check a schema, given as one or as a dict; raises :class:`InvalidInput` that names the place.

    A dict may say ``prediction_type`` for ``prediction`` and ``numerical`` for ``numeric``.

    Examples
    --------
    >>> read_schema({"features": [{"name": "age", "type": "int"}], "prediction_type": "numerical"}).prediction
    'numeric'
    """
    fields: dict[str, Any] = dict(msgspec.to_builtins(given) if isinstance(given, ModelSchema) else given)
    if "prediction_type" in fields:
        fields.setdefault("prediction", fields.pop("prediction_type"))
    prediction: Any = fields.get("prediction")
    if isinstance(prediction, Mapping):
        prediction = prediction.get("type")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    fields["prediction"] = "numeric" if prediction == "numerical" else prediction
    for key in ("positive_class",):
        if isinstance(fields.get(key), (bool, int, float)):
            fields[key] = class_label(fields[key])
    if fields.get("classes") is not None:
        fields["classes"] = [class_label(label) for label in fields["classes"]]
    try:
        schema = msgspec.convert({k: v for k, v in fields.items() if v is not None}, ModelSchema)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"model_schema: {error}") from error
    _check(schema)
    return schema


def _check(schema: ModelSchema) -> None:
    if len(schema.features) > MAX_FEATURES:
        raise LimitExceeded(f"{len(schema.features):,} features; at most {MAX_FEATURES:,}", limit="max_features")
    seen: set[str] = set()
    for index, feature in enumerate(schema.features):
        size = len(feature.name.encode("utf-8", "surrogatepass"))
        if not 1 <= size <= MAX_NAME_BYTES:
            raise InvalidInput("a feature name has 1 to 256 bytes", path=f"$.features[{index}].name")
        if feature.name in seen:
            raise InvalidInput(f"the feature {feature.name!r} stands twice", path=f"$.features[{index}].name")
        seen.add(feature.name)
    if schema.positive_class is not None and schema.classes and schema.positive_class not in schema.classes:
        raise InvalidInput(f"positive_class {schema.positive_class!r} is not one of classes {list(schema.classes)}")
