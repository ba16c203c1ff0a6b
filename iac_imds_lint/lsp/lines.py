"""Positions as clients count them. Nothing else of the server knows about lines, columns and encodings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lsprotocol.types import Position, PositionEncodingKind, Range

# Language Server Protocol 3.17, "Text Documents": a line ends with one of these, and with nothing else.
_END = re.compile(r"\r\n|\n|\r")


class _Units(NamedTuple):
    """How a text is counted, and how many units a character has at most."""

    count: Callable[[str], int]
    most: int


_UNITS = {
    PositionEncodingKind.Utf8: _Units(lambda text: len(text.encode("utf-8", "surrogatepass")), 4),
    PositionEncodingKind.Utf16: _Units(lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2, 2),
    PositionEncodingKind.Utf32: _Units(len, 1),
}


class _Counted(NamedTuple):
    """What was counted last: the units between the beginning of a row and an offset in it."""

    row: int
    offset: int
    units: int


class Lines:
    """The lines of a text: offsets in code points to positions, and back. Columns are counted in units of an encoding.

    Offsets begin behind ``skipped`` characters of the text, which is where a source begins that has no byte order mark.
    """

    def __init__(
        self,
        text: str,
        encoding: PositionEncodingKind = PositionEncodingKind.Utf16,
        starts: Sequence[int] | None = None,
        skipped: int = 0,
    ) -> None:
        self._text = text
        self._encoding = encoding
        self._units = _UNITS[encoding]
        self._known_starts = starts
        self._skipped = skipped
        self._counted = _Counted(0, 0, 0)

    @property
    def _starts(self) -> Sequence[int]:
        if self._known_starts is None:
            self._known_starts = [0, *(end.end() for end in _END.finditer(self._text))]
        return self._known_starts

    def position(self, offset: int) -> Position:
        """The position of an offset; an offset past the end is the end."""
        offset = min(max(offset + self._skipped, 0), len(self._text))
        row = bisect_right(self._starts, offset) - 1
        return Position(row, self._column(row, offset))

    def range(self, start: int, end: int) -> Range:
        """The range between two offsets."""
        return Range(self.position(start), self.position(end))

    def offset(self, position: Position) -> int:
        """The offset of a position; a line past the last is the end, and a column past its line the end of that. A
        column in the middle of a character is its beginning.
        """
        return max(self._offset(position) - self._skipped, 0)

    def skipping(self, characters: int) -> Lines:
        """The same, with offsets that begin behind so many characters."""
        return Lines(self._text, self._encoding, self._starts, characters)

    def replaced(self, start: int, end: int, inserted: str, text: str) -> Lines:
        """The lines of ``text``, which is this text with ``inserted`` between two offsets: only that is looked at."""
        starts, until = self._starts, start + len(inserted)
        before = bisect_left(starts, start)
        first = starts[before - 1] if before else 0
        # "\r\n" that reaches behind what was inserted is told of by the start after it, which is an old one.
        ends = (match.end() for match in _END.finditer(text, first, until + 1))
        moved = until - end
        behind = starts[bisect_right(starts, end) :]
        after = [one + moved for one in behind] if moved else behind
        known = [*(starts[:before] or [0]), *(one for one in ends if one <= until), *after]
        return Lines(text, self._encoding, known)

    def _offset(self, position: Position) -> int:
        if position.line >= len(self._starts):
            return len(self._text)
        start, end = self._starts[position.line], self._end(position.line)
        if self._text.isascii():
            return min(start + position.character, end)
        return self._along(start, end, position.character)

    def _along(self, at: int, end: int, units: int) -> int:
        """The offset so many units after another one, at most ``end``."""
        while at < end and units > 0:
            piece = self._text[at : min(at + max(1, units // self._units.most), end)]
            units -= self._units.count(piece)
            if units < 0:
                break  # in the middle of a character
            at += len(piece)
        return at

    def _column(self, row: int, offset: int) -> int:
        if self._text.isascii():
            return offset - self._starts[row]
        counted = self._counted
        if counted.row != row or counted.offset > offset:
            counted = _Counted(row, self._starts[row], 0)
        units = counted.units + self._units.count(self._text[counted.offset : offset])
        self._counted = _Counted(row, offset, units)
        return units

    def _end(self, row: int) -> int:
        """The offset at which a line ends, before what ends it."""
        if row + 1 == len(self._starts):
            return len(self._text)
        end = self._starts[row + 1] - 1
        return end - 1 if self._text[end - 1 : end + 1] == "\r\n" else end
