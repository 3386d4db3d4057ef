"""From text to tree: a recursive descent parser of its own, bounded, that knows nothing but this language."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, cast

from mlfoundry.errors import InvalidExpression, near
from mlfoundry.expression.tokens import Token, tokens_of
from mlfoundry.expression.tree import (
    And,
    Call,
    Compare,
    Constant,
    Expression,
    In,
    IsNull,
    Name,
    Not,
    Operator,
    Or,
    depth_of,
)

MAX_LENGTH: Final = 2_000
MAX_DEPTH: Final = 50
FUNCTIONS: Final = {"abs": (1, 1), "exp": (1, 1), "log": (1, 1), "sqrt": (1, 1), "min": (2, 20), "max": (2, 20)}
"""The functions, with the least and the most arguments each takes."""
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_INT64 = 2**63


def parse(text: str) -> Expression:
    """Read an expression; what its names mean is looked at by :func:`~mlfoundry.expression.bind`.

    Parameters
    ----------
    text
        Such as ``country == "DE" and (amount > 100 or age is null)``. At most 2,000 characters and 50 levels deep.

    Raises
    ------
    InvalidExpression
        It is malformed; says at which position, what was wrong and what would be right.

    Examples
    --------
    >>> parse("age > 30")
    Compare(operator='>', left=Name(name='age'), right=Constant(type='int', value=30))
    >>> parse("age >")
    Traceback (most recent call last):
    ...
    mlfoundry.errors.InvalidExpression: the expression ends where a value should stand (position 6)
    """
    if len(text) > MAX_LENGTH:
        raise InvalidExpression(
            f"the expression has {len(text):,} characters; {MAX_LENGTH:,} are the most", position=MAX_LENGTH + 1
        )
    parser = _Parser(list(tokens_of(text)))
    tree = parser.whole()
    if depth_of(tree) > MAX_DEPTH:
        raise InvalidExpression(f"the expression is more than {MAX_DEPTH} levels deep", position=1)
    return tree


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Expression:
        tree = self._or()
        if self._next.kind != "end":
            raise self._unexpected("'and', 'or' or the end")
        return tree

    # Words

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += 1
        return token

    def _is(self, *values: str) -> bool:
        return self._next.kind in ("sign", "keyword") and self._next.value in values

    def _taken(self, *values: str) -> Token | None:
        return self._take() if self._is(*values) else None

    def _expect(self, value: str) -> Token:
        if not self._is(value):
            raise self._unexpected(f"'{value}'")
        return self._take()

    def _unexpected(self, wanted: str) -> InvalidExpression:
        token = self._next
        found = "the expression ends" if token.kind == "end" else f"{token.text} stands"
        return InvalidExpression(f"{found} where {wanted} should stand", position=token.position)

    def _deeper(self, read: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidExpression(
                f"the expression is more than {MAX_DEPTH} levels deep", position=self._next.position
            )
        tree = read()
        self._depth -= 1
        return tree

    # Conditions

    def _or(self) -> Expression:
        return self._joined("or", self._and, Or)

    def _and(self) -> Expression:
        return self._joined("and", self._not, And)

    def _joined(self, word: str, read: Callable[[], Expression], kind: type[And | Or]) -> Expression:
        position = self._next.position
        operands = [read()]
        while self._taken(word):
            operands.append(read())
        return operands[0] if len(operands) == 1 else kind(tuple(operands), position)

    def _not(self) -> Expression:
        word = self._taken("not")
        return self._comparison() if word is None else Not(self._deeper(self._not), word.position)

    def _comparison(self) -> Expression:
        operand = self._sum()
        if word := self._taken("is"):
            negated = self._taken("not")
            self._expect("null")
            return self._maybe_not(IsNull(operand, word.position), negated)
        if self._is("in") or (self._is("not") and self._tokens[self._place + 1].value == "in"):
            negated = self._taken("not")
            word = self._expect("in")
            return self._maybe_not(In(operand, self._options(), word.position), negated)
        return self._chain(operand)

    def _maybe_not(self, tree: Expression, negated: Token | None) -> Expression:
        return tree if negated is None else Not(tree, negated.position)

    def _chain(self, left: Expression) -> Expression:
        """A comparison, or several of one value: ``0 < age <= 10``."""
        found: list[Expression] = []
        first = self._next.position
        while word := self._taken(*_COMPARISONS):
            if self._is("null"):
                right = "is null" if word.value == "==" else "is not null"
                raise InvalidExpression(f"nothing is equal to null; write '{right}'", position=word.position)
            right = self._sum()
            found.append(Compare(cast("Operator", word.value), left, right, word.position))
            left = right
        if not found:
            return left
        return found[0] if len(found) == 1 else And(tuple(found), first)

    def _options(self) -> tuple[Constant, ...]:
        opened = self._taken("(", "[")
        if opened is None:
            raise self._unexpected("a list such as ('DE', 'FR')")
        options: list[Constant] = []
        closing = ")" if opened.value == "(" else "]"
        while not options or self._taken(","):
            if options and self._is(closing):
                break  # a comma may stand after the last one
            position = self._next.position
            option = self._signed()
            if not isinstance(option, Constant):
                raise InvalidExpression("a list holds numbers, texts, true and false alone", position=position)
            options.append(option)
        self._expect(closing)
        return tuple(options)

    # Numbers

    def _sum(self) -> Expression:
        return self._left_to_right(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._left_to_right(("*", "/"), self._signed)

    def _left_to_right(self, signs: tuple[str, ...], read: Callable[[], Expression]) -> Expression:
        tree = read()
        while sign := self._taken(*signs):
            tree = Call(sign.value, (tree, read()), sign.position)
        return tree

    def _signed(self) -> Expression:
        sign = self._taken("-", "+")
        if sign is None:
            return self._atom()
        operand = self._deeper(self._signed)
        if sign.value == "+":
            return operand
        if isinstance(operand, Constant) and operand.type in ("int", "float"):
            return Constant(operand.type, -cast("float", operand.value), sign.position)
        return Call("negate", (operand,), sign.position)

    def _atom(self) -> Expression:
        token = self._next
        if token.kind == "number":
            return self._number(self._take())
        if token.kind == "text":
            return Constant("text", self._take().value, token.position)
        if self._taken("true", "false"):
            return Constant("bool", token.value == "true", token.position)
        if token.kind == "name":
            self._take()
            return self._call(token) if self._is("(") else Name(token.value, token.position)
        if self._taken("("):
            tree = self._deeper(self._or)
            self._expect(")")
            return tree
        raise self._unexpected("a value")

    def _number(self, token: Token) -> Constant:
        if token.value.isdigit() and int(token.value) < _INT64:
            return Constant("int", int(token.value), token.position)
        number = float(token.value)
        if math.isinf(number):
            raise InvalidExpression(f"{token.text} is larger than any number here", position=token.position)
        return Constant("float", number, token.position)

    def _call(self, name: Token) -> Expression:
        if name.value not in FUNCTIONS:
            raise InvalidExpression(
                f"no function {name.value!r}; there are {', '.join(FUNCTIONS)}",
                position=name.position,
                closest=near(name.value, FUNCTIONS),
            )
        self._expect("(")
        arguments = [self._deeper(self._sum)]
        while self._taken(","):
            arguments.append(self._deeper(self._sum))
        self._expect(")")
        least, most = FUNCTIONS[name.value]
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise InvalidExpression(f"{name.value} takes {wanted} arguments", position=name.position)
        return Call(name.value, tuple(arguments), name.position)
