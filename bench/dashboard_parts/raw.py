"""The same questions as plain SQL over the raw rows, as one would write it by hand."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import duckdb

from dashboard_parts.loading import FQN
from dashboard_parts.questions import Question, Window
from dashboard_parts.traffic import KINDS

_STEP_S = {7: 7_200, 30: 21_600}
_QUANTILES = [share / 10 for share in range(11)]
_IN_WINDOW = "e.occurred_at >= make_timestamp({start}) AND e.occurred_at < make_timestamp({end})"
_WITH_OUTCOMES = "{events} e LEFT JOIN {outcomes} o ON o.seq = e.seq"


class Raw:
    """The tables of events and outcomes of a version, asked without any of our code.

    Parameters
    ----------
    file
        The database; no server may have it open.
    threads
        As many as a server has.
    """

    def __init__(self, file: Path, *, threads: int) -> None:
        self._connection = duckdb.connect(str(file), read_only=True)
        self._connection.execute(f"SET threads = {threads}; SET memory_limit = '4GB'")
        [(no,)] = self._rows("SELECT no FROM versions WHERE fqn = ?", [FQN])
        [(reference,)] = self._rows("SELECT no FROM stored_references WHERE version_no = ?", [no])
        self._tables = {"events": f"events_{no}", "outcomes": f"outcomes_{no}", "actuals": f"actuals_{no}"}
        found = self._rows("SELECT role, name, no FROM columns WHERE version_no = ?", [no])
        prefix = {"feature": "f", "score": "p", "shap": "s"}
        self._idents = {(role, name): f"{prefix[role]}_{number}" for role, name, number in found if role in prefix}
        self._histograms = {kind.name: self._histogram(kind.name, f"reference_{reference}") for kind in KINDS}
        self._score = self._idents["score", "yes"]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def ids(self, count: int) -> list[str]:
        """Ids of rows that lie all over the table."""
        sampled = f"SELECT data_id FROM {self._tables['events']} USING SAMPLE reservoir({count} ROWS) REPEATABLE (1)"
        return [str(data_id) for (data_id,) in self._rows(sampled)]

    def times(
        self, question: Question, windows: list[Window], ids: list[str], *, at_most_s: float
    ) -> tuple[float, float]:
        """Median seconds of an ask, and of the CPU; fewer are asked where they take too long."""
        taken: list[float] = []
        cpu_s = time.process_time()
        for window, data_id in zip(windows, ids, strict=False):
            began = time.perf_counter()
            for sql in self._sql(question, window):
                self._rows(sql, [data_id] if "?" in sql else [])
            taken.append(time.perf_counter() - began)
            if sum(taken) > at_most_s:
                break
        return statistics.median(taken), (time.process_time() - cpu_s) / len(taken)

    def _rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters or []).fetchall()

    def _histogram(self, name: str, reference: str) -> str:
        """Counts of a feature: by category, or between the deciles of the reference."""
        kind = next(kind for kind in KINDS if kind.name == name)
        ident = self._idents["feature", name]
        if kind.type in ("string", "boolean") or kind.kind == "categorical":
            return f"histogram({ident})"
        value = f"epoch({ident}::TIMESTAMP)" if kind.type == "timestamp" else ident
        [(edges,)] = self._rows(f"SELECT quantile_cont({value}, {_QUANTILES}) FROM {reference}")
        return f"histogram({value}, {sorted(set(edges))})"

    def _sql(self, question: Question, window: Window) -> list[str]:
        times = {"start": window.start * 1_000_000, "end": window.end * 1_000_000}
        condition = _IN_WINDOW.format(**times)
        if question.where:
            condition += f" AND {self._condition(question.where)}"
        step_s = _STEP_S.get(question.days, 0)
        step = f"epoch_us(e.occurred_at) // {step_s * 1_000_000}" if step_s else "0"
        every = ", ".join(self._histograms.values())
        drift = f"SELECT {{step}}, count(*), {every} FROM {self._tables['events']} e WHERE {condition} GROUP BY 1"
        joined = _WITH_OUTCOMES.format(**self._tables)
        volume = f"SELECT {step}, count(*), count(o.seq) FROM {joined} WHERE {condition} GROUP BY 1"
        confusion = f"SELECT v_text, a_text, count(*) FROM {joined} WHERE {condition} GROUP BY 1, 2"
        match question.path:
            case "fleet":
                return [drift.format(step="0"), volume, confusion]
            case "drift":
                return [drift.format(step=step)]
            case "column":
                one = self._histograms[question.query["column"]]
                return [f"SELECT {step}, count(*), {one} FROM {self._tables['events']} e WHERE {condition} GROUP BY 1"]
            case "volume":
                return [volume]
            case "confusion":
                return [confusion]
            case "performance":
                by = f"{step}, v_text, a_text, round({self._score}, 3)"
                return [f"SELECT {by}, count(*) FROM {joined} WHERE {condition} GROUP BY ALL"]
            case "rows":
                return [f"SELECT * FROM {joined} WHERE {condition} ORDER BY e.occurred_at DESC LIMIT 51"]
            case "row":
                return [f"SELECT * FROM {joined} WHERE e.data_id = ?"]
            case "ledger":
                return [
                    f"SELECT date_trunc('hour', received_at), count(*) FROM {self._tables[name]} GROUP BY 1"
                    for name in ("events", "actuals")
                ]
            case _:
                return [f"SELECT count(*), min(occurred_at), max(occurred_at) FROM {self._tables['events']}"]

    def _condition(self, where: str) -> str:
        """A filter of ours as SQL: the few that this script asks differ in names and quotes alone."""
        sql = where.replace('"', "'").replace("==", "=")
        for (role, name), ident in self._idents.items():
            if role == "feature":
                sql = sql.replace(f"{name} ", f"{ident} ")
        return sql
