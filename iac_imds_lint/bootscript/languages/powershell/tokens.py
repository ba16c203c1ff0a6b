"""PowerShell as tokens: strings are opened and closed like brackets, with what they expand between.

Source: PowerShell documentation, about_Quoting_Rules, about_Variables, about_Comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    TEXT = "text"
    VARIABLE = "variable"
    SPLAT = "splat"
    OPEN = "open"
    CLOSE = "close"
    OPERATOR = "operator"
    BREAK = "break"


class Token(NamedTuple):
    """A token. ``value`` is the name of a variable in small letters, what a text says, and else what is written."""

    kind: Kind
    start: int
    end: int
    value: str


_SCOPES = r"(?:script|global|local|private|using):"
_CODE = re.compile(
    r"""
      (?P<skip> [^\S\n]+ | `\r?\n | `\r | <\#.*?(?:\#>|\Z) | \#[^\n]* )
    | (?P<break> [\n;] )
    | (?P<literal_here> @'[^\S\n]*\n (?P<here> .*? ) (?:\r?\n'@|\Z) )
    | (?P<literal> '(?:[^']+|'')*(?:'|\Z) )
    | (?P<open_text> @"[^\S\n]*\n | " )
    | (?P<splat> @[A-Za-z_]\w* )
    | (?P<open> [@$]?\( | @?\{ | \[ )
    | (?P<close> [)\]}] )
    | (?P<variable> \$(?: \{[^}\n]{0,200}\} | (?:[A-Za-z_]\w*:(?!:))?\w+ | [?^$] ) )
    | (?P<operator> \+= | -= | == | && | \|\| | [|&,+=$@] )
    | (?P<word> https?://\[[0-9A-Fa-f:]+\][^\s'"(){}\[\];,|&$@=+]* | (?:`.|[^\s'"`(){}\[\];,|&$@=+]+)+ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_TEXT = re.compile(
    r"""
      (?P<text> [^"`$]+ | `. | "" )
    | (?P<open> \$\( )
    | (?P<variable> \$(?: \{[^}\n]{0,200}\} | (?:[A-Za-z_]\w*:(?!:))?\w+ ) )
    | (?P<close> " | `?\Z )
    | (?P<dollar> \$ )
    """,
    re.VERBOSE | re.DOTALL,
)
_HERE = re.compile(
    r"""
      (?P<text> [^`$\n\r]+ | `. | \r?\n(?!"@) | \r(?!\n) )
    | (?P<open> \$\( )
    | (?P<variable> \$(?: \{[^}\n]{0,200}\} | (?:[A-Za-z_]\w*:(?!:))?\w+ ) )
    | (?P<close> \r?\n"@ | `?\Z )
    | (?P<dollar> \$ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r'`(.)|""', re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_CLOSED_BY = {"(": ")", "$(": ")", "@(": ")", "{": "}", "@{": "}", "[": "]"}


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a script, without blanks and comments."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    opened: list[str] = []
    offset = 0
    while offset < len(text):
        pattern = _TEXT if opened and opened[-1] == '"' else _HERE if opened and opened[-1] == '@"' else _CODE
        found = pattern.match(text, offset)
        if found is None or found.end() == offset:
            return
        offset = found.end()
        token = _in_code(found) if pattern is _CODE else _in_text(found, pattern is _HERE)
        if token is not None:
            _nest(token, opened)
            yield token


def _nest(token: Token, opened: list[str]) -> None:
    if token.kind is Kind.OPEN:
        opened.append(token.value)
    elif token.kind is Kind.CLOSE and opened and token.value == _CLOSED_BY.get(opened[-1], opened[-1]):
        opened.pop()


def _in_code(found: re.Match[str]) -> Token | None:
    start, end, written = found.start(), found.end(), found[0]
    match found.lastgroup:
        case "skip" | "other" | None:
            return None
        case "break":
            return Token(Kind.BREAK, start, end, written)
        case "literal_here" | "here":
            return Token(Kind.TEXT, start, end, found["here"])
        case "literal":
            return Token(Kind.TEXT, start, end, written[1:].removesuffix("'").replace("''", "'"))
        case "open_text":
            return Token(Kind.OPEN, start, end, '"' if written == '"' else '@"')
        case "splat":
            return Token(Kind.SPLAT, start, end, written[1:].lower())
        case "open":
            return Token(Kind.OPEN, start, end, written)
        case "close":
            return Token(Kind.CLOSE, start, end, written)
        case "variable":
            return Token(Kind.VARIABLE, start, end, _name(written))
        case "operator":
            return Token(Kind.OPERATOR, start, end, written)
        case _:
            return Token(Kind.WORD, start, end, written.replace("`", ""))


def _in_text(found: re.Match[str], here: bool) -> Token:
    start, end, written = found.start(), found.end(), found[0]
    match found.lastgroup:
        case "open":
            return Token(Kind.OPEN, start, end, "$(")
        case "variable":
            return Token(Kind.VARIABLE, start, end, _name(written))
        case "close":
            return Token(Kind.CLOSE, start, end, '@"' if here else '"')
        case _:
            return Token(Kind.TEXT, start, end, _ESCAPE.sub(_unescaped, written))


def _unescaped(found: re.Match[str]) -> str:
    return '"' if found[1] is None else _ESCAPED.get(found[1], found[1])


def _name(written: str) -> str:
    return re.sub(rf"\A{_SCOPES}", "", written.lstrip("$").strip("{}").lower())


def partners(found: Sequence[Token]) -> dict[int, int]:
    """For the number of each token that opens or closes something, that of its other end."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for number, token in enumerate(found):
        if token.kind is Kind.OPEN:
            opened.append(number)
        elif token.kind is Kind.CLOSE and opened:
            last = found[opened[-1]].value
            if token.value == _CLOSED_BY.get(last, last):
                pairs[number] = opened[-1]
                pairs[opened.pop()] = number
    return pairs
