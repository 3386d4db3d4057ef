"""The events of a question as batches of rows, each with the actual that counts for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from mlfoundry.expression import columns_of
from mlfoundry.store.base import SummaryRequest
from mlfoundry.store.duckdb_formulas import formula_columns
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState
from mlfoundry.store.duckdb_values import TYPE_FLOAT, TYPE_INT
from mlfoundry.store.duckdb_where import Compiler, label_sql
from mlfoundry.store.extract import Bools, Ints
from mlfoundry.store.formulas import Formula
from mlfoundry.store.rules import bound_condition, cut_of, windows_of
from mlfoundry.times import to_micros

_OF_ACTUALS: Final = ("a_type", "a_number", "a_text", "known_at")
_TIMES: Final = ("occurred_at", "known_at")


def event_tables(
    session: Session,
    state: VersionState,
    request: SummaryRequest,
    idents: Sequence[str],
    *,
    formulas: Sequence[Formula],
    cuts: Sequence[datetime],
) -> Iterator[pa.Table]:
    """The rows that a request is about, some at a time: ``step``, the place of each row's step, and what is named.

    ``step`` is one more for each of the ``cuts`` that a row does not lie before.

    Actuals are joined to events by their numbers, in arrays, which takes a tenth of what a join of the engine takes;
    only a filter or a formula on actuals needs that.
    """
    windows = windows_of(request)
    origin, step = cut_of(request, windows)
    compiler, infos = Compiler(state.catalog), state.catalog.infos()
    condition, joins = "TRUE", any("actual" in formula.columns for formula in formulas)
    if request.where is not None:
        bound = bound_condition(request.where, infos)
        condition, joins = compiler.sql(bound), joins or "actual" in columns_of(bound)
    computed = formula_columns(compiler, formulas)
    window: dict[str, Any] = {"start": to_micros(windows[0].start), "end": to_micros(windows[-1].end)}
    if request.as_of is None:
        outcomes = session.text("outcomes_now", no=state.no)
    else:
        window["as_of"] = to_micros(request.as_of)
        numbers = f"{TYPE_INT}, {TYPE_FLOAT}"
        outcomes = session.text("outcomes_then", no=state.no, label=label_sql("a"), numbers=numbers)
        condition = session.text("received_by", condition=condition)
    parameters = {"origin": origin, "step": step, **window, **compiler.parameters}
    passed = [f" + CAST(e.occurred_at >= make_timestamp($cut_{place}) AS BIGINT)" for place in range(len(cuts))]
    parameters |= {f"cut_{place}": to_micros(cut) for place, cut in enumerate(cuts)}
    ids = {"no": state.no, "condition": condition, "passed": "".join(passed)}
    if joins:
        columns = columns_sql(idents) + computed
        yield from session.tables("scan_events", parameters, columns=columns, outcomes=outcomes, **ids)
        return
    of_actuals = [ident for ident in idents if ident in _OF_ACTUALS]
    actuals = _Actuals(state.next_seq, of_actuals)
    columns = columns_sql(of_actuals).removeprefix(", ")
    for table in session.tables("scan_outcomes", window, columns=columns, outcomes=outcomes):
        actuals.take(table)
    columns = columns_sql([ident for ident in idents if ident not in _OF_ACTUALS]) + computed
    for table in session.tables("scan_events_alone", parameters, columns=columns, **ids):
        yield actuals.joined(table)


def columns_sql(idents: Sequence[str]) -> str:
    """The columns of a list, each with a comma before it; times in microseconds."""
    return "".join(f", epoch_us({ident}) AS {ident}" if ident in _TIMES else f", {ident}" for ident in idents)


class _Actuals:
    """The actuals of a version's events, by the number of the event: 1 to 21 bytes an event between first and last.

    Parameters
    ----------
    events
        The numbers lie below this.
    idents
        Which columns there are; ``a_type`` is always one.
    """

    def __init__(self, events: int, idents: Sequence[str]) -> None:
        self._idents = idents
        # Zeros that are never written take no memory. 0 is no actual, or no text; types and codes begin at 1.
        self._type = np.zeros(events, np.uint8)
        self._code = np.zeros(events if "a_text" in idents else 0, np.int32)
        self._numbers = {name: np.zeros(events, kind) for name, kind in _KINDS.items() if name in idents}
        self._texts: dict[str, int] = {}

    def take(self, outcomes: pa.Table) -> None:
        """Take in some of them."""
        seqs: Ints = outcomes.column("seq").to_numpy()
        self._type[seqs] = outcomes.column("a_type").to_numpy() + 1
        for name, numbers in self._numbers.items():
            numbers[seqs] = outcomes.column(name).fill_null(0).to_numpy()
        if "a_text" in self._idents:
            coded = outcomes.column("a_text").combine_chunks().dictionary_encode()
            texts: list[str] = coded.dictionary.to_pylist()
            codes = [self._texts.setdefault(text, len(self._texts) + 1) for text in texts]
            places: Ints = coded.indices.fill_null(-1).to_numpy()
            self._code[seqs] = np.array([*codes, 0], np.int32)[places]

    def joined(self, events: pa.Table) -> pa.Table:
        """Some events with the columns of their actuals."""
        seqs: Ints = events.column("seq").to_numpy()
        types = self._type[seqs]
        for ident in self._idents:
            events = events.append_column(ident, self._column(ident, types, seqs))
        return events

    def _column(self, ident: str, types: Any, seqs: Ints) -> Any:
        if ident == "a_type":
            return pa.array(types - np.uint8(1), mask=types == 0)
        if ident == "a_text":
            return self._text(self._code[seqs])
        none: Bools = types == 0
        if ident == "a_number":
            none = (types != TYPE_INT + 1) & (types != TYPE_FLOAT + 1)
        return pa.array(self._numbers[ident][seqs], mask=none)

    def _text(self, codes: Any) -> pa.DictionaryArray:
        """Texts by their codes, with the dictionary of those that there are."""
        texts = [None, *self._texts]
        there = np.zeros(len(texts), np.bool_)
        there[codes] = True
        there[0] = False
        used = np.flatnonzero(there)
        place = np.zeros(len(texts), np.int32)
        place[used] = np.arange(len(used))
        chosen = pa.array([texts[code] for code in used.tolist()], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(place[codes], mask=codes == 0), chosen)


_KINDS: Final[Mapping[str, Any]] = {"a_number": np.float64, "known_at": np.int64}
