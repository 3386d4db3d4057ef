"""What the client asks about a model version's rows: the rows themselves, performance, drift, the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import msgspec

from mlfoundry.client import answers
from mlfoundry.client.batching import Batcher
from mlfoundry.client.dataset import InferenceDataset, open_export
from mlfoundry.client.models import ModelVersion
from mlfoundry.client.reference import choose_columns, ipc_stream, read_table
from mlfoundry.client.results import (
    DriftResult,
    InferenceRow,
    LedgerResult,
    PerformanceResult,
    Reference,
    ResultTable,
    Slice,
)
from mlfoundry.client.transport import API, Transport
from mlfoundry.errors import InvalidInput
from mlfoundry.events import Fate
from mlfoundry.fqn import ModelFqn, ModelVersionFqn
from mlfoundry.times import as_utc, to_text

TimeLike = datetime | date | str | int | float
_PAGE_ROWS = 1_000
_SETTLE_S = 5.0
_MERGE_S = 2.5
_POLL_S = 0.05
_UPLOAD_TIMEOUT_S = 600.0


class MonitoringCalls:
    """What the client asks the monitoring.

    Each call first sends the rows that this client still holds (at most 5 seconds) and lets the server merge what lies
    in its inbox (at most 2.5 seconds; a merge takes less than 2 at ordinary load): a program sees what it logged.
    """

    _transport: Transport
    _batcher: Batcher

    def get_inference_dataset(
        self,
        model_fqn: str,
        start_time: TimeLike | None = None,
        end_time: TimeLike | None = None,
        actual_value_required: bool = False,
    ) -> InferenceDataset:
        """Predictions of a model (all its versions) or of one version, joined with their actuals.

        Nothing is loaded yet: iterate over it for rows, or stream any number of them with ``.batches()``,
        ``.to_parquet(path)``, ``.to_arrow()``.

        Parameters
        ----------
        model_fqn
            The FQN of a model or of one of its versions.
        start_time, end_time
            ``start_time <= occurred_at < end_time``; by default the last 7 days.
        actual_value_required
            Leave out rows without an actual.

        Raises
        ------
        NotFound
            There is no such model or version.
        """
        fqns = self._versions_of(model_fqn)
        self._catch_up(*fqns)
        end = datetime.now(timezone.utc) if end_time is None else as_utc(end_time)
        start = end - timedelta(days=7) if start_time is None else as_utc(start_time)
        params = {"start": to_text(start), "end": to_text(end), "actual_required": actual_value_required}
        return InferenceDataset(
            lambda: (row for fqn in fqns for row in self._rows_of(fqn, params)),
            [partial(open_export, self._transport, fqn, params) for fqn in fqns],
        )

    def get_performance(
        self,
        fqn: str,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        granularity: str | None = "1d",
        metrics: Sequence[str] | None = None,
        reference: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> PerformanceResult:
        """Metrics of a version over time, each with a 95 % interval.

        One row a window and metric: ``start, end, metric, value, lower, upper, n, coverage, status``. ``n`` is how many
        predictions had an actual, ``coverage`` which share of all that is. A metric that does not exist there is None;
        one of a window that still waits for a good part of its actuals is ``immature`` (see ``.maturity``).

        Parameters
        ----------
        fqn
            The model version.
        start, end
            By default the last 7 days, or those before ``as_of``.
        granularity
            The length of a window, such as ``"6h"``; None for one row a metric over the whole time.
        metrics
            Such as ``["accuracy", "roc_auc"]``; by default those that suit the model.
        reference
            As in :meth:`get_drift`; ``result.reference_total`` has its metrics, where it has actuals.
        where
            Only rows of which this holds, such as ``country == "DE" and (amount > 100 or age is null)``.
        exact
            Take the time as it is, instead of snapping it outward to whole windows or hours.
        as_of
            Only what the server had received by then.

        Raises
        ------
        InvalidInput
            ``where`` cannot be read or does not suit the columns; the message says where and what would be right.
        """
        params = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of) | {
            "granularity": granularity,
            "metrics": ",".join(metrics) if metrics else None,
            "reference": reference,
        }
        found = self._transport.call("GET", "/performance", answers.Performance, params=params)
        total = ResultTable("Performance", answers.TOTAL_COLUMNS, found.total_rows())
        return PerformanceResult(
            title_of("Performance", fqn, found.slice),
            answers.PERFORMANCE_COLUMNS if granularity else answers.TOTAL_COLUMNS,
            found.window_rows() if granularity else found.total_rows(),
            total=total,
            task=found.task,
            positive_class=found.positive_class,
            problem=found.problem,
            maturity=found.maturity,
            reference=found.reference,
            reference_total=ResultTable("Reference", answers.TOTAL_COLUMNS, found.reference_rows()),
            slice=found.slice,
        )

    def get_drift(
        self,
        fqn: str,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        reference: str | None = None,
        statistic: str = "psi",
        match: str | None = None,
        granularity: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> DriftResult:
        """How far each column of a version has moved from a reference.

        One row a window and column: ``start, end, column, kind, statistic, value, status, reference, n_reference, n``;
        ``result.total`` also says why: ``error_bound, expected, effect, p_value, null, chunks, dispersion, effective_n,
        reason``.

        Parameters
        ----------
        fqn
            The model version.
        start, end
            By default the last 7 days, or those before ``as_of``.
        reference
            The name of an uploaded reference, ``"trailing:7d"`` (the 7 days before ``start``),
            ``"2026-01-01/2026-02-01"`` (that window's rows of the same version), or the FQN of another version (its
            rows of the same window); by default the version's default reference. ``result.reference`` says what it was.
        statistic
            Such as ``psi`` or ``jensen_shannon``.
        match
            ``"hour_of_day"`` compares windows below a day with the same hours of the reference's days.
        granularity
            The length of a window, such as ``"1d"``; None for one row a column over the whole time.
        where, exact, as_of
            As in :meth:`get_performance`. ``where`` holds for the reference too, if it has the columns;
            ``result.slice.note`` says where it has not.
        """
        params = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of) | {
            "reference": reference,
            "statistic": statistic,
            "match": match,
            "granularity": granularity,
        }
        found = self._transport.call("GET", "/drift", answers.Drift, params=params)
        total = ResultTable("Drift", answers.DRIFT_TOTAL_COLUMNS, found.total_rows())
        return DriftResult(
            title_of("Drift", fqn, found.slice),
            answers.DRIFT_COLUMNS,
            found.window_rows() if granularity else [row[: len(answers.DRIFT_COLUMNS)] for row in found.total_rows()],
            total=total,
            reference=found.reference,
            slice=found.slice,
        )

    def get_ledger(self, fqn: str, *, start: TimeLike | None = None, end: TimeLike | None = None) -> LedgerResult:
        """Where every row that the server received for a version is now, by hour of arrival; by default all hours.

        ``.rejected`` are the rows refused last, ``.dropped`` what clients report of rows that never got to the server.
        """
        self._catch_up(fqn)
        params = {"model_version_fqn": fqn, "start": _time_text(start), "end": _time_text(end)}
        found = self._transport.call("GET", "/ledger", answers.Ledger, params=params)
        return LedgerResult(
            f"Ledger of {fqn}",
            answers.columns_of(answers.LedgerEntry),
            answers.tuples(found.hours),
            totals=found.totals,
            rejected=ResultTable("Rejected", answers.columns_of(answers.Rejected), answers.tuples(found.rejected)),
            dropped=ResultTable("Lost by clients", answers.columns_of(answers.Dropped), answers.tuples(found.dropped)),
        )

    def explain(self, fqn: str, data_id: str) -> tuple[Fate, ...]:
        """Everything that became of one id and why, oldest arrival first; empty if the server never saw it."""
        self._catch_up(fqn)
        params = {"model_version_fqn": fqn, "data_id": data_id}
        return self._transport.call("GET", "/row", answers.RowDetail, params=params).fates

    def log_reference(
        self,
        fqn: str,
        table: Any,
        name: str = "training",
        *,
        features: Sequence[str] | None = None,
        prediction: str | None = None,
        probabilities: Mapping[Any, str] | None = None,
        actual: str | None = None,
        occurred_at: str | None = None,
        shap_values: Mapping[Any, str | Mapping[str, str]] | None = None,
    ) -> Reference:
        """Upload the rows that a version is compared with, such as its training set, and wait for the server.

        Parameters
        ----------
        fqn
            The model version.
        table
            What offers the Arrow stream interface (pandas, polars, pyarrow, DuckDB), or a dict of columns.
        name
            A reference of the same name is replaced; the first one becomes the default, until the version's
            ``default_reference`` says otherwise.
        features
            Columns that are features; by default all that are nothing else.
        prediction, actual, occurred_at
            The columns of these. With times, the reference's own days tell drift how much days differ without any.
        probabilities
            Class to the column of its probability.
        shap_values
            Feature to the column of its SHAP values, or class to such a mapping; attributions are compared with them.

        Raises
        ------
        InvalidInput
            The table has no such column, or no Arrow stream interface.
        MissingExtra
            pyarrow is not installed.
        """
        read = read_table(table)
        columns = choose_columns(
            read.column_names,
            features=features,
            prediction=prediction,
            probabilities=probabilities,
            actual=actual,
            occurred_at=occurred_at,
            shap_values=shap_values,
        )
        params = {"model_version_fqn": fqn, "name": name, "columns": msgspec.json.encode(columns).decode()}
        reply = self._transport.request(
            "POST",
            f"{API}/references",
            params=params,
            content=ipc_stream(read, columns),
            headers={"content-type": "application/vnd.apache.arrow.stream"},
            timeout_s=_UPLOAD_TIMEOUT_S,
        )
        return self._transport.decode(reply, Reference)

    def list_references(self, fqn: str) -> list[Reference]:
        """The uploaded references of a version."""
        return self._transport.call("GET", "/references", list[Reference], params={"model_version_fqn": fqn})

    def delete_reference(self, fqn: str, name: str) -> list[Reference]:
        """Delete an uploaded reference, and return those that are left; the oldest takes the place of the default one.

        Raises
        ------
        NotFound
            There is no such reference.
        """
        params = {"model_version_fqn": fqn, "name": name}
        return self._transport.call("DELETE", "/references", list[Reference], params=params)

    def _window(
        self,
        fqn: str,
        start: TimeLike | None,
        end: TimeLike | None,
        *,
        where: str | None,
        exact: bool,
        as_of: TimeLike | None,
    ) -> dict[str, Any]:
        self._catch_up(fqn)
        known_at = None if as_of is None else as_utc(as_of)
        last = known_at or datetime.now(timezone.utc) if end is None else as_utc(end)
        first = last - timedelta(days=7) if start is None else as_utc(start)
        asked = {"where": where, "exact": exact or None, "as_of": _time_text(known_at)}
        return {"model_version_fqn": fqn, "start": to_text(first), "end": to_text(last), **asked}

    def _versions_of(self, fqn: str) -> list[str]:
        try:
            model = ModelFqn.parse(fqn)
        except InvalidInput:
            return [str(ModelVersionFqn.parse(fqn))]
        params = {"model_fqn": str(model)}
        found = self._transport.call("GET", "/model-versions", list[ModelVersion], params=params)
        return [version.fqn for version in found]

    def _rows_of(self, fqn: str, params: Mapping[str, Any]) -> Iterator[InferenceRow]:
        cursor: str | None = None
        while True:
            asked = {**params, "limit": _PAGE_ROWS, "model_version_fqn": fqn, "cursor": cursor}
            page = self._transport.call("GET", "/rows", answers.Rows, params=asked)
            yield from (msgspec.structs.replace(row, model_version_fqn=fqn) for row in page.rows)
            cursor = page.next_cursor
            if cursor is None:
                return

    def _catch_up(self, *fqns: str) -> None:
        """Send this client's own rows and let the server merge what it has, within a bound."""
        self._batcher.settle_within(_SETTLE_S)
        deadline = time.monotonic() + _MERGE_S
        for fqn in fqns:
            while self._inbox_rows(fqn) and time.monotonic() < deadline:
                time.sleep(_POLL_S)

    def _inbox_rows(self, fqn: str) -> int:
        return self._transport.call("GET", "/version", answers.Version, params={"model_version_fqn": fqn}).inbox_rows


def title_of(what: str, fqn: str, asked: Slice | None) -> str:
    """What a result is of, in words."""
    where = f" where {asked.where}" if asked is not None and asked.where else ""
    as_of = f" as of {to_text(asked.as_of)}" if asked is not None and asked.as_of else ""
    return f"{what} of {fqn}{where}{as_of}"


def _time_text(value: TimeLike | None) -> str | None:
    return None if value is None else to_text(as_utc(value))
