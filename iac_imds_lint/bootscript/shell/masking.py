r"""What tree-sitter-bash would misread.

It takes ``\$(`` in a here-document for a substitution, a line that only begins with the delimiter for the end, a blank
between two backquotes for one sign, and knows neither escaped backquotes inside of others nor any in a here-document.
What is meant is masked for it, letter for letter, so that all offsets stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

_BEGIN = re.compile(r"(?<!<)<<(?P<tabs>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][\w.-]*)(?!<)")
_BACKQUOTED = re.compile(r"(?<!\\)`(?:[^`\\\n]|\\.)*`")
# What is in a substitution of the other kind is read with it.
_QUOTED_OR_INSIDE = re.compile(rf"\$\([^()\n]*\)|{_BACKQUOTED.pattern}")
_INSIDE = re.compile(r"\\`(.*?)\\`", re.DOTALL)
_LONGEST = 4096
_BETWEEN = re.compile(r"`[ \t](?=[ \t]*`)")
_LETTER = re.compile("[!-~]")
_SEPARATOR = re.compile(r"[;|]|&&|\|\|")
_ESCAPED = re.compile(r"\\[\\$`]")


class Another(NamedTuple):
    """A command with a here-document behind another one on its line: where the two stand, which are not together."""

    command: tuple[int, int]
    body: tuple[int, int]


class Masked(NamedTuple):
    """A script of the same length that is read as bash does, but for commands that are blank there."""

    content: str
    others: tuple[Another, ...] = ()


class _Body(NamedTuple):
    """The lines of a here-document, from the first to the one that ends it, and where that is said: line and columns.

    ``begin`` is the column where its command begins, behind what separates it from another here-document; else 0.
    """

    line: int
    begin: int
    end: int
    first: int
    last: int
    word: str
    literal: bool


def masked(content: str) -> Masked:
    """What a parser can read as bash does."""
    others: tuple[Another, ...] = ()
    if "<<" in content:
        content, others = _with_bodies(content)
    if "`" in content:
        content = _BACKQUOTED.sub(_with_inner, content)
        content = _BETWEEN.sub("`x", content)
    return Masked(content, others)


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


def _with_bodies(content: str) -> Masked:
    lines = content.split("\n")
    bodies = list(_bodies(lines))
    others = tuple(_others(lines, [one for one in bodies if one.begin]))
    for body in bodies:
        if body.begin:
            lines[body.line] = lines[body.line][: body.begin].rstrip(" \t;&|").ljust(len(lines[body.line]))
            lines[body.first : body.last + 1] = (" " * len(one) for one in lines[body.first : body.last + 1])
            continue
        lines[body.line] = _without_more(lines[body.line])
        for number in range(body.first, body.last):
            lines[number] = _masked_line(lines[number], body)
    return Masked("\n".join(lines), others)


def _others(lines: list[str], bodies: list[_Body]) -> Iterator[Another]:
    starts = [0, *accumulate(len(one) + 1 for one in lines)] if bodies else []
    for body in bodies:
        begin = starts[body.line]
        yield Another((begin + body.begin, begin + body.end), (starts[body.first] - 1, starts[body.last + 1] - 1))


def _bodies(lines: list[str]) -> Iterator[_Body]:
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        ends.setdefault(line, []).append(number)
        if line.startswith("\t"):
            ends.setdefault(line.lstrip("\t"), []).append(number)
    number = 0
    while number < len(lines):
        at, number = number, number + 1
        for found, begin, end in _begins(lines[at]):
            last = _end(lines, ends, found["word"], number, bool(found["tabs"]))
            if last is not None and not lines[at].lstrip().startswith("#"):
                # What follows one that does not end is no command of its own to the shell either.
                after_another = begin if number > at + 1 else 0
                yield _Body(at, after_another, end, number, last, found["word"], bool(found["quote"]))
                number = last + 1


def _begins(line: str) -> Iterator[tuple[re.Match[str], int, int]]:
    """The here-documents of a line, and the columns from and to which the commands stand that read them."""
    every = list(_BEGIN.finditer(line)) if "<<" in line else []
    if not every:
        return iter(())
    separators = [list(_SEPARATOR.finditer(line, one.end(), other.start())) for one, other in pairwise(every)]
    begins = [0, *(some[-1].end() if some else 0 for some in separators)]
    ends = [*(some[-1].start() if some else len(line) for some in separators), len(line)]
    return zip(every, begins, ends, strict=True)


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
