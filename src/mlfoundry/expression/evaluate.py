"""An expression computed of one row: the rules that every engine follows, in their plainest form."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlfoundry.expression.tree import (
    And,
    AsFloat,
    Call,
    Column,
    Compare,
    Constant,
    Expression,
    In,
    IsNull,
    Not,
    Or,
    Value,
)

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPUTED: Mapping[str, Callable[..., float]] = {
    "+": float.__add__,
    "-": float.__sub__,
    "*": float.__mul__,
    "/": float.__truediv__,
    "negate": float.__neg__,
    "abs": math.fabs,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "min": lambda *numbers: min(numbers),
    "max": lambda *numbers: max(numbers),
}


def evaluate(bound: Expression, value_of: Callable[[str], Value | None]) -> Value | None:  # noqa: PLR0911
    """What a bound expression is for one row; None where that is unknown.

    Whatever is computed of or compared with a missing value is unknown. ``and`` is false where a part is false,
    whatever is unknown; ``or`` likewise true. A result that is no finite number (of a division by 0, the logarithm of
    −1) is missing.

    Parameters
    ----------
    bound
        What :func:`~mlfoundry.expression.bind` made.
    value_of
        The row's value of a column, by key, in the column's type: a time in microseconds since 1970, a class by its
        label; None where it is missing.

    Examples
    --------
    >>> from mlfoundry.expression import bind, parse
    >>> tree = bind(parse("age > 30 or country == 'DE'"), {"age": "int", "country": "text"})
    >>> evaluate(tree, {"age": None, "country": "DE"}.get), evaluate(tree, {"age": None, "country": "FR"}.get)
    (True, None)
    """
    match bound:
        case Constant():
            return bound.value
        case Column():
            return value_of(bound.key)
        case AsFloat():
            value = evaluate(bound.operand, value_of)
            return None if value is None else float(value)
        case Call():
            return _called(bound.function, [evaluate(argument, value_of) for argument in bound.arguments])
        case Compare():
            left, right = evaluate(bound.left, value_of), evaluate(bound.right, value_of)
            return None if left is None or right is None else _COMPARED[bound.operator](left, right)
        case In():
            value = evaluate(bound.operand, value_of)
            return None if value is None else any(value == option.value for option in bound.options)
        case IsNull():
            return evaluate(bound.operand, value_of) is None
        case Not():
            value = evaluate(bound.operand, value_of)
            return None if value is None else not value
        case And() | Or():
            return _joined([evaluate(operand, value_of) for operand in bound.operands], decides=isinstance(bound, Or))
        case _:
            raise TypeError(f"a {type(bound).__name__} has to be bound first")


def _called(function: str, arguments: list[Value | None]) -> float | None:
    if None in arguments:
        return None
    try:
        result = _COMPUTED[function](*cast("list[float]", arguments))
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None


def _joined(values: list[Value | None], *, decides: bool) -> bool | None:
    if decides in values:
        return decides
    return None if None in values else not decides
