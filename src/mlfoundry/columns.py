"""Keys of columns: how an answer, a URL and a call name a feature, the prediction, a score or the actual."""

from __future__ import annotations

from typing import Literal

Role = Literal["feature", "prediction", "score", "actual"]


def column_key(role: Role, name: str = "") -> str:
    """The key of a column: a feature's own name, ``prediction``, ``actual`` or ``score.<class>``.

    A feature whose name could be taken for one of the others is written ``features.<name>``.

    Examples
    --------
    >>> column_key("feature", "age"), column_key("feature", "actual"), column_key("score", "late")
    ('age', 'features.actual', 'score.late')
    """
    if role == "score":
        return f"score.{name}"
    if role != "feature":
        return role
    reserved = name in ("prediction", "actual") or name.startswith(("features.", "score."))
    return f"features.{name}" if reserved else name


def parse_column(key: str) -> tuple[Role, str]:
    """The role and name of a key; ``features.age`` and ``age`` are one column.

    Examples
    --------
    >>> parse_column("features.age"), parse_column("actual"), parse_column("score.late")
    (('feature', 'age'), ('actual', ''), ('score', 'late'))
    """
    if key == "prediction":
        return "prediction", ""
    if key == "actual":
        return "actual", ""
    if key.startswith("score."):
        return "score", key[len("score.") :]
    return "feature", key.removeprefix("features.")
