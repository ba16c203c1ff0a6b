r"""Here-documents as tree-sitter-bash understands them.

It takes ``\$(`` for a substitution, and a line that only begins with the delimiter for the end. What of a body is no
expansion is masked for it, letter for letter, so that all offsets stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_BEGIN = re.compile(r"(?<!<)<<(?P<tabs>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][\w.-]*)(?!<)")
_ESCAPED = re.compile(r"\\[\\$`]")


class _Body(NamedTuple):
    """The lines of a here-document, from the first to the one that ends it."""

    first: int
    last: int
    word: str
    literal: bool


def masked(content: str) -> str:
    """A script of the same length, in whose here-documents only what is filled in looks like it."""
    if "<<" not in content:
        return content
    lines = content.split("\n")
    for body in _bodies(lines):
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


def _masked_line(line: str, body: _Body) -> str:
    if body.literal:
        return re.sub(r"[!-~]", "x", line)
    line = _ESCAPED.sub("xx", line)
    stripped = line.lstrip("\t")
    if stripped.startswith(body.word):
        line = line[: len(line) - len(stripped)] + "x" + stripped[1:]
    return line
