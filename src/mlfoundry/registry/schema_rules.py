"""What may change in a schema: between versions no type, within a version only additions."""

from __future__ import annotations

from collections.abc import Iterable

from mlfoundry.errors import InvalidInput
from mlfoundry.schema import Feature, ModelSchema


def check_types_kept(new: ModelSchema, earlier: Iterable[tuple[int, ModelSchema]]) -> None:
    """Raise :class:`InvalidInput` when ``new`` gives a feature or the prediction another type than an earlier version.

    Parameters
    ----------
    new
        The schema of the version about to be made.
    earlier
        Number and schema of the model's other versions.
    """
    for version, schema in earlier:
        if new.prediction and schema.prediction and new.prediction != schema.prediction:
            raise InvalidInput(
                f"the prediction is {schema.prediction!r} in version {version} and cannot become {new.prediction!r}; "
                "register another model instead",
                path="$.model_schema.prediction",
            )
        known = {feature.name: feature for feature in schema.features}
        for feature in new.features:
            before = known.get(feature.name)
            if before is not None and before.type != feature.type:
                raise InvalidInput(
                    f"the feature {feature.name!r} is {before.type!r} in version {version} and cannot become "
                    f"{feature.type!r}; a type does not change between versions",
                    path=f"$.model_schema.features.{feature.name}",
                )


def check_only_additions(before: ModelSchema, after: ModelSchema) -> None:
    """Raise :class:`InvalidInput` when ``after`` takes away or changes anything that ``before`` said.

    Features, categories and classes may be added, and what was left open may be said.
    """
    added = {feature.name: feature for feature in after.features}
    for feature in before.features:
        if feature.name not in added:
            raise _changed(f"the feature {feature.name!r} cannot be taken away")
        _check_feature(feature, added[feature.name])
    if before.prediction and before.prediction != after.prediction:
        raise _changed(f"the prediction is {before.prediction!r} and stays so")
    if before.positive_class and before.positive_class != after.positive_class:
        raise _changed(f"the positive class is {before.positive_class!r} and stays so")
    if not set(before.classes or ()) <= set(after.classes or ()):
        raise _changed("classes can be added, not taken away")


def _check_feature(before: Feature, after: Feature) -> None:
    if before.monitored_as != after.monitored_as:
        raise _changed(f"the feature {before.name!r} is monitored as {before.monitored_as!r} and stays so")
    if not set(before.categories or ()) <= set(after.categories or ()):
        raise _changed(f"categories of {before.name!r} can be added, not taken away")
    for field in ("type", "unit", "minimum", "maximum"):
        said, now = getattr(before, field), getattr(after, field)
        if said is not None and said != now:
            raise _changed(f"the {field} of feature {before.name!r} is {said!r} and cannot become {now!r}")


def _changed(problem: str) -> InvalidInput:
    return InvalidInput(
        f"{problem}: within a version a schema only grows; register a new version instead", path="$.model_schema"
    )
