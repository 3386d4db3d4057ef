"""What the expressions of a version's custom metrics are to its columns, for every engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mlfoundry.custom_metrics import parsed
from mlfoundry.errors import InvalidExpression
from mlfoundry.expression import Expression, Type, bind, columns_of
from mlfoundry.schema import CustomMetric
from mlfoundry.store.base import OutcomePart
from mlfoundry.store.catalog import Catalog
from mlfoundry.store.cells import Series
from mlfoundry.summaries import CustomSums

_PARTS: tuple[OutcomePart, ...] = ("custom", "projection")


@dataclass(frozen=True, slots=True)
class Formula:
    """The expression of one custom metric, over columns that exist.

    Parameters
    ----------
    series
        What its cells are about; says with ``projection`` that they belong to predictions, else to outcomes.
    bound
        What is computed of each row.
    columns
        The keys of the columns that it names.
    variant
        Its text and what its columns are: under another its cells are made anew.
    ident
        Its name in an engine: generated, never the user's.
    """

    series: Series
    bound: Expression
    columns: tuple[str, ...]
    variant: str
    ident: str

    @property
    def is_projection(self) -> bool:
        """Whether it is about predictions alone."""
        return self.series.what == "projection"


def formulas_of(
    catalog: Catalog, held: Collection[str] | None = None, *, wanted: Collection[OutcomePart] = _PARTS
) -> tuple[Formula, ...]:
    """The formulas of a version's custom metrics, of those whose columns there are.

    Parameters
    ----------
    catalog
        The version's columns and custom metrics.
    held
        Only of these columns, by key, such as a reference has them.
    wanted
        Whether metrics, projections or both are wanted.
    """
    if not catalog.custom_metrics:
        return ()
    types: dict[str, Type] = {info.key: info.expression_type for info in catalog.infos()}
    found = (_formula(place, metric, types) for place, metric in enumerate(catalog.custom_metrics))
    return tuple(
        one
        for one in found
        if one is not None and one.series.what in wanted and (held is None or set(one.columns) <= set(held))
    )


def _formula(place: int, metric: CustomMetric, types: Mapping[str, Type]) -> Formula | None:
    """A metric over the columns there are; None where they do not suit it."""
    if metric.expression is None:
        return None
    named = columns_of(parsed(metric.expression))
    bound = _bound(metric.expression, tuple((key, types[key]) for key in named if key in types))
    if bound is None:
        return None
    series = Series("projection" if metric.type == "projection" else "custom", metric.name)
    variant = ", ".join((metric.expression, *(f"{key} {types[key]}" for key in named)))
    if CustomSums.cells_version > 1:
        variant = f"{variant}.{CustomSums.cells_version}"
    return Formula(series, bound, named, variant, f"m_{place}")


@lru_cache(maxsize=1_000)
def _bound(text: str, types: tuple[tuple[str, Type], ...]) -> Expression | None:
    """An expression over columns, or None while they do not suit it."""
    try:
        return bind(parsed(text), dict(types), wanted="number")
    except InvalidExpression:
        return None
