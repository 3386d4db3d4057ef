"""Which runs, and in which order: ``metrics.auc > 0.8 and params.depth = '3'``, ``metrics.auc desc``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mlfoundry.errors import InvalidInput
from mlfoundry.registry.records import Run

_CLAUSE = re.compile(
    r"""\s*(?P<field>[A-Za-z_]+(?:\.(?:[\w.\-/]+|`[^`]+`|"[^"]+"))?)\s*
    (?P<operator>!=|>=|<=|=|>|<)\s*
    (?P<value>'[^']*'|"[^"]*"|[-+]?\d[\w.+\-]*)\s*""",
    re.VERBOSE,
)
_AND = re.compile(r"and\b", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_FIELDS = ("run_id", "run_name", "status", "started_at", "ended_at", "created_by")
_EXAMPLE = "one looks like \"metrics.auc > 0.8 and params.depth = '3'\""


@dataclass(frozen=True, slots=True)
class _Clause:
    field: str
    operator: str
    value: str | float

    def keeps(self, run: Run) -> bool:
        found = _read(run, self.field)
        # Params and tags are kept as text: a number in the filter is held against the number they spell.
        found = _number(found) if isinstance(self.value, float) else found
        if found is None or isinstance(found, float) != isinstance(self.value, float):
            return False
        return _OPERATORS[self.operator](found, self.value)


@dataclass(frozen=True, slots=True)
class _Order:
    field: str
    descending: bool

    @classmethod
    def parse(cls, text: str) -> _Order:
        field, _, direction = text.strip().partition(" ")
        direction = direction.strip().lower()
        if direction not in ("", "asc", "desc"):
            raise InvalidInput(f"cannot order by {text!r}; one looks like 'metrics.auc desc'", path="order_by")
        return cls(_field(field), direction == "desc")

    def sorted(self, runs: Sequence[Run]) -> list[Run]:
        """Stable, and those without the field come last."""
        having = [run for run in runs if _read(run, self.field) is not None]
        having.sort(key=lambda run: _read(run, self.field), reverse=self.descending)
        return having + [run for run in runs if _read(run, self.field) is None]


@dataclass(frozen=True, slots=True)
class RunSearch:
    """A parsed search; made by :meth:`parse`."""

    clauses: tuple[_Clause, ...] = ()
    order: tuple[_Order, ...] = ()

    @classmethod
    def parse(cls, filter_string: str = "", order_by: str | None = None) -> RunSearch:
        """Read a filter and an order; raises :class:`InvalidInput` that quotes what it does not understand.

        Parameters
        ----------
        filter_string
            Comparisons joined by ``and``, of ``metrics.<name>``, ``params.<name>``, ``tags.<name>``, ``run_name``,
            ``status``, ``created_by``, ``started_at`` or ``ended_at`` with a number or quoted text.
        order_by
            Such fields joined by commas, each with ``asc`` (the default) or ``desc`` behind it. Without it runs stay
            as they came, newest first.

        Examples
        --------
        >>> RunSearch.parse("metrics.auc > 0.8", "metrics.auc desc, started_at").order[0].descending
        True
        """
        order = tuple(_Order.parse(part) for part in (order_by or "").split(",") if part.strip())
        return cls(_clauses(filter_string), order)

    def apply(self, runs: Sequence[Run]) -> list[Run]:
        """The runs that are kept, ordered."""
        kept = [run for run in runs if all(clause.keeps(run) for clause in self.clauses)]
        for order in reversed(self.order):
            kept = order.sorted(kept)
        return kept


def _clauses(text: str) -> tuple[_Clause, ...]:
    clauses: list[_Clause] = []
    at = 0
    while text[at:].strip():
        if clauses:
            joined = _AND.match(text, at)
            if not joined:
                raise InvalidInput(f"cannot read the filter at {text[at:][:40]!r}; {_EXAMPLE}", path="filter")
            at = joined.end()
        match = _CLAUSE.match(text, at)
        if not match:
            raise InvalidInput(f"cannot read the filter at {text[at:][:40]!r}; {_EXAMPLE}", path="filter")
        clauses.append(_Clause(_field(match["field"]), match["operator"], _value(match["value"])))
        at = match.end()
    return tuple(clauses)


def _value(text: str) -> str | float:
    if text[0] in "'\"":
        return text[1:-1]
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no number; put quotes around text", path="filter") from error


def _number(found: Any) -> float | None:
    try:
        return float(found)
    except (TypeError, ValueError):
        return None


def _field(text: str) -> str:
    kind, _, name = text.partition(".")
    kind = {"metric": "metrics", "param": "params", "parameters": "params", "tag": "tags"}.get(kind, kind)
    if kind in ("metrics", "params", "tags") and name:
        return f"{kind}.{name.strip('`')}"
    plain = {"start_time": "started_at", "end_time": "ended_at"}.get(name or kind, name or kind)
    if plain in _FIELDS and kind in ("attributes", "attribute", text):
        return plain
    raise InvalidInput(f"no field {text!r}; there are metrics.*, params.*, tags.* and {', '.join(_FIELDS)}")


def _read(run: Run, field: str) -> Any:
    kind, _, name = field.partition(".")
    if not name:
        value = getattr(run, kind)
        return value.isoformat() if hasattr(value, "isoformat") else value
    return getattr(run, kind).get(name)
