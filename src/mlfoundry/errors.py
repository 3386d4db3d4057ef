"""Every error that mlfoundry raises on purpose.

::

    MlfoundryError
    ├── InvalidInput (ValueError)        what was given is malformed; says where and what would be right
    │   ├── InvalidExpression            a filter or a formula; says at which position
    │   └── LimitExceeded                well-formed, but larger than a documented limit
    ├── NotFound (LookupError)           no such thing; names the closest known one
    │   └── Deleted                      it existed, and somebody deleted it
    ├── AlreadyExists                    the name is taken
    ├── NotAllowed (PermissionError)     the server refuses: foreign host or origin, missing key
    ├── Unavailable (ConnectionError)    nothing answers, or it asks to wait
    ├── MissingExtra (ImportError)       the call needs an extra that is not installed
    ├── RowsLost                         strict mode: rows were rejected or dropped
    └── StoreError                       the data directory
        ├── DirectoryLocked              another process owns it
        ├── EngineFailed                 the disk, the memory, the file: not what was given
        └── Damaged                      a file cannot be read
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like another, if any is.

    Examples
    --------
    >>> near("flihgts", ["flights", "loans"])
    'flights'
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)


class MlfoundryError(Exception):
    """The root of every error raised on purpose."""


class InvalidInput(MlfoundryError, ValueError):
    """What was given is malformed.

    Parameters
    ----------
    message
        What was wrong and what would be right.
    path
        Where it was wrong, as a path such as ``$.rows[3].features.age``; empty when the message says it.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(f"{message} (at {path})" if path else message)
        self.path = path


class LimitExceeded(InvalidInput):
    """Well-formed, but larger than a documented limit."""

    def __init__(self, message: str, *, limit: str, path: str = "") -> None:
        super().__init__(message, path=path)
        self.limit = limit


class InvalidExpression(InvalidInput):
    """An expression cannot be read, or does not suit the columns there are.

    Parameters
    ----------
    message
        What was wrong and what would be right.
    position
        Where in the text, counted from 1.
    closest
        The nearest known name, where one is unknown.

    Examples
    --------
    >>> str(InvalidExpression("no column 'agee'", position=3, closest="age"))
    "no column 'agee' (position 3); did you mean age?"
    """

    def __init__(self, message: str, *, position: int, closest: str | None = None) -> None:
        hint = f"; did you mean {closest}?" if closest else ""
        super().__init__(f"{message} (position {position}){hint}")
        self.problem = message
        self.position = position
        self.closest = closest


class NotFound(MlfoundryError, LookupError):
    """No such thing; ``closest`` names the nearest known one, if there is one, ``right`` says what may be given.

    Examples
    --------
    >>> str(NotFound("ml_repo", "flihgts", known=["flights", "loans"]))
    "no ml_repo 'flihgts'; did you mean 'flights'?"
    """

    def __init__(self, what: str, name: str, *, known: Iterable[str] = (), right: str = "") -> None:
        self.what = what
        self.name = name
        self.closest = near(name, known)
        hint = f"; did you mean {self.closest!r}?" if self.closest else ""
        super().__init__(f"no {what} {name!r}{hint}{f'; {right}' if right else ''}")


class Deleted(NotFound):
    """It existed, and somebody deleted it; its name is not given away again."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(what, name)
        self.args = (f"the {what} {name!r} was deleted",)


class AlreadyExists(MlfoundryError):
    """The name is taken by something else."""


class NotAllowed(MlfoundryError, PermissionError):
    """The server refuses the request."""


class Unavailable(MlfoundryError, ConnectionError):
    """Nothing answers, or what answers asks to wait ``retry_after_s`` seconds."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class MissingExtra(MlfoundryError, ImportError):
    """The call needs an extra that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra [{extra}]: pip install 'mlfoundry[{extra}]'")
        self.extra = extra


class RowsLost(MlfoundryError):
    """Strict mode: rows were rejected by the server or dropped on the way."""


class StoreError(MlfoundryError):
    """The data directory cannot be used."""


class DirectoryLocked(StoreError):
    """Another process owns the data directory."""


class EngineFailed(StoreError):
    """The disk, the memory or the file failed, and would have for other rows too."""


class Damaged(StoreError):
    """A file of the data directory cannot be read."""
