"""Names and types of an expression looked up among the columns there are, so that engines only have to compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, cast

from mlfoundry.columns import Role, column_key, parse_column
from mlfoundry.errors import InvalidExpression, InvalidInput, near
from mlfoundry.expression.tokens import written_name
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
    Name,
    Not,
    Or,
    Type,
    nodes,
)
from mlfoundry.labels import class_label
from mlfoundry.schema import ColumnKind, FeatureType
from mlfoundry.times import as_utc, to_micros

Wanted = Literal["condition", "number"]
_OF_FEATURE: Final[Mapping[FeatureType, Type]] = {
    "int": "int",
    "float": "float",
    "string": "text",
    "boolean": "bool",
    "timestamp": "time",
}
_NUMBERS: Final = ("int", "float")
_WORDS: Final[Mapping[Type, str]] = {
    "int": "a whole number",
    "float": "a number",
    "text": "a text",
    "bool": "true or false",
    "time": "a time",
    "label": "a class",
}


def type_of_column(role: Role, kind: ColumnKind, stored: FeatureType) -> Type:
    """What a column is to an expression: its type, or the class of a classifier's prediction and actual."""
    if role == "feature":
        return _OF_FEATURE[stored]
    return "label" if kind == "categorical" else "float"


def bind(tree: Expression, columns: Mapping[str, Type], *, wanted: Wanted = "condition") -> Expression:
    """The tree over columns that exist, with every conversion in it.

    In what comes back a comparison has sides of one type, arithmetic has floats alone, and constants have the type of
    what they are compared with: a class its label, a time its microseconds since 1970.

    Parameters
    ----------
    tree
        What :func:`~mlfoundry.expression.parse` made.
    columns
        Column keys (see :mod:`mlfoundry.columns`) and their types.
    wanted
        Whether the whole has to be true or false, or a number.

    Raises
    ------
    InvalidExpression
        A column is unknown (the nearest is named), or types do not go together.

    Examples
    --------
    >>> from mlfoundry.expression import parse
    >>> bind(parse("prediction == 1"), {"prediction": "label"})
    Compare(operator='==', left=Column(key='prediction', type='label'), right=Constant(type='label', value='1'))
    """
    binder = _Binder(columns)
    return binder.condition(tree) if wanted == "condition" else binder.number(tree)


def columns_of(tree: Expression) -> tuple[str, ...]:
    """The keys of the columns that an expression names, bound or not; a bare ``score`` stays what it is."""
    found = [node for node in nodes(tree) if isinstance(node, Column | Name)]
    return tuple(dict.fromkeys(node.key if isinstance(node, Column) else _key(node) for node in found))


def _key(name: Name) -> str:
    return column_key(*parse_column(name.name))


class _Binder:
    def __init__(self, columns: Mapping[str, Type]) -> None:
        self._columns = columns

    def condition(self, tree: Expression) -> Expression:
        """The tree as something true or false."""
        bound, found = self._bound(tree)
        if found != "bool":
            raise InvalidExpression(
                f"{_about(bound, found)}, no condition; compare it, as in age > 30", position=max(tree.position, 1)
            )
        return bound

    def number(self, tree: Expression) -> Expression:
        """The tree as a float64; true counts as 1."""
        bound, found = self._bound(tree)
        if found == "float":
            return bound
        if found in ("int", "bool"):
            return _as_float(bound)
        raise InvalidExpression(f"{_about(bound, found)}; a number is needed here", position=max(tree.position, 1))

    def _bound(self, tree: Expression) -> tuple[Expression, Type]:  # noqa: PLR0911 - one a kind of node
        match tree:
            case Constant():
                return tree, tree.type
            case Name():
                column = self._column(tree)
                return column, column.type
            case Column():
                return tree, tree.type
            case AsFloat():
                return tree, "float"
            case Call():
                arguments = tuple(self.number(argument) for argument in tree.arguments)
                return Call(tree.function, arguments, tree.position), "float"
            case Compare():
                return self._compared(tree), "bool"
            case In():
                return self._in(tree), "bool"
            case IsNull():
                return IsNull(self._bound(tree.operand)[0], tree.position), "bool"
            case Not():
                return Not(self.condition(tree.operand), tree.position), "bool"
            case And() | Or():
                return type(tree)(tuple(map(self.condition, tree.operands)), tree.position), "bool"

    def _column(self, name: Name) -> Column:
        key = _key(name)
        found = self._columns.get(key)
        if found is not None:
            return Column(key, found, name.position)
        if key == "score":
            scores = [written_name(known) for known in self._columns if known.startswith("score.")]
            hint = f"say of which class: {', '.join(scores[:5])}" if scores else "no probabilities were logged"
            raise InvalidExpression(f"no column 'score'; {hint}", position=name.position)
        closest = near(key, self._columns)
        raise InvalidExpression(
            f"no column {name.name!r}",
            position=name.position,
            closest=None if closest is None else written_name(closest),
        )

    def _compared(self, tree: Compare) -> Compare:
        (left, left_type), (right, right_type) = self._bound(tree.left), self._bound(tree.right)
        if left_type != right_type or isinstance(left, Constant) is not isinstance(right, Constant):
            left, left_type, right, right_type = _alike(left, left_type, right, right_type, tree.position)
        if left_type in ("bool", "label") and tree.operator not in ("==", "!="):
            raise InvalidExpression(
                f"{_about(left, left_type)}, which has no order; compare it by == or !=", position=tree.position
            )
        return Compare(tree.operator, left, right, tree.position)

    def _in(self, tree: In) -> In:
        operand, found = self._bound(tree.operand)
        if found == "int" and any(option.type == "float" for option in tree.options):
            operand, found = _as_float(operand), "float"
        options = tuple(_taken_as(option, found, operand) for option in tree.options)
        return In(operand, options, tree.position)


def _alike(
    left: Expression, left_type: Type, right: Expression, right_type: Type, position: int
) -> tuple[Expression, Type, Expression, Type]:
    """Both sides of a comparison brought to one type."""
    if left_type in _NUMBERS and right_type in _NUMBERS:
        if left_type != right_type:
            return _as_float(left), "float", _as_float(right), "float"
        return left, left_type, right, right_type
    if isinstance(right, Constant):
        return left, left_type, _taken_as(right, left_type, left), left_type
    if isinstance(left, Constant):
        return _taken_as(left, right_type, right), right_type, right, right_type
    if left_type == right_type or {left_type, right_type} == {"label", "text"}:
        return left, left_type, right, right_type
    raise InvalidExpression(
        f"{_about(left, left_type)}, but {_about(right, right_type)}; they cannot be compared", position=position
    )


def _taken_as(constant: Constant, wanted: Type, other: Expression) -> Constant:
    """A constant as the type of what it is compared with."""
    if wanted == constant.type:
        return constant
    if wanted == "label":
        return Constant("label", class_label(constant.value), constant.position)
    if wanted == "float" and constant.type == "int":
        return Constant("float", float(constant.value), constant.position)
    if wanted == "time" and constant.type == "text":
        try:
            return Constant("time", to_micros(as_utc(cast("str", constant.value))), constant.position)
        except InvalidInput as error:
            raise InvalidExpression(f"{_about(other, wanted)}, but {error}", position=constant.position) from error
    written = repr(constant.value) if constant.type != "bool" else str(constant.value).lower()
    raise InvalidExpression(
        f"{_about(other, wanted)}, but {written} is {_WORDS[constant.type]}", position=constant.position
    )


def _as_float(bound: Expression) -> Expression:
    if isinstance(bound, Constant) and bound.type == "int":
        return Constant("float", float(bound.value), bound.position)
    return bound if isinstance(bound, Constant) and bound.type == "float" else AsFloat(bound, bound.position)


def _about(bound: Expression, found: Type) -> str:
    match bound:
        case Column():
            return f"{written_name(bound.key)} is {_WORDS[found]}"
        case Constant():
            return f"{bound.value!r} is {_WORDS[found]}"
        case _:
            return f"this is {_WORDS[found]}"
