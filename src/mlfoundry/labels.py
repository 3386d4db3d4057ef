"""One function that makes a class label of a value, for predictions, actuals and keys of ``probabilities`` alike."""

from __future__ import annotations


def class_label(value: str | int | float | bool) -> str:
    """Return the class label of a value.

    A bool becomes ``true`` or ``false``, an integral number its digits, text stays as it is. So ``1`` and ``1.0`` are
    one class; ``1`` and ``True`` are two.

    Examples
    --------
    >>> [class_label(v) for v in (True, 1, 1.0, 1.5, "late")]
    ['true', '1', '1', '1.5', 'late']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
