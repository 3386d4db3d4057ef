"""The text of an expression cut into words, numbers, texts and signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlfoundry.errors import InvalidExpression

Kind = Literal["number", "text", "name", "keyword", "sign", "end"]
KEYWORDS = {word: word for word in ("and", "or", "not", "in", "is", "null", "true", "false")} | {"none": "null"}
_QUOTED = r"`(?:[^`]|``)+`"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>(?:[^\W\d]\w*|{_QUOTED})(?:\.(?:\w+|{_QUOTED}))*)
    | (?P<sign>===|==|!=|<>|<=|>=|&&|\|\||\*\*|[-+*/()\[\],<>=!&|~%^;])
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(rf"{_QUOTED}|[^.`]+")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_INSTEAD = {
    "=": "==",
    "===": "==",
    "<>": "!=",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
    "~": "not",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``value`` is what it means, ``text`` what was written, ``position`` counts from 1."""

    kind: Kind
    value: str
    text: str
    position: int


def tokens_of(text: str) -> Iterator[Token]:
    """Cut a text into tokens, the last of which is its end.

    Raises
    ------
    InvalidExpression
        A sign means nothing, or a quote is not closed.

    Examples
    --------
    >>> [token.value for token in tokens_of("features.`odd name` >= 2.5")]
    ['features.odd name', '>=', '2.5', '']
    """
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unknown(text, place)
        if match.lastgroup != "space":
            yield _token(str(match.lastgroup), match[0], place + 1)
        place = match.end()
    yield Token("end", "", "", len(text) + 1)


def _token(group: str, written: str, position: int) -> Token:
    if group == "number":
        return Token("number", written, written, position)
    if group == "text":
        return Token("text", _unescaped(written[1:-1], position), written, position)
    if group == "name":
        keyword = KEYWORDS.get(written.lower())
        if keyword is not None:
            return Token("keyword", keyword, written, position)
        parts = [part[1:-1].replace("``", "`") if part[0] == "`" else part for part in _PART.findall(written)]
        return Token("name", ".".join(parts), written, position)
    if written in _INSTEAD:
        raise InvalidExpression(f"{written!r} means nothing here; write {_INSTEAD[written]!r}", position=position)
    if written in ("**", "^", "%", ";"):
        raise InvalidExpression(f"{written!r} means nothing here", position=position)
    return Token("sign", written, written, position)


def _unescaped(written: str, position: int) -> str:
    def meaning(match: re.Match[str]) -> str:
        escape = match[1]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise InvalidExpression(
                rf"\{escape} means nothing in a text; there are \\ \' \" \n \t \r \0 and \u00e4",
                position=position + 1 + match.start(),
            )
        return _ESCAPED[escape]

    text = _ESCAPE.sub(meaning, written)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidExpression("half of a surrogate pair is no character", position=position)
    return text


def _unknown(text: str, place: int) -> InvalidExpression:
    sign = text[place]
    if sign in "'\"":
        return InvalidExpression(f"the text that begins with {sign} does not end", position=place + 1)
    if sign == "`":
        return InvalidExpression("the name that begins with ` does not end, or is empty", position=place + 1)
    return InvalidExpression(f"{sign!r} means nothing here", position=place + 1)


def written_name(key: str) -> str:
    """A column's key as an expression writes it, in backticks where it has to be.

    Examples
    --------
    >>> written_name("age"), written_name("odd name"), written_name("score.very late")
    ('age', '`odd name`', 'score.`very late`')
    """
    prefix = next((prefix for prefix in ("features.", "score.") if key.startswith(prefix)), "")
    rest = key[len(prefix) :]
    match = _TOKEN.fullmatch(prefix + rest) if rest.lower() not in KEYWORDS or prefix else None
    plain = match is not None and match.lastgroup == "name" and "`" not in rest
    return key if plain else f"{prefix}`{rest.replace('`', '``')}`"
