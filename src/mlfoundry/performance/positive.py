"""Which of two classes precision, recall and ROC AUC are about."""

from __future__ import annotations

from collections.abc import Sequence

from mlfoundry.errors import InvalidInput

POSITIVE_NAMES = ("true", "1", "yes", "positive")
"""Labels taken as positive where the schema names none; text is compared without case. ``True`` and ``"1"`` are among
them because their labels are ``true`` and ``1``."""


def positive_class(declared: str | None, classes: Sequence[str]) -> str:
    """The positive class: the schema's, else the one whose label says so.

    Raises
    ------
    InvalidInput
        No label says so, or more than one; the message says how to give it.

    Examples
    --------
    >>> positive_class(None, ("no", "Yes"))
    'Yes'
    """
    if declared is not None:
        return declared
    found = [label for label in classes if label.strip().lower() in POSITIVE_NAMES]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(repr(label[:40]) for label in classes[:6])
    problem = "more than one of them could be" if found else "none of them is known to be"
    raise InvalidInput(
        f"the classes are {shown} and {problem} the positive one; "
        f"say which: ModelSchema(positive_class={(list(classes) or ['yes'])[0][:40]!r})"
    )
