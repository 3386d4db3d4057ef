"""What the store's commands print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}
_PARTS = ("events", "actuals", "outcomes", "references", "aggregates")


def size(n: float) -> str:
    """Bytes for people.

    Examples
    --------
    >>> size(999), size(123_456_789)
    ('999 B', '117.7 MiB')
    """
    unit = 0
    while n >= 1024 and unit < len(_UNITS) - 1:
        n, unit = n / 1024, unit + 1
    return f"{n:.1f} {_UNITS[unit]}" if unit else f"{n:.0f} {_UNITS[unit]}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right.

    Examples
    --------
    >>> table(["name", "rows"], [["a", "10"], ["long", "7"]])
    ['name  rows', 'a       10', 'long     7']
    """
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in cells
    ]


def usage_lines(usage: Mapping[str, Any]) -> list[str]:
    """A table of versions, and one of what the rest takes."""
    versions = sorted(usage["versions"], key=lambda one: -sum(one[part]["bytes"] for part in _PARTS))
    rows = [
        [
            one["fqn"],
            f"{one['events']['rows']:,}",
            f"{one['outcomes']['rows']:,}",
            *(size(one[part]["bytes"]) for part in _PARTS),
        ]
        for one in versions
    ]
    files = usage["files"]
    rest = [
        ["the event store's file", size(files["file_bytes"])],
        ["  free in it", size(files["free_bytes"])],
        ["  ledger and what versions share", size(files["shared"]["bytes"])],
        ["the event store's log", size(files["log_bytes"])],
        [f"inbox ({usage['waiting_rows']:,} rows wait)", size(usage["inbox_bytes"])],
        ["registry", size(usage["registry_bytes"])],
        ["artifacts", size(usage["artifacts_bytes"])],
        ["free on the disk", size(usage["disk_free_bytes"])],
    ]
    head = ["model version", "predictions", "with actual", *_PARTS]
    return [*(table(head, rows) if rows else ["no model versions"]), "", *table([usage["data_dir"], ""], rest)]


def finding_lines(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line a finding, problems last, where they are seen."""
    order = list(_MARKS)
    ordered = sorted(findings, key=lambda one: order.index(one["level"]))
    return [f"{_MARKS[one['level']]}  {one['about']}: {one['text']}" for one in ordered]


def removed_text(removed: Mapping[str, int]) -> str:
    """What was taken out, in one line.

    Examples
    --------
    >>> removed_text({"predictions": 2, "actuals": 1, "waiting": 0, "repeats": 0, "refusals": 0})
    '2 predictions, 1 actuals, 0 repeats, 0 refusals'
    """
    return ", ".join(f"{removed[part]:,} {part}" for part in ("predictions", "actuals", "repeats", "refusals"))
