"""Text with positions. The only module that knows about bytes, lines, columns, BOMs and newlines.

Offsets are code points into :attr:`SourceFile.text`, half-open, everywhere in this package.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"


class Span(NamedTuple):
    """A half-open range of code points in the text of one file."""

    path: str
    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: row and column from 1, columns in code points."""

    row: int
    column: int


class Problem(NamedTuple):
    """An input that could not be read, and why, in words for the user. ``position`` is set where a parser named one.

    ``is_whole`` is False where only what stands there is not judged, and the file is. ``left_out`` are the places of
    what is not read, where the rest of the file is.
    """

    path: str
    reason: str
    position: Position | None = None
    is_whole: bool = True
    left_out: tuple[Span, ...] = ()


class Foreign(Problem):
    """A file too large to be read that speaks of none of our resources: a problem only to what reads it for context."""

    __slots__ = ()


class Unread(NamedTuple):
    """Why an expression is not given a file; ``absent`` where there is none, which Terraform would call an error."""

    reason: str
    absent: bool = False


class Unfollowed(NamedTuple):
    """A call of a module whose code is not here, and that the catalog does not know; ``path`` is the file. Or a nested
    stack, a stack set, a module or an include of a template, that is not here.

    ``address`` is empty where the file was searched and not parsed, and for an include.
    """

    address: str
    source: str
    path: str


class Uncreated(NamedTuple):
    """A resource of a template that is not created with the values that its parameters have, and the condition that is
    false; ``path`` is the file.
    """

    address: str
    condition: str
    path: str


@dataclass(frozen=True)
class SourceFile:
    """One decoded file: ``text`` without a byte order mark, newlines as they are on disk."""

    path: str
    text: str
    bom: bool = False

    @classmethod
    def decode(cls, path: str, data: bytes) -> SourceFile | Problem:
        """Decode UTF-8, with or without a byte order mark; anything else is a Problem."""
        bom = data.startswith(_BOM)
        try:
            text = data[3 if bom else 0 :].decode("utf-8")
        except UnicodeDecodeError as error:
            return Problem(path, f"not UTF-8: byte {error.start} is 0x{data[error.start]:02x}")
        if "\0" in text:
            return Problem(path, f"not text: NUL byte at offset {data.index(0)}")
        return cls(path, text, bom)

    def encode(self) -> bytes:
        """The bytes as they are, or should be, on disk."""
        return (_BOM if self.bom else b"") + self.text.encode("utf-8")

    @cached_property
    def utf8(self) -> bytes:
        """The text as UTF-8, without the byte order mark: what byte-oriented parsers read."""
        return self.text.encode("utf-8")

    @cached_property
    def newline(self) -> str:
        """The newline that most lines end with."""
        crlf = self.text.count("\r\n")
        return "\r\n" if crlf * 2 > self.text.count("\n") else "\n"

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find, at = self.text.find, 0
        while (at := find("\n", at)) != -1:
            at += 1
            starts.append(at)
        return starts

    @cached_property
    def _byte_line_starts(self) -> list[int]:
        starts = [0]
        for line in self.utf8.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def offset_of_byte(self, byte: int) -> int:
        """The code point offset of a byte offset into :attr:`utf8`."""
        if len(self.utf8) == len(self.text):
            return byte
        row = bisect_right(self._byte_line_starts, byte) - 1
        begin = self._byte_line_starts[row]
        return self._line_starts[row] + len(self.utf8[begin:byte].decode("utf-8", "replace"))

    def row_of_byte(self, byte: int) -> int:
        """The row, from 0, that holds a byte offset into :attr:`utf8`."""
        starts = self._line_starts if len(self.utf8) == len(self.text) else self._byte_line_starts
        return bisect_right(starts, byte) - 1

    def byte_of_offset(self, offset: int) -> int:
        """The byte offset into :attr:`utf8` of a code point offset."""
        if len(self.utf8) == len(self.text):
            return offset
        row = bisect_right(self._line_starts, offset) - 1
        return self._byte_line_starts[row] + len(self.text[self._line_starts[row] : offset].encode("utf-8"))

    def position(self, offset: int) -> Position:
        """Row and column of an offset; an offset past the end is the end."""
        offset = min(max(offset, 0), len(self.text))
        row = bisect_right(self._line_starts, offset) - 1
        return Position(row + 1, offset - self._line_starts[row] + 1)

    def offset(self, row: int, column: int) -> int:
        """The offset of a 1-based row and column, clamped into the text."""
        row = min(max(row, 1), len(self._line_starts))
        return min(self._line_starts[row - 1] + max(column, 1) - 1, len(self.text))

    def line_start(self, offset: int) -> int:
        """The offset at which the line that holds ``offset`` begins."""
        return self._line_starts[bisect_right(self._line_starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """The offset at which the line that holds ``offset`` ends, before its newline."""
        row = bisect_right(self._line_starts, offset)
        if row == len(self._line_starts):
            return len(self.text)
        end = self._line_starts[row] - 1
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def line(self, row: int) -> str:
        """The text of a 1-based row, without its newline."""
        start = self._line_starts[row - 1]
        return self.text[start : self.line_end(start)]

    def indentation(self, offset: int) -> str:
        """The blanks that the line holding ``offset`` begins with."""
        start = self.line_start(offset)
        end = start
        while end < len(self.text) and self.text[end] in " \t":
            end += 1
        return self.text[start:end]

    def slice(self, span: Span) -> str:
        """The text of a span of this file."""
        return self.text[span.start : span.end]
