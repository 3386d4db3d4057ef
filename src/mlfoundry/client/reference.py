"""A reference set on its way to the server: any Arrow-speaking table, the columns named, as an Arrow IPC stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mlfoundry.client.results import import_arrow
from mlfoundry.client.values import plain_label
from mlfoundry.errors import InvalidInput


class ReferenceColumns(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which columns of the table are what.

    ``probabilities`` maps a class to its column, ``shap_values`` a feature to its column, or a class to such a mapping.
    """

    features: tuple[str, ...]
    prediction: str | None = None
    probabilities: dict[str, str] = {}
    actual: str | None = None
    occurred_at: str | None = None
    shap_values: dict[str, str | dict[str, str]] = {}

    def all(self) -> list[str]:
        """Every column named, once each."""
        single = (self.prediction, *self.probabilities.values(), self.actual, self.occurred_at)
        others = [*(name for name in single if name is not None), *_shap_columns(self.shap_values)]
        return list(dict.fromkeys([*self.features, *others]))


def read_table(table: Any) -> Any:
    """An Arrow table of what offers the Arrow stream interface (pandas, polars, pyarrow, DuckDB) or a dict of lists."""
    pa = import_arrow("log_reference()")
    if isinstance(table, Mapping):
        return pa.table(table)
    if not hasattr(table, "__arrow_c_stream__"):
        raise InvalidInput(
            f"a {type(table).__name__} does not offer the Arrow stream interface; give a pandas (2.2 or later), polars "
            "or pyarrow table, or a dict of columns"
        )
    return pa.table(table)


def choose_columns(
    names: Sequence[str],
    *,
    features: Sequence[str] | None,
    prediction: str | None,
    probabilities: Mapping[Any, str] | None,
    actual: str | None,
    occurred_at: str | None,
    shap_values: Mapping[Any, str | Mapping[str, str]] | None = None,
) -> ReferenceColumns:
    """Check the names against the table's; features are, unless given, all columns that are nothing else."""
    scores = {plain_label(label, "$.probabilities"): column for label, column in (probabilities or {}).items()}
    shap: dict[str, str | dict[str, str]] = {
        name if isinstance(given, str) else plain_label(name, "$.shap_values"): given
        if isinstance(given, str)
        else dict(given)
        for name, given in (shap_values or {}).items()
    }
    others = {prediction, actual, occurred_at, *scores.values(), *_shap_columns(shap)}
    chosen = tuple(features) if features is not None else tuple(name for name in names if name not in others)
    columns = ReferenceColumns(chosen, prediction, scores, actual, occurred_at, shap)
    missing = [name for name in columns.all() if name not in names]
    if missing:
        raise InvalidInput(f"the table has no column {missing[0]!r}; it has {', '.join(map(repr, names))}")
    return columns


def _shap_columns(shap_values: Mapping[str, str | dict[str, str]]) -> list[str]:
    return [
        column for given in shap_values.values() for column in ([given] if isinstance(given, str) else given.values())
    ]


def ipc_stream(table: Any, columns: ReferenceColumns) -> bytes:
    """The named columns as an Arrow IPC stream."""
    pa = import_arrow("log_reference()")
    chosen = table.select(columns.all()).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, chosen.schema) as writer:
        writer.write_table(chosen)
    return sink.getvalue().to_pybytes()
