r"""What tree-sitter-bash would misread.

It takes ``\$(`` in a here-document for a substitution, a line that only begins with the delimiter for the end, a blank
between two backquotes for one sign, and knows neither escaped backquotes inside of others nor any in a here-document.
What is meant is masked for it, letter for letter, so that all offsets stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_BEGIN = re.compile(r"(?<!<)<<(?P<tabs>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][\w.-]*)(?!<)")
_BACKQUOTED = re.compile(r"(?<!\\)`(?:[^`\\\n]|\\.)*`")
# What is in a substitution of the other kind is read with it.
_QUOTED_OR_INSIDE = re.compile(rf"\$\([^()\n]*\)|{_BACKQUOTED.pattern}")
_INSIDE = re.compile(r"\\`(.*?)\\`", re.DOTALL)
_LONGEST = 4096
_BETWEEN = re.compile(r"`[ \t](?=[ \t]*`)")
_LETTER = re.compile("[!-~]")
_ESCAPED = re.compile(r"\\[\\$`]")


class _Body(NamedTuple):
    """The lines of a here-document, from the first to the one that ends it."""

    first: int
    last: int
    word: str
    literal: bool


def masked(content: str) -> str:
    """A script of the same length that is read as bash does."""
    if "<<" in content:
        content = _with_bodies(content)
    if "`" in content:
        content = _BACKQUOTED.sub(_with_inner, content)
        content = _BETWEEN.sub("`x", content)
    return content


def backquoted(text: str) -> Iterator[tuple[int, int]]:
    """Where the substitutions in backquotes begin and end in a text, with their quotes. None is longer than a page."""
    every = _QUOTED_OR_INSIDE.finditer(text) if "`" in text else ()
    return (found.span() for found in every if found[0][0] == "`" and len(found[0]) < _LONGEST)


def _without_backquoted(found: re.Match[str]) -> str:
    is_meant = found[0][0] == "`" and len(found[0]) < _LONGEST
    return _LETTER.sub("x", found[0]) if is_meant else found[0]


def _with_inner(found: re.Match[str]) -> str:
    """Substitutions in backquotes, with those that are escaped in it written otherwise."""
    return _INSIDE.sub(lambda inner: f"$({inner[1]} )", found[0])


def _with_bodies(content: str) -> str:
    lines = content.split("\n")
    for body in _bodies(lines):
        lines[body.first - 1] = _without_more(lines[body.first - 1])
        for number in range(body.first, body.last):
            lines[number] = _masked_line(lines[number], body)
    return "\n".join(lines)


def _bodies(lines: list[str]) -> Iterator[_Body]:
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        ends.setdefault(line, []).append(number)
        if line.startswith("\t"):
            ends.setdefault(line.lstrip("\t"), []).append(number)
    number = 0
    while number < len(lines):
        number += 1
        for found in _BEGIN.finditer(lines[number - 1]):
            last = _end(lines, ends, found["word"], number, bool(found["tabs"]))
            if last is not None and not lines[number - 1].lstrip().startswith("#"):
                yield _Body(number, last, found["word"], bool(found["quote"]))
                number = last + 1


def _end(lines: list[str], ends: dict[str, list[int]], word: str, first: int, tabs: bool) -> int | None:
    """The line that ends a body which begins with ``first``."""
    some = ends.get(word, [])
    for last in some[bisect_right(some, first - 1) :]:
        if tabs or lines[last] == word:
            return last
    return None


def _without_more(line: str) -> str:
    """The line of a here-document without commands behind ";", with which the tree would lose its body."""
    end = line.find(";", line.rfind("<<"))
    more = line[end:] if end >= 0 else ""
    return (
        line
        if any(one in more for one in ("'", '"', "http", ";;"))
        else line[: len(line) - len(more)] + " " * len(more)
    )


def _masked_line(line: str, body: _Body) -> str:
    if body.literal:
        return _LETTER.sub("x", line)
    line = _ESCAPED.sub("xx", _QUOTED_OR_INSIDE.sub(_without_backquoted, line) if "`" in line else line)
    stripped = line.lstrip("\t")
    if stripped.startswith(body.word):
        line = line[: len(line) - len(stripped)] + "x" + stripped[1:]
    return line
