"""Positions as clients count them. Nothing else of the server knows about lines, columns and encodings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property

from lsprotocol.types import Position, PositionEncodingKind, Range

# Language Server Protocol 3.17, "Text Documents": a line ends with one of these, and with nothing else.
_END = re.compile(r"\r\n|\n|\r")

_UNITS: dict[PositionEncodingKind, Callable[[str], int]] = {
    PositionEncodingKind.Utf8: lambda text: len(text.encode("utf-8", "surrogatepass")),
    PositionEncodingKind.Utf16: lambda text: len(text) + sum(character > "\uffff" for character in text),
    PositionEncodingKind.Utf32: len,
}


class Lines:
    """The lines of a text: offsets in code points to positions, and back. Columns are counted in units of an encoding;
    a text with a byte order mark is one without it, which no editor shows.
    """

    def __init__(self, text: str, encoding: PositionEncodingKind = PositionEncodingKind.Utf16) -> None:
        self._text = text
        self._units = _UNITS[encoding]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _END.finditer(self._text))]

    def position(self, offset: int) -> Position:
        """The position of an offset; an offset past the end is the end."""
        offset = min(max(offset, 0), len(self._text))
        row = bisect_right(self._starts, offset) - 1
        return Position(row, self._units(self._text[self._starts[row] : offset]))

    def range(self, start: int, end: int) -> Range:
        """The range between two offsets."""
        return Range(self.position(start), self.position(end))

    def offset(self, position: Position) -> int:
        """The offset of a position; a line past the last is the end, and a column past its line the end of that. A
        column in the middle of a character is its beginning.
        """
        if position.line >= len(self._starts):
            return len(self._text)
        start, end = self._starts[max(position.line, 0)], self._end(max(position.line, 0))
        line = self._text[start:end]
        if line.isascii():
            return start + min(max(position.character, 0), len(line))
        units = 0
        for at, character in enumerate(line):
            units += self._units(character)
            if units > position.character:
                return start + at
        return end

    def _end(self, row: int) -> int:
        """The offset at which a line ends, before what ends it."""
        if row + 1 == len(self._starts):
            return len(self._text)
        end = self._starts[row + 1] - 1
        return end - 1 if self._text[end - 1 : end + 1] == "\r\n" else end
