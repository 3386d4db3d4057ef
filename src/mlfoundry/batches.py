"""One request after judgement: what the inbox keeps and the merge takes.

Its predictions are kept as columns from the moment they are judged: that is a fifth of the memory of rows, and a merge
hands columns on to the engine as they are. :class:`~mlfoundry.events.PredictionRow` is made of them where one row is
looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Sequence
from itertools import compress
from typing import Any, Literal, TypeVar, cast

import msgspec

from mlfoundry.events import (
    ActualRow,
    DropReport,
    FeatureValue,
    IngestReply,
    Kind,
    PredictionRow,
    Rejection,
    Shap,
    Value,
)

Layout = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...] | tuple[tuple[str, str], ...]]
"""Which names a row holds, in its order: features, classes with a probability, SHAP (class and feature, or feature)."""
Column = Sequence[FeatureValue]
"""The values of one name; an ``array`` of type ``d`` (or ``q``) says that all are floats (or ints)."""
_FEW = 8  # fewer values are not worth an array
_FLOATS, _INTS = {float}, {int}
_T = TypeVar("_T")


class PredictionBlock(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Predictions of one request that hold the same names, in the order in which they came.

    Parameters
    ----------
    layout
        Their names.
    indices
        The place of each in its request.
    data_ids, values, occurred_at, flags
        As in :class:`~mlfoundry.events.PredictionRow`, one a row.
    features, probabilities, shap_values
        One column for each name of the layout.
    raw_data, actual_values
        One a row, or None where no row has any.

    Examples
    --------
    >>> row = PredictionRow(index=0, data_id="a", value="late", features={"hour": 7}, probabilities={}, shap_values={},
    ...                     occurred_at=0, raw_data="{}")
    >>> [block] = blocks_of([row])
    >>> block.layout, block.features, block.row(0) == row
    ((('hour',), (), ()), ((7,),), True)
    """

    layout: Layout
    indices: Sequence[int]
    data_ids: Sequence[str]
    values: Sequence[Value]
    occurred_at: Sequence[int]
    flags: Sequence[int]
    features: tuple[Column, ...]
    probabilities: tuple[Column, ...]
    shap_values: tuple[Column, ...]
    raw_data: Sequence[str] | None = None
    actual_values: Sequence[Value | None] | None = None

    def __len__(self) -> int:
        return len(self.data_ids)

    def row(self, place: int) -> PredictionRow:
        """The row at a place of the block."""
        features, classes, shap_names = self.layout
        return PredictionRow(
            index=self.indices[place],
            data_id=self.data_ids[place],
            value=self.values[place],
            features=_at(place, features, self.features),
            probabilities=cast("dict[str, float]", _at(place, classes, self.probabilities)),
            shap_values=_nested(_at(place, shap_names, self.shap_values)),
            occurred_at=self.occurred_at[place],
            raw_data="{}" if self.raw_data is None else self.raw_data[place],
            actual_value=None if self.actual_values is None else self.actual_values[place],
            flags=self.flags[place],
        )

    def take(self, places: Sequence[int]) -> PredictionBlock:
        """A block of some of the rows."""

        def some(column: Sequence[_T]) -> Sequence[_T]:
            found = [column[place] for place in places]
            code = array_type(column)
            return cast("Sequence[_T]", array(code, cast("Any", found))) if code else found

        return PredictionBlock(
            layout=self.layout,
            indices=some(self.indices),
            data_ids=some(self.data_ids),
            values=some(self.values),
            occurred_at=some(self.occurred_at),
            flags=some(self.flags),
            features=tuple(map(some, self.features)),
            probabilities=tuple(map(some, self.probabilities)),
            shap_values=tuple(map(some, self.shap_values)),
            raw_data=None if self.raw_data is None else some(self.raw_data),
            actual_values=None if self.actual_values is None else some(self.actual_values),
        )


class JudgedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One request after judgement.

    ``received_at`` is in microseconds since 1970 UTC. ``blocks`` is empty for a batch of actuals and ``actuals`` for
    one of predictions. ``dropped`` is what its sender says it lost before, of either kind.
    ``decoded_bytes`` is how much its body was without any compression.
    """

    batch_id: str
    kind: Kind
    model_version_fqn: str
    received_at: int
    blocks: tuple[PredictionBlock, ...] = ()
    actuals: tuple[ActualRow, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    dropped: tuple[DropReport, ...] = ()
    decoded_bytes: int = 0

    @property
    def predictions(self) -> tuple[PredictionRow, ...]:
        """The predictions as rows, in the order in which they came; made anew at each call."""
        rows = [block.row(place) for block in self.blocks for place in range(len(block))]
        return tuple(sorted(rows, key=lambda row: row.index))

    @property
    def rows(self) -> int:
        """How many rows the request held."""
        return self.accepted + len(self.rejected)

    @property
    def accepted(self) -> int:
        """How many of them were accepted."""
        return sum(map(len, self.blocks)) + len(self.actuals)

    def reply(self) -> IngestReply:
        """The answer that the sender gets."""
        return IngestReply(self.batch_id, self.accepted, self.rejected)

    def without(self, refused: Container[int]) -> JudgedBatch:
        """The batch without the accepted rows of these indices."""
        blocks = [
            block.take([place for place, index in enumerate(block.indices) if index not in refused])
            for block in self.blocks
        ]
        return msgspec.structs.replace(
            self,
            blocks=tuple(block for block in blocks if len(block)),
            actuals=tuple(row for row in self.actuals if row.index not in refused),
        )


class BlockBuilder:
    """Gathers rows that hold the same names.

    Parameters
    ----------
    layout
        Their names.
    """

    __slots__ = (
        "actual_values",
        "data_ids",
        "features",
        "flags",
        "indices",
        "layout",
        "occurred_at",
        "probabilities",
        "raw_data",
        "shap_values",
        "values",
    )

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.indices: list[int] = []
        self.data_ids: list[str] = []
        self.values: list[Value] = []
        self.occurred_at: list[int] = []
        self.flags: list[int] = []
        self.features: list[Sequence[FeatureValue]] = []
        self.probabilities: list[Sequence[float]] = []
        self.shap_values: list[Sequence[float | None]] = []
        self.raw_data: list[str] = []
        self.actual_values: list[Value | None] = []

    def add(  # noqa: PLR0917  called once a row; keywords would cost
        self,
        index: int,
        data_id: str,
        value: Value,
        features: Sequence[FeatureValue],
        probabilities: Sequence[float],
        shap_values: Sequence[float | None],
        occurred_at: int,
        raw_data: str,
        actual_value: Value | None,
        flags: int,
    ) -> None:
        """Add a row; its values stand in the order of the layout. A SHAP value that is None is left out."""
        self.indices.append(index)
        self.data_ids.append(data_id)
        self.values.append(value)
        self.features.append(features)
        self.probabilities.append(probabilities)
        self.shap_values.append(shap_values)
        self.occurred_at.append(occurred_at)
        self.raw_data.append(raw_data)
        self.actual_values.append(actual_value)
        self.flags.append(flags)

    def build(self) -> list[PredictionBlock]:
        """The rows as blocks: one, or one for each set of SHAP values that were left out."""
        shap_values = _numbers(self.shap_values)
        if any(array_type(column) is None and None in column for column in shap_values):
            return self._split()
        return [
            PredictionBlock(
                layout=self.layout,
                indices=array("q", self.indices),
                data_ids=self.data_ids,
                values=self.values,
                occurred_at=array("q", self.occurred_at),
                flags=array("B", self.flags),
                features=_columns(self.features),
                probabilities=_numbers(self.probabilities),
                shap_values=shap_values,
                raw_data=None if set(self.raw_data) == {"{}"} else self.raw_data,
                actual_values=None if set(self.actual_values) == {None} else self.actual_values,
            )
        ]

    def _split(self) -> list[PredictionBlock]:
        features, classes, shap_names = self.layout
        parts: dict[tuple[bool, ...], BlockBuilder] = {}
        for place, values in enumerate(self.shap_values):
            given = tuple(value is not None for value in values)
            part = parts.get(given)
            if part is None:
                kept = cast("Layout", (features, classes, tuple(compress(shap_names, given))))
                part = parts[given] = BlockBuilder(kept)
            part.add(
                self.indices[place],
                self.data_ids[place],
                self.values[place],
                self.features[place],
                self.probabilities[place],
                list(compress(values, given)),
                self.occurred_at[place],
                self.raw_data[place],
                self.actual_values[place],
                self.flags[place],
            )
        return [block for part in parts.values() for block in part.build()]


def blocks_of(rows: Iterable[PredictionRow]) -> tuple[PredictionBlock, ...]:
    """Rows as blocks."""
    builders: dict[Layout, BlockBuilder] = {}
    for row in rows:
        shap_names, shap_values = flat_shap(row.shap_values)
        layout = (tuple(row.features), tuple(row.probabilities), shap_names)
        builder = builders.get(layout)
        if builder is None:
            builder = builders[layout] = BlockBuilder(layout)
        builder.add(
            row.index,
            row.data_id,
            row.value,
            [*row.features.values()],
            [*row.probabilities.values()],
            shap_values,
            row.occurred_at,
            row.raw_data,
            row.actual_value,
            row.flags,
        )
    return tuple(block for builder in builders.values() for block in builder.build())


def flat_shap(shap: Shap) -> tuple[tuple[str, ...] | tuple[tuple[str, str], ...], list[float]]:
    """Names (class and feature where they are given per class) and values of SHAP values.

    Examples
    --------
    >>> flat_shap({"late": {"hour": 0.5}})
    ((('late', 'hour'),), [0.5])
    """
    if shap and isinstance(next(iter(shap.values())), dict):
        by_class = cast("dict[str, dict[str, float]]", shap)
        names = tuple((label, name) for label, values in by_class.items() for name in values)
        return names, [value for values in by_class.values() for value in values.values()]
    return tuple(shap), [*cast("dict[str, float]", shap).values()]


def _nested(values: dict[Any, FeatureValue]) -> Shap:
    """The reverse of :func:`flat_shap`."""
    if not isinstance(next(iter(values), ""), tuple):
        return cast("Shap", values)
    nested: dict[str, dict[str, float]] = {}
    for (label, name), value in values.items():
        nested.setdefault(label, {})[name] = cast("float", value)
    return nested


def _at(place: int, names: Sequence[Any], columns: tuple[Column, ...]) -> dict[Any, FeatureValue]:
    return {name: column[place] for name, column in zip(names, columns, strict=True)}


def _columns(rows: Sequence[Sequence[FeatureValue]]) -> tuple[Column, ...]:
    return tuple(map(_column, zip(*rows, strict=True)))


def _numbers(rows: Sequence[Sequence[float | None]]) -> tuple[Column, ...]:
    """As :func:`_columns`, of values that are floats or None."""
    if len(rows) < _FEW:
        return tuple(zip(*rows, strict=True))
    try:
        return tuple(array("d", cast("Any", values)) for values in zip(*rows, strict=True))
    except TypeError:  # a None
        return _columns(rows)


def _column(values: tuple[FeatureValue, ...]) -> Column:
    if len(values) < _FEW:
        return values
    types = set(map(type, values))
    if types == _FLOATS:
        return array("d", cast("Any", values))
    return array("q", cast("Any", values)) if types == _INTS else values


def array_type(column: Sequence[object]) -> Literal["d", "q", "B"] | None:
    """The type of a column that is an ``array``, else None."""
    return cast("Any", column).typecode if isinstance(column, array) else None
