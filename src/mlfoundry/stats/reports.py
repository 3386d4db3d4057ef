"""What a drift report of two tables says, to be read and to be worked with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, overload

import msgspec

from mlfoundry.drift import DriftStatus, DriftVerdict
from mlfoundry.errors import NotFound

_ORDER: tuple[DriftStatus, ...] = ("drifted", "watch", "ok", "insufficient_data", "no_reference")
_JUDGED: tuple[DriftStatus, ...] = ("drifted", "watch", "ok")


@dataclass(frozen=True, slots=True)
class DriftReport(Sequence[DriftVerdict]):
    """One verdict a column, in the order of the columns; printed, the worst come first.

    Parameters
    ----------
    verdicts
        What is known of each column.

    Examples
    --------
    >>> before, after = {"origin": ["JFK", "LGA"] * 500}, {"origin": ["JFK"] * 900 + ["LGA"] * 100}
    >>> from mlfoundry.stats import drift_report
    >>> report = drift_report(before, after)
    >>> report.status, report["origin"].status
    ('drifted', 'drifted')
    """

    verdicts: tuple[DriftVerdict, ...]

    @property
    def status(self) -> DriftStatus:
        """The worst status of any column that could be judged; ``insufficient_data`` where none could."""
        judged = [_ORDER.index(one.status) for one in self.verdicts if one.status in _JUDGED]
        return _ORDER[min(judged)] if judged else "insufficient_data"

    def with_status(self, *statuses: DriftStatus) -> tuple[DriftVerdict, ...]:
        """The columns of some statuses."""
        return tuple(one for one in self.verdicts if one.status in statuses)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The fields of each verdict, as for a DataFrame or JSON."""
        return msgspec.to_builtins(self.verdicts)

    @overload
    def __getitem__(self, place: str | int) -> DriftVerdict: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[DriftVerdict, ...]: ...
    def __getitem__(self, place: str | int | slice) -> DriftVerdict | tuple[DriftVerdict, ...]:
        """A verdict by the name of its column, or verdicts by place."""
        if not isinstance(place, str):
            return self.verdicts[place]
        found = next((one for one in self.verdicts if one.column == place), None)
        if found is None:
            raise NotFound("column", place, known=[one.column for one in self.verdicts])
        return found

    def __len__(self) -> int:
        return len(self.verdicts)

    def __iter__(self) -> Iterator[DriftVerdict]:
        return iter(self.verdicts)

    def __str__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
        lines = [
            "  ".join(cell.ljust(w) if place in _LEFT else cell.rjust(w) for place, (cell, w) in _placed(row, widths))
            for row in rows
        ]
        return "\n".join([self.summary, "", *(line.rstrip() for line in lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rows = [[escape(cell) for cell in row] for row in self._rows()]
        lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        names = "".join(f"<th>{cell}</th>" for cell in head)
        return f"<p>{escape(self.summary)}</p><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"

    @property
    def summary(self) -> str:
        """How many columns are of which status, of how many rows, and what law their p-values come from."""
        if not self.verdicts:
            return "no columns"
        first = self.verdicts[0]
        counts = [(status, len(self.with_status(status))) for status in _ORDER]
        said = ", ".join(f"{n} {status}" for status, n in counts if n)
        laws = " or ".join(dict.fromkeys(one.null for one in self.verdicts if one.null)) or "none"
        rows = f"{first.n:,} rows against {max(one.n_reference for one in self.verdicts):,}"
        return f"{first.statistic} of {len(self)} columns: {said} ({rows}; p by {laws})"

    def _rows(self) -> list[list[str]]:
        ordered = sorted(self.verdicts, key=lambda one: (_ORDER.index(one.status), -(one.effect or 0.0)))
        return [list(_HEAD), *map(_row, ordered)]


_HEAD = ("column", "status", "value", "expected", "watch", "drifted", "p", "missing", "")
_LEFT = (0, 1, len(_HEAD) - 1)


def _placed(row: list[str], widths: list[int]) -> Iterator[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def _row(one: DriftVerdict) -> list[str]:
    judged = one.status in _JUDGED
    missing = _percent(one.missing_share)
    if one.missing_share_reference != one.missing_share:
        missing = f"{_percent(one.missing_share_reference)} → {missing}"
    return [
        _short(one.column),
        one.status,
        _number(one.value if judged else None),
        _number(one.expected),
        _number(one.watch_at if judged else None),
        _number(one.drifted_at if judged else None),
        "–" if one.p_value is None else "< 1e-4" if one.p_value < 1e-4 else f"{one.p_value:.2g}",
        missing,
        one.reason or "",
    ]


def _short(name: str, most: int = 32) -> str:
    # A name comes from a file: neither line breaks nor commands to a terminal.
    shown = "".join(letter if letter.isprintable() else "�" for letter in name[:most])
    return shown if len(name) <= most else f"{shown[:-1]}…"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %" if 0 < share < 0.995 else f"{100 * share:.0f} %"
