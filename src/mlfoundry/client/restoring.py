"""Exports read back: rows, actuals with their times, SHAP values and raw data, sent in the order in which they were."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from mlfoundry.client.batching import Batcher
from mlfoundry.client.bodies import MAX_BATCH_ROWS
from mlfoundry.client.bulk import Batch, BulkSender, RowsBatch, cut
from mlfoundry.client.columns import TableBatch
from mlfoundry.client.counts import Counts
from mlfoundry.client.dataset import open_export, write_parquet
from mlfoundry.client.encoding import RowEncoder
from mlfoundry.client.monitoring import MonitoringCalls, TimeLike
from mlfoundry.client.options import Options
from mlfoundry.client.progress import Progress
from mlfoundry.client.registry import RegistryCalls
from mlfoundry.client.results import import_arrow
from mlfoundry.client.snapshot import ActualSnapshot, PredictionSnapshot, Snapshot
from mlfoundry.client.transport import Transport
from mlfoundry.errors import Deleted, InvalidInput, NotFound
from mlfoundry.events import Kind
from mlfoundry.exports import ExportedRow, ExportInfo, Key, Names, read_rows
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.times import as_utc, to_text

_CALL = "import_dataset()"
_MOST_RUNS = 4
"""Into so many stretches of rows with the same names a slice is cut; one of more travels as JSON."""
_MERGE_S = 300.0
_POLL_S = 0.05
_NAMES = msgspec.json.Decoder(Names)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; printed, it says it in one line.

    Parameters
    ----------
    model_version_fqn
        Where the rows went.
    counts
        Rows that were sent, predictions and actuals.
    booked
        How the server's ledger has changed meanwhile, such as ``{"prediction.stored": 12, "actual.matched": 9}``.
    """

    model_version_fqn: str
    counts: Counts
    booked: dict[str, int]

    def __str__(self) -> str:
        said = [f"{n:,} {state.replace('.', 's ')}" for state, n in sorted(self.booked.items(), reverse=True) if n]
        return f"{self.counts.sent:,} rows sent to {self.model_version_fqn}: {', '.join(said) or 'none'}"


class DatasetCalls(RegistryCalls, MonitoringCalls):
    """Rows out to files and back."""

    _transport: Transport
    _options: Options
    _batcher: Batcher

    def export_dataset(
        self,
        fqn: str,
        path: str | os.PathLike[str],
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        progress: bool | None = None,
    ) -> int:
        """Write the rows of a version to a Parquet file that :meth:`import_dataset` reads; how many they are.

        The file appears when it is whole. Neither the server nor this program holds more than a small part of it.

        Parameters
        ----------
        fqn
            The model version.
        path
            The file; replaced if there is one.
        start, end
            ``start <= occurred_at < end``; by default all rows.
        progress
            Show a bar on stderr; by default where that is a terminal.

        Raises
        ------
        NotFound
            There is no such version.
        Unavailable
            The server broke off; nothing is left of the file.
        MissingExtra
            pyarrow is not installed.
        """
        version = str(ModelVersionFqn.parse(fqn))
        self._catch_up(version)
        times = {"start": start, "end": end}
        params = {name: to_text(as_utc(time)) for name, time in times.items() if time is not None}
        with open_export(self._transport, version, params) as export:
            return write_parquet(export, Path(path), Progress(export.n, shown=progress))

    def import_dataset(
        self,
        source: Any,
        *,
        model_version_fqn: str | None = None,
        create: bool = False,
        progress: bool | None = None,
    ) -> Imported:
        """Log every row of an export again, with its actual, and wait until the server has merged them.

        Ids make it repeatable: rows that are there already are duplicates, so after an error call it again. Superseded
        actuals, conflicts and rejected rows are in no export; ``received_at`` becomes the time of the import.

        Parameters
        ----------
        source
            The path of a Parquet file that ``to_parquet()`` or ``mlfoundry export`` wrote, or a table or reader of it.
        model_version_fqn
            Where the rows go; by default the version that they came from.
        create
            Register the version, with the types that its columns had, where there is none.
        progress
            Show a bar on stderr; by default where that is a terminal.

        Raises
        ------
        InvalidInput
            This is no whole export of one version.
        NotFound
            There is no such version.
        Unavailable
            The server took nothing for 5 minutes.
        MissingExtra
            pyarrow is not installed.
        """
        if self._options.redaction:
            raise InvalidInput("this client changes what it sends; import with one that does not")
        with _opened(source) as (schema, total, batches):
            info = ExportInfo.decode(schema.metadata)
            fqn = self._target(info, model_version_fqn, create=create)
            before = self.get_ledger(fqn).totals
            sender = BulkSender(self._transport, self._options, fqn, Progress(total, shown=progress), workers=1)
            try:
                sender.send_batches((list(_batches_of(part, info)), part.num_rows) for part in batches)
            finally:
                self._batcher.book(sender.counts)
        deadline = time.monotonic() + _MERGE_S
        while self._inbox_rows(fqn) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        after = self.get_ledger(fqn).totals
        return Imported(fqn, sender.counts, {state: n - before.get(state, 0) for state, n in after.items()})

    def _target(self, info: ExportInfo, given: str | None, *, create: bool) -> str:
        wanted = ModelVersionFqn.parse(given or info.model_version_fqn)
        try:
            return self.get_model_version_by_fqn(str(wanted)).fqn
        except Deleted:
            raise
        except NotFound:
            if not create:
                raise
        model = wanted.model
        self.create_ml_repo(model.ml_repo)
        try:
            number = self.list_model_versions(model.ml_repo, model.name)[0].version + 1
        except NotFound:
            number = 1
        if number == wanted.version:
            made = self.create_model_version(ml_repo=model.ml_repo, name=model.name, model_schema=info.model_schema)
            if made.fqn == str(wanted):
                return made.fqn
            number = made.version
        raise InvalidInput(
            f"{wanted} cannot be made: the next version of {model} is {number}; say which version the rows go to"
        )


@contextmanager
def _opened(source: Any) -> Generator[tuple[Any, int | None, Iterator[Any]]]:
    """Schema, number of rows where it is known, and the rows in parts small enough to be sent."""
    pa = import_arrow(_CALL)
    if isinstance(source, (str, os.PathLike)):
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]

        parquet: Any = pq
        try:
            file = parquet.ParquetFile(Path(source))  # pyright: ignore[reportUnknownArgumentType]
        except (OSError, pa.ArrowInvalid) as error:
            raise InvalidInput(f"{source} cannot be read: {error}") from error
        with file:
            yield file.schema_arrow, file.metadata.num_rows, file.iter_batches(MAX_BATCH_ROWS)
        return
    if not hasattr(source, "__arrow_c_stream__"):
        raise InvalidInput(f"a {type(source).__name__} is no path of a file and offers no Arrow stream")
    reader = pa.RecordBatchReader.from_stream(source)
    total = len(source) if isinstance(source, pa.Table) else None
    yield reader.schema, total, _parts(reader)


def _parts(reader: Iterable[Any]) -> Iterator[Any]:
    for batch in reader:
        for start in range(0, batch.num_rows, MAX_BATCH_ROWS):
            yield batch.slice(start, MAX_BATCH_ROWS)


def _batches_of(part: Any, info: ExportInfo) -> Iterator[Batch]:
    """A part as batches to be sent: columns where rows in a stretch share names and all fits, else row by row."""
    runs = list(_runs(part))
    if len(runs) > _MOST_RUNS:
        runs = [(False, 0, part.num_rows)]
    for plain, start, n in runs:
        piece = part.slice(start, n)
        for batch in _as_columns(piece, info) if plain else _as_rows(piece, info):
            yield from cut(batch)


def _runs(part: Any) -> Iterator[tuple[bool, int, int]]:
    """Stretches of rows: whether all have the same names and fit their columns, the first one, how many."""
    names: list[int] = part.column("names").dictionary_encode().indices.to_pylist()
    odd, raw = (part.column(name).is_valid().to_pylist() for name in ("exceptions", "raw_data"))
    kinds = [-1 if is_odd or has_raw else no for no, is_odd, has_raw in zip(names, odd, raw, strict=True)]
    start = 0
    for kind, run in groupby(kinds):
        n = sum(1 for _ in run)
        yield kind >= 0, start, n
        start += n


def _as_rows(piece: Any, info: ExportInfo) -> Iterator[RowsBatch]:
    rows = list(read_rows(piece, info))
    actuals = [row for row in rows if row.actual is not None]
    yield _encoded("prediction", map(_prediction, rows))
    yield _encoded("actual", (ActualSnapshot(row.data_id, row.actual_occurred_at, row.actual) for row in actuals))


def _encoded(kind: Kind, snapshots: Iterable[Snapshot]) -> RowsBatch:
    encoder = RowEncoder()
    return RowsBatch(kind, [encoder.encode(snapshot) for snapshot in snapshots])


def _prediction(row: ExportedRow) -> PredictionSnapshot:
    raw = None if row.raw_data is None else msgspec.Raw(row.raw_data.encode())
    return PredictionSnapshot(
        row.data_id, row.occurred_at, row.value, row.features, row.probabilities, row.shap_values, raw, None, 0, False
    )


def _as_columns(piece: Any, info: ExportInfo) -> Iterator[TableBatch]:
    names, places = _NAMES.decode(piece.column("names")[0].as_py()), info.places()
    table = _Travelling(piece, places, names.features)
    columns: dict[str, Any] = {
        "data_id": table.add("data_id"),
        "value": table.add("prediction"),
        "occurred_at": table.add("occurred_at"),
        "features": names.features,
        "probabilities": {name: table.add(places["probability", name, ""]) for name in names.probabilities},
        "shap_values": _shap_columns(table, places, names.shap_values),
    }
    yield TableBatch("prediction", table.records(), columns)
    known = piece.filter(piece.column("actual").is_valid())
    table = _Travelling(known, {}, ())
    actual = {name: table.add(of) for name, of in _ACTUAL.items()}
    yield TableBatch("actual", table.records(), actual)


_ACTUAL = {"data_id": "data_id", "value": "actual", "occurred_at": "actual_occurred_at"}


def _shap_columns(
    table: _Travelling, places: Mapping[Key, str], names: Sequence[str | tuple[str, str]]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in names:
        if isinstance(name, str):
            columns[name] = table.add(places["shap_value", name, ""])
        else:
            group, feature = name
            columns.setdefault(group, {})[feature] = table.add(places["shap_value", feature, group])
    return columns


class _Travelling:
    """The columns of a piece under names that hold on the way: features have their own, no other has one of those."""

    def __init__(self, piece: Any, places: Mapping[Key, str], features: Sequence[str]) -> None:
        self._piece = piece
        self._columns: dict[str, Any] = {}
        pa = import_arrow(_CALL)
        for name in features:
            column = places.get(("feature", name, ""))
            # A feature of which no value was ever seen has no column.
            self._columns[name] = pa.nulls(piece.num_rows, pa.float64()) if column is None else piece.column(column)

    def add(self, column: str) -> str:
        """Take a column along; the name that it travels under."""
        name = column
        while name in self._columns:
            name += "'"
        self._columns[name] = self._piece.column(column)
        return name

    def records(self) -> Any:
        """What travels."""
        return import_arrow(_CALL).RecordBatch.from_pydict(self._columns)
