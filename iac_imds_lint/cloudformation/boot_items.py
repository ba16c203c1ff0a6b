"""Lines of a script that are items of a list, as ``Fn::Join`` has them: how more of them are written."""

from __future__ import annotations

import re
from typing import NamedTuple

from iac_imds_lint.documents import scalar_text
from iac_imds_lint.documents.node import Node, Scalar, Sequence, Tagged
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import Lines, Text

# The quotes of an item, and what a line is written in that cannot be in those.
_OTHERWISE = {"": ("", "'", '"'), "'": ("'", '"'), '"': ('"',)}
_DASH = re.compile(r"[ \t]*-[ ]+\Z")


class _Items(NamedTuple):
    """Spells lines as items before another one. ``quote`` is what they stand in, ``between`` what follows each."""

    quote: str
    between: str
    newlines: bool

    def __call__(self, text: str) -> str | None:
        lines = text.removesuffix("\n").split("\n")
        items = [self._item(f"{line}\n" if self.newlines else line) for line in lines]
        return None if None in items else "".join(f"{item}{self.between}" for item in items)

    def _item(self, line: str) -> str | None:
        ways = (scalar_text.spelt(line, quote) for quote in _OTHERWISE[self.quote])
        return next((written for written in ways if written is not None), None)


def lines(source: SourceFile, listed: Sequence, item: Node, delimiter: str) -> Lines | None:
    """How lines are written before an item of a list whose items a delimiter joins; None where they cannot be."""
    at = item.span.start
    if item.span.path != listed.span.path or not listed.span.start <= at < listed.span.end:
        return None
    quote = _quote(source, item)
    if delimiter not in ("", "\n") or quote is None:
        return None
    before = source.text[source.line_start(at) : at]
    between = f"{source.newline}{before}"
    if listed.flow:
        between = f",{between}" if not before.strip(" \t") else ", "
    elif not _DASH.match(before):
        return None
    items = _Items('"' if listed.flow else quote, between, newlines=not delimiter)
    return Lines(Span(source.path, at, at), (items,))


def beside(text: Text, found: Lines | None) -> Text:
    """The text of an item, before whose beginning lines are written so."""
    if found is None or not text.pieces:
        return text
    first, *others = text.pieces
    return Text(text.content, (first._replace(lines=found), *others))


def _quote(source: SourceFile, item: Node) -> str | None:
    """The quotes that an item stands in, empty where it has none; None where it is a block of lines of its own."""
    while isinstance(item, Tagged):
        item = item.node
    begin = source.text[item.span.start : item.span.start + 1] if isinstance(item, Scalar) and item.quoted else ""
    return None if begin in ("|", ">") else begin
