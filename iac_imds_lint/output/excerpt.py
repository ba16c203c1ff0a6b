"""A place in the source as a person sees it in a terminal: its line, and marks under it."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from iac_imds_lint.source import SourceFile, Span

_WIDEST = 160
_BEFORE = 60
_TAB = "    "


class Excerpt(NamedTuple):
    """One line of source text made printable, and where to mark it, in terminal columns."""

    row: int
    column: int
    text: str
    indent: int
    width: int


def excerpt(source: SourceFile, span: Span) -> Excerpt:
    """The first line of a span, with the part of the span that stands on it; a very long line is cut around it."""
    position = source.position(span.start)
    begin, end = source.line_start(span.start), source.line_end(span.start)
    left = begin
    right = end
    if end - begin > _WIDEST:
        left = max(begin, span.start - _BEFORE)
        right = min(end, left + _WIDEST)
    last = max(min(span.end, right), span.start)
    head, marked = printable(source.text[left : span.start]), printable(source.text[span.start : last])
    tail = printable(source.text[last:right])
    dots = "…" if left > begin else ""
    text = f"{dots}{head}{marked}{tail}{'…' if right < end else ''}"
    return Excerpt(
        position.row, position.column, text.rstrip(), _columns(dots + head), max(1, _columns(marked.rstrip()))
    )


def printable(text: str) -> str:
    """Tabs as blanks; control characters, which could steer a terminal, as escapes."""
    return text if text.isprintable() else on_one_line(text.replace("\t", _TAB))


def on_one_line(text: str) -> str:
    """A name or a message: what could steer a terminal or break the line, and bytes that are no UTF-8, as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    is_byte = 0xDC80 <= code <= 0xDCFF  # PEP 383: so a name holds a byte that could not be decoded
    return f"\\x{code - 0xDC00 if is_byte else code:02x}"


def harmless(line: str) -> str:
    """A line of a log, whatever is in its names: it steers no terminal, and GitHub's runner takes it for no
    command. That one looks for commands at the start of a line, after blanks, and for ``##[`` anywhere in it.
    """
    text = printable(line).replace("##[", "##\\[")
    return f"\\{text}" if text.lstrip().startswith("::") else text


def _columns(text: str) -> int:
    """How many terminal columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
