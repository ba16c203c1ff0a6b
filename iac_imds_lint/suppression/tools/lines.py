"""The lines of a file that hold a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iac_imds_lint.source import SourceFile


class Line(NamedTuple):
    """A line: its row, the offset at which it begins, and its text."""

    row: int
    start: int
    text: str


def holding(source: SourceFile, word: re.Pattern[str]) -> Iterator[Line]:
    """The lines in which a pattern is found, in order. The pattern has to match within a line."""
    last = 0
    for match in word.finditer(source.text):
        row = source.position(match.start()).row
        if row != last:
            last = row
            yield Line(row, source.line_start(match.start()), source.line(row))


def at(source: SourceFile, row: int) -> str | None:
    """The text of a row; None past the end of the file."""
    return source.line(row) if row <= source.position(len(source.text)).row else None
