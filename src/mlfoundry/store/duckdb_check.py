"""Whether what the DuckDB file holds agrees with itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from mlfoundry.store.care import Finding, Progress
from mlfoundry.store.cells import ROWS
from mlfoundry.store.duckdb_care import own_tables
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_state import VersionState

_PARTS = ("events", "actuals", "outcomes", "waiting", "cells_hour", "cells_day")


def check_versions(session: Session, states: Mapping[str, VersionState], progress: Progress) -> list[Finding]:
    """Look at every version; one finding a version at least."""
    tables = set(own_tables(session))
    findings: list[Finding] = []
    for done, state in enumerate(states.values()):
        progress("checking versions", done, len(states))
        missing = [f"{part}_{state.no}" for part in _PARTS if f"{part}_{state.no}" not in tables]
        missing += [f"reference_{no}" for no in state.references if f"reference_{no}" not in tables]
        problems = [f"the table {table} is missing" for table in missing] or list(_problems(session, state))
        findings += [Finding(level="problem", about=state.fqn, text=problem) for problem in problems]
        if not problems:
            said = f"{state.n_predictions:,} predictions, {state.n_actuals:,} with an actual; all counts agree"
            findings.append(Finding(level="ok", about=state.fqn, text=said))
    progress("checking versions", len(states), len(states))
    return findings


def _problems(session: Session, state: VersionState) -> Iterator[str]:
    yield from _counts(session, state)
    [(doubled, doubled_numbers)] = session.rows("check_keys", no=state.no)
    if doubled or doubled_numbers:
        yield f"{doubled:,} events share a data_id with another, {doubled_numbers:,} a number"
    [(without_event, doubled, moved)] = session.rows("check_outcomes", no=state.no)
    if without_event:
        yield f"{without_event:,} outcomes have no event"
    if doubled:
        yield f"{doubled:,} outcomes are there twice"
    if moved:
        yield f"{moved:,} outcomes have another time than their event"
    [(matched, without_actual, doubled)] = session.rows("check_waiting", no=state.no)
    if matched or without_actual or doubled:
        yield (
            f"of the ids that wait for a prediction {matched:,} have one, {without_actual:,} have no actual, "
            f"{doubled:,} are there twice"
        )
    yield from _aggregates(session, state)
    first_at, last_at, _ = session.rows("span_of_events", no=state.no)[0]
    if (first_at, last_at) != (state.first_at, state.last_at):
        yield "the first and last time of an event are not those that are remembered"


def _aggregates(session: Session, state: VersionState) -> Iterator[str]:
    """Hours before the horizon are left out: their events expire, their aggregates stay."""
    rows = state.series.get(ROWS)
    if rows is None:
        return
    horizon = -(2**31) if state.horizon is None else state.horizon
    hours = session.rows("check_hour_cells", {"series": rows.no, "horizon": horizon}, no=state.no)
    days = session.rows("check_day_cells", {"series": rows.no}, no=state.no)
    for tier, [(periods, found, counted)] in (("hours", hours), ("days", days)):
        if periods:
            yield (
                f"in {periods:,} {tier} the aggregates count {counted:,} events and outcomes instead of {found:,}; "
                "mlfoundry store rebuild-cells makes them anew"
            )


def _counts(session: Session, state: VersionState) -> Iterator[str]:
    [(events, outcomes, waiting, last_seq, last_arrival)] = session.rows("check_counts", no=state.no)
    booked: Counter[tuple[str, str]] = Counter()
    for kind, became, n in session.rows("check_ledger", (state.no,)):
        booked[kind, became] = n
    for what, found, ledger, remembered in (
        ("events", events, booked["prediction", "stored"], state.n_predictions),
        ("outcomes", outcomes, booked["actual", "matched"], state.n_actuals),
        ("ids that wait", waiting, booked["actual", "waiting"], waiting),
    ):
        if not found == ledger == remembered:
            yield f"there are {found:,} {what}, the ledger says {ledger:,}, the version {remembered:,}"
    [(negative,)] = session.rows("check_negative", (state.no,))
    if negative:
        yield f"{negative:,} counts of the ledger are below zero"
    if last_seq >= state.next_seq or last_arrival >= state.next_arrival:
        yield "numbers that were given away would be given away again"
