"""The tree of an expression: frozen, hashable values, equal where they mean the same wherever they stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Type = Literal["int", "float", "text", "bool", "time", "label"]
"""``label`` is a class of a classifier; ``time`` counts microseconds since 1970."""
Value = str | int | float | bool
Operator = Literal["==", "!=", "<", "<=", ">", ">="]


def _position() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the text; its type keeps ``1``, ``1.0`` and ``true`` apart."""

    type: Type
    value: Value
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Name:
    """A column as it was written: ``age``, ``features.age``, ``prediction``, ``score.late``."""

    name: str
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Column:
    """A column that exists, by its key (see :mod:`mlfoundry.columns`); put in place of names by :func:`bind`."""

    key: str
    type: Type
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Call:
    """Arithmetic (``+ - * /``, ``negate``) or a function on numbers."""

    function: str
    arguments: tuple[Expression, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class AsFloat:
    """A whole number or a bool taken as a float64; put in by :func:`bind`."""

    operand: Expression
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared."""

    operator: Operator
    left: Expression
    right: Expression
    position: int = _position()


@dataclass(frozen=True, slots=True)
class In:
    """Whether a value is one of some."""

    operand: Expression
    options: tuple[Constant, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is missing."""

    operand: Expression
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of what is unknown, unknown."""

    operand: Expression
    position: int = _position()


@dataclass(frozen=True, slots=True)
class And:
    """Whether all hold."""

    operands: tuple[Expression, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Or:
    """Whether any holds."""

    operands: tuple[Expression, ...]
    position: int = _position()


Expression: TypeAlias = Constant | Name | Column | Call | AsFloat | Compare | In | IsNull | Not | And | Or


def children(node: Expression) -> tuple[Expression, ...]:
    """What a node is made of."""
    match node:
        case Constant() | Name() | Column():
            return ()
        case Call():
            return node.arguments
        case Compare():
            return (node.left, node.right)
        case In():
            return (node.operand, *node.options)
        case And() | Or():
            return node.operands
        case _:
            return (node.operand,)


def renamed(tree: Expression, old: str, new: str) -> Expression:
    """The tree with one name in place of another.

    Examples
    --------
    >>> renamed(Not(Name("score")), "score", "score.late")
    Not(operand=Name(name='score.late'))
    """
    match tree:
        case Name():
            return replace(tree, name=new) if tree.name == old else tree
        case Constant() | Column():
            return tree
        case Call():
            return replace(tree, arguments=tuple(renamed(one, old, new) for one in tree.arguments))
        case Compare():
            return replace(tree, left=renamed(tree.left, old, new), right=renamed(tree.right, old, new))
        case And() | Or():
            return replace(tree, operands=tuple(renamed(one, old, new) for one in tree.operands))
        case _:
            return replace(tree, operand=renamed(tree.operand, old, new))


def nodes(tree: Expression) -> Iterator[Expression]:
    """Every node of a tree, from the root down."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def depth_of(tree: Expression) -> int:
    """How many nodes lie on the longest way from the root down."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in children(node))
    return deepest
