"""Strings of Terraform's JSON syntax as they are written: what of them is interpolated, and calls put around them.

They are rewritten character by character, so that every escape stays as it was written. A string of JSON is a template
in which a backslash is one; in the quotes of an expression it begins an escape.
Source: Terraform language, "JSON Configuration Syntax"; HCL native syntax specification, "Template Expressions".
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
_ESCAPED = {"\\": "\\\\\\\\", '"': '\\\\\\"', "\n": "\\\\n", "\r": "\\\\r", "\t": "\\\\t"}
_MARKS = ("$", "%")
_COMMENT = ("#", "//", "/*")


class _Read(NamedTuple):
    """The characters of a string, and for each of them how it is written."""

    text: str
    written: tuple[str, ...]


def encoded(string: str, function: str) -> str | None:
    """A string of JSON, with its quotes, as the argument of a function of the Terraform language.

    None where it cannot be told that the value would be the same.
    """
    read = _read(string)
    inside = _alone(read.text)
    if inside is not None:
        return called(string, f"{function}(", ")")
    if (parts := _stretches(read.text)) is None or any(_strips(read.text, *part) for part in parts):
        return None
    interpolated = {at for start, end in parts for at in range(start, end)}
    characters = [
        written if at in interpolated else _in_quotes(read.text[at], written) for at, written in enumerate(read.written)
    ]
    return f'"${{{function}(\\"{"".join(characters)}\\")}}"'


def called(string: str, before: str, after: str) -> str:
    """A string that is one interpolation, with texts of the Terraform language around its expression."""
    read = _read(string)
    start, end = _alone(read.text) or (0, len(read.text))
    expression = read.text[start:end]
    first = start + len(expression) - len(expression.lstrip())
    last = end if any(mark in expression for mark in _COMMENT) else start + len(expression.rstrip())
    return "".join(
        (
            '"',
            *read.written[:first],
            _quoted(before),
            *read.written[first:last],
            _quoted(after),
            *read.written[last:],
            '"',
        )
    )


def expression(string: str) -> str | None:
    """The text of the expression that a string is, where it is one interpolation and nothing else."""
    text = _read(string).text
    inside = _alone(text)
    return text[inside[0] : inside[1]].strip() if inside else None


def interpolation(text: str) -> str:
    """An expression as a string of JSON."""
    return f'"${{{_quoted(text)}}}"'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _read(string: str) -> _Read:
    written = tuple(_CHARACTER.findall(string[1:-1]))
    return _Read("".join(json.loads(f'"{one}"') if one[0] == "\\" else one for one in written), written)


def _in_quotes(character: str, written: str) -> str:
    """A character of a template as it is written inside of quotes, in a string of JSON."""
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character < " ":
        return f"\\\\u{ord(character):04x}"
    return written


def _alone(text: str) -> tuple[int, int] | None:
    """Where the expression stands that all of a template is, if it is one."""
    if not text.startswith("${"):
        return None
    end = _closing(text, 2)
    if end != len(text) - 1:
        return None
    return 2 + text.startswith("~", 2), end - (text[end - 1] == "~")


def _stretches(text: str) -> list[tuple[int, int]] | None:
    """The interpolations and directives of a template, braces and all; None where one is not understood."""
    found: list[tuple[int, int]] = []
    at = 0
    while (brace := text.find("{", at)) != -1:
        mark = text[brace - 1 : brace] if brace > at else ""
        at = brace + 1
        if mark not in _MARKS or text[brace - 2 : brace - 1] == mark:
            continue
        end = _closing(text, brace + 1)
        if end is None:
            return None
        found.append((brace - 1, end + 1))
        at = end + 1
    return found


def _strips(text: str, start: int, end: int) -> bool:
    """Whether the blanks around an interpolation are taken away: line by line in a template, all of them in quotes."""
    return text.startswith("~", start + 2) or text[end - 2] == "~"


def _closing(text: str, at: int) -> int | None:
    """Where the brace is closed that was opened before an offset. Strings in between may hold templates again."""
    opened = ["{"]
    while at < len(text):
        character = text[at]
        if opened[-1] == '"':
            if character == "\\":
                at += 1
            elif character == '"':
                opened.pop()
            elif character in _MARKS and text.startswith("{", at + 1):
                escaped = text[at - 1] == character
                opened += [] if escaped else ["{"]
                at += 1
        elif character in '{"':
            opened.append(character)
        elif character == "}":
            opened.pop()
            if not opened:
                return at
        elif text.startswith((*_COMMENT, "<<"), at):
            return None
        at += 1
    return None
